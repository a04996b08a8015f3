"""Calls of selections, and subscripts by masks and by their coordinates.

What computes each element from those beside it, what reduces, and what writes back
through the mask is recorded. For all else selections are settled.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from npjit._array.array import Array, Selection, is_pinned
from npjit._array.index_operations import PUT_AT, PUT_SELECTED, SELECT_AT
from npjit._array.masks import Snapshot, mask_of
from npjit._array.operands import SERVERS
from npjit._array.selection import (
    is_recordable,
    recorded,
    replace,
    select,
    selections_in,
    storage_of,
)
from npjit._array.settling import AS_TYPE, length, settle
from npjit._chapters.registry import Kind, Operation
from npjit._graph.trace import Trace

__all__ = ["get", "put"]

#: Functions that, as ufuncs, compute each element of the result from those beside it.
_FUNCTIONS: Final = frozenset(
    {np.where, np.clip, np.round, np.around, np.copy, np.astype}
)
#: Reductions of any number of elements, and those of one at least.
_REDUCTIONS: Final = frozenset(
    {np.sum, np.prod, np.mean, np.var, np.std, np.any, np.all, np.count_nonzero}
)
_EXTREMA: Final = frozenset({np.max, np.min, np.amax, np.amin})
_REDUCED_BY: Final = frozenset({"axis", "keepdims", "dtype", "ddof", "correction"})
_DOTS: Final = frozenset({np.dot, np.inner, np.vdot, np.matmul})


def _is_elementwise(op: Operation) -> bool:
    """Whether each element of the result is computed from those beside it."""
    if op.kind is Kind.UFUNC:
        func: Any = op.rule
        return func.signature is None
    return op.rule in _FUNCTIONS


class _Selector:
    """Serves the recorder: calls of selections."""

    settle = staticmethod(settle)

    def call(self, trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
        """Record a call, or settle its selections; then `NotImplemented`."""
        found = list(selections_in((*args, *kwargs.values())))
        if not found:
            return NotImplemented
        result = NotImplemented
        if not trace.errstate_reacts:
            result = self.record(trace, op, args, kwargs)
        if result is NotImplemented:
            for selection in found:
                settle(selection)
        return result

    def record(self, trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
        try:
            bound, given = op.bind(*args, **kwargs)
        except TypeError:
            return NotImplemented
        if op.unless is not None and op.unless(bound, given) is not None:
            return NotImplemented
        if _is_elementwise(op):
            return _by_element(trace, op, bound, given)
        if op.rule in _REDUCTIONS or op.rule in _EXTREMA:
            return _reduced(trace, op, bound, given)
        if op.rule in _DOTS:
            return _dot(trace, op, bound, given)
        return NotImplemented


def _by_element(trace: Trace, op: Operation, args: tuple, given: dict) -> Any:
    out = given.get("out")
    if out is None:
        if "where" in given:
            return NotImplemented
        return recorded(trace, op, args, given, by_element=True)
    target = out[0] if type(out) is tuple and len(out) == 1 else out
    if type(target) is not Selection or len(given) > 1:
        return NotImplemented
    return _in_place(trace, op, args, target)


def _in_place(trace: Trace, op: Operation, args: tuple, target: Selection) -> Any:
    """`selection += value`: nobody else holds the elements."""
    storage = storage_of(target)
    if not is_recordable(storage, trace):
        return NotImplemented
    if storage.axis is not None:  # NumPy's coordinates are columns of one array
        return NotImplemented
    result = recorded(trace, op, args, {}, by_element=True)
    if type(result) is not Selection or storage_of(result).mask is not storage.mask:
        return NotImplemented
    made = storage_of(result)
    if made.aval.shape != storage.aval.shape:
        return NotImplemented
    if made.aval.dtype != storage.aval.dtype:
        if not np.can_cast(made.aval.dtype, storage.aval.dtype, "same_kind"):
            return NotImplemented
        given = {"dtype": storage.aval.dtype}
        result = recorded(trace, AS_TYPE, (result,), given)
        if result is NotImplemented:
            return NotImplemented
        made = storage_of(result)
    replace(target, made)
    return target


def _reduced(trace: Trace, op: Operation, args: tuple, given: dict) -> Any:
    selection = args[0]
    if type(selection) is not Selection or not _REDUCED_BY.issuperset(given):
        return NotImplemented
    if op.rule in _EXTREMA:
        if selection.dtype.kind == "c":
            return NotImplemented
        along = _is_along_length(given.get("axis"), selection)
        # That of no element at all is NumPy's to refuse.
        if along and not (length(selection) and type(selection) is Selection):
            return NotImplemented
    return recorded(trace, op, args, given)


def _is_along_length(axis: Any, selection: Selection) -> bool:
    if axis is None:
        return True
    axes = axis if type(axis) is tuple else (axis,)
    return any(k in (0, -selection.ndim) for k in axes)


def _dot(trace: Trace, op: Operation, args: tuple, given: dict) -> Any:
    """Products of two vectors that were selected alike."""
    if given or any(type(x) is not Selection or x.ndim != 1 for x in args):
        return NotImplemented
    return recorded(trace, op, args, given)


SERVERS.selector = _Selector()


# By the key of a subscript ------------------------------------------------------------


def _is_places_of(array: Array, key: tuple) -> bool:
    """Whether a key is all coordinates of a mask in the shape of the first axes."""
    if not key or any(type(k) is not Selection for k in key):
        return False
    storages = [storage_of(k) for k in key]
    mask = storages[0].mask
    in_order = [s.axis for s in storages] == list(range(len(mask.shape)))
    alike = all(s.mask is mask for s in storages)
    return in_order and alike and array._aval.shape[: len(key)] == mask.shape


def get(array: Array, key: tuple) -> Any:
    """`array[key]`, recorded, where the key is a mask or its coordinates; else None."""
    trace = array._trace
    if len(key) == 1 and _is_mask(trace, key[0]):
        return select(array, key[0])
    if not trace.selects or is_pinned(array) or not _is_places_of(array, key):
        return None
    mask = storage_of(key[0]).mask
    result = recorded(trace, SELECT_AT, (array, *key), {})
    if result is NotImplemented:
        return None
    if mask.origin.array._aval.dtype.kind == "b":
        storage_of(result).source = Snapshot(array)
    return result


def put(array: Array, key: tuple, value: Any) -> bool:
    """Record `array[key] = value`, where the key is a mask or its coordinates.

    Returns
    -------
    bool
        False if it could not be recorded: what was selected otherwise is settled.
    """
    trace = array._trace
    if trace.errstate_reacts or not trace.selects:
        return False
    if _is_places_of(array, key):
        done = recorded(trace, PUT_AT, (value, *key), {"out": array}, array)
        return done is not NotImplemented
    if type(value) is not Selection or len(key) > 1 or not _is_mask(trace, key[0]):
        return False
    mask = key[0]
    if array._aval.shape[: mask._aval.ndim] != mask._aval.shape:
        return False
    if is_pinned(mask) or mask_of(mask) is not storage_of(value).mask:
        return False
    done = recorded(trace, PUT_SELECTED, (value, mask), {"out": array}, array)
    return done is not NotImplemented


def _is_mask(trace: Trace, k: Any) -> bool:
    return type(k) is Array and k._trace is trace and k._aval.dtype.kind == "b"
