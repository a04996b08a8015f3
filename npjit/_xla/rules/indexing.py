"""JAX rules of indexing by arrays: gathering, scattering, masked writes, `take`.

Basic indices (ints and slices alone) are views: see `npjit._xla.views`. Index arrays
were validated on the host: every index lies inside its axis and may be negative. Bool
arrays never index here, since the shape of the result would depend on their values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import is_exact
from npjit._xla.rules import rule
from npjit.errors import Reason, Unsupported

__all__ = ["gather", "put_mask", "scatter", "take", "take_along_axis"]

_INT64 = np.dtype(np.int64)
_IN_BOUNDS = "promise_in_bounds"


def _index(x: jax.Array) -> jax.Array:
    """Indices in a dtype that JAX takes: unsigned ones, of which none is negative."""
    is_unsigned = x.dtype.kind == "u" and x.dtype.itemsize <= 4
    return cast(x, np.dtype(np.uint32) if is_unsigned else _INT64)


def _filled(key: Sequence[Any], indices: Sequence[jax.Array]) -> tuple[Any, ...]:
    """The index that a template stands for, with its arrays as int64.

    A narrow dtype could not hold the length that is added to negative indices.
    """

    def fill(item: Any) -> Any:
        if not isinstance(item, tuple):
            return item
        kind, *params = item
        return slice(*params) if kind == "slice" else _index(indices[params[0]])

    return tuple(fill(item) for item in key)


def gather(a: jax.Array, *indices: jax.Array, key: Sequence[Any]) -> jax.Array:
    """Elements of `a` at an index that holds integer arrays: ``a[key]``.

    Parameters
    ----------
    a : jax.Array
        Any shape and dtype.
    *indices : jax.Array
        Index arrays of integer dtype, in bounds, possibly negative.
    key : sequence
        Template of the index: ints, ``None``, ``Ellipsis``,
        ``("slice", start, stop, step)``, and ``("array", i)`` for the i-th index array.

    Returns
    -------
    jax.Array
        In the shape NumPy's advanced indexing gives.
    """
    n_taken = max((x.size for x in indices), default=0)
    if is_exact() and a.size < n_taken:
        a = lax.optimization_barrier(a)  # else computed anew for each element taken
    return a.at[_filled(key, indices)].get(mode=_IN_BOUNDS)


def scatter(
    a: jax.Array, value: jax.Array, *indices: jax.Array, key: Sequence[Any]
) -> jax.Array:
    """`a` after ``a[key] = value``, for an index that holds integer arrays.

    Parameters
    ----------
    a : jax.Array
        Any shape and dtype.
    value : jax.Array
        Cast to the dtype of `a` and broadcast to the selected elements.
    *indices, key
        As for `gather`; no element is selected twice.

    Returns
    -------
    jax.Array
        Of the shape and dtype of `a`.
    """
    index = _filled(key, indices)
    selected = jax.eval_shape(lambda a: a.at[index].get(mode=_IN_BOUNDS), a)
    value = _without_leading_ones(cast(value, a.dtype), len(selected.shape))
    return a.at[index].set(value, mode=_IN_BOUNDS)


def put_mask(
    a: jax.Array,
    mask: jax.Array,
    value: jax.Array,
    order: Sequence[int] | None = None,
) -> jax.Array:
    """`a` after ``a[mask] = value``, for one value for all selected places.

    Parameters
    ----------
    a : jax.Array
        Any shape and dtype.
    mask : jax.Array
        Bools in the shape of the first axes of `a`.
    value : jax.Array
        Cast to the dtype of `a` and broadcast over the axes the mask does not cover.
    order : sequence of int, optional
        The axes of `a` in the order in which they are meant, those of the mask first.

    Returns
    -------
    jax.Array
        Of the shape and dtype of `a`.
    """
    order = range(a.ndim) if order is None else order
    rest = tuple(a.shape[k] for k in order[mask.ndim :])
    value = _without_leading_ones(cast(value, a.dtype), len(rest))
    value = jnp.broadcast_to(value, rest).reshape((1,) * mask.ndim + rest)
    mask = mask.reshape(mask.shape + (1,) * len(rest))
    back = np.argsort(order)
    return jnp.where(mask.transpose(back), value.transpose(back), a)


def _without_leading_ones(value: jax.Array, ndim: int) -> jax.Array:
    # Assignment in NumPy lets a value have more axes than its target, of length 1.
    extra = max(value.ndim - ndim, 0)
    return value.reshape(value.shape[extra:])


def copyto(
    a: jax.Array, src: jax.Array, *, where: Any = True, casting: str = "same_kind"
) -> jax.Array:
    """`a` after ``np.copyto(a, src, casting, where)``."""
    value = _without_leading_ones(cast(src, a.dtype), a.ndim)
    return jnp.where(jnp.broadcast_to(jnp.asarray(where), a.shape), value, a)


def putmask(a: jax.Array, mask: jax.Array, values: jax.Array) -> jax.Array:
    """`a` after ``np.putmask(a, mask, values)``; values are repeated."""
    if not values.size:
        return a
    mask = cast(jnp.asarray(mask), np.dtype(bool)).reshape(a.shape)
    return jnp.where(mask, _repeated(cast(values, a.dtype), a.size).reshape(a.shape), a)


def place(a: jax.Array, mask: jax.Array, vals: jax.Array) -> jax.Array:
    """`a` after ``np.place(a, mask, vals)``; each place takes the next value."""
    mask = cast(jnp.asarray(mask), np.dtype(bool)).reshape(-1)
    values = cast(vals, a.dtype).reshape(-1)
    turn = jnp.cumsum(cast(mask, _INT64)) - 1
    chosen = values.at[turn % values.size].get(mode=_IN_BOUNDS)
    return jnp.where(mask, chosen, a.reshape(-1)).reshape(a.shape)


def put(
    a: jax.Array, v: jax.Array, ind: jax.Array, *, mode: str = "raise"
) -> jax.Array:
    """`a` after ``np.put(a, ind, v, mode)``; no element is named twice."""
    indices = _in_bounds(cast(ind, _INT64).reshape(-1), a.size, mode)
    values = _repeated(cast(v, a.dtype), indices.size)
    flat = a.reshape(-1).at[indices].set(values, mode=_IN_BOUNDS)
    return flat.reshape(a.shape)


def choose(a: jax.Array, *choices: jax.Array, mode: str = "raise") -> jax.Array:
    """Elements of the choices that the elements of `a` name."""
    index = _in_bounds(cast(a, _INT64), len(choices), mode)
    result = choices[0]
    for i, choice in enumerate(choices[1:], 1):
        result = jnp.where(index == i, choice, result)
    return jnp.broadcast_to(result, jnp.broadcast_shapes(result.shape, a.shape))


def select_cases(
    conditions: Sequence[jax.Array], choices: Sequence[jax.Array]
) -> jax.Array:
    """The first choice whose condition holds; the last choice where none does."""
    result = choices[-1]
    pairs = zip(conditions, choices[:-1], strict=True)
    for condition, choice in reversed(list(pairs)):
        result = jnp.where(condition, choice, result)
    return result


def _in_bounds(indices: jax.Array, n: int, mode: str) -> jax.Array:
    """Indices into `n` elements as a mode of NumPy's understands them."""
    if mode == "clip":
        return jnp.clip(indices, 0, n - 1)
    if mode == "wrap":
        return indices % jnp.int64(max(n, 1))
    if mode != "raise":
        raise Unsupported(Reason.PARAMETER, f"mode={mode!r}")
    return indices


def fill_diagonal(a: jax.Array, val: jax.Array, *, wrap: bool = False) -> jax.Array:
    """`a` after ``np.fill_diagonal(a, val, wrap)``; values are repeated."""
    step = 1 + int(np.cumprod(a.shape[:-1]).sum())
    if a.ndim == 2:
        step = a.shape[1] + 1
    end = a.shape[1] ** 2 if a.ndim == 2 and not wrap else a.size
    places = np.arange(0, min(end, a.size), step)
    flat = a.reshape(-1)
    if places.size and val.size:
        value = _repeated(cast(val, a.dtype), places.size)
        flat = flat.at[places].set(value, mode=_IN_BOUNDS)
    return flat.reshape(a.shape)


def _repeated(values: jax.Array, length: int) -> jax.Array:
    """The flat values, as often as it takes."""
    flat = values.reshape(-1)
    if flat.size == 1:
        return jnp.broadcast_to(flat, (length,))
    return flat[np.arange(length) % flat.size]


@rule(np.take)
def take(
    a: jax.Array, indices: jax.Array, *, axis: int | None, mode: str = "raise"
) -> jax.Array:
    """Elements of `a` along one axis, or of the flat array.

    Parameters
    ----------
    a, indices : jax.Array
        `indices` of integer dtype; in bounds unless `mode` says otherwise.
    axis : int or None
        None takes from the flat array.
    mode : {"raise", "wrap", "clip"}
        "raise" was checked on the host; "clip" makes negative indices 0.

    Returns
    -------
    jax.Array
        The axis is replaced by the axes of `indices`.
    """
    if axis is None:
        a, axis = a.reshape(-1), 0
    indices = _in_bounds(cast(indices, _INT64), a.shape[axis], mode)
    return a.at[(slice(None),) * axis + (indices,)].get(mode=_IN_BOUNDS)


@rule(np.take_along_axis)
def take_along_axis(
    a: jax.Array, indices: jax.Array, *, axis: int | None = -1
) -> jax.Array:
    """Elements of `a` at indices that run along one axis, matched along the others."""
    if axis is None:
        a, axis = a.reshape(-1), 0
    axis %= a.ndim
    shape = np.broadcast_shapes(
        (*a.shape[:axis], 1, *a.shape[axis + 1 :]), indices.shape
    )
    grid = list(jnp.ogrid[tuple(slice(n) for n in shape)])
    index = [
        jnp.zeros_like(g) if n == 1 else g for n, g in zip(a.shape, grid, strict=True)
    ]
    index[axis] = cast(indices, _INT64)
    return a.at[tuple(index)].get(mode=_IN_BOUNDS)
