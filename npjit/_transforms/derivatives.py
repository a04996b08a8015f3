"""Derivatives of functions written in NumPy, by JAX: NumPy arrays in, NumPy arrays out.

A call runs the function's Python code, on values that JAX differentiates: so branches
go the way that these values take, and the derivative is that of the path taken. What is
between two looks of Python at a value is one compiled program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from npjit._transforms.pure import on_numpy, to_jax, to_numpy
from npjit._xla.settings import call_settings

__all__ = [
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]


def _transformed(
    transform: Callable[..., Callable[..., Any]],
    fn: Callable[..., Any],
    **options: Any,
) -> Callable[..., Any]:
    """A function by one of JAX's transformations, for arrays of NumPy's."""
    found: Callable[..., Any] = on_numpy(transform(to_jax(fn), **options), fn)
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
    return _transformed(jax.grad, fn, argnums=argnums, has_aux=has_aux)


def value_and_grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes a function written in NumPy, and its gradient.

    Parameters, errors and notes are those of `grad`; the result is a pair.
    """
    return _transformed(jax.value_and_grad, fn, argnums=argnums, has_aux=has_aux)


def jacobian(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes the derivatives of all results by all elements.

    Parameters, errors and notes are those of `grad`, but that `fn` may return arrays
    of any shape. Axes of the results come before those of the arguments.
    """
    return _transformed(jax.jacobian, fn, argnums=argnums, has_aux=has_aux)


def hessian(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes second derivatives of a function in NumPy.

    Parameters, errors and notes are those of `jacobian`.
    """
    return _transformed(jax.hessian, fn, argnums=argnums, has_aux=has_aux)


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
    """
    given = tuple(map(_inexact, primals)), tuple(map(_inexact, tangents))
    with call_settings():
        return tuple(to_numpy(jax.jvp(to_jax(fn), *given)))


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
    pulled: Callable[..., Any] = jax.vjp
    with call_settings():
        # Copies: what takes back keeps them, and the caller may write his own.
        given = jax.tree.map(_copied, primals)
        result, pull, *aux = pulled(to_jax(fn), *given, has_aux=has_aux)

    def back(cotangent: Any) -> Any:
        with call_settings():
            return to_numpy(pull(jax.tree.map(jax.numpy.asarray, cotangent)))

    return to_numpy(result), back, *map(to_numpy, aux)


def _copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _inexact(x: Any) -> Any:
    return jax.tree.map(np.asarray, x)
