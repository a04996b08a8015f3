"""Masks in subscripts: `x[:, mask]`, `x[mask] = value`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from npjit._array import selected_calls
from npjit._array.array import Array, Selection, is_pinned, peek
from npjit._array.assigned import as_operand
from npjit._array.basic_indices import basic_key, basic_view
from npjit._array.host_node import constants, has_stand_in
from npjit._array.index_operations import PUT_MASK
from npjit._array.parts import kept_part
from npjit._array.recorder import call, record
from npjit._chapters.registry import operation_of
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = ["around_mask", "has_mask", "is_mask", "masked_set", "with_places"]


def around_mask(array: Array, keys: tuple) -> tuple[Array, tuple, int] | None:
    """A mask, or the coordinates of one, between basic indices: these give a view.

    Returns
    -------
    tuple or None
        The view, the key left to apply to it, and to which of its axes.
    """
    at = [i for i, k in enumerate(keys) if type(k) is Selection or is_mask(k)]
    if not at or at != list(range(at[0], at[0] + len(at))):
        return None
    before, key, after = keys[: at[0]], keys[at[0] : at[-1] + 1], keys[at[-1] + 1 :]
    if len(keys) == len(at):
        return array, key, 0
    ndim = sum(1 if type(k) is Selection else k._aval.ndim for k in key)
    view = _view_around(array, (*before, *(slice(None),) * ndim, *after))
    if view is None:
        return None
    if Ellipsis in map(_plain_or_none, before):
        axis = view._aval.ndim - ndim - sum(map(_keeps_axis, after))
    else:
        axis = sum(map(_keeps_axis, before))
    return view, key, axis


def _plain_or_none(k: Any) -> Any:
    return k if k is Ellipsis else None


def _keeps_axis(k: Any) -> bool:
    return type(k) is slice or k is None


def _view_around(array: Array, keys: tuple) -> Array | None:
    try:
        basic = basic_key(keys)
        if basic is None:
            return None
        found = basic_view(array._aval, array._structure, basic)
    except (TypeError, AttributeError, IndexError):  # NumPy raises it
        return None
    return None if found is None or is_pinned(array) else kept_part(array, *found)


def masked_set(trace: Trace, array: Array, key: tuple, axis: int, value: Any) -> bool:
    """Record a write through a mask, or say that it cannot be recorded."""
    if _is_complex(value) and array._aval.dtype.kind != "c":
        return False  # of scalars NumPy warns always, of arrays if any is written
    if not axis and any(type(k) is Selection for k in (*key, value)):
        value = as_operand(trace, array, value)
        if selected_calls.put(array, key, value):
            return True
    if len(key) > 1 or not is_mask(key[0]) or not _broadcasts(array, key[0], value):
        return False
    axes = range(axis, axis + key[0]._aval.ndim)
    if array._aval.shape[axis : axes.stop] != key[0]._aval.shape:
        return False  # NumPy says so before it looks at the value
    if axis:
        if getattr(value, "ndim", 0):
            return False
        moved = array, list(axes), list(range(len(axes)))
        array = call(operation_of(np.moveaxis), moved, {})
    value = as_operand(trace, array, value)
    record(trace, PUT_MASK, (value, key[0]), {"out": array})
    return True


def _is_complex(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and dtype.kind == "c"


def is_mask(k: Any) -> bool:
    """Whether a part of a key is an array of bools that is recorded."""
    return type(k) is Array and k._aval.dtype.kind == "b" and k._aval.ndim > 0


def has_mask(keys: tuple) -> bool:
    """Whether a part of the key is such an array, or a bool."""
    return any(is_mask(k) or isinstance(k, (bool, np.bool_)) for k in keys)


def with_places(trace: Trace, keys: tuple) -> tuple:
    """A key with the places of what masks select, which have to be known."""
    reason = Reason.DATA_DEPENDENT_SHAPE
    trace.tell("fallback", "ndarray.__getitem__", reason, user_line())
    parts = (
        constants(trace, np.nonzero(peek(k))) if is_mask(k) else (k,) for k in keys
    )
    return tuple(itertools.chain.from_iterable(parts))


def _broadcasts(array: Array, mask: Array, value: Any) -> bool:
    """Whether a masked value is one for all, whatever the number of True."""
    ndim = getattr(value, "ndim", None)
    if ndim is None:
        ndim = np.ndim(value) if not has_stand_in(value) else array._aval.ndim
    return ndim <= array._aval.ndim - mask._aval.ndim
