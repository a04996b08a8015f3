"""Entries: what a recorded call leaves in the log, and the stand-ins it returns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, Array, is_pinned, make_fresh
from npjit._array.host_node import stop_if_in_vain
from npjit._array.operands import read_of, target_of
from npjit._chapters.infer import Inferred
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import Aval
from npjit._graph.keys import static_key
from npjit._graph.log import Entry, Log, Read
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import ConcretizationError

__all__ = ["INTO", "NEW", "append", "is_writeable", "record_known"]

#: What `record_known` answers where it knows nothing.
NEW: Final = object()
#: The kinds whose `out` is recorded; a reduction's changes its loop.
INTO: Final = frozenset({Kind.UFUNC, Kind.WRITE})
#: Whole numbers below fit each dtype.
_SMALL: Final = 128
#: In the key of a log: the next entry may raise.
_LATE: Final = -2
# NamedTuple's own `__new__` is written in Python, and takes twice as long.
_entry: Callable[[tuple], Entry] = partial(tuple.__new__, Entry)


def record_known(op: Operation, args: tuple, kwargs: dict) -> Any:
    """Record a call of stand-ins and plain numbers that was met before; else `NEW`.

    Does in a few steps what `record` does, for most of the calls of most programs:
    bench/recording.py.
    """
    trace = current.trace
    if trace is None or trace.direct or trace.errstate_reacts or op.can_fail:
        return NEW
    with trace.lock:
        log = trace.log
        epoch = log.epoch
        key: list[Any] = []
        reads: list[Any] = []
        operands: list[Any] = []
        has_numbers = False
        for x in args:
            kind = type(x)
            if kind is Array or kind in SCALARS:
                if x._trace is not trace:
                    return NEW
                read = x._read
                if read.epoch != epoch:
                    read = read_of(log, x)
                key.append(x._aval)
                reads.append(read)
                operands.append(read)
            elif op.nested and (kind is tuple or kind is list):
                found = _sequence(trace, log, x, key, reads)
                if found is None:
                    return NEW
                operands.append(found)
            elif kind is float or (kind is int and 0 <= x < _SMALL):
                key.append(kind)
                operands.append(x)
                has_numbers = True
            else:
                return NEW
        target = None
        named = kwargs
        if kwargs:
            target, named = _keywords(op, kwargs, key)
            if target is NEW or (target is not None and not _takes(trace, target)):
                return NEW
        inferred = op.known.get(tuple(key))
        if inferred is None or inferred.reason is not None or inferred.slow:
            return NEW
        if trace.log is not log:  # an operand's memory overlaps: it was cut
            return NEW
        if has_numbers:
            if not _takes_any_number(inferred, target):
                return NEW
            operands = [x if type(x) in _READS else log.value(x) for x in operands]
        given = tuple(operands)
        # Its caller, too, is called by a function of npjit's.
        return append(trace, inferred, given, named, reads, target, make_fresh, 5)


_READS: Final = frozenset({Read, list})


def _sequence(
    trace: Trace, log: Log, items: Collection, key: list, reads: list
) -> list[Read] | None:
    """The reads of a sequence of arrays of this recording, added to the key."""
    key.append(len(items))
    found: list[Read] = []
    for x in items:
        if type(x) is not Array or x._trace is not trace:
            return None
        read = x._read
        if read.epoch != log.epoch:
            read = read_of(log, x)
        key.append(x._aval)
        found.append(read)
    reads += found
    return found


def _keywords(op: Operation, kwargs: dict, key: list) -> tuple[Any, dict]:
    """The target and the static parameters of a call, added to its key; or `NEW`."""
    named: dict[str, Any] = {}
    target = None
    for name, value in kwargs.items():
        key.append(name)
        if name == "out":
            target = target_of(value) if op.kind in INTO else None
            if target is None:
                return NEW, named
            key.append(target._aval)
        elif name in op.data and value is not True:
            return NEW, named
        else:
            try:
                key.append(static_key(value))
            except (TypeError, ConcretizationError):
                return NEW, named
            named[name] = value
    return target, named


def _takes(trace: Trace, target: Array) -> bool:
    """Whether a write to an array can be recorded."""
    is_own = target._trace is trace
    return is_own and not is_pinned(target) and is_writeable(target)


def _takes_any_number(inferred: Inferred, target: Array | None) -> bool:
    """Whether NumPy takes a float here, whatever its value."""
    op, loop = inferred.op, inferred.loop
    if target is None:
        return op.kind not in _MAKING and op.rule is not np.full_like
    dtype = target._aval.dtype if loop is None else loop[0]
    return dtype.kind in "fc"


#: The kinds that write a number into what they make.
_MAKING: Final = frozenset({Kind.CREATION, Kind.REDUCTION})


def append(
    trace: Trace,
    inferred: Inferred,
    args: tuple,
    kwargs: dict,
    reads: list,
    target: Array | None,
    make: Callable[[Trace, Aval], Any] = make_fresh,
    depth: int = 3,
) -> Any:
    """Append an entry; make its results, or a new version of its target.

    So many frames as `depth` says, from that of `user_line` on, are npjit's.
    """
    log = trace.log
    key = log.key
    try:
        key.append(inferred.id)
        for read in reads:
            key += read.pair
            if read.starts:
                log.starts += read.starts
        written = None
        slot = len(log.storages)
        outs: tuple[int, ...]
        if target is not None:
            written = _target_read(trace, target)
            log.use(written)
            result, outs = target, ()
        elif inferred.out is not None:
            result, outs = make(trace, inferred.out), (slot,)
        else:
            results = [make(trace, aval) for aval in inferred.outs]
            assert inferred.container is not None
            result = inferred.container(results)
            outs = tuple(range(slot, len(log.storages)))
        if trace.stack is not None:
            log.stacks[len(log.entries)] = trace.stack
            key.append(_LATE)
        line = user_line(depth)
        log.entries.append(
            _entry((inferred, args, kwargs, outs, written, line, trace.errstate))
        )
    except BaseException:  # KeyboardInterrupt comes anywhere
        log.damaged = True
        raise
    trace.n_recorded += 1
    trace.recent_size += inferred.size
    trace.countdown -= 1
    options = trace.options
    if len(log.entries) >= options.max_ops or log.nbytes >= options.max_pending_bytes:
        trace.cut()
    elif trace.is_block and trace.repeats():
        trace.flush()
    if not trace.countdown:
        stop_if_in_vain(trace)
    return result


def _target_read(trace: Trace, target: Array) -> Read:
    """The read that a write goes to; marks the storage as written."""
    log = trace.log
    storage = target._storage
    read = target._read
    if read.epoch != log.epoch:
        read = read_of(log, target)
    storage.version += 1
    log.written.add(storage.slot)
    if storage.external:
        trace.dirty[id(storage)] = storage
    return read


def is_writeable(array: Array) -> bool:
    """Whether NumPy would let the array be written."""
    buffer = array._storage.buffer
    if array._real is not None:
        writeable = array._real.flags.writeable
        if writeable and buffer is not None and not buffer.flags.writeable:
            _renew_buffer(array)
        return writeable
    if array._readonly:
        return False
    return buffer is None or not array._storage.external or buffer.flags.writeable


def _renew_buffer(array: Array) -> None:
    """Make the storage's own array writeable, as the user has made his meanwhile."""
    storage, log = array._storage, array._trace.log
    if storage.origin is None:
        return
    storage.buffer = storage.origin[...]
    storage.buffer.flags.writeable = True
    if storage.epoch == log.epoch:
        log.scratch.pop(storage.slot, None)
