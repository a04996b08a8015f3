"""JAX rules of statistics (chapter: `npjit/_chapters/statistics.py`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules.reductions import mean, sum_of
from npjit._xla.rules.sorting import bisect, sort
from npjit._xla.summation import one_by_one

_IN_BOUNDS = "promise_in_bounds"


@rule(np.median)
def median(
    a: jax.Array,
    *,
    axis: tuple[int, ...],
    keepdims: bool,
    dtype: np.dtype,
    overwrite_input: bool = False,
) -> jax.Array:
    """Mean of the one or two elements in the middle; NaN if there is a NaN."""
    ordered = _ordered_rows(a, axis)
    last = ordered.ndim - 1
    n = ordered.shape[last]
    middle = lax.slice_in_dim(ordered, (n - 1) // 2, n // 2 + 1, axis=last)
    found = mean(middle, axis=(last,), keepdims=False, dtype=dtype)
    if a.dtype.kind in "fc":
        largest = lax.index_in_dim(ordered, n - 1, last, keepdims=False)
        found = jnp.where(jnp.isnan(largest), largest.astype(found.dtype), found)
    shape = [1 if k in axis else n for k, n in enumerate(a.shape)]
    return found.reshape(shape) if keepdims else found


# -- quantiles -----------------------------------------------------------------


class _Element:
    """An element of a sorted array, or what NumPy computes of some, as a formula.

    NumPy's own function, given an array of these, says which elements it takes and how
    it interpolates.
    """

    __slots__ = ("operation", "place")

    def __init__(self, place: int, operation: tuple[Any, ...] = ()) -> None:
        self.place = place
        self.operation = operation

    def __lt__(self, other: _Element) -> bool:
        return self.place < other.place

    def __add__(self, other: Any) -> _Element:
        return _Element(0, (np.add, self, other))

    def __sub__(self, other: Any) -> _Element:
        return _Element(0, (np.subtract, self, other))

    def __mul__(self, other: Any) -> _Element:
        return _Element(0, (np.multiply, self, other))


def _formulas(func: Any, n: int, q: Any, method: str) -> np.ndarray:
    """The formulas of the quantiles of `n` elements, in the shape of `q`."""
    elements = np.empty(n, object)
    elements[:] = [_Element(i) for i in range(n)]
    return np.asarray(func(elements, q, method=method), object)


def _evaluated(x: Any, element: Callable[[int], jax.Array], weak: bool) -> Any:
    """The value of a formula, in the dtypes NumPy's promotion gives."""
    if not isinstance(x, _Element):
        return x if weak else np.float64(x)
    if not x.operation:
        return element(x.place)
    ufunc, *operands = x.operation
    values = [_evaluated(operand, element, weak) for operand in operands]
    types = [v if isinstance(v, float) and weak else v.dtype for v in values]
    dtype = np.result_type(*types)
    return apply(
        ufunc, *(cast(jnp.asarray(v, _dtype_of(v, dtype)), dtype) for v in values)
    )


def _dtype_of(value: Any, dtype: np.dtype) -> np.dtype:
    return value.dtype if hasattr(value, "dtype") else dtype


def quantile(
    a: jax.Array,
    *,
    func: Any,
    q: Any,
    axis: tuple[int, ...],
    keepdims: bool,
    dtype: np.dtype,
    method: str = "linear",
    **ignored: Any,
) -> jax.Array:
    """Rule of `np.quantile` and `np.percentile`, which is `func`."""
    ordered = _ordered_rows(a, axis)
    n = ordered.shape[-1]
    weak = type(q) in (int, float)
    formulas = _formulas(func, n, q, method)

    def element(place: int) -> jax.Array:
        return lax.index_in_dim(ordered, place, -1, keepdims=False)

    found = [cast(_evaluated(f, element, weak), dtype) for f in formulas.flat]
    if a.dtype.kind == "f":
        largest = cast(element(n - 1), dtype)
        found = [jnp.where(jnp.isnan(largest), largest, x) for x in found]
    kept = tuple(1 if k in axis else n for k, n in enumerate(a.shape))
    shape = formulas.shape + (kept if keepdims else ordered.shape[:-1])
    return jnp.stack(found).reshape(shape)


def _ordered_rows(a: jax.Array, axis: tuple[int, ...]) -> jax.Array:
    """Sorted along the given axes, which become the last one."""
    kept = [k for k in range(a.ndim) if k not in axis]
    rows = a.transpose(*kept, *axis).reshape(*(a.shape[k] for k in kept), -1)
    return sort(rows, axis=len(kept))


rules_all({func: partial(quantile, func=func) for func in (np.quantile, np.percentile)})


@rule(np.nanmedian)
def nanmedian(
    a: jax.Array,
    *,
    axis: tuple[int, ...],
    keepdims: bool,
    dtype: np.dtype,
    overwrite_input: bool = False,
) -> jax.Array:
    """Mean of the one or two elements in the middle of those that are no NaN."""
    if a.dtype.kind != "f":
        return median(a, axis=axis, keepdims=keepdims, dtype=dtype)
    ordered = _ordered_rows(a, axis)
    count = jnp.sum(~jnp.isnan(ordered), -1, keepdims=True, dtype=np.int64)
    one, two = jnp.asarray(1, count.dtype), jnp.asarray(2, count.dtype)
    low = jnp.maximum((count - one) // two, jnp.zeros_like(count))
    places = jnp.concatenate([low, jnp.minimum(count // two, count)], -1)
    pair = jnp.take_along_axis(ordered, places, -1, mode="clip")
    last = (pair.ndim - 1,)
    alone, both = (
        mean(x, axis=last, keepdims=False, dtype=dtype) for x in (pair[..., :1], pair)
    )
    found = jnp.where((places[..., 0] == places[..., 1]), alone, both)
    shape = [1 if k in axis else n for k, n in enumerate(a.shape)]
    return found.reshape(shape) if keepdims else found


# -- histograms ----------------------------------------------------------------


@rule(np.bincount)
def bincount(x: jax.Array, *, minlength: int) -> jax.Array:
    """How often each number from 0 to `minlength` occurs; none is larger."""
    # XLA:CPU writes the ones out: in the smallest dtype that counts them all.
    dtype = np.dtype(np.int32 if x.size < 2**31 else np.int64)
    counts, ones = jnp.zeros(minlength, dtype), jnp.ones(x.shape, dtype)
    counts = counts.at[cast(x, np.uint32)].add(ones, mode=_IN_BOUNDS)
    return cast(counts, np.int64)


#: NumPy counts in blocks of so many elements, and adds up their weights.
_BLOCK = 65536


def histogram(
    a: jax.Array,
    edges: jax.Array,
    weights: jax.Array | None = None,
    *,
    density: bool = False,
) -> jax.Array:
    """The counts of a histogram, or the density, normalized to an integral of one."""
    counts = _count_in_bins(a, edges, weights)
    if not density:
        return counts
    widths = cast(apply(np.subtract, edges[1:], edges[:-1]), np.float64)
    total = sum_of(counts, axis=(0,), keepdims=True, dtype=counts.dtype)
    scaled = apply(np.divide, cast(counts, np.float64), widths)
    total = jnp.broadcast_to(cast(total, np.float64), scaled.shape)
    return apply(np.divide, scaled, total)


def _count_in_bins(
    a: jax.Array, edges: jax.Array, weights: jax.Array | None
) -> jax.Array:
    """How many elements lie in each bin, or the sum of their weights.

    Parameters
    ----------
    a, edges : jax.Array
        Real numbers; `edges` in ascending order. A bin holds its left edge, the last
        one also its right edge.
    weights : jax.Array, optional
        Of the shape of `a`, float64.

    Returns
    -------
    jax.Array
        int64, or float64 with weights.
    """
    common = np.promote_types(a.dtype, edges.dtype)
    x, limits = cast(a.reshape(-1), common), cast(edges, common)
    n_bins = edges.shape[0] - 1
    outside = jnp.asarray(n_bins, np.int64)
    place = bisect(limits, x, right=True) - jnp.asarray(1, np.int64)
    place = jnp.minimum(place, outside - jnp.asarray(1, np.int64))
    place = jnp.where((x >= limits[0]) & (x <= limits[-1]), place, outside)
    if weights is None:
        counts = jnp.zeros(n_bins + 1, np.int64)
        ones = jnp.ones(x.shape, np.int64)
        return counts.at[place].add(ones, mode=_IN_BOUNDS)[:-1]
    blocks = np.arange(x.size) // _BLOCK
    sums = jnp.zeros((x.size // _BLOCK + 1, n_bins + 1), weights.dtype)
    sums = sums.at[blocks, place].add(weights.reshape(-1), mode=_IN_BOUNDS)
    return one_by_one(lax.add, jnp.zeros_like(sums[0]), sums)[:-1]
