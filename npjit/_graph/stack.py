"""The user's frames: where an operation stands, and who would see it fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType

from npjit._graph.trace import Line, is_own_frame

__all__ = ["Stack", "call", "is_copy", "is_trampoline", "unguarded_stack"]

#: The user's lines from the accelerated function to an operation.
Stack = tuple[Line, ...]


def call(func, args, kwargs):
    """Call a function: what runs in the frames that stand for a user's line."""
    return func(*args, **kwargs)


def is_trampoline(code: CodeType) -> bool:
    """Whether a code object is one of those, made by `npjit/_host/trampoline.py`."""
    return is_copy(code, call.__code__)


def is_copy(code: CodeType, original: CodeType) -> bool:
    """Whether a code object is another with other places, not with other names."""
    same_names = code.co_varnames == original.co_varnames
    return same_names and code.co_code == original.co_code


def unguarded_stack(bottom: CodeType | None) -> Stack | None:
    """The lines that lead to the operation under way, if no handler is active there.

    An error of the operation may then be raised later, as long as no handler becomes
    active: nobody could tell.

    Parameters
    ----------
    bottom : CodeType or None
        The code of npjit that called the user's function.

    Returns
    -------
    tuple of Line or None
        Outermost first; None if a ``try`` or ``with`` is active, or the bottom is not
        found.
    """
    lines: list[Line] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not bottom:
        if not (is_own_frame(frame) or is_trampoline(frame.f_code)):
            code, last = frame.f_code, frame.f_lasti
            if any(start <= last < end for start, end in _guarded(code)):
                return None
            lines.append((code, last, frame.f_globals))
        frame = frame.f_back
    return tuple(reversed(lines)) if frame is not None and lines else None


@lru_cache(maxsize=4096)
def _guarded(code: CodeType) -> tuple[tuple[int, int], ...]:
    """The ranges of instructions with a handler, in bytes.

    References
    ----------
    .. [1] CPython, Objects/exception_handling_notes.txt: the format of the table.
    """
    numbers = _numbers(code.co_exceptiontable)
    return tuple(
        (2 * start, 2 * (start + size))
        for start, size, _target, _depth in zip(*[numbers] * 4, strict=False)
    )


def _numbers(table: bytes) -> Iterator[int]:
    """Numbers of six bits a byte, the highest bits first; bit 6: more follow."""
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0
