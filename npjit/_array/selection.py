"""Selections: `x[mask]` before anyone needs its length.

A selection is recorded as an array whose first axis has the length `UNKNOWN`, in place
of the number nobody knows. The host engine computes what NumPy does, the selected
elements; XLA computes all elements beside the mask. What is reduced, or written back
through the same mask, needs no more. For all else a selection is *settled*: it becomes,
in place, the array that it stands for.

`np.nonzero(mask)` is a tuple of selections too: of the coordinates, by the mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from npjit._array.array import Array, ArrayBase, Selection, is_pinned, make_fresh
from npjit._array.entries import append
from npjit._array.index_operations import NONZERO, SELECT, SELECT_AT
from npjit._array.masks import Mask, Snapshot, mask_of
from npjit._array.operands import Operands, operands_of, read_of
from npjit._array.storage import Storage
from npjit._chapters.infer import Inferred, infer
from npjit._chapters.registry import Operation
from npjit._graph.aval import Aval, fresh_aval, make_aval
from npjit._graph.log import Read
from npjit._graph.structure import ROOT
from npjit._graph.trace import Line, Trace, user_line
from npjit.errors import Reason, Unsupported

__all__ = [
    "Selected",
    "as_array",
    "is_recordable",
    "nonzero",
    "record_again",
    "recorded",
    "replace",
    "select",
    "selections_in",
    "storage_of",
    "whole",
]

#: The length of all selections; a call with an array of this very length settles them.
UNKNOWN: Final = 1009
INDEX: Final = make_aval((UNKNOWN,), (8,), np.dtype(np.int64))


class Places:
    """The coordinates that one call of `np.nonzero` returned, once they are known."""

    __slots__ = ("arrays",)

    def __init__(self) -> None:
        self.arrays: tuple[np.ndarray, ...] | None = None

    def along(self, axis: int, values: np.ndarray) -> np.ndarray:
        """Those along an axis, for the values of the mask."""
        if self.arrays is None:
            self.arrays = np.nonzero(values)
        return self.arrays[axis]


class Selected(Storage):
    """The storage of a selection.

    Its `buffer` holds the selected elements; `value`, of the XLA engine, is a pair: all
    elements, and the mask.

    Attributes
    ----------
    mask : Mask
    source : Snapshot or None
        Of `x[mask]`, and only of it: `x`.
    axis : int or None
        Of the coordinates of a mask, and only of them: their axis.
    places : Places or None
        Then also: what they have in common with those of the other axes.
    line : tuple
        Where the user's code selected.
    """

    __slots__ = ("axis", "line", "mask", "places", "source")

    def __init__(self, aval: Aval, mask: Mask, line: Line):
        super().__init__(aval)
        self.mask = mask
        self.line = line
        self.source: Snapshot | None = None
        self.axis: int | None = None
        self.places: Places | None = None

    def fits(self, a: np.ndarray) -> bool:
        """Whether a result has the geometry that was foretold, but for its length."""
        return a.dtype == self.aval.dtype and a.shape[1:] == self.aval.shape[1:]

    def set_buffer(self, buffer: np.ndarray) -> None:
        """Take over a result of the host engine."""
        self.buffer, self.value = buffer, None

    def is_untouched(self) -> bool:
        """Whether it is what selecting now would give."""
        if not self.mask.origin.is_current():
            return False
        return self.axis is not None or (
            self.source is not None and self.source.is_current()
        )

    def copy(self) -> Selected:
        """The same, not recorded."""
        other = Selected(self.aval, self.mask, self.line)
        other.source, other.axis, other.places = self.source, self.axis, self.places
        return other


# The slots of a selection, of which the attributes of these names settle it.
_storage = vars(ArrayBase)["_storage"]
_aval = vars(ArrayBase)["_aval"]
_class = vars(object)["__class__"]


def storage_of(selection: Selection) -> Selected:
    """The storage of a selection, which is not settled by the question."""
    found: Selected = _storage.__get__(selection)
    return found


def replace(selection: Selection, storage: Selected) -> None:
    """Let a selection stand for other elements."""
    _storage.__set__(selection, storage)
    _aval.__set__(selection, storage.aval)


def as_array(selection: Any) -> None:
    """Take from a selection that it is one."""
    _class.__set__(selection, Array)


def _selection(trace: Trace, storage: Selected) -> Selection:
    array: Any = Array(trace, storage, storage.aval)
    _class.__set__(array, Selection)
    trace.selects = True
    return array


# Selecting ----------------------------------------------------------------------------


def select(array: Array, mask: Array) -> Any:
    """`array[mask]`, recorded; None if NumPy has to see it."""
    shape = array._aval.shape
    if not mask._aval.ndim or mask._aval.shape != shape[: mask._aval.ndim]:
        return None
    if not _can_select(array) or not _can_select(mask):
        return None
    inferred = _inferred_select(array._aval, mask._aval)
    if not inferred.outs:
        return None
    trace = array._trace
    with trace.lock:
        storage = Selected(inferred.outs[0], mask_of(mask), user_line())
        storage.source = Snapshot(array)
        record_again(storage, trace)
        return _selection(trace, storage)


def nonzero(array: Array) -> Any:
    """`np.nonzero(array)`, recorded; None if NumPy has to see it."""
    if not array._aval.ndim or not _can_select(array):
        return None
    trace = array._trace
    with trace.lock:
        mask = mask_of(array)
        line, places = user_line(), Places()
        storages = [Selected(INDEX, mask, line) for _ in range(array._aval.ndim)]
        for axis, storage in enumerate(storages):
            storage.axis, storage.places = axis, places
        _record_nonzero(trace, mask, storages)
        return tuple(_selection(trace, storage) for storage in storages)


def _can_select(array: Array) -> bool:
    return not is_pinned(array) and UNKNOWN not in array._aval.shape


def _inferred_select(a: Aval, mask: Aval) -> Inferred:
    """What is known of `a[mask]`; NumPy is asked by as many coordinates."""
    key = (a, mask)
    found: Inferred | None = SELECT.known.get(key)
    if found is None:
        indices = (INDEX,) * mask.ndim
        outs = infer(SELECT_AT, (a, *indices), (a, *indices), {}).outs
        found = SELECT.known[key] = Inferred(SELECT, outs)
    return found


def _inferred_nonzero(aval: Aval) -> Inferred:
    found: Inferred | None = NONZERO.known.get(aval)
    if found is None:
        found = Inferred(NONZERO, (INDEX,) * aval.ndim, tuple)
        NONZERO.known[aval] = found
    return found


def record_again(storage: Selected, trace: Trace) -> None:
    """Append the entry that selects, from what the storage was made of or holds."""
    if storage.value is not None:
        source, mask = whole(trace, storage)
    elif storage.axis is not None:
        storages = [storage.copy() for _ in storage.mask.shape]
        storages[storage.axis] = storage
        _record_nonzero(trace, storage.mask, storages)
        return
    else:
        assert storage.source is not None
        source, mask = storage.source.array, storage.mask.origin.array
    inferred = _inferred_select(source._aval, mask._aval)
    reads = [read_of(trace.log, source), read_of(trace.log, mask)]
    append(trace, inferred, tuple(reads), {}, reads, None, _into([storage]))


def _record_nonzero(trace: Trace, mask: Mask, storages: list[Selected]) -> None:
    array = mask.origin.array
    read = read_of(trace.log, array)
    inferred = _inferred_nonzero(array._aval)
    append(trace, inferred, (read,), {}, [read], None, _into(storages))


def _into(storages: list[Selected]) -> Callable[[Trace, Aval], Any]:
    """What makes the results of an entry, where their storages are made already."""
    left = iter(storages)

    def make(trace: Trace, aval: Aval) -> None:
        trace.log.fresh(next(left))

    return make


def whole(trace: Trace, storage: Selected) -> tuple[Array, Array]:
    """Stand-ins of all elements and the mask, as the XLA engine holds them."""
    values, mask = storage.value
    shape = storage.mask.shape
    rest = storage.aval.shape[1:]
    held = _held(trace, values, (*shape, *rest), storage.aval.dtype)
    return held, _held(trace, mask, shape, np.dtype(np.bool_))


def _held(trace: Trace, value: Any, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    aval = fresh_aval(shape, dtype)
    storage = Storage(aval)
    storage.value = value
    return Array(trace, storage, aval)


# Calls of selections ------------------------------------------------------------------


class _SelectedOperands(Operands):
    """The arguments of a call that holds selections of one mask."""

    __slots__ = ()

    def data(self, x: Any) -> Any:
        if type(x) is not Selection:
            operand = super().data(x)
            if type(operand) is Read and UNKNOWN in operand.aval.shape:
                raise Unsupported(Reason.DATA_DEPENDENT_SHAPE)
            return operand
        storage = storage_of(x)
        log = self.trace.log
        if storage.epoch != log.epoch:
            record_again(storage, self.trace)
            log = self.trace.log
        read = Read(log.epoch, storage.slot, ROOT, (), 0, storage.aval)
        self.key.append(storage.aval)
        self.reads.append(read)
        return read


def is_recordable(storage: Selected, trace: Trace) -> bool:
    """Whether it is pending, or can be recorded once more."""
    if storage.buffer is not None:
        return False
    is_held = storage.value is not None or storage.epoch == trace.log.epoch
    return is_held or storage.is_untouched()


def recorded(
    trace: Trace,
    op: Operation,
    args: tuple,
    kwargs: dict,
    target: Array | None = None,
    by_element: bool = False,
) -> Any:
    """Record a call of selections; `NotImplemented` if they have to be settled.

    With `by_element`, only if the result has an element for each one selected.
    """
    found = list(selections_in((*args, *kwargs.values())))
    if not found or any(s._trace is not trace for s in found):
        return NotImplemented
    storages = [storage_of(s) for s in found]
    mask = storages[0].mask
    if any(s.mask is not mask or not is_recordable(s, trace) for s in storages):
        return NotImplemented
    try:
        with trace.lock:
            operands = operands_of(trace, op, args, kwargs, target, _SelectedOperands)
            if not all(map(_is_known, operands[0].outs)):
                return NotImplemented
            if by_element and not _is_by_element(operands[0], storages):
                return NotImplemented
            make = partial(_result, mask, storages[0].line)
            return append(trace, *operands, target, make)
    except Unsupported:
        return NotImplemented


def _result(mask: Mask, line: Line, trace: Trace, aval: Aval) -> Any:
    if UNKNOWN not in aval.shape:
        return make_fresh(trace, aval)
    storage = Selected(aval, mask, line)
    trace.log.fresh(storage)
    return _selection(trace, storage)


def _is_known(aval: Aval) -> bool:
    """Whether the unknown length is that of the first axis alone."""
    return UNKNOWN not in aval.shape[1:]


def _is_by_element(inferred: Inferred, storages: list[Selected]) -> bool:
    """Whether the results have an element for each row of the selections."""
    ndim = max(storage.aval.ndim for storage in storages)
    return all(
        out.ndim == ndim and out.shape[0] == UNKNOWN and not out.scalar
        for out in inferred.outs
    )


def selections_in(items: Any) -> Iterator[Selection]:
    """The selections among arguments, in nested lists too."""
    for x in items:
        kind = type(x)
        if kind is Selection:
            yield x
        elif kind is list or kind is tuple:
            yield from selections_in(x)
