"""What a target holds after a recorded call has written it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from npjit._array import index_operations as recorded
from npjit._chapters.infer import Inferred
from npjit._chapters.registry import Kind
from npjit._xla import selection
from npjit._xla.casts import cast
from npjit._xla.compute import compute
from npjit._xla.exactness import is_derivable
from npjit._xla.rules.indexing import (
    copyto,
    fill_diagonal,
    place,
    put,
    putmask,
    scatter,
)
from npjit._xla.rules.sorting import sort_into
from npjit._xla.rules.ufunc_methods import at

__all__ = ["WRITES", "written"]


def written(
    inferred: Inferred,
    old: jax.Array,
    args: list,
    kwargs: dict,
    look: Callable[[jax.Array, Any], None],
) -> jax.Array:
    """What a target holds after an entry wrote it; `look` sees what is cast for it."""
    op = inferred.op
    if op in (recorded.PUT_SELECTED, recorded.PUT_AT):
        return selection.written(inferred, old, args)
    if op is recorded.ASSIGN:
        return _broadcast(cast(args[0], old.dtype), old.shape)
    if op is recorded.SCATTER:
        value, *indices = args
        return scatter(old, cast(value, old.dtype), *indices, key=kwargs["key"])
    if op.rule in WRITES:
        return WRITES[op.rule](old, *args, **kwargs)
    mask = kwargs.pop("where", None) if op.kind is Kind.UFUNC else None
    if mask is not None and is_derivable():
        args = [_shielded(x, mask, old.shape) for x in args]
    (value,) = compute(inferred, args, kwargs)
    look(value, mask)
    value = _broadcast(cast(value, old.dtype), old.shape)
    if mask is None:
        return value
    return jnp.where(jnp.broadcast_to(mask, old.shape), value, old)


def _shielded(x: Any, mask: Any, shape: tuple[int, ...]) -> jax.Array:
    """An operand, with other values where nothing is computed."""
    value = _broadcast(jnp.asarray(x), shape)
    return selection.shielded(value, jnp.broadcast_to(mask, shape))


def _broadcast(value: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    extra = max(value.ndim - len(shape), 0)  # NumPy drops leading axes of length 1
    return jnp.broadcast_to(value.reshape(value.shape[extra:]), shape)


#: What a target holds afterwards, for calls that write an argument.
WRITES: dict[Any, Callable[..., jax.Array]] = {
    np.copyto: copyto,
    np.putmask: putmask,
    np.fill_diagonal: fill_diagonal,
    np.place: place,
    recorded.PUT.rule: put,
    recorded.SORT_INTO.rule: sort_into,
    recorded.UFUNC_AT.rule: at,
}
