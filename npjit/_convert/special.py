"""Special methods: which of them users have written, and calls of them."""

from __future__ import annotations

import types
from typing import Any

from npjit._array.array import STAND_INS
from npjit._convert.groups import PLAIN
from npjit._convert.resolve import call_user
from npjit._graph.trace import Trace, current

__all__ = ["defines", "recording", "special", "truth"]


def recording() -> Trace | None:
    """The trace of this thread, if it records and does not run foreign code."""
    trace = current.trace
    return None if trace is None or trace.direct else trace


def defines(cls: type, name: str) -> bool:
    """Whether a user's Python code defines a special method of a class."""
    return type(getattr(cls, name, None)) is types.FunctionType and cls not in STAND_INS


def special(obj: Any, name: str, *args: Any) -> Any:
    """A method that an operator stands for, converted if Python code defines it."""
    method = getattr(type(obj), name, None)
    if method is None:
        return NotImplemented
    if defines(type(obj), name):
        return call_user(method, obj, *args)
    return method(obj, *args)


def truth(x: Any) -> bool:
    """The truth of a test."""
    if type(x) in PLAIN:
        return bool(x)
    for name in ("__bool__", "__len__"):
        if defines(type(x), name):
            return bool(special(x, name))
        if hasattr(type(x), name):
            break
    return bool(x)
