"""Recording: from a NumPy call on stand-ins to an entry of the log.

Every way into npjit (operators, methods, `__array_ufunc__`, converted calls) ends in
`call(operation, args, kwargs)`. What cannot be recorded is a host node: see
`npjit/_array/host_node.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    SCALARS,
    Array,
    Scalar,
    is_pinned,
    make_fresh,
    shell_of,
)
from npjit._array.host_node import (
    Hand,
    call_foreign,
    direct,
    host_node,
    is_plain,
    weigh,
)
from npjit._array.index_operations import ASSIGN
from npjit._array.operands import (
    SERVERS,
    Stranger,
    holds_no_array,
    is_of_numbers,
    operands_of,
    own,
    read_of,
    target_of,
)
from npjit._chapters.infer import CACHE, Inferred
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import Aval
from npjit._graph.log import Entry
from npjit._graph.stack import Stack, unguarded_stack
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import Reason, Unsupported

__all__ = ["QUIET", "append", "call", "record", "record_late"]

#: The kinds whose `out` is recorded; a reduction's changes its loop.
_INTO = frozenset({Kind.UFUNC, Kind.WRITE})
#: The kinds of which a result is copied to an `out` that has its shape and dtype.
_COPIED = frozenset({Kind.FUNCTION, Kind.REDUCTION})
#: The kinds that run in NumPy when they come here.
_IN_NUMPY = frozenset({Kind.HOST, Kind.LEAF, Kind.COMPOSED})
#: The kinds that, given no array, make one of Python objects: a leaf, no fallback.
_OF_NUMBERS = frozenset({Kind.LEAF, Kind.VIEW, Kind.CHECKED})
#: The kinds that, given only numbers, NumPy runs at once: nothing has to be computed
#: first, and Python often needs the value.
_COMPUTING = frozenset({Kind.UFUNC, Kind.FUNCTION, Kind.REDUCTION})
#: Errstate modes other than these are reactions that only NumPy can give.
QUIET = frozenset({"ignore", "warn"})


def call(op: Operation, args: tuple, kwargs: dict) -> Any:
    """What `op.func(*args, **kwargs)` returns, recorded if possible."""
    trace = current.trace
    # What writes is recorded by another function than the user calls.
    func = op.rule if op.kind is Kind.WRITE else op.func
    if trace is None or trace.direct:
        return direct(func, args, kwargs)
    if op.kind is Kind.UFUNC:
        result = _record_plain(trace, op, args, kwargs)
        if result is not _SLOW:
            return result
    if not (all(map(is_plain, args)) and all(map(is_plain, kwargs.values()))):
        return call_foreign(func, args, kwargs, op.name)
    if trace.selects:
        result = SERVERS.selector.call(trace, op, args, kwargs)
        if result is not NotImplemented:
            return result
    if op.kind in _OF_NUMBERS and holds_no_array(args, kwargs):
        made = trace.engine.call(user_line(), op.func, args, kwargs)
        return Hand(trace, []).back(made)
    if op.kind in _IN_NUMPY:
        return host_node(trace, op, args, kwargs, op.reason)
    if op.kind is Kind.METADATA:
        return op.func(*map(_shell, args), **{k: _shell(v) for k, v in kwargs.items()})
    try:
        bound, options = op.bind(*args, **kwargs)
    except TypeError:  # NumPy words it as its users know it
        if op.kind is Kind.WRITE:
            return call_foreign(func, args, kwargs, op.name)
        return host_node(trace, op, args, kwargs, Reason.PARAMETER)
    if op.kind is Kind.VIEW:
        return SERVERS.viewer.view(trace, op, bound, options)
    if op.kind is Kind.CHECKED or (op.rule is np.where and len(bound) == 1):
        result = SERVERS.check(trace, op, bound, options)
        if not isinstance(result, Unsupported):
            return result
        # A method names its parameters otherwise than the function.
        return host_node(trace, op, args, kwargs, result.reason, result.detail)
    result = record(trace, op, bound, options)
    return None if op.kind is Kind.WRITE else result


#: In the key of a log: the next entry may raise.
_LATE: Final = -2
_SLOW = object()
_SHORT = range(128)


def _record_plain(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    """Record a ufunc of stand-ins and plain numbers, met before; else `_SLOW`.

    What `record` does, for most of the calls of most programs: bench/recording.py.
    """
    if trace.errstate_reacts:
        return _SLOW
    key: list[Any] = []
    for x in args:
        kind = type(x)
        if kind is Array or kind in SCALARS:
            if x._trace is not trace:
                return _SLOW
            key.append(x._aval)
        elif kind is float or (kind is int and x in _SHORT):
            key.append(kind)
        else:
            return _SLOW
    target = None
    if kwargs:
        target = target_of(kwargs.get("out"))
        if target is None or len(kwargs) > 1 or target._trace is not trace:
            return _SLOW
        if is_pinned(target) or not is_writeable(target):
            return _SLOW
        key += ("out", target._aval)
    inferred = CACHE.get((op, tuple(key)))
    if inferred is None or inferred.reason is not None:
        return _SLOW
    if op.unless is not None and op.unless(args, kwargs) is not None:
        return _SLOW
    with trace.lock:
        log = trace.log
        operands: list[Any] = []
        reads: list[Any] = []
        for x in args:
            kind = type(x)
            if kind is float or kind is int:
                operands.append(log.value(x))
            else:
                read = x._read
                if read.epoch != log.epoch:
                    read = read_of(log, x)
                reads.append(read)
                operands.append(read)
        return append(trace, inferred, tuple(operands), {}, reads, target)


def _shell(obj: Any) -> Any:
    if type(obj) is Array:
        return shell_of(obj)
    if type(obj) in SCALARS:
        return obj.dtype.type(1)
    return obj


def record(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    """Append a call to the log; `args` and `kwargs` are bound.

    Returns
    -------
    Array, Scalar, or a tuple or list of them
        The target itself if there is an `out`.
    """
    if op.kind in _COMPUTING and is_of_numbers(args, kwargs):
        made = trace.engine.call(user_line(), op.func, args, kwargs)
        return Hand(trace, []).back(made)
    if trace.errstate_reacts and op.kind is not Kind.CREATION:
        stack = unguarded_stack(trace.bottom) if trace.errstate_raises else None
        if stack is None:
            return host_node(trace, op, args, kwargs, Reason.ERRSTATE)
        return record_late(trace, op, args, kwargs, stack)
    return _record(trace, op, args, kwargs)


def record_late(
    trace: Trace, op: Operation, args: tuple, kwargs: dict, stack: Stack
) -> Any:
    """Append a call that may raise, and will do so as if called from these lines."""
    trace.stack = stack
    try:
        return _record(trace, op, args, kwargs)
    finally:
        trace.stack = None


def _record(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    if "out" in kwargs and op.kind in _COPIED and _is_copied(trace, op, args, kwargs):
        target = target_of(kwargs["out"])
        result = record(trace, op, args, _without_out(kwargs))
        record(trace, ASSIGN, (result,), {"out": target})
        return target
    if op.unless is not None:
        reason = op.unless(args, kwargs)
        if reason is not None:
            return host_node(trace, op, args, kwargs, reason)
    target = None
    if "out" in kwargs:
        target = target_of(kwargs["out"])
        if target is None or op.kind not in _INTO:
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
        if is_pinned(target) or not is_writeable(target):
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
    try:
        with trace.lock:
            operands = operands_of(trace, op, args, kwargs, target)
            result = append(trace, *operands, target)
    except Stranger:
        args = tuple(own(trace, x) for x in args)
        kwargs = {name: own(trace, x) for name, x in kwargs.items()}
        return record(trace, op, args, kwargs)
    except Unsupported as error:
        failure = error.reason, error.detail  # not the error: its frames hold arrays
    else:
        return _checked(trace, op, args, kwargs, result) if op.can_fail else result
    return host_node(trace, op, args, kwargs, *failure)


def _without_out(kwargs: dict) -> dict:
    return {name: value for name, value in kwargs.items() if name != "out"}


def _is_copied(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> bool:
    """Whether a call's `out` is what its result would be, so that it may be copied.

    NumPy computes in the dtype of `out`; float16 is computed in another way there.
    """
    target = target_of(kwargs["out"])
    if target is None or is_pinned(target) or not is_writeable(target):
        return False
    plain = _without_out(kwargs)
    if op.can_fail or (op.unless is not None and op.unless(args, plain) is not None):
        return False
    try:
        with trace.lock:
            inferred = operands_of(trace, op, args, plain, None)[0]
    except (Unsupported, Stranger):
        return False
    aval, its = target._aval, inferred.outs[0]
    fits = (aval.shape, aval.dtype) == (its.shape, its.dtype)
    fits = fits and inferred.container is None and aval.dtype != np.float16
    if aval.shape and aval.is_contiguous:
        return fits
    return fits and _takes_out(trace, op, args, kwargs)


def _takes_out(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> bool:
    """Whether NumPy writes `out` and returns it.

    `np.dot` refuses a strided one, and makes a scalar of one without axes.
    """
    try:
        with trace.lock:
            operands_of(trace, op, args, kwargs, target_of(kwargs["out"]))
    except (Unsupported, Stranger):
        return False
    return True


def _checked(
    trace: Trace, op: Operation, args: tuple, kwargs: dict, result: Any
) -> Any:
    """The result of a call that can fail, computed now, inside of the user's `try`.

    Where NumPy raises, XLA makes NaN or infinity: then NumPy runs the call.
    """
    trace.tell("break", op.name, Reason.CAN_FAIL, user_line())
    trace.flush()
    if all(map(_is_finite, result if isinstance(result, tuple) else (result,))):
        return result
    return host_node(trace, op, args, kwargs, Reason.CAN_FAIL)


def _is_finite(result: Array | Scalar) -> bool:
    """Whether a result is finite, or NumPy's own."""
    value = result._storage.value
    return value is None or bool(np.isfinite(value).all())


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


def append(
    trace: Trace,
    inferred: Inferred,
    args: tuple,
    kwargs: dict,
    reads: list,
    target: Array | None,
    make: Callable[[Trace, Aval], Any] = make_fresh,
) -> Any:
    """Append an entry; make its results, or a new version of its target."""
    log = trace.log
    key = log.key
    try:
        key.append(inferred.id)
        size = 0
        for read in reads:
            key += read.pair
            if read.starts:
                log.starts.extend(read.starts)
            if read.aval.size > size:
                size = read.aval.size
        results: Any
        written = None
        first = len(log.storages)
        if target is not None:
            written = target_read(trace, target)
            log.use(written)
            first = len(log.storages)
            results = (target,)
        elif len(inferred.outs) == 1:
            results = (make(trace, inferred.outs[0]),)
        else:
            results = [make(trace, aval) for aval in inferred.outs]
        outs = tuple(range(first, len(log.storages)))
        line = user_line()
        if trace.stack is not None:
            log.stacks[len(log.entries)] = trace.stack
            key.append(_LATE)
        log.entries.append(
            Entry(inferred, args, kwargs, outs, written, line, trace.errstate)
        )
    except BaseException:  # KeyboardInterrupt comes anywhere
        log.damaged = True
        raise
    if not size:
        size = inferred.outs[0].size if written is None else written.aval.size
    after_append(trace, size)
    return results[0] if inferred.container is None else inferred.container(results)


def target_read(trace: Trace, target: Array) -> Any:
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


def after_append(trace: Trace, size: int) -> None:
    """Cut the log where it has grown too long or holds too much."""
    trace.n_recorded += 1
    log = trace.log
    options = trace.options
    if len(log.entries) >= options.max_ops or log.nbytes >= options.max_pending_bytes:
        trace.cut()
    elif trace.is_block and trace.repeats():
        trace.flush()
    weigh(trace, size)
