"""Selections on XLA: all elements beside the mask that selects some of them.

So `x[mask]` keeps a shape that is known. Operations on elements compute them all, a
reduction leaves out those that are not selected, a write through the mask writes the
others back as they were. See `npjit/_array/selection.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.lib.array_utils import normalize_axis_tuple

from npjit._array import index_operations as recorded
from npjit._chapters.infer import Inferred
from npjit._chapters.registry import Kind
from npjit._xla.casts import cast
from npjit._xla.exactness import is_derivable
from npjit._xla.rules.indexing import put_mask

__all__ = [
    "Masked",
    "arrays_in",
    "chosen",
    "compute",
    "elements",
    "shielded",
    "written",
]

_BOOL, _INT64 = np.dtype(bool), np.dtype(np.int64)
_Compute = Callable[[Inferred, list, dict], Sequence[jax.Array]]


class Masked(NamedTuple):
    """What a selection is: `all` has the axes of `mask`, then those of an element."""

    all: jax.Array
    mask: jax.Array

    def of(self, values: jax.Array) -> Masked:
        """Other elements, selected alike."""
        return Masked(values, self.mask)

    def wide_mask(self) -> jax.Array:
        """The mask, to be broadcast with all elements."""
        n_axes = self.all.ndim - self.mask.ndim
        return self.mask.reshape(self.mask.shape + (1,) * n_axes)


def elements(x: Any) -> jax.Array:
    """The elements of an operand, those that are not selected too."""
    return x.all if isinstance(x, Masked) else jnp.asarray(x)


def chosen(x: Any) -> Any:
    """Which of these elements are selected: True, all, unless it is a selection."""
    return x.wide_mask() if isinstance(x, Masked) else True


def arrays_in(args: list) -> Iterator[Any]:
    """The arrays and selections among the arguments of a call, lists opened."""
    for x in args:
        if type(x) is list:
            yield from x
        elif isinstance(x, (Masked, jax.Array)):
            yield x


def compute(inferred: Inferred, args: list, kwargs: dict, plain: _Compute) -> Sequence:
    """The results of a call that selects, or of one with selections as operands.

    Parameters
    ----------
    inferred, args, kwargs
        The call, operands as arrays or `Masked`.
    plain : callable
        Computes a call of arrays: ``plain(inferred, args, kwargs)``.

    Returns
    -------
    sequence of jax.Array or Masked
    """
    op = inferred.op
    if op is recorded.SELECT:
        return [_selection(*args)]
    if op is recorded.SELECT_AT:
        return [_selection(args[0], args[1].mask)]
    if op is recorded.NONZERO:
        return _coordinates(cast(args[0], _BOOL))
    if op is recorded.LENGTH:
        return [_count(args[0].mask)]
    if op.kind is Kind.REDUCTION:
        return [_reduced(inferred, args[0], kwargs, plain)]
    if op.rule in (np.dot, np.inner, np.vdot, np.matmul):
        flat = [jnp.where(x.mask, x.all, 0).reshape(-1) for x in args]
        return plain(inferred, flat, kwargs)
    return _by_element(inferred, args, kwargs, plain)


def _selection(values: jax.Array, mask: jax.Array) -> Masked:
    return Masked(shielded(values, mask) if is_derivable() else values, mask)


def shielded(values: jax.Array, mask: jax.Array) -> jax.Array:
    """Values of which one that is chosen stands for those that are not.

    A function may have no derivative there: zero times infinity would be NaN.

    Parameters
    ----------
    values : jax.Array
    mask : jax.Array
        Bools, in the shape of the first axes of `values`.
    """
    rest = values.shape[mask.ndim :]
    if not mask.size:
        return values
    place = lax.argmax(cast(mask, _BOOL).reshape(-1), 0, np.int32)
    first = values.reshape(-1, *rest)[place]
    wide = mask.reshape(mask.shape + (1,) * len(rest))
    return jnp.where(wide, values, lax.stop_gradient(first))


def _coordinates(mask: jax.Array) -> list[Masked]:
    return [
        Masked(lax.broadcasted_iota(_INT64, mask.shape, axis), mask)
        for axis in range(mask.ndim)
    ]


def _count(mask: jax.Array) -> jax.Array:
    return jnp.sum(cast(mask, _INT64))


def _by_element(
    inferred: Inferred, args: list, kwargs: dict, plain: _Compute
) -> list[Masked]:
    first = next(x for x in args if isinstance(x, Masked))
    ndim = inferred.outs[0].ndim
    operands = [_beside(x, first.mask.ndim, ndim) for x in args]
    return [first.of(value) for value in plain(inferred, operands, kwargs)]


def _beside(x: Any, mask_ndim: int, ndim: int) -> Any:
    """An operand as it is broadcast with all elements."""
    if isinstance(x, Masked):
        return x.all
    if np.ndim(x) == ndim:  # its first axis has length 1
        return x.reshape((1,) * mask_ndim + x.shape[1:])
    return x


def _reduced(inferred: Inferred, x: Masked, kwargs: dict, plain: _Compute) -> Any:
    ndim = 1 + x.all.ndim - x.mask.ndim
    axis = kwargs.get("axis")
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    behind = tuple(k - 1 + x.mask.ndim for k in axes if k)
    if 0 not in axes:
        return x.of(plain(inferred, [x.all], {**kwargs, "axis": behind})[0])
    given = {**kwargs, "axis": (*range(x.mask.ndim), *behind)}
    rule = inferred.op.rule
    if rule is np.count_nonzero:
        chosen = cast(x.all, _BOOL) & x.wide_mask()
        (value,) = plain(inferred, [chosen], given)
    else:
        given["where"] = x.wide_mask()
        if rule in _WORST:
            given["initial"] = _WORST[rule](x.all.dtype)
        (value,) = plain(inferred, [x.all], given)
    return value.reshape(inferred.outs[0].shape)


def _lowest(dtype: np.dtype) -> Any:
    if dtype.kind == "f":
        return dtype.type(-np.inf)
    return dtype.type(np.iinfo(dtype).min) if dtype.kind in "iu" else False


def _highest(dtype: np.dtype) -> Any:
    if dtype.kind == "f":
        return dtype.type(np.inf)
    return dtype.type(np.iinfo(dtype).max) if dtype.kind in "iu" else True


_WORST: dict[Any, Callable[[np.dtype], Any]] = {
    np.max: _lowest,
    np.amax: _lowest,
    np.min: _highest,
    np.amin: _highest,
}


def written(inferred: Inferred, old: jax.Array, args: list) -> jax.Array:
    """What a target holds after a write through the mask of a selection."""
    value = args[0]
    mask = args[1].mask if inferred.op is recorded.PUT_AT else args[1]
    if not isinstance(value, Masked):
        return put_mask(old, mask, value)
    shape = (*mask.shape, *old.shape[mask.ndim :])
    chosen = jnp.broadcast_to(cast(value.all, old.dtype), shape)
    return jnp.where(value.of(old).wide_mask(), chosen, old)
