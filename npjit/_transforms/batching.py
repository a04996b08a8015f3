"""`vmap`: a function written for one example, for a whole batch of them."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from npjit._transforms.orders import mapped
from npjit._transforms.pure import to_jax
from npjit._transforms.transformation import on_numpy
from npjit._transforms.whole import Spec, Transformation, spec_of
from npjit.errors import ConcretizationError, NpjitWarning

__all__ = ["vmap"]

Axes = int | None | Sequence[Any]


def vmap(
    fn: Callable[..., Any], in_axes: Axes = 0, out_axes: Any = 0
) -> Callable[..., Any]:
    """Return a function that applies one written in NumPy along an axis of arrays.

    Parameters
    ----------
    fn : callable
        Takes one example. Numbers of a batch are NumPy scalars to it.
    in_axes : int, None, or sequence of them, optional
        For each positional argument the axis along which the examples lie; None hands
        it over as it is. Of pytrees a pytree of axes.
    out_axes : int, None, or pytree of them, optional
        Where the examples lie in the results.

    Returns
    -------
    callable
        Takes and returns ndarrays.

    Raises
    ------
    ValueError
        When it is called: if the arguments have different numbers of examples.

    Warns
    -----
    NpjitWarning
        Once, if `fn` needs the values of single examples, to branch on them or for a
        function that only NumPy has: it is called for one example after the other.

    Examples
    --------
    >>> import numpy as np
    >>> import npjit
    >>> def distance(a, b):
    ...     return np.sqrt(((a - b) ** 2).sum())
    >>> npjit.vmap(distance, in_axes=(0, None))(np.eye(3), np.zeros(3))
    array([1., 1., 1.])
    """
    batch = _Batch(_Tree(in_axes), _Tree(out_axes))
    batched = on_numpy(batch.of(to_jax(fn)), fn, batch)
    name = getattr(fn, "__qualname__", type(fn).__qualname__)
    needs_values = False

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal needs_values
        if not needs_values:
            try:
                return batched(*args, **kwargs)
            except ConcretizationError as error:
                where = f"{error.filename}:{error.lineno}"
            needs_values = True
            message = f"{name} needs the values of single examples at {where}: it is"
            message += " called for one after the other"
            warnings.warn(message, NpjitWarning, stacklevel=2)
        return _one_by_one(fn, in_axes, out_axes, args, kwargs)

    call.__npjit_jax__ = batched.__npjit_jax__  # type: ignore[attr-defined]
    return call


class _Tree:
    """A pytree of axes, as part of a key.

    Parameters
    ----------
    tree : pytree of int and None
        A list is a tuple.
    """

    def __init__(self, tree: Any) -> None:
        self.tree = tuple(tree) if isinstance(tree, list) else tree
        leaves, structure = jax.tree.flatten(self.tree, is_leaf=_is_none)
        self.key = tuple(leaves), structure

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return type(other) is _Tree and self.key == other.key


@dataclass(frozen=True)
class _Batch(Transformation):
    """`jax.vmap`."""

    in_axes: _Tree
    out_axes: _Tree
    is_batch = True

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function of batches."""
        return jax.vmap(function, self.in_axes.tree, self.out_axes.tree)

    def specs(self, args: tuple, kwargs: dict) -> list[Spec | None] | None:
        """What the function is given as one example."""
        try:
            pairs = _with_axes(self.in_axes.tree, args) + _with_axes(0, (kwargs,))
        except ValueError:
            return None
        found: list[Spec | None] = []
        sizes = set()
        for axis, x in pairs:
            spec = None if axis is None else spec_of(x, "biufc")
            if axis is not None:
                if spec is None or not -len(spec.shape) <= axis < len(spec.shape):
                    return None
                shape = [*spec.shape]
                sizes.add(shape.pop(axis))
                spec = Spec(tuple(shape), spec.dtype)
            found.append(spec)
        return found if len(sizes) == 1 else None

    def apply(
        self, function: Callable[..., Any], args: tuple, kwargs: dict, extra: Any
    ) -> Any:
        """Call the function of batches."""
        return self.of(function)(*args, **kwargs)

    @staticmethod
    def probe(function: Callable[..., Any], arrays: list[jax.Array]) -> None:
        """Call a function with examples of a batch."""
        jax.vmap(function)(*[array[None] for array in arrays])


def _one_by_one(
    fn: Callable[..., Any], in_axes: Axes, out_axes: Any, args: tuple, kwargs: dict
) -> Any:
    """The results of all examples, stacked."""
    axes = tuple(in_axes) if isinstance(in_axes, Sequence) else in_axes
    given = _with_axes(axes, args) + _with_axes(0, tuple(kwargs.values()))
    (n,) = {np.shape(x)[axis] for axis, x in given if axis is not None}
    results = []
    for i in range(n):
        positional = _example(axes, args, i)
        named = _example(0, tuple(kwargs.values()), i)
        results.append(fn(*positional, **dict(zip(kwargs, named, strict=True))))
    outs = jax.tree.broadcast(out_axes, results[0], is_leaf=_is_none)
    return jax.tree.map(_stacked, outs, *results, is_leaf=_is_none)


def _is_none(x: Any) -> bool:
    return x is None


def _with_axes(axes: Any, args: tuple) -> list[tuple[int | None, Any]]:
    """The arrays of arguments, with the axes of the examples."""
    each = jax.tree.broadcast(axes, args, is_leaf=_is_none)
    leaves = jax.tree.leaves(each, is_leaf=_is_none)
    return list(zip(leaves, jax.tree.leaves(args), strict=True))


def _example(axes: Any, args: tuple, i: int) -> tuple:
    each = jax.tree.broadcast(axes, args, is_leaf=_is_none)

    def part(axis: int | None, x: Any) -> Any:
        return x if axis is None else np.take(x, i, axis)

    axes_of = iter(jax.tree.leaves(each, is_leaf=_is_none))
    found: tuple = mapped(lambda x: part(next(axes_of), x), args)
    return found


def _stacked(axis: int | None, *parts: Any) -> np.ndarray:
    return np.asarray(parts[0]) if axis is None else np.stack(parts, axis)
