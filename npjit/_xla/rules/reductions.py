"""JAX rules of NumPy's reductions and cumulative functions.

Rules receive one array and canonical keywords: `axis` is a sorted tuple of ints >= 0
(all axes given), `dtype` that of accumulation and result, `keepdims` a bool; `initial`
and `where` are absent unless the user gave them.

Sums and products of floats are taken in NumPy's order for an array in C order if there
are at most 32768 elements, or 32 of each result, and are then NumPy's bit for bit; see
`npjit._xla.summation`. Else the order is XLA's: the error of a sum is at most
``8 * eps * sum(abs(a))``, or that of NumPy's own sum where this adds one by one (along
an axis that is not the last).
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
from npjit._xla.exactness import exact_product, is_exact
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.summation import add_last, from_zero, one_by_one
from npjit._xla.tiles import reduce_tiles
from npjit.errors import Reason, Unsupported

Axes = tuple[int, ...]
_Combine = Callable[[jax.Array, jax.Array], jax.Array]
_Fold = Callable[[jax.Array, Axes], jax.Array]

_BOOL, _INT64 = np.dtype(bool), np.dtype(np.int64)
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)

#: Up to so many elements NumPy's order costs nothing. Of 1e7 elements it took 45 to 100
#: ms, since XLA:CPU does not fuse what is computed into it; tiles take 2 to 6.
_MAX_IN_ORDER = 2**15
#: So few elements of each result are added in the program's text, which is fused.
_MAX_ADDED = 32

# -- orders of accumulation ----------------------------------------------------


def _ordered(a: jax.Array, axis: Axes) -> tuple[jax.Array, bool]:
    """Reduced axes at both ends, as NumPy's loops meet an array in C order.

    Returns an array ``(outer, *kept, inner)`` and whether NumPy's inner loop reduces:
    it runs along the last axes, the outer loops run along all others.
    """
    shape = a.shape
    kept = [k for k in range(a.ndim) if k not in axis]
    long_kept = [k for k in kept if shape[k] != 1]
    inner = [k for k in axis if k > max(long_kept, default=-1)]
    outer = [k for k in axis if k not in inner]
    lengths = [math.prod(shape[k] for k in axes) for axes in (outer, inner)]
    ordered = a.transpose(*outer, *kept, *inner)
    kept_shape = [shape[k] for k in kept]
    return ordered.reshape(lengths[0], *kept_shape, lengths[1]), bool(inner)


def _add_in_order(
    a: jax.Array, axis: Axes, first: jax.Array | None = None
) -> jax.Array:
    """Sum of floats: pairwise along the last axes, one by one along the others.

    It begins with `first`, of the result's shape, or with 0.0.
    """
    x, is_inner = _ordered(a, axis)
    # NumPy's float16 loops carry a float32 from element to element.
    x = _widened(x)
    rows = add_last(x) if is_inner else x[..., 0]

    def add(total: jax.Array, row: jax.Array) -> jax.Array:
        return cast(_widened(total) + row, a.dtype)

    begin = jnp.zeros(rows.shape[1:], a.dtype) if first is None else first
    return from_zero(one_by_one(add, begin, rows), first)


def _multiply_in_order(
    a: jax.Array, axis: Axes, first: jax.Array | None = None
) -> jax.Array:
    """Product of floats, one by one; it begins with `first`, or with 1.0."""
    x, is_inner = _ordered(a, axis)
    rows = jnp.moveaxis(x, -1, 1)
    # Where whole rows are multiplied, NumPy's loop is that of the ufunc.
    product = _product if is_inner else partial(apply, np.multiply)

    def multiply(total: jax.Array, row: jax.Array) -> jax.Array:
        return cast(one_by_one(product, _widened(total), _widened(row)), a.dtype)

    begin = jnp.ones(rows.shape[2:], a.dtype) if first is None else first
    return one_by_one(multiply, begin, rows)


def _product(x: jax.Array, y: jax.Array) -> jax.Array:
    """Product in a running product, where NumPy uses no fused multiply-add."""
    if x.dtype.kind != "c":
        return x * y
    (a, b), (c, d) = ((lax.real(z), lax.imag(z)) for z in (x, y))
    real = exact_product(a * c) - exact_product(b * d)
    return lax.complex(real, exact_product(a * d) + exact_product(b * c))


def _widened(x: jax.Array) -> jax.Array:
    # NumPy's float16 loops carry a float32 from element to element.
    return cast(x, _FLOAT32) if x.dtype == np.float16 else x


def _runs_in_order(a: jax.Array, axis: Axes) -> bool:
    # Loops over rows are for processors: on an accelerator each row is a launch.
    n_added = math.prod(a.shape[k] for k in axis)
    is_small = a.size <= _MAX_IN_ORDER or n_added <= _MAX_ADDED
    return is_small and a.dtype.kind in "fc" and jax.default_backend() == "cpu"


def _with_dims(x: jax.Array, a: jax.Array, axis: Axes, keepdims: bool) -> jax.Array:
    kept = [k for k in range(a.ndim) if k not in axis]
    shape = [a.shape[k] if k in kept else 1 for k in range(a.ndim)]
    return x.reshape(shape if keepdims else [a.shape[k] for k in kept])


# -- sums, products, extremes, and reductions of ufuncs ------------------------


def _reduce(combine: _Combine, identity: int, a: jax.Array, axis: Axes) -> jax.Array:
    return reduce_tiles(a, _constant(identity, a.dtype), combine, axis)


_all, _any = partial(_reduce, lax.bitwise_and, 1), partial(_reduce, lax.bitwise_or, 0)


def _sum(a: jax.Array, axis: Axes) -> jax.Array:
    if a.dtype == np.bool_:
        return _any(a, axis)
    if _runs_in_order(a, axis):
        return _add_in_order(a, axis)
    return cast(_reduce(lax.add, 0, _widened(a), axis), a.dtype)


def _prod(a: jax.Array, axis: Axes) -> jax.Array:
    if a.dtype == np.bool_:
        return _all(a, axis)
    if _runs_in_order(a, axis):
        return _multiply_in_order(a, axis)
    return cast(_reduce(lax.mul, 1, _widened(a), axis), a.dtype)


def _extreme(ufunc: np.ufunc, combine: _Combine, compare: _Combine) -> _Fold:
    """A maximum or minimum in which NaN wins.

    Of equal numbers (0.0 and -0.0) the first, among few elements.
    """

    def choose(x: jax.Array, y: jax.Array) -> jax.Array:
        return lax.select(compare(x, y) | (x != x), x, y)

    def extreme(a: jax.Array, axis: Axes) -> jax.Array:
        _check_ordered(a.dtype, ufunc.__name__)
        worst = _worst(a.dtype, is_max=ufunc is np.maximum)
        if a.dtype.kind == "f" and is_exact() and a.size <= _MAX_IN_ORDER:
            return lax.reduce(a, worst, choose, axis)
        return reduce_tiles(a, worst, combine, axis)

    return extreme


def _worst(dtype: np.dtype, *, is_max: bool) -> np.ndarray:
    """What a maximum or minimum begins with."""
    if dtype.kind == "b":
        return np.asarray(not is_max)
    if dtype.kind == "f":
        return np.asarray(-np.inf if is_max else np.inf, dtype)
    info = np.iinfo(dtype)
    return np.asarray(info.min if is_max else info.max, dtype)


_max = _extreme(np.maximum, lax.max, lax.ge)
_min = _extreme(np.minimum, lax.min, lax.le)


def _number(fold: _Fold, *, is_max: bool) -> _Fold:
    """An extreme in which NaN loses, unless there is nothing else."""

    def extreme(a: jax.Array, axis: Axes) -> jax.Array:
        if a.dtype.kind != "f":
            return fold(a, axis)
        missing = jnp.isnan(a)
        found = fold(jnp.where(missing, _worst(a.dtype, is_max=is_max), a), axis)
        nan = jnp.full_like(found, jnp.nan)
        return jnp.where(_all(missing, axis), nan, found)

    return extreme


def _check_ordered(dtype: np.dtype, name: str) -> None:
    if dtype.kind == "c":
        raise Unsupported(Reason.DTYPE, f"{name} of {dtype} along an axis")


#: For a ufunc, its fold of an array of the result's dtype, and its identity.
_FOLDS: dict[np.ufunc, tuple[_Fold, Any]] = {
    np.add: (_sum, 0),
    np.multiply: (_prod, 1),
    np.maximum: (_max, None),
    np.minimum: (_min, None),
    np.fmax: (_number(_max, is_max=True), None),
    np.fmin: (_number(_min, is_max=False), None),
    np.logical_and: (_all, True),
    np.logical_or: (_any, False),
    np.logical_xor: (partial(_reduce, lax.bitwise_xor, 0), False),
    np.bitwise_and: (partial(_reduce, lax.bitwise_and, -1), -1),
    np.bitwise_or: (partial(_reduce, lax.bitwise_or, 0), 0),
    np.bitwise_xor: (partial(_reduce, lax.bitwise_xor, 0), 0),
}


_IN_ORDER = {np.add: _add_in_order, np.multiply: _multiply_in_order}


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
    return partial(_reduced, ufunc) if ufunc in _FOLDS else None


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
    fold, identity = _FOLDS[ufunc]
    if dtype is None:
        dtype = _BOOL if isinstance(identity, bool) else a.dtype
    x = cast(a, dtype)
    if initial is not None:
        initial = cast(jnp.asarray(initial), x.dtype)
    if where is not None:
        neutral = initial if identity is None else _constant(identity, x.dtype)
        x = jnp.where(jnp.broadcast_to(where, x.shape), x, neutral)
    if initial is None:
        return _with_dims(fold(x, axis), a, axis, keepdims)
    kept_shape = [n for k, n in enumerate(x.shape) if k not in axis]
    total = jnp.broadcast_to(initial, kept_shape)
    if ufunc in _IN_ORDER and _runs_in_order(x, axis):
        total = _IN_ORDER[ufunc](x, axis, total)
    elif all(a.shape[k] for k in axis):
        total = apply(ufunc, total, fold(x, axis))
    return _with_dims(total, a, axis, keepdims)


def _constant(value: Any, dtype: np.dtype) -> np.ndarray:
    return np.asarray(value).astype(dtype)


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
    extreme: _Fold,
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
        _check_ordered(a.dtype, find.__name__)
        if a.dtype == np.bool_:
            a = cast(a, np.dtype(np.uint8))
        if a.size <= _MAX_IN_ORDER or (
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
        np.argmax: _position(_finder(lax.argmax), _max, _is_better(lax.gt)),
        np.argmin: _position(_finder(lax.argmin), _min, _is_better(lax.lt)),
    }
)


@rule(np.ediff1d)
def ediff1d(ary: jax.Array) -> jax.Array:
    """Differences of neighbours in the flat array."""
    flat = ary.reshape(-1)
    return apply(np.subtract, flat[1:], flat[:-1])


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
    return 8 if ufunc in _FOLDS or ufunc is np.subtract else 1


def accumulated(ufunc: np.ufunc, rows: jax.Array) -> jax.Array:
    """All partial results along the first axis, one after the other as in NumPy."""
    combine = _product if ufunc is np.multiply else partial(apply, ufunc)
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
