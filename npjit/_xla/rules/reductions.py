"""JAX rules of NumPy's reductions and cumulative functions.

Rules receive one array and canonical keywords: `axis` is a sorted tuple of ints >= 0
(all axes given), `dtype` that of accumulation and result, `keepdims` a bool; `initial`
and `where` are absent unless the user gave them.

Sums and products of floats are NumPy's bit for bit where they are taken in its order
(`_folds`). Else the error of a sum is at most ``8 * eps * sum(abs(a))``, or that of
NumPy's own sum where this adds one by one (along an axis that is not the last).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules._folds import (
    FOLDS,
    MAX_IN_ORDER,
    Axes,
    Fold,
    check_ordered,
    constant,
    folded,
    running_product,
)

_BOOL, _INT64 = np.dtype(bool), np.dtype(np.int64)
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)

# -- reductions of ufuncs ------------------------------------------------------


def reduce_rule(ufunc: np.ufunc) -> Callable[..., jax.Array] | None:
    """Rule of a ufunc's ``reduce``.

    Parameters
    ----------
    ufunc : np.ufunc
        Any ufunc.

    Returns
    -------
    callable or None
        ``rule(a, *, axis, keepdims, dtype, initial=..., where=...)``; None for a ufunc
        whose reduction has no rule.
    """
    return partial(_reduced, ufunc) if ufunc in FOLDS else None


def _reduced(
    ufunc: np.ufunc,
    a: jax.Array,
    *,
    axis: Axes,
    keepdims: bool,
    dtype: np.dtype | None = None,
    initial: Any = None,
    where: jax.Array | None = None,
) -> jax.Array:
    _, identity = FOLDS[ufunc]
    if dtype is None:
        dtype = _BOOL if isinstance(identity, bool) else a.dtype
    x = cast(a, dtype)
    if initial is not None:
        initial = cast(jnp.asarray(initial), x.dtype)
    if where is not None:
        neutral = initial if identity is None else constant(identity, x.dtype)
        x = jnp.where(jnp.broadcast_to(where, x.shape), x, neutral)
    return _with_dims(folded(ufunc, x, axis, initial), a, axis, keepdims)


def _with_dims(x: jax.Array, a: jax.Array, axis: Axes, keepdims: bool) -> jax.Array:
    kept = [k for k in range(a.ndim) if k not in axis]
    shape = [a.shape[k] if k in kept else 1 for k in range(a.ndim)]
    return x.reshape(shape if keepdims else [a.shape[k] for k in kept])


#: The sum, as the other rules use it.
sum_of = partial(_reduced, np.add)
_maximum, _minimum = partial(_reduced, np.maximum), partial(_reduced, np.minimum)

rules_all(
    {
        np.sum: sum_of,
        np.prod: partial(_reduced, np.multiply),
        np.max: _maximum,
        np.amax: _maximum,
        np.min: _minimum,
        np.amin: _minimum,
        np.all: partial(_reduced, np.logical_and),
        np.any: partial(_reduced, np.logical_or),
    }
)


@rule(np.ptp)
def ptp(a: jax.Array, *, axis: Axes, keepdims: bool, **given: Any) -> jax.Array:
    """Largest minus smallest element."""
    given = {"dtype": a.dtype, **given, "axis": axis, "keepdims": keepdims}
    return apply(np.subtract, _maximum(a, **given), _minimum(a, **given))


@rule(np.count_nonzero)
def count_nonzero(
    a: jax.Array, *, axis: Axes, keepdims: bool, dtype: np.dtype = _INT64
) -> jax.Array:
    """Number of elements that are not zero."""
    return sum_of(cast(a, _BOOL), axis=axis, keepdims=keepdims, dtype=dtype)


@rule(np.ediff1d)
def ediff1d(ary: jax.Array) -> jax.Array:
    """Differences of neighbours in the flat array."""
    flat = ary.reshape(-1)
    return apply(np.subtract, flat[1:], flat[:-1])


# -- means and variances -------------------------------------------------------


def _count(a: jax.Array, axis: Axes, where: jax.Array | None) -> Any:
    """Number of elements a result sums up, int64; an array if they were selected."""
    if where is None:
        return np.int64(math.prod(a.shape[k] for k in axis))
    where = jnp.broadcast_to(where, a.shape)
    return sum_of(where, axis=axis, keepdims=True, dtype=_INT64)


def _divided(total: jax.Array, count: Any) -> jax.Array:
    """Total over count as NumPy divides by an int64: in float64 or complex128."""
    wide = np.dtype(np.result_type(total.dtype, _FLOAT64))
    count = jnp.broadcast_to(cast(jnp.asarray(count), wide), total.shape)
    return apply(np.divide, cast(total, wide), count)


@rule(np.mean)
def mean(
    a: jax.Array,
    *,
    axis: Axes,
    keepdims: bool,
    dtype: np.dtype,
    where: jax.Array | None = None,
) -> jax.Array:
    """Arithmetic mean; that of float16 is accumulated in float32."""
    dtype = np.dtype(dtype)
    inside = _FLOAT32 if dtype == np.float16 == a.dtype else dtype
    total = sum_of(a, axis=axis, keepdims=True, dtype=inside, where=where)
    quotient = _divided(total, _count(a, axis, where))
    if len(axis) < a.ndim or keepdims:
        # An array is divided in place, a scalar is cast once.
        quotient = cast(quotient, inside)
    return _with_dims(cast(quotient, dtype), a, axis, keepdims)


@rule(np.var)
def var(
    a: jax.Array,
    *,
    axis: Axes,
    keepdims: bool,
    dtype: np.dtype,
    ddof: float = 0,
    correction: float | None = None,
    where: jax.Array | None = None,
) -> jax.Array:
    """Variance: mean square of the distances from the mean, in two passes."""
    dtype = np.dtype(dtype)
    sums: dict[str, Any] = {"axis": axis, "keepdims": True, "where": where}
    count = _count(a, axis, where)
    # A float array of another dtype keeps its own precision until it is summed.
    wide = np.result_type(a.dtype, dtype) if a.dtype.kind in "fc" else dtype
    inside = wide if a.dtype.kind == "c" else dtype
    average = cast(_divided(sum_of(a, dtype=inside, **sums), count), inside)
    square = _squared(cast(a, wide) - cast(average, wide))
    total = sum_of(square, dtype=dtype.type(0).real.dtype, **sums)
    freedom = count - (ddof if correction is None else correction)
    quotient = _divided(total, jnp.maximum(freedom, 0))
    return _with_dims(cast(quotient, total.dtype), a, axis, keepdims)


def _squared(x: jax.Array) -> jax.Array:
    if x.dtype.kind != "c":
        return apply(np.square, x)
    return apply(np.square, lax.real(x)) + apply(np.square, lax.imag(x))


@rule(np.std)
def std(a: jax.Array, **params: Any) -> jax.Array:
    """Square root of the variance."""
    return apply(np.sqrt, var(a, **params))


# -- positions -----------------------------------------------------------------


def _position(
    find: Callable[..., jax.Array],
    extreme: Fold,
    is_better: Callable[[jax.Array, jax.Array], jax.Array],
) -> Callable[..., jax.Array]:
    """The rule of a position: `find` in a block, of the block with the `extreme`."""

    def position(a: jax.Array, axis: int) -> jax.Array:
        block = 2 ** (a.shape[axis].bit_length() // 2)
        whole = a.shape[axis] - a.shape[axis] % block
        head = lax.slice_in_dim(a, 0, whole, axis=axis)
        shape = (*a.shape[:axis], whole // block, block, *a.shape[axis + 1 :])
        head = head.reshape(shape)
        chosen = cast(find(extreme(head, (axis + 1,)), axis, keepdims=True), _INT64)
        # The elements of that one block are looked at again.
        index = jnp.expand_dims(chosen, axis + 1)
        index = jnp.broadcast_to(index, (*shape[:axis], 1, *shape[axis + 1 :]))
        row = lax.squeeze(jnp.take_along_axis(head, index, axis), (axis,))
        place = chosen * block + cast(find(row, axis, keepdims=True), _INT64)
        if whole == a.shape[axis]:
            return place
        tail = lax.slice_in_dim(a, whole, None, axis=axis)
        last = cast(find(tail, axis, keepdims=True), _INT64)
        early, late = (jnp.expand_dims(extreme(x, (axis,)), axis) for x in (row, tail))
        return jnp.where(is_better(early, late), whole + last, place)

    def arg(a: jax.Array, *, axis: int | None, keepdims: bool = False) -> jax.Array:
        check_ordered(a.dtype, find.__name__)
        if a.dtype == np.bool_:
            a = cast(a, np.dtype(np.uint8))
        if a.size <= MAX_IN_ORDER or (
            axis is not None and a.shape[axis] < _MIN_BLOCKED
        ):
            return cast(find(a, axis, keepdims=keepdims), _INT64)
        flat, along = (a.reshape(-1), 0) if axis is None else (a, axis)
        place = cast(position(flat, along), _INT64)
        if keepdims:
            return place.reshape((1,) * a.ndim) if axis is None else place
        return lax.squeeze(place, (along,))

    return arg


def _finder(find: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """The position in an array, or along an axis of it.

    In 32 bits: JAX cannot compile others as a part of a program that has no 64.
    """

    @wraps(find)
    def found(a: jax.Array, axis: int | None, keepdims: bool = False) -> jax.Array:
        flat, along = (a.reshape(-1), 0) if axis is None else (a, axis)
        dtype = np.int32 if flat.shape[along] < 2**31 else np.int64
        place = find(flat, along, dtype)
        if axis is None:
            return place.reshape((1,) * a.ndim if keepdims else ())
        return jnp.expand_dims(place, axis) if keepdims else place

    return found


def _is_better(compare: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Whether a later extreme wins over an earlier one; the first NaN stays."""

    def is_better(early: jax.Array, late: jax.Array) -> jax.Array:
        return (early == early) & (compare(late, early) | (late != late))

    return is_better


#: Shorter axes are searched by XLA's reduction of pairs, which is not vectorized.
_MIN_BLOCKED = 64
rules_all(
    {
        np.argmax: _position(
            _finder(lax.argmax), partial(folded, np.maximum), _is_better(lax.gt)
        ),
        np.argmin: _position(
            _finder(lax.argmin), partial(folded, np.minimum), _is_better(lax.lt)
        ),
    }
)


# -- cumulative ----------------------------------------------------------------


def _cumulative(ufunc: np.ufunc, identity: int) -> Callable[..., jax.Array]:
    def scan(
        a: jax.Array,
        *,
        axis: int | None,
        dtype: np.dtype,
        include_initial: bool = False,
    ) -> jax.Array:
        if axis is None:
            a, axis = a.reshape(-1), 0
        rows = jnp.moveaxis(cast(a, np.dtype(dtype)), axis, 0)
        start = jnp.full(rows.shape[1:], identity, rows.dtype)
        rows = accumulated(ufunc, rows)
        if include_initial:
            rows = jnp.concatenate([start[None], rows])
        return jnp.moveaxis(rows, 0, axis)

    return scan


def unroll_of(ufunc: np.ufunc) -> int:
    """How many steps of a loop along an axis are written out.

    Sums of 1e6 elements: 3.6 ms one at a time, 1.4 by eights; hypot: 136, and 585.
    """
    return 8 if ufunc in FOLDS or ufunc is np.subtract else 1


def accumulated(ufunc: np.ufunc, rows: jax.Array) -> jax.Array:
    """All partial results along the first axis, one after the other as in NumPy."""
    combine = running_product if ufunc is np.multiply else partial(apply, ufunc)
    if not rows.size:
        return rows
    if jax.default_backend() != "cpu":
        return lax.associative_scan(combine, rows)

    def step(total: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = combine(total, row)
        return total, total

    rest = lax.scan(step, rows[0], rows[1:], unroll=unroll_of(ufunc))[1]
    return jnp.concatenate([rows[:1], rest])


_cumsum, _cumprod = _cumulative(np.add, 0), _cumulative(np.multiply, 1)
rules_all(
    {
        np.cumsum: _cumsum,
        np.cumulative_sum: _cumsum,
        np.cumprod: _cumprod,
        np.cumulative_prod: _cumprod,
    }
)
