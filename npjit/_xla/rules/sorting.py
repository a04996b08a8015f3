"""JAX rules of sorting and searching (chapter: `npjit/_chapters/sorting.py`).

Rules receive arrays and canonical keywords: `axis` is an int >= 0. XLA:CPU compares
floats by a function of its own, eight times slower than ints; so what is sorted are
integer keys in the order of the floats. NaN comes last, as in NumPy.

Sorting that is not stable leaves open the order of 0.0 and -0.0, in NumPy too; here
-0.0 comes first. Open is, too, what searching an array that is not sorted gives: there
results differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._chapters.sorting import is_stable
from npjit._xla.casts import cast
from npjit._xla.exactness import is_exact
from npjit._xla.rules import rule

__all__ = ["bisect", "order_keys", "sort_into"]

_INT64, _INT32 = np.dtype(np.int64), np.dtype(np.int32)
_Keys = tuple[jax.Array, ...]


# -- keys ----------------------------------------------------------------------


def _ints_of(dtype: np.dtype) -> np.dtype:
    return np.dtype(f"i{dtype.itemsize}")


def _flipped(bits: jax.Array) -> jax.Array:
    """The bits of floats in the order of the floats, or back."""
    sign = lax.shift_right_arithmetic(
        bits, jnp.full_like(bits, bits.dtype.itemsize * 8 - 1)
    )
    return bits ^ (sign & jnp.asarray(np.iinfo(bits.dtype).max, bits.dtype))


def _bits(x: jax.Array) -> jax.Array:
    """Bits of floats, with one NaN, which is larger than all numbers."""
    x = jnp.where(jnp.isnan(x), jnp.full_like(x, np.nan), x)
    return lax.bitcast_convert_type(x, _ints_of(x.dtype))


def order_keys(x: jax.Array) -> _Keys:
    """Integers that compare as NumPy compares the elements of an array in sorting.

    Parameters
    ----------
    x : jax.Array
        Any shape and dtype.

    Returns
    -------
    tuple of jax.Array
        Keys of the shape of `x`, the most significant first: one, and three of complex
        numbers. Keys are equal where NumPy takes neither element for the smaller one.
    """
    if x.dtype == np.bool_:
        return (cast(x, np.dtype(np.uint8)),)
    if x.dtype.kind in "iu":
        return (x,)
    if x.dtype.kind == "f":
        key = _flipped(_bits(x))
        # The key of -0.0; `x == 0` is also true of subnormals, which XLA:CPU flushes.
        return (jnp.where(key == -1, jnp.zeros_like(key), key),)
    real, imag = lax.real(x), lax.imag(x)
    two = jnp.asarray(2, _INT32)
    group = two * cast(jnp.isnan(real), _INT32) + cast(jnp.isnan(imag), _INT32)
    return (group, *order_keys(real), *order_keys(imag))


# -- sorting -------------------------------------------------------------------


@rule(np.sort)
def sort(a: jax.Array, *, axis: int | None, stable: bool = False) -> jax.Array:
    """Elements in ascending order along an axis; None sorts the flat array."""
    if axis is None:
        a, axis = a.reshape(-1), 0
    if not is_exact():
        return jnp.sort(a, axis=axis, stable=stable)
    if a.dtype.kind == "f" and stable:  # equal are 0.0 and -0.0
        return lax.sort((*order_keys(a), a), dimension=axis, num_keys=1)[1]
    if a.dtype.kind == "f":
        keys = lax.sort(_flipped(_bits(a)), dimension=axis, is_stable=False)
        return lax.bitcast_convert_type(_flipped(keys), a.dtype)
    if a.dtype.kind == "c":
        parts = (*order_keys(a), lax.real(a), lax.imag(a))
        real, imag = lax.sort(parts, dimension=axis, num_keys=3)[3:]
        return lax.complex(real, imag)
    (key,) = order_keys(a)
    return cast(lax.sort(key, dimension=axis, is_stable=False), a.dtype)


def sort_into(
    a: jax.Array, *, axis: int = -1, kind: str | None = None, **how: object
) -> jax.Array:
    """`a` after ``a.sort(axis, kind)``."""
    return sort(a, axis=axis % a.ndim, stable=is_stable({"kind": kind}))


@rule(np.argsort)
def argsort(a: jax.Array, *, axis: int | None) -> jax.Array:
    """Indices that sort stably along an axis."""
    if axis is None:
        a, axis = a.reshape(-1), 0
    return _sorting_indices(order_keys(a), axis)


@rule(np.lexsort)
def lexsort(keys: Sequence[jax.Array], *, axis: int) -> jax.Array:
    """Indices that sort by the last key, equal ones by the one before it."""
    significant = [key for a in reversed(list(keys)) for key in order_keys(a)]
    return _sorting_indices(significant, axis)


def _sorting_indices(keys: Sequence[jax.Array], axis: int) -> jax.Array:
    shape = keys[0].shape
    narrow = _INT32 if shape[axis] < 2**31 else _INT64
    places = lax.broadcasted_iota(narrow, shape, axis)
    found = lax.sort((*keys, places), dimension=axis, num_keys=len(keys))[-1]
    return cast(found, _INT64)


# -- searching -----------------------------------------------------------------


def bisect(a: jax.Array, v: jax.Array, *, right: bool) -> jax.Array:
    """Where elements would be put into a sorted array.

    Parameters
    ----------
    a : jax.Array
        One axis, in ascending order.
    v : jax.Array
        Any shape; of the dtype of `a`.
    right : bool
        Whether after the elements that are equal.

    Returns
    -------
    jax.Array of int64
        Of the shape of `v`, from 0 to the length of `a`.
    """
    inside, wanted = order_keys(a), order_keys(v)
    if a.shape[0] <= _MAX_COUNTED:
        found = jnp.zeros(v.shape, _INT32)
        for i in range(a.shape[0]):
            here = tuple(k[i] for k in inside)
            found += cast(_is_before(here, wanted, right), _INT32)
        return cast(found, _INT64)
    return cast(_stepwise(inside, wanted, right), _INT64)


#: In so few elements the place is counted: of 1e6 numbers, 50 edges took 3.5 ms, and
#: steps 14. NumPy needs 60 to 90.
_MAX_COUNTED = 64


def _stepwise(inside: _Keys, wanted: _Keys, right: bool) -> jax.Array:
    """Places in a long array: steps of halving length, as long as they go too short.

    Elements that are larger than all fill the array up to a power of two.
    """
    length = inside[0].shape[0]
    narrow = _INT32 if length < 2**30 else _INT64
    size = 1 << length.bit_length()
    table = tuple(
        jnp.concatenate([k, jnp.full(size - length, np.iinfo(k.dtype).max, k.dtype)])
        for k in inside
    )
    one = jnp.asarray(1, narrow)

    def step(i: jax.Array, place: jax.Array) -> jax.Array:
        jump = lax.shift_right_logical(jnp.asarray(size, narrow), cast(i, narrow) + one)
        there = place + jump
        here = tuple(k.at[there - one].get(mode="promise_in_bounds") for k in table)
        return jnp.where(_is_before(here, wanted, right), there, place)

    start = jnp.zeros(wanted[0].shape, narrow)
    found = lax.fori_loop(0, length.bit_length(), step, start)
    return jnp.minimum(found, jnp.asarray(length, narrow))


def _is_before(here: _Keys, wanted: _Keys, right: bool) -> jax.Array:
    """Whether what is wanted is put behind an element."""
    return ~_is_less(wanted, here) if right else _is_less(here, wanted)


def _is_less(x: _Keys, y: _Keys) -> jax.Array:
    """Whether keys compare less, the first of them first."""
    less = x[-1] < y[-1]
    for a, b in zip(reversed(x[:-1]), reversed(y[:-1]), strict=True):
        less = (a < b) | ((a == b) & less)
    return less


@rule(np.searchsorted)
def searchsorted(a: jax.Array, v: jax.Array, *, side: str = "left") -> jax.Array:
    """Where elements would be put into a sorted array; both of one dtype."""
    return bisect(a, v, right=side == "right")
