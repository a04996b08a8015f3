"""Sums of floats in NumPy's order of additions.

XLA:CPU reassociates a reduction, so its sums differ from NumPy's in the last bits, and
differently for each shape. Here the order is written out, as NumPy meets an array in C
order: its inner loop adds pairwise, the outer loops add one by one.

Pairwise summation splits a row in halves until no part is longer than a block, 16 rows
of *lanes*. In a block each lane adds up its column, the lanes are added in pairs, and
the elements that are left over one by one. There are eight lanes, four for complex.

References
----------
.. [1] NumPy, `numpy/_core/src/umath/loops_utils.h.src`, `pairwise_sum`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.exactness import is_derivable
from npjit._xla.tiles import reduce_tiles

_ROWS_OF_BLOCK = 16

#: Longer rows are left to XLA, which is two to four times as fast there and whose error
#: is as small; see `tests/xla/test_summation.py`.
_MAX_PAIRWISE = 2**16

#: Up to so many slices are combined one by one in the program's text, more in a loop.
_MAX_UNROLLED = 32

_Segment = tuple[int, int]  # start and length


def one_by_one(
    combine: Callable[[jax.Array, jax.Array], jax.Array],
    first: jax.Array,
    x: jax.Array,
) -> jax.Array:
    """Fold the slices of the first axis of `x` into `first`, in their order.

    Parameters
    ----------
    combine : callable
        From a total and a slice to the next total.
    first : jax.Array
        The total to begin with.
    x : jax.Array
        Slices along the first axis.

    Returns
    -------
    jax.Array
        The last total.
    """
    if len(x) <= _MAX_UNROLLED:
        return reduce(combine, (x[i] for i in range(len(x))), first)
    return lax.scan(lambda total, row: (combine(total, row), None), first, x)[0]


def add_last(x: jax.Array) -> jax.Array:
    """Sum along the last axis.

    Parameters
    ----------
    x : jax.Array
        Float32, float64 or complex, of one dimension or more.

    Returns
    -------
    jax.Array
        Without the last axis. NumPy's bits for up to 65536 elements a row, but for the
        sign of a zero (see `from_zero`); for more, a sum whose error is at most
        ``8 * eps * sum(abs(x))``.
    """
    lanes = 4 if x.dtype.kind == "c" else 8
    length = x.shape[-1]
    if length > _MAX_PAIRWISE:
        return reduce_tiles(x, np.zeros((), x.dtype), lax.add, (x.ndim - 1,))
    if not length:
        return jnp.zeros(x.shape[:-1], x.dtype)
    if length < lanes:
        return reduce(lax.add, _columns(x, 0))
    return _add_pairwise(x, lanes)


def from_zero(total: jax.Array, first: jax.Array | None = None) -> jax.Array:
    """A sum as if it had been added to 0.0, which makes 0.0 of -0.0.

    NumPy's sums begin with 0.0. In a program that addition would be folded away. A sum
    that began with `first` may be -0.0 if that is.
    """
    if is_derivable():  # a constant in the place of a zero has no derivative
        return total
    if total.dtype.kind == "c":
        parts = [
            from_zero(part(total), None if first is None else part(first))
            for part in (lax.real, lax.imag)
        ]
        return lax.complex(*parts)
    is_new = total == 0
    if first is not None:
        is_new &= (first != 0) | ~jnp.signbit(first)
    return jnp.where(is_new, jnp.zeros_like(total), total)


def _columns(x: jax.Array, start: int) -> list[jax.Array]:
    return [x[..., k] for k in range(start, x.shape[-1])]


def _add_pairwise(x: jax.Array, lanes: int) -> jax.Array:
    levels = _levels(x.shape[-1], lanes)
    sums = _add_segments(x, levels[-1], lanes)
    for segments in reversed(levels[:-1]):
        sums = sums[..., 0::2] + sums[..., 1::2]
        is_block = np.array([n <= _ROWS_OF_BLOCK * lanes for _, n in segments])
        if is_block.any():  # should not have been split as their neighbours were
            sums = jnp.where(is_block, _add_segments(x, segments, lanes), sums)
    return sums[..., 0]


def _levels(length: int, lanes: int) -> list[list[_Segment]]:
    """Halves of halves, until no segment is longer than a block."""
    levels = [[(0, length)]]
    while max(n for _, n in levels[-1]) > _ROWS_OF_BLOCK * lanes:
        halves = []
        for start, n in levels[-1]:
            middle = n // 2 - n // 2 % lanes
            halves += [(start, middle), (start + middle, n - middle)]
        levels.append(halves)
    return levels


def _add_segments(x: jax.Array, segments: list[_Segment], lanes: int) -> jax.Array:
    """Sum each segment as a block; only the last one may have elements left over."""
    whole = x.shape[-1] - x.shape[-1] % lanes
    rows = x[..., :whole].reshape(*x.shape[:-1], -1, lanes)
    sums = _add_rows(rows, segments)
    while sums.shape[-1] > 1:
        sums = sums[..., 0::2] + sums[..., 1::2]
    sums = sums[..., 0]
    if whole == x.shape[-1]:
        return sums
    last = reduce(lax.add, _columns(x, whole), sums[..., -1])
    return jnp.concatenate([sums[..., :-1], last[..., None]], -1)


def _add_rows(rows: jax.Array, segments: list[_Segment]) -> jax.Array:
    """Sum the rows of each segment, lane by lane.

    From ``(..., row, lane)`` to ``(..., segment, lane)``. Segments differ in length by
    one row at most.
    """
    lanes = rows.shape[-1]
    first = np.array([start // lanes for start, _ in segments])
    count = np.array([min(n // lanes, _ROWS_OF_BLOCK) for _, n in segments])
    most = int(count.max())
    if (count == most).all() and most * len(first) == rows.shape[-2]:
        parts = rows.reshape(*rows.shape[:-2], len(first), most, lanes)
        return reduce(lax.add, (parts[..., k, :] for k in range(most)))
    total = _row_of_each(rows, first)
    for k in range(1, most):
        added = total + _row_of_each(rows, first + k)
        total = jnp.where((k < count)[:, None], added, total)
    return total


def _row_of_each(rows: jax.Array, place: np.ndarray) -> jax.Array:
    place = np.minimum(place, rows.shape[-2] - 1)
    return rows.at[..., place, :].get(mode="promise_in_bounds")
