"""Calls into NumPy that seem to come from the user's line.

NumPy attributes a warning to the Python frame that called it. So it is called from a
function whose code object bears the user's file and line, and whose globals are those
of the user's module (its `__warningregistry__` decides what is shown once).
"""

from __future__ import annotations

from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from npjit._graph.stack import call, is_copy
from npjit._graph.trace import Line, location

__all__ = ["call_at", "call_from", "is_stack"]


def _call_later(function, positional, named):  # other names: see `is_stack`
    return function(*positional, **named)


@lru_cache(maxsize=4096)
def _code_at(
    filename: str, lineno: int, name: str, code: CodeType = call.__code__
) -> CodeType:
    # One line for all instructions: an empty table leaves them at the first line.
    table = bytes([0b1_1101_000 | 7, 0]) * (len(code.co_code) // 16 + 1)
    return code.replace(
        co_filename=filename,
        co_firstlineno=lineno,
        co_name=name,
        co_qualname=name,
        co_linetable=table,
    )


def call_at(line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
    """`func(*args, **kwargs)`, as if called from a user's line."""
    code = line[0]
    filename, lineno = location(line)
    trampoline = _code_at(filename, lineno, code.co_name)
    return FunctionType(trampoline, line[2])(func, args, kwargs)


def call_from(stack: tuple[Line, ...], func: Any, args: tuple, kwargs: dict) -> Any:
    """`func(*args, **kwargs)`, as if called from a user's line, that from another.

    The frames stay in a traceback: the user's own are gone by then.
    """
    for line in reversed(stack):
        filename, lineno = location(line)
        code = _code_at(filename, lineno, line[0].co_name, _call_later.__code__)
        args, kwargs = (func, args, kwargs), {}
        func = FunctionType(code, line[2])
    return func(*args, **kwargs)


def is_stack(code: CodeType) -> bool:
    """Whether a code object stands for a frame of the user's."""
    return is_copy(code, _call_later.__code__)
