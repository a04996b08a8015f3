"""Indices that are in bounds whatever their values.

What `np.argmax` finds lies inside its axis, `i % n` below `n`, a uint8 below 256. So an
array is indexed by them before they are computed: the log tells in which interval the
elements of a pending array lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, Array, Scalar, is_pending
from npjit._array.index_operations import GATHER, ITEM, RESHAPE_COPY
from npjit._array.storage import Storage
from npjit._graph.aval import Aval
from npjit._graph.log import Entry, Log, Read, Value
from npjit.errors import ConcretizationError

__all__ = ["Interval", "interval_of", "known_places"]

#: The lowest and the highest number that may be among the elements.
Interval = tuple[int, int]
#: How many entries are looked at for one index, and how far an operand is followed.
_MAX_STEPS: Final = 256
_MAX_DEPTH: Final = 8


def interval_of(index: Array | Scalar) -> Interval | None:
    """Where the elements of a pending array of integers lie; None of another one."""
    aval = index._aval
    if aval.dtype.kind not in "iu" or not is_pending(index):
        return None
    trace = index._trace
    # What a replay would not see: other values may be there then.
    walk = _Walk(trace.log, looks=trace.tape is None)
    end = len(trace.log.entries)
    return walk.of_slot(index._storage.slot, aval, end, _MAX_DEPTH)


def known_places(array: Array, keys: tuple) -> tuple[tuple, list] | None:
    """One index an axis, in bounds though not computed: the key, and its operands."""
    if len(keys) != array._aval.ndim or not any(type(k) in SCALARS for k in keys):
        return None
    for k, n in zip(keys, array._aval.shape, strict=True):
        if type(k) is int:
            known = -n <= k < n
        else:
            known = type(k) in SCALARS and _is_inside(k, n, array)
        if not known:
            return None
    return tuple(("array", i) for i in range(len(keys))), list(keys)


def _is_inside(k: Any, n: int, array: Array) -> bool:
    found = interval_of(k) if k._trace is array._trace else None
    return found is not None and -n <= found[0] and found[1] < n


class _Walk:
    """The walk from an index back through the log."""

    __slots__ = ("log", "looks", "steps")

    def __init__(self, log: Log, *, looks: bool):
        self.log = log
        self.looks = looks
        self.steps = _MAX_STEPS

    def of(self, x: Any, end: int, depth: int) -> Interval | None:
        """Where an operand of entry `end` lies; None if it holds no integers."""
        if type(x) is Value:
            number = self.log.values[x.index]
            is_int = isinstance(number, (int, np.integer, np.bool_))
            return (int(number), int(number)) if is_int else None
        if type(x) is not Read or x.aval.dtype.kind not in "biu":
            return None
        return self.of_slot(x.slot, x.aval, end, depth)

    def of_slot(self, slot: int, aval: Aval, end: int, depth: int) -> Interval:
        """Where the elements of a slot lie before entry `end`."""
        place = self.made_at(slot, end)
        found = None
        if place == _LEAF:
            found = _of_leaf(self.log.storages[slot], aval) if self.looks else None
        elif place is not None and depth:
            found = self.of_result(slot, aval, place, depth - 1)
        whole = _range_of(aval.dtype)
        return found if found is not None and _holds(whole, found) else whole

    def made_at(self, slot: int, end: int) -> int | None:
        """The entry that made all of a slot's elements; None if there is no one."""
        for i in range(end - 1, -1, -1):
            self.steps -= 1
            if self.steps < 0:
                return None
            entry = self.log.entries[i]
            target = entry.target
            if target is not None and target.slot == slot:
                is_whole = not target.structure.prims and entry.inferred.loop
                return i if is_whole else None
            if slot in entry.outs:
                return i
        return _LEAF

    def of_result(
        self, slot: int, aval: Aval, place: int, depth: int
    ) -> Interval | None:
        """Where the elements lie that an entry makes."""
        entry = self.log.entries[place]
        inferred = entry.inferred
        made = entry.target.aval if entry.target is not None else inferred.outs[0]
        if made.dtype != aval.dtype or len(entry.outs) > 1:
            return None
        rule: Any = inferred.op.rule
        if inferred.loop is None:
            known = _FUNCTIONS.get(rule)
            return known(self, entry, place, depth) if known else None
        if rule not in _UFUNCS or entry.kwargs:
            return None
        parts = [self.of(x, place, depth) for x in entry.args]
        if None in parts:
            return None
        found = _UFUNCS[rule](*parts)
        # In its loop a ufunc wraps around.
        loop = _range_of(inferred.loop[-1])
        return found if found is not None and _holds(loop, found) else None


_LEAF: Final = -1


def _range_of(dtype: np.dtype) -> Interval:
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind not in "iu":
        return 0, -1
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def _holds(outer: Interval, inner: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _of_leaf(storage: Any, aval: Aval) -> Interval | None:
    """Where the elements lie of an array that has been computed: they are looked at."""
    is_small = type(storage) is Storage and storage.aval.size <= 2 * aval.size
    if not is_small or not aval.size or storage.aval.dtype != aval.dtype:
        return None
    try:
        value = storage.buffer if storage.value is None else np.asarray(storage.value)
    except ConcretizationError:  # JAX traces them
        return None
    return None if value is None else (int(value.min()), int(value.max()))


# Ufuncs of intervals ------------------------------------------------------------------


def _add(a: Interval, b: Interval) -> Interval:
    return a[0] + b[0], a[1] + b[1]


def _subtract(a: Interval, b: Interval) -> Interval:
    return a[0] - b[1], a[1] - b[0]


def _multiply(a: Interval, b: Interval) -> Interval:
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def _maximum(a: Interval, b: Interval) -> Interval:
    return max(a[0], b[0]), max(a[1], b[1])


def _minimum(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), min(a[1], b[1])


def _absolute(a: Interval) -> Interval:
    return max(a[0], -a[1], 0), max(-a[0], a[1])


def _remainder(a: Interval, b: Interval) -> Interval | None:
    if b[0] <= 0 <= b[1]:
        return None
    return (0, b[1] - 1) if b[0] > 0 else (b[0] + 1, 0)


def _fmod(a: Interval, b: Interval) -> Interval | None:
    if b[0] <= 0:
        return None
    return max(min(a[0], 0), 1 - b[1]), min(max(a[1], 0), b[1] - 1)


def _floor_divide(a: Interval, b: Interval) -> Interval | None:
    if b[0] <= 0:
        return None
    quotients = [x // y for x in a for y in b]
    return min(quotients), max(quotients)


def _right_shift(a: Interval, b: Interval) -> Interval | None:
    if b[0] < 0 or b[1] > 62:
        return None
    shifted = [x >> y for x in a for y in b]
    return min(shifted), max(shifted)


def _bitwise_and(a: Interval, b: Interval) -> Interval | None:
    tops = [x[1] for x in (a, b) if x[0] >= 0]
    return (0, min(tops)) if tops else None


_UFUNCS: Final[dict[np.ufunc, Callable[..., Interval | None]]] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.maximum: _maximum,
    np.minimum: _minimum,
    np.remainder: _remainder,
    np.fmod: _fmod,
    np.floor_divide: _floor_divide,
    np.right_shift: _right_shift,
    np.bitwise_and: _bitwise_and,
    np.negative: lambda a: (-a[1], -a[0]),
    np.positive: lambda a: a,
    np.absolute: _absolute,
}

# Functions ----------------------------------------------------------------------------


def _of_positions(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    """Of what finds places along an axis."""
    keys = entry.args[0]
    rule = entry.inferred.op.rule
    aval = keys[0].aval if type(keys) is list else keys.aval
    given = entry.kwargs.get("axis", None if rule in _FLAT else -1)
    if given is None:
        return 0, int(aval.size) - 1
    axis = int(given)
    if rule is np.lexsort and type(keys) is not list and axis >= 0:
        axis += 1  # the first axis is that of the keys
    return (0, int(aval.shape[axis]) - 1) if aval.ndim else None


_FLAT: Final = frozenset({np.argmax, np.argmin})


def _of_searchsorted(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval:
    return 0, int(entry.args[0].aval.size)


def _of_clip(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    found = walk.of(entry.args[0], place, depth)
    for names, bounded in ((("a_min", "min"), _maximum), (("a_max", "max"), _minimum)):
        for name in names:
            if found is None or entry.kwargs.get(name) is None:
                continue
            limit = walk.of(entry.kwargs[name], place, depth)
            found = None if limit is None else bounded(found, limit)
    return found


def _of_elements(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    """Of what copies, repeats, selects elements of its first operand."""
    return walk.of(entry.args[0], place, depth)


def _of_choices(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    return _united(walk.of(x, place, depth) for x in entry.args[1:])


def _of_parts(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    parts = entry.args[0]
    if type(parts) is not list:
        return walk.of(parts, place, depth)
    return _united(walk.of(x, place, depth) for x in parts)


def _united(parts: Iterable[Interval | None]) -> Interval | None:
    lows, highs = [], []
    for part in parts:
        if part is None:
            return None
        lows.append(part[0])
        highs.append(part[1])
    return (min(lows), max(highs)) if lows else None


def _of_count(walk: _Walk, entry: Entry, place: int, depth: int) -> Interval | None:
    """Of how many are True."""
    a = entry.args[0]
    is_mask = type(a) is Read and a.aval.dtype.kind == "b"
    return (0, int(a.aval.size)) if is_mask and "initial" not in entry.kwargs else None


_Known = Callable[[_Walk, Entry, int, int], Interval | None]
_FUNCTIONS: Final[dict[Any, _Known]] = {
    **dict.fromkeys((np.argmax, np.argmin, np.argsort, np.lexsort), _of_positions),
    np.searchsorted: _of_searchsorted,
    np.clip: _of_clip,
    np.where: _of_choices,
    **dict.fromkeys((np.concatenate, np.stack, np.hstack, np.vstack), _of_parts),
    **dict.fromkeys((np.sum, np.cumsum, np.count_nonzero), _of_count),
    **dict.fromkeys(
        (np.astype, np.copy, np.sort, np.roll, np.repeat, np.take), _of_elements
    ),
    **dict.fromkeys((GATHER.rule, ITEM.rule, RESHAPE_COPY.rule), _of_elements),
}
