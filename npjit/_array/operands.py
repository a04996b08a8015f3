"""The arguments of a call, for the log and for `infer`."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    Selection,
    lift,
    lift_array,
    peek,
    real_of,
)
from npjit._array.host_node import has_stand_in
from npjit._array.storage import Storage, copy_of
from npjit._chapters.infer import Inferred, Weak, infer
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import DTYPES, aval_of, make_aval
from npjit._graph.keys import static_key
from npjit._graph.log import Log, Read
from npjit._graph.structure import ROOT
from npjit._graph.trace import Trace
from npjit.errors import Reason, Unsupported

__all__ = [
    "SERVERS",
    "Operands",
    "Stranger",
    "array_of",
    "holds_no_array",
    "is_of_numbers",
    "operands_of",
    "own",
    "read_of",
    "target_of",
]


class _Servers:
    """What modules that stand on this one do for it.

    Attributes
    ----------
    viewer : object
        Views and assembled arrays: `npjit/_array/view_functions.py`.
    selector : object
        Calls of selections: `npjit/_array/selected_calls.py`.
    check : callable
        Functions of indices: `npjit/_array/index_functions.py`.
    """

    viewer: Any = None
    selector: Any = None
    check: Any = None


SERVERS: Final = _Servers()
_WEAK = {float: Weak(float), int: Weak(int), complex: Weak(complex), bool: Weak(bool)}
_NUMBERS = frozenset(_WEAK)
_NOT_PLAIN_INTS = (float, complex, np.number)
#: The kinds that write a number into what they make: a fill value, an `initial`.
_MAKING = frozenset({Kind.CREATION, Kind.REDUCTION})


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


def holds_no_array(args: tuple, kwargs: dict) -> bool:
    """Whether no argument is, or holds, an array of this recording."""
    return not any(map(_holds_array, (*args, *kwargs.values())))


def _holds_array(obj: Any) -> bool:
    kind = type(obj)
    if kind is list or kind is tuple:
        return any(map(_holds_array, obj))
    return kind is np.ndarray or kind in STAND_INS


def is_of_numbers(args: tuple, kwargs: dict) -> bool:
    """Whether a call is given numbers only, no array."""
    return bool(args) and all(map(_is_number, args)) and holds_no_array((), kwargs)


def _is_number(x: Any) -> bool:
    """Whether an argument is a number of Python's or NumPy's, or a list of them."""
    kind = type(x)
    if kind is list or kind is tuple:
        return all(map(_is_number, x))
    return kind in _NUMBERS or (kind not in STAND_INS and isinstance(x, np.generic))


class Operands:
    """The arguments of one call, for the log and for `infer`.

    `key` begins with what tells this call from others of the operation.
    """

    __slots__ = ("key", "numbers", "reads", "trace")

    def __init__(self, trace: Trace):
        self.trace = trace
        self.key: list[Any] = []
        self.reads: list[Any] = []
        self.numbers: list[Any] = []

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
                raise Stranger
            read = x._read
            log = self.trace.log
            if read.epoch != log.epoch:
                read = read_of(log, x)
            self.key.append(x._aval)
            self.reads.append(read)
            return read, x._aval
        if kind in _NUMBERS:
            self.numbers.append(x)
            self.key.append(kind)
            return self.trace.log.value(x), _WEAK[kind]
        if kind is np.ndarray:
            lifted = lift_array(self.trace, x)
            if lifted is x:
                raise Unsupported(Reason.DTYPE, str(x.dtype))
            return self.data(lifted)
        if isinstance(x, np.generic) and x.dtype in DTYPES:
            aval = make_aval((), (), x.dtype, scalar=True)
            self.numbers.append(x)
            # `x - n` and `n - x` of two scalars are not one program.
            self.key.append(("value", aval))
            return self.trace.log.value(x), aval
        if x is None:
            self.key.append(None)
            return None, None
        if kind is list or kind is tuple:
            return self.data(array_of(self.trace, x))
        if kind is Selection:
            return self.data(SERVERS.selector.settle(x))
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
        return SERVERS.viewer.assemble(trace, items, None)
    return lift_array(trace, np.asarray(items), external=False)


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


class Stranger(Exception):
    """A stand-in of another recording; its lock is not waited for under ours."""


def own(trace: Trace, obj: Any) -> Any:
    """An argument without stand-ins of other recordings."""
    kind = type(obj)
    if kind in STAND_INS:
        return obj if obj._trace is trace else lift(real_of(obj))
    if kind is list or kind is tuple:
        return kind(own(trace, item) for item in obj)
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
            target = target_of(value)
            assert target is not None
            operands.key.append(target._aval)
            about[name] = target._aval
        elif name in op.data and value is not True:
            entry[name], about[name] = operands.data(value)
        else:
            entry[name] = about[name] = operands.static(value)
    return entry, about


def target_of(out: Any) -> Array | None:
    """The one stand-in that `out` names."""
    if type(out) is tuple and len(out) == 1:
        out = out[0]
    return out if type(out) is Array else None


def _check(
    inferred: Inferred, operands: Operands, args: tuple, target: Array | None
) -> None:
    """Raise `Unsupported` where NumPy has to see the call itself."""
    if inferred.reason is not None:
        raise Unsupported(inferred.reason)
    if not operands.numbers:
        return
    pairs: Any = ()
    if inferred.loop is not None:
        pairs = zip(args, inferred.loop, strict=False)
    elif inferred.op.data:  # the numbers of others, as of x[i], are indices
        result = inferred.outs[0] if target is None else target._aval
        pairs = [(number, result.dtype) for number in operands.numbers]
    for arg, dtype in pairs:
        if type(arg) is int and not _fits(arg, dtype):
            raise Unsupported(Reason.PYTHON_INT, str(arg))
        is_bad = isinstance(arg, _NOT_PLAIN_INTS) and not _is_written(arg, dtype)
        is_stored = target is not None or inferred.op.kind in _MAKING
        if is_bad and (is_stored or inferred.op.rule is np.full_like):
            raise Unsupported(Reason.CAN_FAIL, str(arg))


def _fits(number: int, dtype: np.dtype) -> bool:
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return info.min <= number <= info.max
    # Beyond 2**53 the way from int to float is NumPy's own business.
    return abs(number) <= 2**53


def _is_written(number: Any, dtype: np.dtype) -> bool:
    """Whether NumPy writes a number into a dtype without a word."""
    if dtype.kind not in "iuf":
        return True
    if isinstance(number, (complex, np.complexfloating)):
        return False
    is_cut = dtype.kind != "f"
    return not is_cut or (math.isfinite(number) and _fits(int(number), dtype))
