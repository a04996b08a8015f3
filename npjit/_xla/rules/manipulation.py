"""JAX rules of NumPy's array manipulation: joining, reshaping, repeating, padding.

Rules receive arrays and canonical keywords: `dtype` is NumPy's result dtype, `axis` an
int >= 0 unless it says None, shapes are complete (no -1). Where NumPy returns a view,
the rule returns the elements; views that are written through are chains of
`npjit._xla.views`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules.creation import diagonal
from npjit.errors import Reason, Unsupported

rules_all(
    {
        np.broadcast_to: jnp.broadcast_to,
        np.flip: jnp.flip,
        np.rot90: jnp.rot90,
        np.roll: jnp.roll,
        np.tile: jnp.tile,
        np.diagonal: jnp.diagonal,
        np.swapaxes: jnp.swapaxes,
        np.moveaxis: jnp.moveaxis,
        np.expand_dims: jnp.expand_dims,
        np.squeeze: jnp.squeeze,
    }
)


# -- joining -------------------------------------------------------------------


@rule(np.concatenate)
def concatenate(*arrays: jax.Array, axis: int | None, dtype: np.dtype) -> jax.Array:
    """Arrays joined along an existing axis; None joins them flat."""
    cast_arrays = [cast(a, dtype) for a in arrays]
    if axis is None:
        return lax.concatenate([a.reshape(-1) for a in cast_arrays], 0)
    return lax.concatenate(cast_arrays, axis)


@rule(np.append)
def append(
    a: jax.Array, values: jax.Array, *, axis: int | None, dtype: np.dtype
) -> jax.Array:
    """`values` joined to the end of `a`."""
    return concatenate(a, values, axis=axis, dtype=dtype)


@rule(np.stack)
def stack(*arrays: jax.Array, axis: int, dtype: np.dtype) -> jax.Array:
    """Arrays of one shape joined along a new axis."""
    return jnp.stack([cast(a, dtype) for a in arrays], axis)


def _after(
    prepare: Callable[[jax.Array], jax.Array], axis: int
) -> Callable[..., jax.Array]:
    def join(*arrays: jax.Array, dtype: np.dtype) -> jax.Array:
        return concatenate(*map(prepare, arrays), axis=axis, dtype=dtype)

    return join


@rule(np.hstack)
def hstack(*arrays: jax.Array, dtype: np.dtype) -> jax.Array:
    """Arrays joined along the second axis, one-dimensional ones along the first."""
    rows = [jnp.atleast_1d(a) for a in arrays]
    return concatenate(*rows, axis=0 if rows[0].ndim == 1 else 1, dtype=dtype)


def _as_columns(a: jax.Array) -> jax.Array:
    return a if a.ndim >= 2 else a.reshape(-1, 1)


rules_all(
    {
        np.vstack: _after(jnp.atleast_2d, 0),
        np.dstack: _after(jnp.atleast_3d, 2),
        np.column_stack: _after(_as_columns, 1),
    }
)


def assemble(
    *elements: jax.Array, shape: tuple[int, ...], dtype: np.dtype
) -> jax.Array:
    """Array that `numpy.array` makes of nested sequences of arrays.

    Parameters
    ----------
    *elements : jax.Array
        The innermost elements in the order of the nesting; all of one shape.
    shape : tuple of int
        Shape of the result: the nesting's lengths, then the elements' shape.
    dtype : np.dtype
        Dtype of the result.

    Returns
    -------
    jax.Array
        Of that shape and dtype.
    """
    if not elements:
        return jnp.zeros(shape, dtype)
    return stack(*elements, axis=0, dtype=dtype).reshape(shape)


def block(*leaves: jax.Array, template: Any, dtype: np.dtype) -> jax.Array:
    """Array that `numpy.block` makes of nested lists; numbers stand for the leaves."""
    depth = _depth(template)
    ndim = max([depth, *(np.ndim(x) for x in leaves)])

    def joined(part: Any, level: int) -> jax.Array:
        if isinstance(part, list):
            parts = [joined(item, level - 1) for item in part]
            return lax.concatenate(parts, ndim - level)
        leaf = cast(jnp.asarray(leaves[part]), dtype)
        return leaf.reshape((1,) * (ndim - leaf.ndim) + leaf.shape)

    return joined(template, depth)


def _depth(template: Any) -> int:
    return 1 + _depth(template[0]) if isinstance(template, list) else 0


# -- shape, order and dtype ----------------------------------------------------


@rule(np.copy)
def copy(a: jax.Array) -> jax.Array:
    """`a` itself: arrays of JAX never change."""
    return a


@rule(np.astype)
def astype(a: jax.Array, *, dtype: np.dtype) -> jax.Array:
    """`a` cast as NumPy casts unsafely."""
    return cast(a, dtype)


@rule(np.reshape)
def reshape(a: jax.Array, *, shape: tuple[int, ...], order: str = "C") -> jax.Array:
    """`a` in another shape; `order` is "C" or "F"."""
    if order == "C":
        return lax.reshape(a, shape)
    if order == "F":
        return lax.reshape(a.T, shape[::-1]).T
    raise Unsupported(Reason.LAYOUT, f"reshape(order={order!r})")


@rule(np.ravel)
def ravel(a: jax.Array, *, order: str = "C") -> jax.Array:
    """`a` in one dimension."""
    return reshape(a, shape=(a.size,), order=order)


@rule(np.transpose)
def transpose(a: jax.Array, axes: Sequence[int] | None = None) -> jax.Array:
    """`a` with its axes permuted, reversed by default."""
    return jnp.transpose(a, axes)


@rule(np.repeat)
def repeat(a: jax.Array, *, repeats: int, axis: int | None) -> jax.Array:
    """Each element `repeats` times; None repeats the elements of the flat array."""
    if axis is None:
        a, axis = a.reshape(-1), 0
    wide = lax.broadcast_in_dim(
        a,
        (*a.shape[: axis + 1], repeats, *a.shape[axis + 1 :]),
        [k + (k > axis) for k in range(a.ndim)],
    )
    return wide.reshape(*a.shape[:axis], a.shape[axis] * repeats, *a.shape[axis + 1 :])


# -- parts ---------------------------------------------------------------------


def _below(a: jax.Array, k: int) -> np.ndarray | jax.Array:
    """Whether an element of the last two axes lies on or below the k-th diagonal."""
    row = lax.broadcasted_iota(np.int64, a.shape[-2:], 0)
    column = lax.broadcasted_iota(np.int64, a.shape[-2:], 1)
    return column - row <= k


def _as_square(a: jax.Array) -> jax.Array:
    # NumPy's tril and triu repeat a one-dimensional array in rows.
    return jnp.broadcast_to(a, (a.size, a.size)) if a.ndim == 1 else a


@rule(np.tril)
def tril(a: jax.Array, *, k: int = 0) -> jax.Array:
    """`a` with the elements above the k-th diagonal zeroed."""
    a = _as_square(a)
    return jnp.where(_below(a, diagonal(k)), a, jnp.zeros_like(a))


@rule(np.triu)
def triu(a: jax.Array, *, k: int = 0) -> jax.Array:
    """`a` with the elements below the k-th diagonal zeroed."""
    a = _as_square(a)
    return jnp.where(_below(a, diagonal(k) - 1), jnp.zeros_like(a), a)


@rule(np.diff)
def diff(a: jax.Array, *, n: int = 1, axis: int = -1) -> jax.Array:
    """The n-th difference along an axis; of bools: whether neighbours differ."""
    axis %= a.ndim
    differ = np.not_equal if a.dtype == np.bool_ else np.subtract
    for _ in range(min(n, a.shape[axis])):
        length = a.shape[axis]
        later = lax.slice_in_dim(a, 1, length, axis=axis)
        a = apply(differ, later, lax.slice_in_dim(a, 0, length - 1, axis=axis))
    return a


@rule(np.pad)
def pad(
    a: jax.Array,
    *,
    pad_width: Sequence[tuple[int, int]],
    mode: str = "constant",
    constant_values: Any = 0,
) -> jax.Array:
    """`a` with elements added at both ends of each axis.

    Parameters
    ----------
    a : jax.Array
        Any shape.
    pad_width : sequence of (int, int)
        One pair an axis: elements before and after.
    mode : str
        "constant", or one of NumPy's modes that repeat elements of `a`.
    constant_values : array_like of numbers
        One value, one pair, or one pair an axis.

    Returns
    -------
    jax.Array
        The padded array.

    Raises
    ------
    Unsupported
        If `mode` computes new values ("mean", "linear_ramp", ...).
    """
    if mode == "constant":
        return _pad_constant(a, pad_width, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise Unsupported(Reason.PARAMETER, f"pad(mode={mode!r})")
    for axis, width in enumerate(pad_width):
        # NumPy itself says which element goes where, as these modes copy elements.
        source = np.pad(np.arange(a.shape[axis]), width, mode)  # type: ignore[call-overload]
        if any(width):
            a = jnp.take(a, source, axis, mode="clip")
    return a


def _pad_constant(
    a: jax.Array, pad_width: Sequence[tuple[int, int]], values: Any
) -> jax.Array:
    pairs = np.broadcast_to(np.asarray(values), (a.ndim, 2)).astype(a.dtype)
    for axis, (width, ends) in enumerate(zip(pad_width, pairs, strict=True)):
        # One side after the other and axis by axis: the last one owns the corners.
        for side in (0, 1):
            config = [(0, 0, 0)] * a.ndim
            config[axis] = (width[0], 0, 0) if side == 0 else (0, width[1], 0)
            if width[side]:
                a = lax.pad(a, ends[side], config)
    return a


# -- choosing ------------------------------------------------------------------


@rule(np.where)
def where(condition: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """Elements of `x` where the condition holds, of `y` elsewhere."""
    return jnp.where(cast(condition, np.dtype(bool)), x, y)


@rule(np.clip)
def clip(a: jax.Array, lo: jax.Array | None, hi: jax.Array | None) -> jax.Array:
    """`a` raised to `lo`, then lowered to `hi`; NaN in any of them gives NaN.

    References
    ----------
    .. [1] NumPy, `numpy/_core/src/umath/clip.cpp`.
    """
    if lo is None:
        if hi is None:
            return apply(np.positive, a)
        return apply(np.minimum, *jnp.broadcast_arrays(a, hi))
    if hi is None:
        return apply(np.maximum, *jnp.broadcast_arrays(a, lo))
    if a.dtype.kind == "c":
        raise Unsupported(Reason.DTYPE, "clip of complex numbers: its NaN rules")
    return _clip(a, lo, hi)


def _clip(a: jax.Array, lo: jax.Array, hi: jax.Array) -> jax.Array:
    if lo.size == hi.size == 1:
        # NumPy's loop for constant bounds: NaN bounds win, an equal zero stays itself.
        raised = jnp.where(a < lo, lo, a)
        clipped = jnp.where(hi < raised, hi, raised)
        bound = jnp.where(_is_nan(lo), lo, hi)
        return jnp.where(_is_nan(bound), bound, clipped)
    # Its general loop takes the bound where both are equal, so -0.0 may become 0.0.
    raised = jnp.where((lo < a) | _is_nan(a), a, lo)
    return jnp.where((raised < hi) | _is_nan(raised), raised, hi)


def _is_nan(x: jax.Array) -> jax.Array:
    return x != x
