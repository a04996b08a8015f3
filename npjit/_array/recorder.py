"""Recording: from a NumPy call on stand-ins to an entry of the log.

Every way into npjit (operators, methods, `__array_ufunc__`, converted calls) ends in
`call(operation, args, kwargs)`. What cannot be recorded is a host node: see
`npjit/_array/host_node.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    Selection,
    is_pinned,
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
from npjit._array.index_operations import ASSIGN
from npjit._array.storage import Storage, copy_of
from npjit._chapters.infer import CACHE, Inferred, Weak, infer
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import DTYPES, Aval, aval_of, make_aval
from npjit._graph.keys import static_key
from npjit._graph.log import Entry, Log, Read
from npjit._graph.structure import ROOT
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import Reason, Unsupported

__all__ = ["QUIET", "Operands", "append", "call", "operands_of", "record"]

_WEAK = {float: Weak(float), int: Weak(int), complex: Weak(complex), bool: Weak(bool)}
_NUMBERS = frozenset(_WEAK)
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
    if trace is None or trace.direct:
        return direct(op.func, args, kwargs)
    if op.kind is Kind.UFUNC:
        result = _record_plain(trace, op, args, kwargs)
        if result is not _SLOW:
            return result
    if not (all(map(is_plain, args)) and all(map(is_plain, kwargs.values()))):
        return call_foreign(op.func, args, kwargs, op.name)
    if trace.selects:
        result = _SELECTOR.call(trace, op, args, kwargs)
        if result is not NotImplemented:
            return result
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
    if op.kind is Kind.CHECKED or (op.rule is np.where and len(bound) == 1):
        result = _CHECK(trace, op, bound, options)
        if not isinstance(result, Unsupported):
            return result
        # A method names its parameters otherwise than the function.
        return host_node(trace, op, args, kwargs, result.reason, result.detail)
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


def read_of(log: Log, x: Array | Scalar) -> Read:
    """The read of a stand-in's current version."""
    storage = x._storage
    if storage.visible and x._trace.open:
        return _read_of_copy(log, x)
    slot = storage.slot if storage.epoch == log.epoch else log.leaf(storage)
    x._read = read = Read(log.epoch, slot, x._structure, x._starts, x._offset, x._aval)
    return read


def _read_of_copy(log: Log, x: Array | Scalar) -> Read:
    """The read of what a buffer holds now: unconverted code may write it next."""
    a = copy_of(peek(x))
    storage = Storage(aval_of(a), a)
    return Read(log.epoch, log.leaf(storage), ROOT, (), 0, storage.aval)


def _is_plain(args: tuple, kwargs: dict) -> bool:
    """Whether no argument is, or holds, an array of this recording."""
    return not any(map(_holds_array, (*args, *kwargs.values())))


def _holds_array(obj: Any) -> bool:
    kind = type(obj)
    if kind is list or kind is tuple:
        return any(map(_holds_array, obj))
    return kind is np.ndarray or kind in STAND_INS


def _is_of_numbers(args: tuple, kwargs: dict) -> bool:
    """Whether a call is given numbers only, no array."""
    return bool(args) and all(map(_is_number, args)) and _is_plain((), kwargs)


def _is_number(x: Any) -> bool:
    """Whether an argument is a number of Python's or NumPy's, or a list of them."""
    kind = type(x)
    if kind is list or kind is tuple:
        return all(map(_is_number, x))
    return kind in _NUMBERS or (kind not in STAND_INS and isinstance(x, np.generic))


def _shell(obj: Any) -> Any:
    if type(obj) is Array:
        return shell_of(obj)
    if type(obj) in SCALARS:
        return obj.dtype.type(1)
    return obj


class Operands:
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
        if kind is Selection:
            return self.data(_SELECTOR.settle(x))
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
    if op.kind in _COMPUTING and _is_of_numbers(args, kwargs):
        made = trace.engine.call(user_line(), op.func, args, kwargs)
        return Hand(trace, []).back(made)
    if trace.errstate_reacts and op.kind is not Kind.CREATION:
        return host_node(trace, op, args, kwargs, Reason.ERRSTATE)
    if "out" in kwargs and op.kind in _COPIED and _is_copied(trace, op, args, kwargs):
        target = _target(kwargs["out"])
        result = record(trace, op, args, _without_out(kwargs))
        record(trace, ASSIGN, (result,), {"out": target})
        return target
    if op.unless is not None:
        reason = op.unless(args, kwargs)
        if reason is not None:
            return host_node(trace, op, args, kwargs, reason)
    target = None
    if "out" in kwargs:
        target = _target(kwargs["out"])
        if target is None or op.kind not in _INTO:
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
        if is_pinned(target) or not is_writeable(target):
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
    try:
        with trace.lock:
            operands = operands_of(trace, op, args, kwargs, target)
            result = append(trace, *operands, target)
    except _Stranger:
        args = tuple(_own(trace, x) for x in args)
        kwargs = {name: _own(trace, x) for name, x in kwargs.items()}
        return record(trace, op, args, kwargs)
    except Unsupported as error:
        failure = error
    else:
        return _checked(trace, op, args, kwargs, result) if op.can_fail else result
    return host_node(trace, op, args, kwargs, failure.reason, failure.detail)


def _without_out(kwargs: dict) -> dict:
    return {name: value for name, value in kwargs.items() if name != "out"}


def _is_copied(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> bool:
    """Whether a call's `out` is what its result would be, so that it may be copied.

    NumPy computes in the dtype of `out`; float16 is computed in another way there.
    """
    target = _target(kwargs["out"])
    if target is None or is_pinned(target) or not is_writeable(target):
        return False
    plain = _without_out(kwargs)
    if op.can_fail or (op.unless is not None and op.unless(args, plain) is not None):
        return False
    try:
        with trace.lock:
            inferred = operands_of(trace, op, args, plain, None)[0]
    except (Unsupported, _Stranger):
        return False
    aval, its = target._aval, inferred.outs[0]
    fits = (aval.shape, aval.dtype) == (its.shape, its.dtype)
    return fits and inferred.container is None and aval.dtype != np.float16


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


def operands_of(
    trace: Trace,
    op: Operation,
    args: tuple,
    kwargs: dict,
    target: Array | None,
    kind: type[Operands] = Operands,
) -> tuple[Inferred, tuple, dict, list]:
    """What is inferred of a call, and its operands for the log."""
    while True:
        log = trace.log
        operands = kind(trace)
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


def _positional(operands: Operands, op: Operation, args: tuple) -> tuple:
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


def _keywords(operands: Operands, op: Operation, kwargs: dict) -> tuple[dict, dict]:
    entry: dict[str, Any] = {}
    about: dict[str, Any] = {}
    for name, value in kwargs.items():
        if name == "where" and value is np._NoValue:  # as np.nanvar passes it on
            continue
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


def _check(
    inferred: Inferred, operands: Operands, args: tuple, target: Array | None
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


_VIEWER: Any = None


def install_viewer(viewer: Any) -> None:
    """Let `npjit/_array/view_functions.py` serve views and assembled arrays."""
    global _VIEWER
    _VIEWER = viewer


_SELECTOR: Any = None


def install_selector(selector: Any) -> None:
    """Let `npjit/_array/selection.py` serve calls of selections."""
    global _SELECTOR
    _SELECTOR = selector


_CHECK: Any = None


def install_checker(check: Any) -> None:
    """Let `npjit/_array/index_functions.py` serve functions of indices."""
    global _CHECK
    _CHECK = check
