"""Settling: a selection becomes, in place, the array that it stands for.

Whatever is asked of a selection settles it, but its dtype, its number of axes, and its
length, which needs no more than the mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    Array,
    ArrayBase,
    Selection,
    become,
    bind_real,
    is_pending,
    peek,
)
from npjit._array.host_node import constants, lift_result
from npjit._array.index_operations import LENGTH
from npjit._array.selection import (
    Selected,
    as_array,
    record_again,
    recorded,
    replace,
    storage_of,
    whole,
)
from npjit._array.storage import Storage, has_layout
from npjit._array.view import shadow_of
from npjit._chapters.registry import operation_of, respelled
from npjit._graph.aval import DTYPES, aval_of, fresh_aval
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = ["AS_TYPE", "attach_settling", "length", "settle"]


def settle(selection: Any) -> Any:
    """Let a selection become the array that it stands for, in place."""
    trace = selection._trace
    with trace.lock:
        if type(selection) is not Selection:  # by another thread
            return selection
        storage = storage_of(selection)
        if storage.buffer is None and not trace.direct:
            name = "ndarray.__getitem__" if storage.axis is None else "np.nonzero"
            trace.tell("fallback", name, Reason.DATA_DEPENDENT_SHAPE, storage.line)
        if trace.is_pure and storage.axis is None:
            chosen = _chosen(trace, storage)
            as_array(selection)
            become(selection, chosen)
            return selection
        if trace.engine.name != "host" and storage.is_untouched():
            # NumPy selects: of what was recorded nothing need be computed.
            storage = storage.copy()
            replace(selection, storage)
        buffer = _compact(trace, storage)
        lifted = lift_result(trace, buffer)
        as_array(selection)
        if type(lifted) is Array:
            become(selection, lifted)
            if lifted._real is not None:
                bind_real(selection, lifted._real)
        else:  # outside of any recording
            whole = Storage(aval_of(buffer), buffer)
            become(selection, Array(trace, whole, whole.aval))
        return selection


def _chosen(trace: Trace, storage: Selected) -> Array:
    """The selected elements, read by their places: only the mask has to be known."""
    if storage.is_untouched():
        assert storage.source is not None
        source, mask = storage.source.array, storage.mask.origin.array
    else:
        trace.flush()
        source, mask = whole(trace, storage)
        if storage.mask.origin.is_current():  # known, if it is a captured array
            mask = storage.mask.origin.array
    found: Array = source[constants(trace, np.nonzero(peek(mask)))]
    trace.flush()  # who asks for the storage takes it for settled
    return found


def _compact(trace: Trace, storage: Selected) -> np.ndarray:
    """The selected elements alone."""
    if storage.slot < 0:
        return _selected_now(storage)
    if storage.epoch == trace.log.epoch:
        trace.flush()
    if storage.buffer is not None:
        return storage.buffer
    values, mask = map(np.asarray, storage.value)
    if storage.axis is not None and storage.places is not None:
        return storage.places.along(storage.axis, mask)
    found = values[mask]
    aval = storage.aval
    # In the memory order that NumPy gives, which `values` does not have.
    shape = (len(found), *aval.shape[1:])
    if has_layout(found, wanted := fresh_aval(shape, aval.dtype, shadow_of(aval))):
        return found
    result = np.empty_like(shadow_of(wanted))
    np.copyto(result, found)
    return result


def _selected_now(storage: Selected) -> np.ndarray:
    """The selected elements, by NumPy: XLA need not compute the others."""
    mask = peek(storage.mask.origin.array)
    if storage.axis is not None and storage.places is not None:
        return storage.places.along(storage.axis, mask)
    assert storage.source is not None
    found: np.ndarray = peek(storage.source.array)[mask]
    return found


def length(selection: Selection) -> int:
    """`len(selection)`: the number is needed now, the elements are not."""
    trace = selection._trace
    mask = storage_of(selection).mask
    if mask.count is None and not trace.direct:
        with trace.lock:
            mask.count = _count(trace, selection)
    return settle(selection)._aval.shape[0] if mask.count is None else mask.count


def _count(trace: Trace, selection: Selection) -> int | None:
    storage = storage_of(selection)
    if storage.buffer is not None:
        return len(storage.buffer)
    mask = storage.mask.origin
    if mask.is_current() and not is_pending(mask.array):
        return int(np.count_nonzero(peek(mask.array)))
    number = recorded(trace, LENGTH, (selection,), {})
    if number is NotImplemented:
        return None
    untouched = trace.engine.name != "host" and storage.is_untouched()
    if untouched:  # the elements are not computed for the sake of their number
        replace(selection, storage.copy())
    del storage
    trace.tell("break", "len", Reason.VALUE_NEEDED, user_line())
    count = int(peek(number))
    if untouched:  # before anybody writes what it was selected from
        record_again(storage_of(selection), trace)
    return count


# What a selection answers itself ------------------------------------------------------


def _shape(self):
    rest = storage_of(self).aval.shape[1:]
    return (length(self), *rest)


def _size(self):
    return math.prod(self.shape)


def _astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    wanted = np.dtype(dtype)
    aval = storage_of(self).aval
    is_plain = order == "K" and casting == "unsafe" and copy is True
    warns = aval.dtype.kind == "c" and wanted.kind != "c"
    trace = self._trace
    reacts = warns or trace.errstate_reacts or trace.direct
    if is_plain and wanted in DTYPES and not reacts:
        given = {"dtype": DTYPES[wanted]}
        result = recorded(trace, AS_TYPE, (self,), given, by_element=True)
        if result is not NotImplemented:
            return result
    return settle(self).astype(dtype, order, casting, subok, copy)


# The method warns at the user's line, `np.astype` in NumPy's own.
AS_TYPE = respelled(operation_of(np.astype), np.ndarray.astype, "ndarray.astype")
_OWN: Final[dict[str, Any]] = {
    "dtype": property(lambda self: storage_of(self).aval.dtype),
    "ndim": property(lambda self: storage_of(self).aval.ndim),
    "shape": property(_shape),
    "size": property(_size),
    "__len__": length,
    "astype": _astype,
}
#: Methods that end in the recorder, which knows selections.
_SHARED: Final = frozenset(
    {
        *("sum", "prod", "mean", "std", "var", "max", "min", "any", "all", "round"),
        *("copy", "clip", "dot", "__pow__", "__rpow__", "__ipow__"),
        *("__array_ufunc__", "__array_function__", "__array_namespace__"),
        *("_trace", "__class__", "__class_getitem__", "__init__", "__weakref__"),
    }
)


def attach_settling(shared: Iterable[str]) -> None:
    """Let each attribute of arrays settle a selection, but those that need not.

    Parameters
    ----------
    shared : iterable of str
        Names of methods that end in the recorder, beside those known here.
    """
    kept = _SHARED.union(shared)
    for name, member in {**vars(ArrayBase), **vars(Array)}.items():
        if name in kept:
            if name not in vars(ArrayBase):
                setattr(Selection, name, member)
            continue
        own = _OWN.get(name)
        if hasattr(type(member), "__set__"):
            setattr(Selection, name, _settling_attribute(name, own))
        elif callable(member):
            setattr(Selection, name, own or _settling_method(name))


def _settling_attribute(name: str, own: property | None) -> property:
    getter = own.fget if own else lambda self: getattr(settle(self), name)
    return property(getter, lambda self, value: setattr(settle(self), name, value))


def _settling_method(name: str) -> Callable[..., Any]:
    def method(self, *args, **kwargs):
        return getattr(settle(self), name)(*args, **kwargs)

    method.__name__ = name
    return method
