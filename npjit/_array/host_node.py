"""Host nodes: calls that real NumPy runs at once, in the middle of a recording.

Their inputs are computed, the result is lifted. A call that may run anybody's Python
code is foreign (`npjit/_convert/foreign.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from npjit._array.array import (
    STAND_INS,
    Array,
    is_pending,
    lift_array,
    peek,
    real_of,
    settle_dirty,
)
from npjit._array.memory import adopt, owner_of
from npjit._array.storage import Storage
from npjit._chapters.registry import Operation
from npjit._diagnostics.events import Name
from npjit._graph.aval import DTYPES, aval_of
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import Reason

__all__ = [
    "Hand",
    "call_foreign",
    "direct",
    "has_stand_in",
    "host_node",
    "install_foreign",
    "is_plain",
    "lift_result",
    "real_copy",
    "weigh",
]

_NUMBERS = (float, int, complex, bool)


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
    """Count an operation's elements; stop a recording whose operations stay tiny."""
    trace.recent_size += size
    trace.countdown -= 1
    if not trace.countdown and trace.is_tiny():
        trace.stop()
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
    if reason is Reason.CALLS_PYTHON or not is_plain((*args, *kwargs.values())):
        return call_foreign(op.func, args, kwargs, op.name)
    line = user_line()
    # In a block, writes to arrays that are older than it are NumPy's to do.
    is_write = trace.open and reason is Reason.WRITES_BUFFER
    event: Name = "break" if is_write else "fallback"
    if reason is not Reason.VALUE_NEEDED:
        trace.tell(event, op.name, reason or Reason.NO_LOWERING, line, detail)
    elif any(type(x) in STAND_INS and is_pending(x) for x in args):
        trace.tell("break", op.name, reason, line)
    written = _written(op, args, kwargs)
    if written:
        trace.flush()
    hand = Hand(trace, written)
    real_args = tuple(hand.over(a) for a in args)
    real_kwargs = {k: hand.over(v) for k, v in kwargs.items()}
    func = op.func
    if op.spelling is not None:
        func, real_args = op.spelling(*real_args, **real_kwargs)
        real_kwargs = {}
    result = trace.engine.call(line, func, real_args, real_kwargs)
    back = hand.back(result)
    weigh(trace, max((real.size for _, real in hand.given.values()), default=0))
    return back


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
            real = self.to_write(obj) if id(obj) in self.written else peek(obj)
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
        real = peek(array)
        # The buffer becomes the truth, whatever XLA had.
        array._storage.value = None
        array._storage.version += 1
        return real

    def sync_buffer(self, a: np.ndarray) -> None:
        """A real array among the operands may be memory of a storage."""
        refs = self.trace.owners.get(id(owner_of(a)), ())
        for storage in [s for r in refs if (s := r()) is not None]:
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
#: `call_foreign` of npjit/_convert/foreign.py: calls code that may do anything.
_FOREIGN: Any = None


def call_foreign(func: Any, args: tuple, kwargs: dict, name: str | None = None) -> Any:
    """Call code that npjit does not know, with real arrays."""
    return _FOREIGN(func, args, kwargs, name)


def install_foreign(caller: Any) -> None:
    """Let `npjit/_convert/foreign.py` serve calls of unknown code."""
    global _FOREIGN
    _FOREIGN = caller
