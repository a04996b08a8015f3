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
from npjit._array.host_node import call_on_numbers, has_stand_in
from npjit._array.storage import Storage, copy_of
from npjit._chapters.infer import Inferred, Weak, infer
from npjit._chapters.registry import Kind, Operation
from npjit._graph.aval import DTYPES, aval_of, make_aval
from npjit._graph.keys import static_key
from npjit._graph.log import Log, Read, Value
from npjit._graph.structure import ROOT
from npjit._graph.trace import Trace
from npjit.errors import ConcretizationError, Reason, Unsupported

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
#: Up to here integers fit each dtype.
_SMALL: Final = 128
#: The kinds that write a number into what they make: a fill value, an `initial`.
_MAKING = frozenset({Kind.CREATION, Kind.REDUCTION})
#: The kinds of which a result is copied to an `out`.
_COPIED = frozenset({Kind.FUNCTION, Kind.REDUCTION})


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
    """The arguments of one call, as the log takes them.

    `key` tells this call from others of the operation; `numbers` have to be looked at
    by value.
    """

    __slots__ = ("key", "numbers", "reads", "trace")

    def __init__(self, trace: Trace):
        self.trace = trace
        self.key: list[Any] = []
        self.reads: list[Any] = []
        self.numbers: list[Any] = []

    def data(self, x: Any) -> Any:
        """An array-like argument.

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
            return read
        if kind in _NUMBERS:
            self.numbers.append(x)
            # NumPy raises for some negative powers, whatever their size.
            self.key.append(kind if kind is not int or x >= 0 else "negative")
            return self.trace.log.value(x)
        if kind is np.ndarray:
            lifted = lift_array(self.trace, x)
            if lifted is x:
                raise Unsupported(Reason.DTYPE, str(x.dtype))
            return self.data(lifted)
        if isinstance(x, np.generic) and x.dtype in DTYPES:
            self.numbers.append(x)
            # `x - n` and `n - x` of two scalars are not one program.
            self.key.append(("value", x.dtype))
            return self.trace.log.value(x)
        if x is None:
            self.key.append(None)
            return None
        if kind is list or kind is tuple:
            self.key.append(kind)
            return self.data(array_of(self.trace, x))
        if kind is Selection:
            return self.data(SERVERS.selector.settle(x))
        reason = Reason.SUBCLASS if isinstance(x, np.ndarray) else Reason.OBJECT
        raise Unsupported(reason, kind.__name__)

    def sequence(self, xs: Any) -> Any:
        """A sequence of arrays, opened."""
        if type(xs) not in (list, tuple):
            return self.data(xs)
        self.key.append(len(xs))
        return [self.data(x) for x in xs]

    def static(self, x: Any) -> Any:
        """An argument held by value."""
        try:
            x = peek(x) if type(x) in STAND_INS else x
            self.key.append(static_key(x))
        except ConcretizationError as error:  # a function of JAX's may take it
            raise Unsupported(error.reason or Reason.VALUE_NEEDED) from None
        except TypeError as error:
            raise Unsupported(Reason.PARAMETER, str(error)) from None
        return x


def array_of(trace: Trace, items: Any) -> Any:
    """The array NumPy makes of a list, stand-ins in it or not."""
    if has_stand_in(items):
        return SERVERS.viewer.assemble(trace, items, None)
    return call_on_numbers(trace, np.asarray, (items,), {})


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
            positional = _positional(operands, op, args)
            named = _keywords(operands, op, kwargs) if kwargs else {}
            key = tuple(operands.key)
            inferred = op.known.get(key)
            if inferred is None:
                about = op, key, args, kwargs
                inferred = _inferred(log, *about, positional, named, target)
            if inferred.reason is not None:
                raise Unsupported(inferred.reason)
            if operands.numbers:
                _check_numbers(inferred, operands.numbers, args, target)
        except Unsupported:
            del log.values[mark:]
            raise
        if trace.log is log:
            return inferred, positional, named, operands.reads
        # An operand's value was needed, or its memory overlaps: the log was cut.


def _inferred(
    log: Log,
    op: Operation,
    key: tuple,
    args: tuple,
    kwargs: dict,
    positional: tuple,
    named: dict,
    target: Array | None,
) -> Inferred:
    """What is known of a call that is met for the first time."""
    given = kwargs
    if target is not None and op.kind in _COPIED:  # whether it takes one is asked below
        given = {name: x for name, x in kwargs.items() if name != "out"}
    reason = None if op.unless is None else op.unless(args, given)
    if reason is not None:
        found = op.known[key] = Inferred(op, reason=reason)
        return found
    about = {name: _about(log, x) for name, x in named.items()}
    if target is not None:
        about["out"] = target._aval
    return infer(op, key, tuple(_about(log, x) for x in positional), about)


def _about(log: Log, operand: Any) -> Any:
    """What `infer` is told of an operand."""
    kind = type(operand)
    if kind is Read:
        return operand.aval
    if kind is Value:
        number = log.values[operand.index]
        known = _WEAK.get(type(number))
        return known or make_aval((), (), number.dtype, scalar=True)
    return [_about(log, x) for x in operand] if kind is list else operand


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
    found: list[Any] = []
    for x in args:
        kind = type(x)
        if kind is Array or kind in _NUMBERS:
            found.append(operands.data(x))
        elif op.nested and not found:
            found.append(operands.sequence(x))
        elif kind is str or isinstance(x, (type, np.dtype)):
            found.append(operands.static(x))
        else:
            found.append(operands.data(x))
    return tuple(found)


def _keywords(operands: Operands, op: Operation, kwargs: dict) -> dict:
    found: dict[str, Any] = {}
    for name, value in kwargs.items():
        if name == "where" and value is np._NoValue:  # as np.nanvar passes it on
            continue
        operands.key.append(name)
        if name == "out":
            target = target_of(value)
            assert target is not None
            operands.key.append(target._aval)
        elif name in op.data and value is not True:
            found[name] = operands.data(value)
        else:
            found[name] = operands.static(value)
    return found


def target_of(out: Any) -> Array | None:
    """The one stand-in that `out` names."""
    if type(out) is tuple and len(out) == 1:
        out = out[0]
    return out if type(out) is Array else None


def _check_numbers(
    inferred: Inferred, numbers: list, args: tuple, target: Array | None
) -> None:
    """Raise `Unsupported` where NumPy has to see the numbers themselves."""
    op, loop = inferred.op, inferred.loop
    is_stored = target is not None or op.kind in _MAKING or op.rule is np.full_like
    if not is_stored and int not in map(type, numbers):
        return
    pairs: Any = ()
    if loop is not None:
        pairs = zip(args, loop, strict=False)
    elif op.data:  # the numbers of others, as of x[i], are indices
        result = inferred.outs[0] if target is None else target._aval
        pairs = [(number, result.dtype) for number in numbers]
    for number, dtype in pairs:
        if type(number) is int and not _fits(number, dtype):
            raise Unsupported(Reason.PYTHON_INT, str(number))
        is_cut = is_stored and isinstance(number, _NOT_PLAIN_INTS)
        if is_cut and not _is_written(number, dtype):
            raise Unsupported(Reason.CAN_FAIL, str(number))


def _fits(number: int, dtype: np.dtype) -> bool:
    if 0 <= number < _SMALL:
        return True
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
