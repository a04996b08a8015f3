"""Recording: from a NumPy call on stand-ins to an entry of the log.

Every way into npjit (operators, methods, `__array_ufunc__`, converted calls) ends in
`call(operation, args, kwargs)`. What cannot be recorded is a host node: see
`npjit/_array/host_node.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    lift,
    lift_array,
    make_fresh,
    peek,
    real_of,
    shell_of,
)
from npjit._array.host_node import (
    Hand,
    call_foreign,
    direct,
    has_stand_in,
    host_node,
    is_plain,
    weigh,
)
from npjit._chapters.infer import CACHE, Inferred, Weak, infer
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import DTYPES, make_aval
from npjit._graph.keys import static_key
from npjit._graph.log import Entry, Log, Read
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import Reason, Unsupported

__all__ = ["QUIET", "append", "call", "record"]

_WEAK = {float: Weak(float), int: Weak(int), complex: Weak(complex), bool: Weak(bool)}
_NUMBERS = frozenset(_WEAK)
#: The kinds whose `out` is recorded; a reduction's changes its loop.
_INTO = frozenset({Kind.UFUNC, Kind.WRITE})
#: The kinds that run in NumPy when they come here.
_IN_NUMPY = frozenset({Kind.HOST, Kind.LEAF, Kind.COMPOSED})
#: The kinds that, given no array, make one of Python objects: a leaf, no fallback.
_OF_NUMBERS = frozenset({Kind.LEAF, Kind.VIEW})
#: Errstate modes other than these are reactions that only NumPy can give.
QUIET = frozenset({"ignore", "warn"})


def call(op: Operation, args: tuple, kwargs: dict) -> Any:
    """What `op.func(*args, **kwargs)` returns, recorded if possible."""
    trace = current.trace
    if trace is None or trace.direct:
        return direct(op.func, args, kwargs)
    if op.kind is Kind.UFUNC:
        result = _record_plain(trace, op, args, kwargs)
        if result is not _SLOW:
            return result
    if not (all(map(is_plain, args)) and all(map(is_plain, kwargs.values()))):
        return call_foreign(op.func, args, kwargs, op.name)
    if op.kind in _OF_NUMBERS and _is_plain(args, kwargs):
        made = trace.engine.call(user_line(), op.func, args, kwargs)
        return Hand(trace, []).back(made)
    if op.kind in _IN_NUMPY:
        return host_node(trace, op, args, kwargs, op.reason)
    if op.kind is Kind.METADATA:
        return op.func(*map(_shell, args), **{k: _shell(v) for k, v in kwargs.items()})
    try:
        bound, options = op.bind(*args, **kwargs)
    except TypeError:  # NumPy words it as its users know it
        return host_node(trace, op, args, kwargs, Reason.PARAMETER)
    if op.kind is Kind.VIEW:
        return _VIEWER.view(trace, op, bound, options)
    result = record(trace, op, bound, options)
    return None if op.kind is Kind.WRITE else result


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
        target = _target(kwargs.get("out"))
        if target is None or len(kwargs) > 1 or target._trace is not trace:
            return _SLOW
        if target._storage.pinned or not is_writeable(target):
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


def read_of(log: Log, x: Array | Scalar) -> Read:
    """The read of a stand-in's current version."""
    storage = x._storage
    slot = storage.slot if storage.epoch == log.epoch else log.leaf(storage)
    x._read = read = Read(log.epoch, slot, x._structure, x._starts, x._offset, x._aval)
    return read


def _is_plain(args: tuple, kwargs: dict) -> bool:
    """Whether no argument is, or holds, an array of this recording."""
    given = [*args, *kwargs.values()]
    return not has_stand_in(given) and np.ndarray not in map(type, given)


def _shell(obj: Any) -> Any:
    if type(obj) is Array:
        return shell_of(obj)
    if type(obj) in SCALARS:
        return obj.dtype.type(1)
    return obj


class _Operands:
    """The arguments of one call, for the log and for `infer`.

    `key` begins with what tells this call from others of the operation.
    """

    __slots__ = ("key", "reads", "trace", "weak_ints")

    def __init__(self, trace: Trace):
        self.trace = trace
        self.key: list[Any] = []
        self.reads: list[Any] = []
        self.weak_ints: list[int] = []

    def data(self, x: Any) -> tuple[Any, Any]:
        """(operand of the log, argument of infer) of an array-like argument.

        Raises
        ------
        Unsupported
            If it is none that can be recorded.
        """
        kind = type(x)
        if kind is Array or kind in SCALARS:
            if x._trace is not self.trace:
                raise _Stranger
            read = x._read
            log = self.trace.log
            if read.epoch != log.epoch:
                read = read_of(log, x)
            self.key.append(x._aval)
            self.reads.append(read)
            return read, x._aval
        if kind in _NUMBERS:
            if kind is int:
                self.weak_ints.append(x)
            self.key.append(kind)
            return self.trace.log.value(x), _WEAK[kind]
        if kind is np.ndarray:
            lifted = lift_array(self.trace, x)
            if lifted is x:
                raise Unsupported(Reason.DTYPE, str(x.dtype))
            return self.data(lifted)
        if isinstance(x, np.generic) and x.dtype in DTYPES:
            aval = make_aval((), (), x.dtype, scalar=True)
            self.key.append(aval)
            return self.trace.log.value(x), aval
        if x is None:
            self.key.append(None)
            return None, None
        if kind is list or kind is tuple:
            return self.data(array_of(self.trace, x))
        reason = Reason.SUBCLASS if isinstance(x, np.ndarray) else Reason.OBJECT
        raise Unsupported(reason, kind.__name__)

    def sequence(self, xs: Any) -> tuple[Any, Any]:
        """The same of a sequence of arrays, opened."""
        if type(xs) not in (list, tuple):
            return self.data(xs)
        self.key.append(len(xs))
        pairs = [self.data(x) for x in xs]
        return [p[0] for p in pairs], [p[1] for p in pairs]

    def static(self, x: Any) -> Any:
        if type(x) in STAND_INS:
            x = peek(x)
        try:
            self.key.append(static_key(x))
        except TypeError as error:
            raise Unsupported(Reason.PARAMETER, str(error)) from None
        return x


def array_of(trace: Trace, items: Any) -> Any:
    """The array NumPy makes of a list, stand-ins in it or not."""
    if has_stand_in(items):
        return _VIEWER.assemble(trace, items, None)
    return lift_array(trace, np.asarray(items), external=False)


def record(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    """Append a call to the log; `args` and `kwargs` are bound.

    Returns
    -------
    Array, Scalar, or a tuple or list of them
        The target itself if there is an `out`.
    """
    if trace.errstate_reacts and op.kind is not Kind.CREATION:
        return host_node(trace, op, args, kwargs, Reason.ERRSTATE)
    if op.unless is not None:
        reason = op.unless(args, kwargs)
        if reason is not None:
            return host_node(trace, op, args, kwargs, reason)
    target = None
    if "out" in kwargs:
        target = _target(kwargs["out"])
        if target is None or op.kind not in _INTO:
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
        if target._storage.pinned or not is_writeable(target):
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
    try:
        with trace.lock:
            return append(trace, *_operands_of(trace, op, args, kwargs, target), target)
    except _Stranger:
        args = tuple(_own(trace, x) for x in args)
        kwargs = {name: _own(trace, x) for name, x in kwargs.items()}
        return record(trace, op, args, kwargs)
    except Unsupported as error:
        failure = error
    return host_node(trace, op, args, kwargs, failure.reason, failure.detail)


def _operands_of(
    trace: Trace, op: Operation, args: tuple, kwargs: dict, target: Array | None
) -> tuple[Inferred, tuple, dict, list]:
    """What is inferred of a call, and its operands for the log."""
    while True:
        log = trace.log
        operands = _Operands(trace)
        mark = len(log.values)
        try:
            entry_args, infer_args = _positional(operands, op, args)
            entry_kwargs, infer_kwargs = _keywords(operands, op, kwargs)
            inferred = infer(op, tuple(operands.key), infer_args, infer_kwargs)
            _check(inferred, operands, args, target)
        except Unsupported:
            del log.values[mark:]
            raise
        if trace.log is log:
            return inferred, tuple(entry_args), entry_kwargs, operands.reads
        # An operand's value was needed, or its memory overlaps: the log was cut.


class _Stranger(Exception):
    """A stand-in of another recording; its lock is not waited for under ours."""


def _own(trace: Trace, obj: Any) -> Any:
    """An argument without stand-ins of other recordings."""
    kind = type(obj)
    if kind in STAND_INS:
        return obj if obj._trace is trace else lift(real_of(obj))
    if kind is list or kind is tuple:
        return kind(_own(trace, item) for item in obj)
    return obj


def _positional(operands: _Operands, op: Operation, args: tuple) -> tuple:
    """Positional arguments: arrays and lists of them; subscripts and dtypes."""
    entry: list[Any] = []
    about: list[Any] = []
    for i, arg in enumerate(args):
        if type(arg) is str or isinstance(arg, (type, np.dtype)):
            read = of = operands.static(arg)
        elif op.nested and i == 0:
            read, of = operands.sequence(arg)
        else:
            read, of = operands.data(arg)
        entry.append(read)
        about.append(of)
    return entry, tuple(about)


def _keywords(operands: _Operands, op: Operation, kwargs: dict) -> tuple[dict, dict]:
    entry: dict[str, Any] = {}
    about: dict[str, Any] = {}
    for name, value in kwargs.items():
        operands.key.append(name)
        if name == "out":
            target = _target(value)
            assert target is not None
            operands.key.append(target._aval)
            about[name] = target._aval
        elif name in op.data and value is not True:
            entry[name], about[name] = operands.data(value)
        else:
            entry[name] = about[name] = operands.static(value)
    return entry, about


def _target(out: Any) -> Array | None:
    """The one stand-in that `out` names."""
    if type(out) is tuple and len(out) == 1:
        out = out[0]
    return out if type(out) is Array else None


def is_writeable(array: Array) -> bool:
    """Whether NumPy would let the array be written."""
    if array._real is not None:
        return array._real.flags.writeable
    if array._readonly:
        return False
    buffer = array._storage.buffer
    return buffer is None or not array._storage.external or buffer.flags.writeable


def _check(
    inferred: Inferred, operands: _Operands, args: tuple, target: Array | None
) -> None:
    """Raise `Unsupported` where NumPy has to see the call itself."""
    if inferred.reason is not None:
        raise Unsupported(inferred.reason)
    if not operands.weak_ints:
        return
    pairs: Any = ()
    if inferred.loop is not None:
        pairs = zip(args, inferred.loop, strict=False)
    elif inferred.op.data:  # the numbers of others, as of x[i], are indices
        result = inferred.outs[0] if target is None else target._aval
        pairs = [(number, result.dtype) for number in operands.weak_ints]
    for arg, dtype in pairs:
        if type(arg) is int and not _fits(arg, dtype):
            raise Unsupported(Reason.PYTHON_INT, str(arg))


def _fits(number: int, dtype: np.dtype) -> bool:
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return info.min <= number <= info.max
    # Beyond 2**53 the way from int to float is NumPy's own business.
    return abs(number) <= 2**53


def append(
    trace: Trace,
    inferred: Inferred,
    args: tuple,
    kwargs: dict,
    reads: list,
    target: Array | None,
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
        outs: tuple[int, ...] = ()
        if target is not None:
            written = target_read(trace, target)
            log.use(written)
            results = (target,)
        elif len(inferred.outs) == 1:
            results = (make_fresh(trace, inferred.outs[0]),)
            outs = (results[0]._storage.slot,)
        else:
            results = [make_fresh(trace, aval) for aval in inferred.outs]
            outs = tuple(r._storage.slot for r in results)
        line = user_line()
        log.entries.append(
            Entry(inferred, args, kwargs, outs, written, line, trace.errstate)
        )
    except BaseException:  # KeyboardInterrupt comes anywhere
        log.damaged = True
        raise
    after_append(trace, size or results[0]._aval.size)
    return results[0] if inferred.container is None else inferred.container(results)


def target_read(trace: Trace, target: Array) -> Any:
    """The read that a write goes to; marks the storage as written."""
    log = trace.log
    storage = target._storage
    read = target._read
    if read.epoch != log.epoch:
        read = read_of(log, target)
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
    weigh(trace, size)


_VIEWER: Any = None


def install_viewer(viewer: Any) -> None:
    """Let `npjit/_array/view_functions.py` serve views and assembled arrays."""
    global _VIEWER
    _VIEWER = viewer
