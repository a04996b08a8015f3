"""Indices that are in bounds whatever their values: what `np.argmax` and its kin found.

So an array is indexed by them before they are computed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, Array, Scalar, is_pending
from npjit._graph.log import Entry, Log, Read, Value

__all__ = ["known_places", "limit_of"]

_POSITIONS: Final = frozenset({np.argmax, np.argmin, np.argsort})
#: How many entries are looked back.
_MAX_BACK: Final = 64


def limit_of(index: Array | Scalar) -> int | None:
    """What all elements of a pending array are below, none being negative."""
    if not is_pending(index):
        return None
    log = index._trace.log
    entry = _made_by(log, index._storage.slot)
    if entry is None or type(entry.args[0]) is not Read:
        return None
    if entry.inferred.op.rule in _POSITIONS:
        return _length_of_axis(entry)
    if entry.inferred.op.rule is np.remainder and not entry.kwargs:
        return _divisor(log, entry)
    return None


def _made_by(log: Log, slot: int) -> Entry | None:
    """The entry that made the current value of a slot."""
    for entry in log.entries[: -_MAX_BACK - 1 : -1]:
        if entry.target is not None and entry.target.slot == slot:
            return None
        if slot in entry.outs:
            return entry
    return None


def _length_of_axis(entry: Entry) -> int | None:
    aval = entry.args[0].aval
    default = -1 if entry.inferred.op.rule is np.argsort else None
    axis = entry.kwargs.get("axis", default)
    if axis is None:
        return int(aval.size)
    return int(aval.shape[axis]) if aval.ndim else None


def _divisor(log: Log, entry: Entry) -> int | None:
    divisor = entry.args[1]
    if entry.args[0].aval.dtype.kind not in "iu" or type(divisor) is not Value:
        return None
    number = log.values[divisor.index]
    return number if type(number) is int and number > 0 else None


def known_places(array: Array, keys: tuple) -> tuple[tuple, list] | None:
    """One index an axis, in bounds though not computed: the key, and its operands."""
    if len(keys) != array._aval.ndim or not any(type(k) in SCALARS for k in keys):
        return None
    for k, n in zip(keys, array._aval.shape, strict=True):
        if type(k) is int:
            known = -n <= k < n
        else:
            known = type(k) in SCALARS and _is_below(k, n, array)
        if not known:
            return None
    return tuple(("array", i) for i in range(len(keys))), list(keys)


def _is_below(k: Any, n: int, array: Array) -> bool:
    limit = limit_of(k) if k._trace is array._trace else None
    return limit is not None and limit <= n
