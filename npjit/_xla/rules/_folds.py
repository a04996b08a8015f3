"""Folds: how the elements along axes become one, in which order and from what start.

Sums and products of floats are taken in NumPy's order for an array in C order if there
are at most 32768 elements, or 32 of each result, and are then NumPy's bit for bit; see
`npjit._xla.summation`. Else the order is XLA's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import exact_product, is_derivable, is_exact
from npjit._xla.rules._apply import apply
from npjit._xla.rules._extremes import with_derivative
from npjit._xla.summation import add_last, from_zero, one_by_one
from npjit._xla.tiles import reduce_tiles
from npjit.errors import Reason, Unsupported

__all__ = [
    "FOLDS",
    "MAX_IN_ORDER",
    "Axes",
    "Fold",
    "check_ordered",
    "constant",
    "folded",
    "running_product",
]

Axes = tuple[int, ...]
_Combine = Callable[[jax.Array, jax.Array], jax.Array]
Fold = Callable[[jax.Array, Axes], jax.Array]

_FLOAT32 = np.dtype(np.float32)

#: Up to so many elements NumPy's order costs nothing. Of 1e7 elements it took 45 to 100
#: ms, since XLA:CPU does not fuse what is computed into it; tiles take 2 to 6.
MAX_IN_ORDER = 2**15
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
    product = running_product if is_inner else partial(apply, np.multiply)

    def multiply(total: jax.Array, row: jax.Array) -> jax.Array:
        return cast(one_by_one(product, _widened(total), _widened(row)), a.dtype)

    begin = jnp.ones(rows.shape[2:], a.dtype) if first is None else first
    return one_by_one(multiply, begin, rows)


def running_product(x: jax.Array, y: jax.Array) -> jax.Array:
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
    is_small = a.size <= MAX_IN_ORDER or n_added <= _MAX_ADDED
    return is_small and a.dtype.kind in "fc" and jax.default_backend() == "cpu"


# -- sums, products, extremes --------------------------------------------------


def _reduce(combine: _Combine, identity: int, a: jax.Array, axis: Axes) -> jax.Array:
    return reduce_tiles(a, constant(identity, a.dtype), combine, axis)


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


def _extreme(ufunc: np.ufunc, combine: _Combine, compare: _Combine) -> Fold:
    """A maximum or minimum in which NaN wins.

    Of equal numbers (0.0 and -0.0) the first, among few elements.
    """

    def choose(x: jax.Array, y: jax.Array) -> jax.Array:
        return lax.select(compare(x, y) | (x != x), x, y)

    def extreme(a: jax.Array, axis: Axes) -> jax.Array:
        check_ordered(a.dtype, ufunc.__name__)
        if a.dtype.kind == "f" and is_exact() and a.size <= MAX_IN_ORDER:
            return lax.reduce(a, worst_of(a), choose, axis)
        if a.dtype.kind == "f" and is_derivable() and a.size:
            return derived(a, axis)
        return in_tiles(a, axis)

    def worst_of(a: jax.Array) -> np.ndarray:
        return _worst(a.dtype, is_max=is_max)

    def in_tiles(a: jax.Array, axis: Axes) -> jax.Array:
        return reduce_tiles(a, worst_of(a), combine, axis)

    is_max = ufunc is np.maximum
    derived = with_derivative(in_tiles, is_max=is_max)
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


def _number(fold: Fold, *, is_max: bool) -> Fold:
    """An extreme in which NaN loses, unless there is nothing else."""

    def extreme(a: jax.Array, axis: Axes) -> jax.Array:
        if a.dtype.kind != "f":
            return fold(a, axis)
        missing = jnp.isnan(a)
        found = fold(jnp.where(missing, _worst(a.dtype, is_max=is_max), a), axis)
        nan = jnp.full_like(found, jnp.nan)
        return jnp.where(_all(missing, axis), nan, found)

    return extreme


def check_ordered(dtype: np.dtype, name: str) -> None:
    """Raise `Unsupported` of a maximum, or its position, among complex numbers."""
    if dtype.kind == "c":
        raise Unsupported(Reason.DTYPE, f"{name} of {dtype} along an axis")


#: For a ufunc, its fold of an array of the result's dtype, and its identity.
FOLDS: dict[np.ufunc, tuple[Fold, Any]] = {
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
#: Those that can begin with a value of the user's, in NumPy's order.
_IN_ORDER = {np.add: _add_in_order, np.multiply: _multiply_in_order}


def folded(
    ufunc: np.ufunc, a: jax.Array, axis: Axes, initial: jax.Array | None = None
) -> jax.Array:
    """An array of the result's dtype, folded along axes by a ufunc of `FOLDS`.

    It begins with `initial`, of that dtype, if it is given.
    """
    fold, _ = FOLDS[ufunc]
    if initial is None:
        return fold(a, axis)
    kept_shape = [n for k, n in enumerate(a.shape) if k not in axis]
    total = jnp.broadcast_to(initial, kept_shape)
    if ufunc in _IN_ORDER and _runs_in_order(a, axis):
        return _IN_ORDER[ufunc](a, axis, total)
    if all(a.shape[k] for k in axis):
        return apply(ufunc, total, fold(a, axis))
    return total


def constant(value: Any, dtype: np.dtype) -> np.ndarray:
    """A number as NumPy casts it."""
    return np.asarray(value).astype(dtype)
