"""What is computed before code written in C runs: it sees buffers and real arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from npjit._array.array import STAND_INS, look, peek, sync
from npjit._convert import groups
from npjit._graph.trace import current

__all__ = ["look_into", "peek_into", "settle", "sync_for"]


def settle() -> None:
    """Compute what may raise, before something outside is changed."""
    trace = current.trace
    if trace is not None and not trace.direct:
        trace.settle()


def sync_for(objects: Any) -> None:
    """Bring buffers up to date: C code reads them, or asks a user's class that does."""
    trace = current.trace
    if trace is not None and not trace.direct and not groups.is_native(objects):
        if trace.tape is not None:
            trace.tape.shows(objects)
        sync(trace)


def look_into(x: Any) -> Any:
    """An argument with real arrays, for a call that the tape is told of."""
    return peek_into(x, look)


def peek_into(x: Any, real: Callable[[Any], Any] = peek) -> Any:
    """An argument with real arrays."""
    if type(x) in STAND_INS:
        return real(x)
    if type(x) in (list, tuple):
        return type(x)(peek_into(item, real) for item in x)
    return x
