"""Reductions of many elements, in tiles.

XLA:CPU neither fuses what is computed into a large reduction nor vectorizes it along
the last axis; both it does where each result takes at most 32 elements. So many
elements are reduced in steps: tiles of 32 rows and 64 lanes to one row, and the rows
that are left in groups of 64, which are not fused with the first step: it would run on
one core (8e6 elements of ``where(x > 0.5, x * x, 0)``: 31 ms at once, 2.8 in tiles).
The error of a sum grows with the number of steps, not with that of elements.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import jax
import numpy as np
from jax import lax

__all__ = ["reduce_tiles"]

_FUSED: Final = range(32, 7, -1)
_NOT_FUSED: Final = range(64, 39, -1)
_MAX_LANES: Final = 64

_Combine = Callable[[jax.Array, jax.Array], jax.Array]


def reduce_tiles(
    a: jax.Array, start: np.ndarray, combine: _Combine, axis: tuple[int, ...]
) -> jax.Array:
    """`lax.reduce` with an associative and commutative function.

    Parameters
    ----------
    a : jax.Array
        Any shape and dtype.
    start : numpy.ndarray
        The neutral element of `combine`, of dtype ``a.dtype``, shape ``()``.
    combine : callable
        From two arrays to their combination, element by element.
    axis : tuple of int
        The axes to reduce, sorted, each at least 0.

    Returns
    -------
    jax.Array
        Without these axes.
    """
    if jax.default_backend() != "cpu":
        return lax.reduce(a, start, combine, axis)
    return _reduce(a, start, combine, axis, _FUSED)


def _reduce(
    a: jax.Array,
    start: np.ndarray,
    combine: _Combine,
    axis: tuple[int, ...],
    heights: range,
) -> jax.Array:
    if math.prod(a.shape[k] for k in axis) <= heights[0]:
        return lax.reduce(a, start, combine, axis)
    k = max(axis, key=lambda k: a.shape[k])
    n = a.shape[k]
    rows, lanes = _tile(n, heights, is_last=k == a.ndim - 1)
    tiles = n // (rows * lanes)
    whole = tiles * rows * lanes
    head = lax.slice_in_dim(a, 0, whole, axis=k)
    tiled = head.reshape(*a.shape[:k], tiles, rows, lanes, *a.shape[k + 1 :])
    folded = lax.reduce(tiled, start, combine, (k + 1,))
    left = sorted({k + 1, *(j if j <= k else j + 1 for j in axis)})
    total = _reduce(folded, start, combine, tuple(left), _NOT_FUSED)
    if whole == n:
        return total
    tail = lax.slice_in_dim(a, whole, n, axis=k)
    return combine(total, _reduce(tail, start, combine, axis, heights))


def _tile(n: int, heights: range, *, is_last: bool) -> tuple[int, int]:
    """Rows and lanes of a tile; nothing is left over if that can be."""
    most = min(_MAX_LANES, n // heights[0]) if is_last else 1
    choices = [1 << i for i in reversed(range(max(most, 1).bit_length()))]
    for lanes in choices:
        for rows in heights:
            if n % (rows * lanes) == 0:
                return rows, lanes
    return min(heights[0], n), choices[0]
