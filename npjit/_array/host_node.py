"""Host nodes: calls that real NumPy runs at once, in the middle of a recording.

Their inputs are computed, the result is lifted. A call that may run anybody's Python
code is foreign (`npjit/_convert/foreign.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from npjit._array.array import (
    STAND_INS,
    Array,
    is_pending,
    lift_array,
    look,
    real_of,
    settle_dirty,
)
from npjit._array.memory import adopt, owner_of
from npjit._array.storage import Storage
from npjit._chapters.infer import noted_warnings
from npjit._chapters.registry import Operation
from npjit._diagnostics.events import Event, Name, emit
from npjit._graph.aval import DTYPES, aval_of
from npjit._graph.stack import unguarded_stack
from npjit._graph.trace import Line, Restart, Trace, current, location, user_line
from npjit.errors import ConcretizationError, Reason

__all__ = [
    "Hand",
    "are_plain",
    "call_at_line",
    "call_foreign",
    "call_on_numbers",
    "constant",
    "constants",
    "direct",
    "has_stand_in",
    "host_node",
    "install_foreign",
    "is_plain",
    "lift_result",
    "real_copy",
    "stop_if_in_vain",
    "weigh",
]

_NUMBERS = (float, int, complex, bool)
_REPORTING = (Reason.WARNS, Reason.ERRSTATE)


def direct(func: Any, args: tuple, kwargs: dict) -> Any:
    """The call on real arrays, outside any recording."""
    # Containers of the caller are not touched: copies hold the real arrays.
    real = tuple(real_copy(a) for a in args)
    named = {k: real_copy(v) for k, v in kwargs.items()}
    trace = current.trace or _trace_of((*args, *kwargs.values()))
    if trace is None or trace.stopped:
        return func(*real, **named)
    return trace.engine.call(user_line(), func, real, named)  # warnings tell the line


def _trace_of(items: Iterable[Any]) -> Trace | None:
    """That of a stand-in among arguments, in nested lists too."""
    for x in items:
        found = None
        if type(x) in STAND_INS:
            found = x._trace
        elif type(x) is list or type(x) is tuple:
            found = _trace_of(x)
        if found is not None:
            return found
    return None


def real_copy(obj: Any) -> Any:
    kind = type(obj)
    if kind in STAND_INS:
        return real_of(obj)
    if kind is list or kind is tuple:
        return kind(real_copy(item) for item in obj)
    return obj


def has_stand_in(obj: Any) -> bool:
    """Whether nested lists and tuples hold a stand-in."""
    if type(obj) in STAND_INS:
        return True
    if type(obj) is list or type(obj) is tuple:
        return any(map(has_stand_in, obj))
    return False


def weigh(trace: Trace, size: int) -> None:
    """Count an operation's elements; now and then look whether they stay tiny."""
    trace.recent_size += size
    trace.countdown -= 1
    if not trace.countdown:
        stop_if_in_vain(trace)


def stop_if_in_vain(trace: Trace) -> None:
    """Record no more if the last operations were too small to gain, or did not.

    The rest of the call takes some ten times as long as in plain NumPy, since it runs
    in converted code, if its operations are tiny. So the call is given up and made
    again, if nothing has happened that cannot be undone, and nobody is there to catch
    what is raised.

    Raises
    ------
    Restart
    """
    if trace.is_tiny():
        tape = trace.tape
        if tape is not None and tape.can_undo() and unguarded_stack(trace.bottom):
            trace.tell_stop()
            raise Restart
        trace.stop()
        settle_dirty(trace)
    elif trace.is_idle:
        trace.stop(Reason.SLOWER)
        settle_dirty(trace)


def host_node(
    trace: Trace,
    op: Operation,
    args: tuple,
    kwargs: dict,
    reason: Reason | None,
    detail: str = "",
) -> Any:
    """Run a call in NumPy at once and lift what it returns."""
    try:
        result = trace.instead(op, args, kwargs)
    except (TypeError, ValueError):  # JAX words it otherwise
        _call_on_zeros(trace, user_line(), op, args, kwargs)
        raise
    if result is not NotImplemented:
        return result
    if reason is Reason.CALLS_PYTHON or not is_plain((*args, *kwargs.values())):
        return call_foreign(op.func, args, kwargs, op.name)
    line = user_line()
    # In a block, writes to arrays that are older than it are NumPy's to do.
    is_write = trace.open and reason is Reason.WRITES_BUFFER
    event: Name = "break" if is_write else "fallback"
    if reason is Reason.SLOWER and trace.options.mode == "auto":
        # A choice of npjit's, as a tiny recording is: told, but no error.
        emit(Event("break", op.name, reason, *location(line), detail))
    elif reason is not Reason.VALUE_NEEDED:
        trace.tell(event, op.name, reason or Reason.NO_LOWERING, line, detail)
    elif any(type(x) in STAND_INS and is_pending(x) for x in args):
        trace.tell("break", op.name, reason, line)
    written = _written(op, args, kwargs)
    if written or reason in _REPORTING:  # after the warnings of what is pending
        trace.flush()
    hand = Hand(trace, written)
    try:
        real_args = tuple(hand.over(a) for a in args)
        real_kwargs = {k: hand.over(v) for k, v in kwargs.items()}
    except ConcretizationError:
        if reason is Reason.CAN_FAIL:
            _call_on_zeros(trace, line, op, args, kwargs)
        raise
    if trace.tape is not None:
        if reason is Reason.WARNS:
            trace.tape.fail(reason, op.name)
        trace.tape.calls(op.func, args, kwargs, written, op.spelling)
    func = op.func
    if op.spelling is not None:
        func, real_args = op.spelling(*real_args, **real_kwargs)
        real_kwargs = {}
    result = trace.engine.call(line, func, real_args, real_kwargs)
    back = hand.back(result)
    if trace.tape is not None:
        trace.tape.returns(result, back)
    weigh(trace, max((real.size for _, real in hand.given.values()), default=0))
    return back


def _call_on_zeros(
    trace: Trace, line: Line, op: Operation, args: tuple, kwargs: dict
) -> None:
    """Let NumPy raise what shapes and dtypes tell, where nobody knows the values."""
    zeros = tuple(map(_zeros_if_unknown, args))
    named = {k: _zeros_if_unknown(v) for k, v in kwargs.items()}
    func = op.func
    if op.spelling is not None:
        func, zeros = op.spelling(*zeros, **named)
        named = {}
    # An error that zeros alone make is no answer.
    with suppress(np.linalg.LinAlgError, ArithmeticError), np.errstate(all="ignore"):
        trace.engine.call(line, func, zeros, named)


def _zeros_if_unknown(x: Any) -> Any:
    if type(x) in STAND_INS:
        try:
            return look(x).copy()
        except ConcretizationError:
            return np.zeros(x._aval.shape, x._aval.dtype)
    if type(x) is list or type(x) is tuple:
        return type(x)(map(_zeros_if_unknown, x))
    return x.copy() if type(x) is np.ndarray else x


def call_at_line(trace: Trace, func: Any, args: tuple, kwargs: dict) -> Any:
    """Call a function of numbers, as if from the user's line.

    A replay does not call it again: so it must not have warned.
    """
    tape = trace.tape
    if tape is not None and tape.failure is None:
        state: Any = {k: "raise" for k, v in trace.errstate.items() if v != "ignore"}
        with np.errstate(**state), noted_warnings() as noted:
            try:
                result = func(*args, **kwargs)
            except FloatingPointError:
                noted.append("reported")
            except (ArithmeticError, TypeError, ValueError):
                if not noted:
                    raise
        if not noted:
            return result
        tape.fail(Reason.REPORTS, getattr(func, "__name__", "a number"))
    return trace.engine.call(user_line(), func, args, kwargs)


def call_on_numbers(trace: Trace, func: Any, args: tuple, kwargs: dict) -> Any:
    """Call a NumPy function that is given no array: what it makes is a leaf."""
    made = call_at_line(trace, func, args, kwargs)
    result = Hand(trace, []).back(made)
    if trace.tape is not None and has_stand_in(result):
        trace.tape.calls(func, args, kwargs, [])
        trace.tape.returns(made, result)
    return result


def constant(trace: Trace, a: np.ndarray) -> Any:
    """The stand-in of an array that npjit has made of numbers, the same at a replay."""
    result = lift_array(trace, a, external=False)
    if trace.tape is not None:
        trace.tape.calls(a.copy, (), {}, [])
        trace.tape.returns(a, result)
    return result


def constants(trace: Trace, arrays: Iterable[np.ndarray]) -> tuple[Any, ...]:
    """The stand-ins of such arrays."""
    return tuple([constant(trace, a) for a in arrays])


def _written(op: Operation, args: tuple, kwargs: dict) -> list[Array]:
    """The stand-ins a host call writes."""
    written = []
    out = kwargs.get("out")
    written += [o for o in (out if type(out) is tuple else (out,)) if type(o) is Array]
    written += [a for a in args[_places_written(op.func)] if type(a) is Array]
    if op.writes:
        try:
            bound, options = op.bind(*args, **kwargs)
        except TypeError:
            return written
        if op.writes_if and not options.get(op.writes_if):
            return written
        written += [a for a in bound[: len(op.writes)] if type(a) is Array]
        written += [a for k in op.writes if type(a := options.get(k)) is Array]
    return written


@lru_cache
def _places_written(func: Any) -> slice:
    """Where a call has what it writes, if that is given by position."""
    if isinstance(func, np.ufunc):
        return slice(func.nin, None)
    if isinstance(getattr(func, "__self__", None), np.ufunc) and func.__name__ == "at":
        return slice(1)
    try:
        names = list(inspect.signature(func).parameters)
    except (TypeError, ValueError):  # it has none
        names = []
    place = names.index("out") if "out" in names else len(names)
    return slice(place, place + 1)


class Hand:
    """Hands stand-ins over to a NumPy call, and takes its result back."""

    def __init__(self, trace: Trace, written: list[Array]):
        self.trace = trace
        self.written = {id(a) for a in written}
        self.given: dict[int, Any] = {}

    def over(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in STAND_INS:
            if obj._trace is not self.trace:
                return real_of(obj)
            real = self.to_write(obj) if id(obj) in self.written else look(obj)
            if type(real) is np.ndarray:
                self.given[id(real)] = (obj, real)
            return real
        if kind is list or kind is tuple:
            return kind(self.over(item) for item in obj)
        if kind is np.ndarray:
            self.sync_buffer(obj)
            self.given[id(obj)] = (obj, obj)  # an `out` is returned itself
        return obj

    def to_write(self, array: Array) -> np.ndarray:
        real = look(array)
        # The buffer becomes the truth, whatever XLA had.
        array._storage.value = None
        array._storage.version += 1
        return real

    def sync_buffer(self, a: np.ndarray) -> None:
        """A real array among the operands may be memory of a storage."""
        for storage in self.trace.owners.of(id(owner_of(a))):
            self.trace.flush()
            storage.settle()
            storage.value = None

    def back(self, result: Any) -> Any:
        kind = type(result)
        if kind is np.ndarray:
            if id(result) in self.given:
                return self.given[id(result)][0]
            return lift_result(self.trace, result)
        if kind is tuple or kind is list:
            return kind(self.back(item) for item in result)
        if isinstance(result, tuple) and hasattr(result, "_make"):  # np.linalg's
            return result._make(self.back(item) for item in result)
        return result


def lift_result(trace: Trace, a: np.ndarray) -> Any:
    """Lift what NumPy returned; nobody else holds it, so it may stay inside."""
    if a.dtype not in DTYPES or trace.direct:
        return a
    if a.base is None and id(a) not in trace.owners:
        storage = Storage(aval_of(a), a)
        adopt(trace, storage, a)
        return Array(trace, storage, storage.aval)
    # Memory that is no ndarray's, as of np.frombuffer, is seen by its owner.
    return lift_array(trace, a, external=owner_of(a).base is not None)


def are_plain(items: Collection[Any]) -> bool:
    """Whether NumPy, given these arguments, runs nobody's Python code."""
    return _PLAIN_OPERANDS.issuperset(map(type, items)) or all(map(is_plain, items))


def is_plain(obj: Any) -> bool:
    """Whether NumPy, given this argument, runs nobody's Python code."""
    kind = type(obj)
    if kind in STAND_INS or kind in _PLAIN_TYPES:
        return True
    if kind is np.ndarray:
        return not obj.dtype.hasobject
    if kind is list or kind is tuple:
        return _PLAIN_TYPES.issuperset(map(type, obj)) or all(map(is_plain, obj))
    if kind is slice:
        return is_plain((obj.start, obj.stop, obj.step))
    return isinstance(obj, (np.generic, np.dtype, type))


_PLAIN_TYPES = frozenset(
    {*_NUMBERS, str, bytes, range, type(...), np.ufunc, type(np.sum), type(len)}
    | {type(np._NoValue), type(None)}
)
_PLAIN_OPERANDS = STAND_INS | _PLAIN_TYPES
#: `call_foreign` of npjit/_convert/foreign.py: calls code that may do anything.
_FOREIGN: Any = None


def call_foreign(func: Any, args: tuple, kwargs: dict, name: str | None = None) -> Any:
    """Call code that npjit does not know, with real arrays."""
    return _FOREIGN(func, args, kwargs, name)


def install_foreign(caller: Any) -> None:
    """Let `npjit/_convert/foreign.py` serve calls of unknown code."""
    global _FOREIGN
    _FOREIGN = caller
