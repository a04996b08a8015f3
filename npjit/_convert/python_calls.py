"""What is called in place of a Python function: its conversion, most often.

A function of a library is converted only if arrays or the user's functions come along;
that is known when it is called.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

from npjit._chapters.registry import OPERATIONS
from npjit._convert import groups, questions
from npjit._convert.converter import Converted
from npjit._convert.foreign import (
    call_foreign,
    foreign,
    note_effect,
    note_function,
    refresh_errstate,
)
from npjit._convert.functions import converted, is_convertible
from npjit._convert.libraries import called_from_library, in_library, reaches
from npjit._convert.recorders import recorder
from npjit._graph.trace import current, user_line

__all__ = ["entered", "if_reached", "install_view", "is_border", "python_callee"]

_OWN: Final = __name__.partition(".")[0]


def python_callee(f: types.FunctionType) -> Any:
    """What to call in place of a function that is no method."""
    if f in OPERATIONS:
        return recorder(f)
    if f.__module__ == "warnings":
        return _about_warnings(f)
    if is_border(f):
        return if_reached(f, f)
    found = converted(f)
    if found is None:
        if f.__module__ != questions.__name__:  # npjit's own, without effects
            note_effect(f.__qualname__)
        if _is_left_alone(f):
            return f
        return _view(f) if is_convertible(f) else foreign(f)
    return entered(f, found)


def _about_warnings(f: types.FunctionType) -> Callable[..., Any]:
    """A function that says what becomes of warnings: of those to come, not earlier."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        if trace is None or trace.direct:
            return f(*args, **kwargs)
        note_effect(f"warnings.{f.__name__}")
        trace.flush()
        try:
            return f(*args, **kwargs)
        finally:
            refresh_errstate(trace)

    return run


def entered(f: types.FunctionType, found: Converted) -> types.FunctionType:
    """The conversion of a function that is going to be called."""
    trace = current.trace
    if trace is not None and trace.tape is not None:
        trace.tape.enters(f)
    if found.stores_nonlocal or found.stores_global:
        note_function(f, found.stores_global)
    return found.function


#: `viewed` of npjit/_convert/globals_view.py: calls functions that have no source.
_view: Callable[[types.FunctionType], Callable[..., Any]] = foreign


def install_view(viewed: Callable[[types.FunctionType], Callable[..., Any]]) -> None:
    """Let `npjit/_convert/globals_view.py` serve functions that have no source."""
    global _view
    _view = viewed


def is_border(f: types.FunctionType) -> bool:
    """Whether a call goes from the user's code into a library that may be converted."""
    if not in_library(f.__code__) or called_from_library() or not is_convertible(f):
        return False
    return f.__qualname__.partition(".")[0] not in groups.NUMPYS_CLASSES


def if_reached(f: types.FunctionType, called: Any) -> Callable[..., Any]:
    """A function or method of a library, converted if arrays come along."""

    def run(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        found = converted(f) if any(map(reaches, (called, *given))) else None
        trace = current.trace
        if found is None or trace is None or trace.direct:
            return call_foreign(called, args, kwargs)
        inside: Any = entered(f, found)
        if called is not f:
            inside = types.MethodType(inside, called.__self__)
        return trace.engine.call(user_line(), inside, args, kwargs)

    return run


def _is_left_alone(f: types.FunctionType) -> bool:
    """Whether a function looks at its caller's frame, or is npjit's own."""
    package = f.__globals__.get("__name__", "").partition(".")[0]
    return package == _OWN or f.__module__ in groups.FRAME_MODULES
