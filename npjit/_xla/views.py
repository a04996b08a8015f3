"""View primitives on immutable arrays: reading through a view, writing back through it.

A NumPy view is a chain of primitives that leads from a storage to the view. XLA has no
views, so reading one computes its elements, and writing one computes a new version of
the storage in which the elements of the view are replaced (functionalization).

A primitive is a tuple that names its kind first:

=========================================  =============================================
``("index", ((size, step, keep), ...))``   one triple an axis: element ``i`` is
                                           ``x[start + i * step]``; the axis is dropped
                                           where ``keep`` is False. The starts come
                                           separately, Python ints or traced scalars.
``("transpose", perm)``                    `numpy.transpose`
``("reshape", shape)``                     C order
``("broadcast", shape)``                   `numpy.broadcast_to`; read only
``("diagonal", offset, axis1, axis2)``     `numpy.diagonal`
``("strided", shape, steps)``              `as_strided` of an array in C order, steps
                                           in elements; read only
``("real",)``, ``("imag",)``               the parts of a complex array
``("bitcast", dtype)``                     ``ndarray.view(dtype)``
=========================================  =============================================

A start needs no bounds check: the touched elements lie inside the array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit.errors import Reason, Unsupported

__all__ = ["read", "read_chain", "write", "write_chain"]

Primitive = tuple[Any, ...]
"""One step of a view chain; see the table above."""

Start = int | jax.Array
"""First index along an axis: a Python int (static), or a traced int64 scalar."""


def read(prim: Primitive, x: jax.Array, starts: Sequence[Start] = ()) -> jax.Array:
    """Elements of `x` seen through one view primitive.

    Parameters
    ----------
    prim : tuple
        The primitive.
    x : jax.Array
        What the primitive is a view of.
    starts : sequence of int or traced int64 scalar
        For an "index" primitive one start per axis of `x`, otherwise empty.

    Returns
    -------
    jax.Array
        In the shape and dtype of the view.
    """
    kind, *params = prim
    if kind == "index":
        return _read_index(x, params[0], starts)
    return _KINDS[kind].read(x, *params)


def write(
    prim: Primitive, x: jax.Array, starts: Sequence[Start], value: jax.Array
) -> jax.Array:
    """`x` with the elements seen through one view primitive replaced by `value`.

    Parameters
    ----------
    prim, x, starts
        As for `read`.
    value : jax.Array
        In the shape and dtype that `read` returns.

    Returns
    -------
    jax.Array
        In the shape and dtype of `x`; elements outside the view keep their bits.

    Raises
    ------
    Unsupported
        If the primitive is read only.
    """
    kind, *params = prim
    if kind == "index":
        return _write_index(x, params[0], starts, value)
    return _KINDS[kind].write(x, value, *params)


def read_chain(
    prims: Sequence[Primitive], x: jax.Array, starts: Sequence[Start]
) -> jax.Array:
    """Elements of storage `x` seen through a chain, applied from the storage outwards.

    `starts` is flat: the "index" primitives consume it in order.
    """
    for prim in prims:
        own, starts = _split_starts(prim, starts)
        x = read(prim, x, own)
    return x


def write_chain(
    prims: Sequence[Primitive],
    x: jax.Array,
    starts: Sequence[Start],
    value: jax.Array,
) -> jax.Array:
    """New version of storage `x` after `value` was written through a chain.

    `starts` is flat: the "index" primitives consume it in order.
    """
    if not prims:
        return value
    prim, *rest = prims
    own, starts = _split_starts(prim, starts)
    if rest:
        value = write_chain(rest, read(prim, x, own), starts, value)
    return write(prim, x, own, value)


def _split_starts(
    prim: Primitive, starts: Sequence[Start]
) -> tuple[Sequence[Start], Sequence[Start]]:
    used = len(prim[1]) if prim[0] == "index" else 0
    return starts[:used], starts[used:]


# -- index ---------------------------------------------------------------------


class _Box(NamedTuple):
    """The smallest box of an array that holds every element of an indexed view."""

    lows: tuple[Any, ...]  # of Start
    extents: tuple[int, ...]
    sizes: tuple[int, ...]  # of the view, dropped axes included
    steps: tuple[int, ...]  # > 0
    flipped: tuple[int, ...]  # axes walked backwards

    @property
    def is_dense(self) -> bool:
        return self.extents == self.sizes

    @property
    def is_static(self) -> bool:
        return all(isinstance(low, int) for low in self.lows)

    def slices(self, x: jax.Array) -> jax.Array:
        """The part of `x` inside the box."""
        if self.is_static:
            highs = [low + n for low, n in zip(self.lows, self.extents, strict=True)]
            return lax.slice(x, self.lows, highs)
        return lax.dynamic_slice(
            x, _as_int64(self.lows), self.extents, allow_negative_indices=False
        )

    def replaced(self, x: jax.Array, part: jax.Array) -> jax.Array:
        """`x` with the part inside the box replaced."""
        if self.extents == x.shape:
            return part
        if self.is_static and 2 * part.size > x.size:
            return self._surrounded(x, part)
        return lax.dynamic_update_slice(
            x, part, _as_int64(self.lows), allow_negative_indices=False
        )

    def _surrounded(self, x: jax.Array, part: jax.Array) -> jax.Array:
        """What `x` has on all sides of a large box, joined to the new part.

        XLA fuses this with what computes the part: a Jacobi step on 1000 x 1000 takes
        half the time it takes with an update in place.
        """
        for axis in reversed(range(x.ndim)):
            low, high = self.lows[axis], self.lows[axis] + self.extents[axis]
            before, after = (
                self._rest(x, axis, *ends) for ends in ((0, low), (high, x.shape[axis]))
            )
            part = lax.concatenate([p for p in (before, part, after) if p.size], axis)
        return part

    def _rest(self, x: jax.Array, axis: int, low: int, high: int) -> jax.Array:
        """Of `x` what is inside before `axis`, between two ends on it, all after it."""
        inner = [slice(k, k + n) for k, n in zip(self.lows, self.extents, strict=True)]
        return x[(*inner[:axis], slice(low, high))]


def _box(
    triples: Sequence[tuple[int, int, bool]], starts: Sequence[Start], ndim: int
) -> _Box:
    if not len(triples) == len(starts) == ndim:
        raise ValueError(
            f"{len(triples)} axes and {len(starts)} starts index {ndim} axes"
        )
    sizes = tuple(size for size, _, _ in triples)
    # The step of a single element is never taken.
    steps = [step if size > 1 else 1 for size, step, _ in triples]
    reaches = [(size - 1) * step for size, step in zip(sizes, steps, strict=True)]
    return _Box(
        lows=tuple(s + min(r, 0) for s, r in zip(starts, reaches, strict=True)),
        extents=tuple(abs(r) + 1 for r in reaches),
        sizes=sizes,
        steps=tuple(abs(step) for step in steps),
        flipped=tuple(axis for axis, step in enumerate(steps) if step < 0),
    )


def _as_int64(starts: Sequence[Start]) -> list[Any]:
    return [np.int64(s) if isinstance(s, int) else s for s in starts]


def _view_shape(triples: Sequence[tuple[int, int, bool]]) -> tuple[int, ...]:
    return tuple(size for size, _, keep in triples if keep)


def _read_index(
    x: jax.Array, triples: Sequence[tuple[int, int, bool]], starts: Sequence[Start]
) -> jax.Array:
    shape = _view_shape(triples)
    if 0 in shape:
        return jnp.zeros(shape, x.dtype)
    box = _box(triples, starts, x.ndim)
    part = box.slices(x)
    if not box.is_dense:
        part = lax.slice(part, (0,) * x.ndim, part.shape, box.steps)
    if box.flipped:
        part = lax.rev(part, box.flipped)
    return part.reshape(shape)


def _write_index(
    x: jax.Array,
    triples: Sequence[tuple[int, int, bool]],
    starts: Sequence[Start],
    value: jax.Array,
) -> jax.Array:
    if 0 in _view_shape(triples):
        return x
    box = _box(triples, starts, x.ndim)
    part = value.reshape(box.sizes)
    if box.flipped:
        part = lax.rev(part, box.flipped)
    if not box.is_dense:
        part = _spread(part, box, box.slices(x))
    return box.replaced(x, part)


def _spread(part: jax.Array, box: _Box, between: jax.Array) -> jax.Array:
    """Elements of `part` at every step-th place of the box, `between` elsewhere.

    Padding and a selection fuse into one loop; a scatter runs element by element.
    """
    spread = lax.pad(
        part, np.zeros((), part.dtype), [(0, 0, step - 1) for step in box.steps]
    )
    is_hit = [
        lax.broadcasted_iota(np.int32, box.extents, axis) % np.int32(step) == 0
        for axis, step in enumerate(box.steps)
        if step > 1
    ]
    return lax.select(reduce(lax.bitwise_and, is_hit), spread, between)


# -- axes ----------------------------------------------------------------------


def _write_transpose(
    x: jax.Array, value: jax.Array, perm: tuple[int, ...]
) -> jax.Array:
    inverse = sorted(range(x.ndim), key=[p % x.ndim for p in perm].__getitem__)
    return value.transpose(inverse)


def _write_broadcast(
    x: jax.Array, value: jax.Array, shape: tuple[int, ...]
) -> jax.Array:
    if value.shape == x.shape:
        return value
    raise Unsupported(
        Reason.NO_LOWERING,
        f"write through a view that repeats elements: {x.shape} as {shape}",
    )


def _write_diagonal(
    x: jax.Array, value: jax.Array, offset: int, axis1: int, axis2: int
) -> jax.Array:
    last = jnp.moveaxis(x, (axis1, axis2), (-2, -1))
    rows, above = last.shape[-2], max(-offset, 0)
    by_row = jnp.pad(
        value,
        [(0, 0)] * (value.ndim - 1) + [(above, rows - above - value.shape[-1])],
    )
    row = lax.broadcasted_iota(np.int64, last.shape[-2:], 0)
    column = lax.broadcasted_iota(np.int64, last.shape[-2:], 1)
    new = jnp.where(column - row == offset, by_row[..., None], last)
    return jnp.moveaxis(new, (-2, -1), (axis1, axis2))


# -- memory ---------------------------------------------------------------------


def _read_strided(
    x: jax.Array, shape: tuple[int, ...], steps: tuple[int, ...]
) -> jax.Array:
    places = np.zeros(shape, np.int64)
    for axis, (n, step) in enumerate(zip(shape, steps, strict=True)):
        along = [1] * len(shape)
        along[axis] = n
        places += step * np.arange(n).reshape(along)
    return x.reshape(-1).at[places].get(mode="promise_in_bounds")


def _write_strided(x: jax.Array, value: jax.Array, *about: Any) -> jax.Array:
    raise Unsupported(Reason.NO_LOWERING, "write through overlapping strides")


# -- bytes ---------------------------------------------------------------------


_CASTABLE = "?bBhHiIlLqQefdFD"  # no long double


def _has_parts(x: jax.Array) -> bool:
    return jnp.issubdtype(x.dtype, np.complexfloating)


def _read_real(x: jax.Array) -> jax.Array:
    return lax.real(x) if _has_parts(x) else x


def _read_imag(x: jax.Array) -> jax.Array:
    return lax.imag(x) if _has_parts(x) else jnp.zeros_like(x)


def _write_real(x: jax.Array, value: jax.Array) -> jax.Array:
    return lax.complex(value, lax.imag(x)) if _has_parts(x) else value


def _write_imag(x: jax.Array, value: jax.Array) -> jax.Array:
    if not _has_parts(x):
        raise Unsupported(Reason.DTYPE, f"imaginary part of {x.dtype} is read only")
    return lax.complex(lax.real(x), value)


def _read_bitcast(x: jax.Array, dtype: str) -> jax.Array:
    """The bytes of `x` as another dtype; itemsizes may differ along the last axis."""
    target = np.dtype(dtype)
    if not target.isnative or target.char not in _CASTABLE:
        raise Unsupported(Reason.DTYPE, f"view of {x.dtype} as {target}")
    shape = x.shape
    if shape:
        size_bytes = shape[-1] * np.dtype(x.dtype).itemsize
        shape = (*shape[:-1], size_bytes // target.itemsize)
    if 0 in shape:
        return jnp.zeros(shape, target)
    return _from_plain(_to_plain(x), target).reshape(shape)


def _write_bitcast(x: jax.Array, value: jax.Array, dtype: str) -> jax.Array:
    return _read_bitcast(value, np.dtype(x.dtype).str).reshape(x.shape)


def _to_plain(x: jax.Array) -> jax.Array:
    """`x` in a dtype XLA can bitcast: complex as pairs of floats, bool as bytes."""
    if _has_parts(x):
        pairs = jnp.stack([lax.real(x), lax.imag(x)], axis=-1)
        return pairs.reshape(*x.shape[:-1], -1)
    return x.astype(np.uint8) if x.dtype == np.bool_ else x


def _from_plain(x: jax.Array, target: np.dtype[Any]) -> jax.Array:
    if target.kind == "c":
        floats = _bitcast(x, np.dtype(f"f{target.itemsize // 2}"))
        pairs = floats.reshape(*floats.shape[:-1], -1, 2)
        return lax.complex(pairs[..., 0], pairs[..., 1])
    if target.kind == "b":
        # NumPy leaves open what a bool of another byte than 0 or 1 is.
        return _bitcast(x, np.dtype(np.uint8)) != 0
    return _bitcast(x, target)


def _bitcast(x: jax.Array, target: np.dtype[Any]) -> jax.Array:
    if x.dtype == target:  # parts of complex numbers, which have derivatives
        return x
    size_bytes = np.dtype(x.dtype).itemsize
    if size_bytes < target.itemsize:
        x = x.reshape(*x.shape[:-1], -1, target.itemsize // size_bytes)
    cast = lax.bitcast_convert_type(x, target)
    if size_bytes > target.itemsize:
        cast = cast.reshape(*x.shape[:-1], -1)
    return cast


class _Kind(NamedTuple):
    read: Callable[..., jax.Array]
    write: Callable[..., jax.Array]


_KINDS = {
    "transpose": _Kind(lax.transpose, _write_transpose),
    "reshape": _Kind(lax.reshape, lambda x, value, shape: value.reshape(x.shape)),
    "broadcast": _Kind(jnp.broadcast_to, _write_broadcast),
    "diagonal": _Kind(jnp.diagonal, _write_diagonal),
    "strided": _Kind(_read_strided, _write_strided),
    "real": _Kind(_read_real, _write_real),
    "imag": _Kind(_read_imag, _write_imag),
    "bitcast": _Kind(_read_bitcast, _write_bitcast),
}
