"""JAX rules of the methods of ufuncs (chapter: `npjit/_chapters/ufuncs.py`).

Any ufunc of two operands and one result folds and accumulates one element after the
other, as NumPy's loops do; sums, products and extremes fold faster: see
`npjit/_xla/rules/_folds.py`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._array.index_operations import fill_key
from npjit._chapters.registry import OPERATIONS, Kind
from npjit._xla.casts import cast
from npjit._xla.exactness import is_derivable
from npjit._xla.rules import rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules.reductions import accumulated, reduce_rule, unroll_of
from npjit.errors import Reason, Unsupported

__all__ = ["accumulate", "at", "outer", "reduce_in_order"]

_Axes = tuple[int, ...]
_Row = tuple[jax.Array, jax.Array]
_IN_BOUNDS = "promise_in_bounds"


def reduce_in_order(
    ufunc: np.ufunc,
    a: jax.Array,
    *,
    axis: _Axes,
    keepdims: bool,
    dtype: np.dtype,
    initial: Any = None,
    where: jax.Array | None = None,
) -> jax.Array:
    """Rule of ``ufunc.reduce``: from the identity, or from the first element, on."""
    rows = _rows(cast(a, dtype), axis)
    start = ufunc.identity if initial is None else initial
    if start is None:
        first, rows = rows[0], rows[1:]
    else:
        first = jnp.broadcast_to(cast(jnp.asarray(start), dtype), rows.shape[1:])
    combine = partial(apply, ufunc)
    if where is None:
        unroll = unroll_of(ufunc)
        total = lax.scan(lambda t, x: (combine(t, x), None), first, rows, unroll=unroll)
        return jnp.expand_dims(total[0], axis) if keepdims else total[0]

    def step(total: jax.Array, row: _Row) -> tuple[jax.Array, None]:
        element, is_chosen = row
        return jnp.where(is_chosen, combine(total, element), total), None

    chosen = _rows(jnp.broadcast_to(where, a.shape), axis)
    masked = lax.scan(step, first, (rows, chosen))[0]
    return jnp.expand_dims(masked, axis) if keepdims else masked


def _rows(a: jax.Array, axis: _Axes) -> jax.Array:
    """The slices that are combined, in NumPy's order, along the first axis."""
    kept = [k for k in range(a.ndim) if k not in axis]
    return a.transpose(*axis, *kept).reshape(-1, *(a.shape[k] for k in kept))


def accumulate(
    ufunc: np.ufunc, a: jax.Array, *, axis: int, dtype: np.dtype
) -> jax.Array:
    """Rule of ``ufunc.accumulate``."""
    rows = jnp.moveaxis(cast(a, dtype), axis, 0)
    return jnp.moveaxis(accumulated(ufunc, rows), 0, axis)


def outer(ufunc: np.ufunc, a: jax.Array, b: jax.Array) -> jax.Array:
    """Rule of ``ufunc.outer``, of operands in the dtypes of the loop."""
    wide = a.reshape(a.shape + (1,) * b.ndim)
    return apply(ufunc, *jnp.broadcast_arrays(wide, b))


# -- at ------------------------------------------------------------------------

#: What a scatter of JAX does for each ufunc; XLA:CPU goes through the indices in order.
_SCATTERS: dict[np.ufunc, str] = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.maximum: "max",
    np.minimum: "min",
}


def at(
    a: jax.Array,
    value: jax.Array,
    *indices: jax.Array,
    key: tuple[Any, ...],
    ufunc: np.ufunc,
) -> jax.Array:
    """`a` after ``ufunc.at(a, key, value)``; `key` and `indices` as for `gather`."""
    if ufunc not in _SCATTERS or a.dtype == np.bool_:
        raise Unsupported(Reason.PARAMETER, f"{ufunc.__name__}.at of {a.dtype}")
    index = fill_key(key, tuple(cast(i, np.dtype(np.int64)) for i in indices))
    selected = jax.eval_shape(lambda a: a.at[index].get(mode=_IN_BOUNDS), a)
    value = cast(value, a.dtype)
    extra = max(value.ndim - len(selected.shape), 0)  # leading axes of length 1
    value = value.reshape(value.shape[extra:])
    if ufunc is np.multiply and is_derivable():
        return _multiplied(a, index, jnp.broadcast_to(value, selected.shape))
    scatter = getattr(a.at[index], _SCATTERS[ufunc])
    result: jax.Array = scatter(value, mode=_IN_BOUNDS)
    return result


def _multiplied(a: jax.Array, index: Any, value: jax.Array) -> jax.Array:
    """One factor after the other: JAX's scatter of factors has no derivative."""
    places = jnp.arange(a.size).reshape(a.shape).at[index].get(mode=_IN_BOUNDS)

    def step(flat: jax.Array, row: _Row) -> tuple[jax.Array, None]:
        place, factor = row
        return flat.at[place].set(flat[place] * factor, mode=_IN_BOUNDS), None

    rows = places.reshape(-1), value.reshape(-1)
    return lax.scan(step, a.reshape(-1), rows)[0].reshape(a.shape)


# -- reduce --------------------------------------------------------------------


def _register() -> None:
    for func, operation in OPERATIONS.items():
        ufunc = getattr(func, "__self__", None)
        if isinstance(ufunc, np.ufunc) and operation.kind is Kind.REDUCTION:
            fold = reduce_rule(ufunc) or partial(reduce_in_order, ufunc)
            rules_all({func: fold})


_register()
