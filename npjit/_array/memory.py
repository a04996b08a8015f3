"""Which storage a real array belongs to, and which real array a stand-in is.

Real arrays that share memory share a storage. The owner of the memory is its root, or,
where the owner is far larger than the array, the array itself. Storages found to
overlap later are pinned: each write is executed on the buffer at once.
"""

from __future__ import annotations

from typing import Final
from weakref import ref

import numpy as np
from numpy.lib.array_utils import byte_bounds

from npjit._array.storage import Storage
from npjit._array.view import address, infer_view
from npjit._graph.aval import DTYPES, Aval, aval_of
from npjit._graph.structure import ROOT, Structure
from npjit._graph.trace import Trace

__all__ = ["adopt", "owner_of", "place"]

#: Up to this size the owner of a view's memory is lifted whole, in bytes.
_SMALL_OWNER: Final = 2**20
Place = tuple[Storage, Structure, tuple[int, ...], int]


def owner_of(a: np.ndarray) -> np.ndarray:
    """The ndarray at the end of the chain of bases."""
    while type(a.base) is np.ndarray:
        a = a.base
    return a


def place(trace: Trace, a: np.ndarray) -> Place:
    """The storage of a real array, and where in it the array lies."""
    owner = owner_of(a)
    known = trace.owners.of(id(owner))
    for storage in known:
        found = _inside(storage, a)
        if found is not None:
            return found
    root = owner if not known and _is_good_root(owner, a) else a
    storage = Storage(aval_of(root), root[...])
    storage.origin = root
    storage.pinned = _overlaps_itself(storage.aval)
    _pin_overlapping(trace, storage, owner, known)
    adopt(trace, storage, owner)
    found = _inside(storage, a)
    if found is None:  # the owner's geometry does not lead to the array
        storage.pinned = True
        window = Storage(aval_of(a), a)
        window.pinned = True
        adopt(trace, window, owner)
        return window, ROOT, (), 0
    return found


def _overlaps_itself(aval: Aval) -> bool:
    """Whether two index tuples may name one element (broadcast, as_strided)."""
    if not aval.size or aval.is_contiguous:
        return False
    extent = 0
    for stride, n in sorted(
        (abs(stride), n)
        for stride, n in zip(aval.strides, aval.shape, strict=True)
        if n > 1
    ):
        if stride <= extent and (stride == 0 or extent > 0):
            return True
        extent += stride * (n - 1)
    return False


def adopt(trace: Trace, storage: Storage, owner: np.ndarray | None = None) -> None:
    """Make a storage known by its buffer's owner."""
    if owner is None:
        assert storage.buffer is not None
        owner = owner_of(storage.buffer)
    trace.owners.add(id(owner), storage)


def _inside(storage: Storage, a: np.ndarray) -> Place | None:
    root = storage.buffer
    if a is storage.origin and aval_of(a) is storage.aval:
        return storage, ROOT, (), 0
    if root is None or root.dtype != a.dtype:
        return None
    if not (storage.pinned or root.flags.writeable) and a.flags.writeable:
        return None  # a view made before its owner became read-only
    offset = address(a) - address(root)
    found = infer_view(storage.aval, aval_of(a), offset if a.size else 0)
    if found is None:
        return None
    return storage, ROOT.extended(found[0]), found[1], offset


def _is_good_root(owner: np.ndarray, a: np.ndarray) -> bool:
    if owner is a:
        return True
    return (
        owner.dtype in DTYPES
        and owner.dtype == a.dtype
        and owner.nbytes <= max(_SMALL_OWNER, 2 * a.nbytes)
        and (owner.flags.writeable or not a.flags.writeable)
        # Of `np.arange(12).reshape(3, 4)`, the array leads to more views.
        and not (owner.size == a.size and owner.ndim < a.ndim)
        and infer_view(aval_of(owner), aval_of(a), _offset(owner, a)) is not None
    )


def _offset(owner: np.ndarray, a: np.ndarray) -> int:
    return address(a) - address(owner) if a.size else 0


def _pin_overlapping(
    trace: Trace, storage: Storage, owner: np.ndarray, known: list[Storage]
) -> None:
    """Pin the new storage and those it overlaps."""
    assert storage.buffer is not None
    others = list(known)
    if not others and owner.base is None and not trace.foreign_memory:
        return
    low, high = byte_bounds(storage.buffer)
    if owner.base is not None or trace.foreign_memory:
        # Memory of something that is no ndarray may have several owners.
        others += trace.owners
    if owner.base is not None:
        trace.foreign_memory.append((low, high, ref(storage)))
    for other in others:
        if other is storage or other.buffer is None or not storage.buffer.size:
            continue
        its_low, its_high = byte_bounds(other.buffer)
        if low < its_high and its_low < high:
            trace.flush()
            other.settle()
            other.value = None
            other.pinned = storage.pinned = True
