"""Derivatives of functions written in NumPy, by JAX: NumPy arrays in, NumPy arrays out.

A call runs the function's Python code on values: so branches go the way that these
take, and the derivative is that of the path taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import jax
import numpy as np

from npjit._array.array import STAND_INS
from npjit._graph.trace import current
from npjit._transforms.orders import in_order, key_orders, mapped
from npjit._transforms.pure import to_jax, to_numpy
from npjit._transforms.traced import PureTrace
from npjit._transforms.transformation import on_numpy, transformed
from npjit._transforms.whole import Spec, Transformation, spec_of
from npjit._xla.settings import call_settings

__all__ = [
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]


class _Derivative(Transformation):
    @staticmethod
    def probe(function: Callable[..., Any], arrays: list[jax.Array]) -> None:
        """Call a function with arrays to differentiate by."""
        jax.jvp(function, arrays, arrays)


@dataclass(frozen=True)
class _Derived(_Derivative):
    """A function of the same arguments, as `jax.grad` makes it.

    Parameters
    ----------
    transform : callable
        JAX's.
    argnums : int or tuple of int
    has_aux : bool
    """

    transform: Callable[..., Callable[..., Any]]
    argnums: int | tuple[int, ...]
    has_aux: bool

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The transformed function."""
        return self.transform(function, argnums=self.argnums, has_aux=self.has_aux)

    def specs(self, args: tuple, kwargs: dict) -> list[Spec | None] | None:
        """What the function is given to differentiate by."""
        numbers = self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)
        if not all(-len(args) <= i < len(args) for i in numbers):
            return None
        chosen = {i % len(args) for i in numbers}
        found: list[Spec | None] = []
        for i, x in enumerate(args):
            leaves = jax.tree.leaves(x)
            specs = [_inexact(leaf) if i in chosen else None for leaf in leaves]
            if i in chosen and None in specs:
                return None
            found += specs
        return found + [None] * len(jax.tree.leaves(kwargs))

    def apply(
        self, function: Callable[..., Any], args: tuple, kwargs: dict, extra: Any
    ) -> Any:
        """Call the derived function."""
        return self.of(function)(*args, **kwargs)


@dataclass(frozen=True)
class _Forward(_Derivative):
    """`jax.jvp`; the direction comes extra."""

    def specs(self, args: tuple, kwargs: dict) -> list[Spec | None] | None:
        """What the function is given."""
        return _all_inexact(args)

    def apply(
        self, function: Callable[..., Any], args: tuple, kwargs: dict, extra: Any
    ) -> Any:
        """The result, and its derivative along the direction."""
        return jax.jvp(function, args, extra)


@dataclass(frozen=True)
class _Backward(_Derivative):
    """`jax.vjp`."""

    has_aux: bool
    keeps_inputs = True

    def specs(self, args: tuple, kwargs: dict) -> list[Spec | None] | None:
        """What the function is given."""
        return _all_inexact(args)

    def apply(
        self, function: Callable[..., Any], args: tuple, kwargs: dict, extra: Any
    ) -> Any:
        """The result, what takes derivatives back, and what is passed on."""
        vjp: Callable[..., Any] = jax.vjp
        return vjp(function, *args, has_aux=self.has_aux)


def _all_inexact(args: tuple) -> list[Spec | None] | None:
    specs = [_inexact(x) for x in jax.tree.leaves(args)]
    return None if None in specs else specs


def _inexact(x: Any) -> Spec | None:
    return spec_of(x, "fc")


def _derived(
    transform: Callable[..., Callable[..., Any]],
    fn: Callable[..., Any],
    argnums: int | Sequence[int],
    has_aux: bool,
) -> Callable[..., Any]:
    """A function by one of JAX's transformations, for arrays of NumPy's."""
    numbers: int | tuple[int, ...]
    numbers = tuple(argnums) if isinstance(argnums, Sequence) else index(argnums)
    derived = _Derived(transform, numbers, has_aux)
    found: Callable[..., Any] = on_numpy(derived.of(to_jax(fn)), fn, derived)
    return found


def grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes the gradient of a function written in NumPy.

    Parameters
    ----------
    fn : callable
        Returns a real number: a float, a NumPy scalar, an array without axes; with
        `has_aux` a pair of that and of what is passed on.
    argnums : int or sequence of int, optional
        The positional arguments to differentiate by: floats, arrays of floats or
        complex numbers, or pytrees of them.
    has_aux : bool, optional

    Returns
    -------
    callable
        Takes the arguments of `fn`. Returns gradients of the shape and dtype of the
        arguments, a tuple if `argnums` is a sequence; with `has_aux` a pair with what
        `fn` passes on.

    Raises
    ------
    TypeError
        When it is called: if an argument to differentiate by is an integer, or the
        result no real number.
    ConcretizationError
        When it is called: if the elements of an array that depends on these arguments
        are handed to code which cannot be differentiated.
    NpjitError
        When it is called: if `fn` writes an argument in place.

    Notes
    -----
    Where `fn` branches on values, the gradient is that of the branch taken. Of complex
    arguments the convention is JAX's: see the documentation of `jax.grad`.

    Examples
    --------
    >>> import numpy as np
    >>> import npjit
    >>> def loss(w, x, y):
    ...     return ((x @ w - y) ** 2).mean()
    >>> npjit.grad(loss)(np.zeros(2), np.eye(2), np.array([1.0, 2.0]))
    array([-1., -2.])
    """
    return _derived(jax.grad, fn, argnums, has_aux)


def value_and_grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes a function written in NumPy, and its gradient.

    Parameters, errors and notes are those of `grad`; the result is a pair.
    """
    return _derived(jax.value_and_grad, fn, argnums, has_aux)


def jacobian(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes the derivatives of all results by all elements.

    Parameters, errors and notes are those of `grad`, but that `fn` may return arrays
    of any shape. Axes of the results come before those of the arguments.
    """
    return _derived(jax.jacobian, fn, argnums, has_aux)


def hessian(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes second derivatives of a function in NumPy.

    Parameters, errors and notes are those of `jacobian`.
    """
    return _derived(jax.hessian, fn, argnums, has_aux)


def jvp(
    fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Compute a function written in NumPy, and its derivative along a direction.

    Parameters
    ----------
    fn : callable
    primals : sequence
        Its positional arguments.
    tangents : sequence
        The direction, of the same shapes and dtypes.

    Returns
    -------
    tuple
        The result, and its derivative.

    Raises
    ------
    TypeError
        If `primals` or `tangents` is no tuple or list, or of other dtypes.
    """
    if not all(isinstance(x, (tuple, list)) for x in (primals, tangents)):
        raise TypeError("jvp takes a tuple of the arguments, and one of the direction")
    given, direction = tuple(map(_arrays, primals)), tuple(map(_arrays, tangents))
    with call_settings():
        return tuple(to_numpy(transformed(_Forward(), fn, given, direction)))


def vjp(
    fn: Callable[..., Any], *primals: Any, has_aux: bool = False
) -> tuple[Any, ...]:
    """Compute a function written in NumPy, and what takes derivatives back through it.

    Parameters
    ----------
    fn : callable
    *primals
        Its positional arguments.
    has_aux : bool, optional
        `fn` returns a pair of the result and of what is passed on.

    Returns
    -------
    tuple
        The result; a function from a direction of the result's shape and dtype to a
        tuple, one for each argument; with `has_aux` what is passed on.
    """
    with call_settings():
        orders = key_orders(primals)
        result, pull, *aux = transformed(_Backward(has_aux), fn, primals, ())

    def back(cotangent: Any) -> Any:
        trace = current.trace
        if isinstance(trace, PureTrace) and not trace.direct:
            return in_order(trace.call(_take_back, (pull, cotangent), {}), orders)
        with call_settings():
            found = _take_back(pull, jax.tree.map(np.asarray, cotangent))
            return to_numpy(in_order(found, orders))

    return to_numpy(result), back, *map(to_numpy, aux)


@jax.jit
def _take_back(pull: Any, cotangent: Any) -> Any:
    return pull(cotangent)


def _arrays(x: Any) -> Any:
    return mapped(lambda a: a if _is_traced(a) else np.asarray(a), x)


def _is_traced(a: Any) -> bool:
    return type(a) in STAND_INS and a._trace.is_pure
