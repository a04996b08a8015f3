"""Special methods: which of them users have written, and calls of them."""

from __future__ import annotations

import types
from typing import Any

from npjit._array.array import STAND_INS, real_of
from npjit._convert.foreign import ask_class
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
    ask_class(cls, name)
    if cls in STAND_INS:
        return False
    return type(getattr(cls, name, None)) is types.FunctionType


def special(obj: Any, name: str, *args: Any) -> Any:
    """A method that an operator stands for, converted if Python code defines it."""
    method = getattr(type(obj), name, None)
    ask_class(type(obj), name)
    if method is None:
        return NotImplemented
    if defines(type(obj), name):
        return call_user(method, obj, *args)
    return method(obj, *args)


class _Answer:
    """What a user's method returned, for Python to accept or to refuse."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = real_of(value) if type(value) in STAND_INS else value


class _Truth(_Answer):
    __slots__ = ()

    def __bool__(self) -> bool:
        return self._value


class _Length(_Answer):
    __slots__ = ()

    def __len__(self) -> int:
        return self._value


_BY_METHOD = {"__bool__": _Truth, "__len__": _Length}


def truth(x: Any) -> bool:
    """The truth of a test."""
    if type(x) in PLAIN:
        return bool(x)
    for name, answer in _BY_METHOD.items():
        if defines(type(x), name):
            return bool(answer(special(x, name)))
        if hasattr(type(x), name):
            break
    return bool(x)
