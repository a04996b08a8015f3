"""Masks: what selects, and when two selections were selected alike."""

from __future__ import annotations

from typing import Any, Final

from npjit._array.array import Array, is_pinned
from npjit._array.operands import read_of
from npjit._graph.keys import static_key
from npjit._graph.log import Log, Read, Value

__all__ = ["Mask", "Snapshot", "mask_of"]


class Snapshot:
    """A view of an array, and how to tell whether its elements are still those."""

    __slots__ = ("array", "n_prepared", "version")

    def __init__(self, a: Array):
        trace, storage = a._trace, a._storage
        # Of its own: `a.shape = ...` makes `a` another view.
        self.array = Array(trace, storage, a._aval, a._structure, a._starts, a._offset)
        self.version = storage.version
        self.n_prepared = trace.n_prepared

    def is_current(self) -> bool:
        """Whether nobody can have written the elements."""
        storage = self.array._storage
        if is_pinned(self.array) or storage.version != self.version:
            return False
        # Code outside writes what it sees.
        return not storage.external or self.array._trace.n_prepared == self.n_prepared


class Mask:
    """What selects: selections of one `Mask` have the same length and order.

    Attributes
    ----------
    origin : Snapshot
        The mask, or the array whose elements are asked for being non-zero.
    shape : tuple of int
    count : int or None
        How many elements are selected, once it is known.
    """

    __slots__ = ("__weakref__", "count", "origin", "shape")

    def __init__(self, origin: Snapshot):
        self.origin = origin
        self.shape: tuple[int, ...] = origin.array._aval.shape
        self.count: int | None = None


def mask_of(array: Array) -> Mask:
    """What selects by this array, in its current version.

    Masks that were computed alike are one: `y[y < x] = x[y < x]`.
    """
    masks = array._trace.masks
    key = (id(array._storage), array._structure.id, array._starts)
    found: Mask | None = masks.get(key)
    if found is not None and found.origin.is_current():
        return found  # it keeps the storage alive, and so its id
    log = array._trace.log
    made = None
    if array._storage.epoch == log.epoch:
        read = read_of(log, array)
        made = _made_by(log, read, len(log.entries), _MAX_DEPTH)
    if made is not None:
        made = (log.epoch, made)
        found = masks.get(made)
        if found is not None and found.origin.is_current():
            return found
    found = masks[key] = Mask(Snapshot(array))
    if made is not None:
        masks[made] = found
    return found


#: How far a mask is followed to what it was computed from: operations, and entries.
_MAX_DEPTH: Final = 4
_MAX_BACK: Final = 64


def _made_by(log: Log, x: Any, end: int, depth: int) -> Any:
    """What tells the value an operand had before entry `end`; None if nothing does."""
    if type(x) is Value:
        return static_key(log.values[x.index])
    if type(x) is not Read:
        return None
    about = (x.slot, x.structure.id, x.starts)
    for i in range(end - 1, max(end - _MAX_BACK, 0) - 1, -1):
        entry = log.entries[i]
        if entry.target is not None and entry.target.slot == x.slot:
            return (*about, i)
        if x.slot in entry.outs:
            if not depth or entry.kwargs:
                return (*about, i)
            parts = tuple(_made_by(log, arg, i, depth - 1) for arg in entry.args)
            whose = (entry.inferred.id, entry.outs.index(x.slot), *about[1:])
            return None if None in parts else (*whose, parts)
    return about if end <= _MAX_BACK else None
