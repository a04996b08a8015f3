"""The names that a frame's code can see, read and bound anew from outside."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, MutableMapping
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, Final

__all__ = ["FrameNames", "is_suspending", "names_of"]

# Flags of code objects; inspect, which names them, is slow to import.
_OPTIMIZED: Final = 0x1
_SUSPENDING: Final = 0x20 | 0x80 | 0x200  # of generators and coroutines
_MISSING: Final = object()
#: References to the copy of a frame's names if nobody else has it: the frame's, those
#: of two local variables, that of the question.
_REFS_OF_A_COPY: Final = 4


def is_suspending(code: CodeType) -> bool:
    """Whether frames of this code are left and entered again."""
    return bool(code.co_flags & _SUSPENDING)


@lru_cache(maxsize=1024)
def names_of(code: CodeType) -> frozenset[str]:
    """The global names, and attributes, of code and of the functions inside."""
    inner = (names_of(c) for c in code.co_consts if isinstance(c, CodeType))
    return frozenset(code.co_names).union(code.co_freevars, *inner)


class FrameNames:
    """The names a frame's code can see: its own, and the globals it mentions."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame
        self.names = names_of(frame.f_code)
        self.is_function = bool(frame.f_code.co_flags & _OPTIMIZED)

    def look_at_all_globals(self) -> None:
        """Count in the globals that the code does not mention, but for Python's own."""
        held = frozenset(self.frame.f_globals)
        self.names |= {name for name in held if not name.startswith("__")}

    def own(self) -> dict[str, Any]:
        """A copy of the names of the frame's own, those of closures among them."""
        names = self.frame.f_locals
        held = dict(names)
        self._forget(names)
        return held

    def values(self) -> Iterator[Any]:
        """What the names are bound to."""
        if self.is_function:
            yield from self.own().values()
        for namespace in self._namespaces():
            for name in self.names:
                if (value := namespace.get(name, _MISSING)) is not _MISSING:
                    yield value

    def replace(
        self, change: Callable[[Any], Any], in_globals: Callable[[Any], Any]
    ) -> None:
        """Bind names to what a function makes of their values, where that differs.

        Parameters
        ----------
        change, in_globals : callable
            For names of the frame's own, and for globals.
        """
        frame = self.frame
        if self.is_function:
            self._replace_fast(change)
        for namespace in self._namespaces():
            is_global = namespace is frame.f_globals
            for name in self.names:
                value = namespace.get(name, _MISSING)
                if value is not _MISSING:
                    new = (in_globals if is_global else change)(value)
                    if new is not value:
                        namespace[name] = new

    def _namespaces(self) -> list[MutableMapping[str, Any]]:
        frame = self.frame
        if self.is_function or frame.f_locals is frame.f_globals:
            return [frame.f_globals]
        own: Any = frame.f_locals
        return [own, frame.f_globals]

    def _replace_fast(self, change: Callable[[Any], Any]) -> None:
        names = self.frame.f_locals
        new = {
            name: made
            for name, value in list(names.items())
            if (made := change(value)) is not value
        }
        if new:
            names.update(new)
        if sys.version_info < (3, 13):  # `names` is a copy
            if new:
                write = ctypes.pythonapi.PyFrame_LocalsToFast
                write(ctypes.py_object(self.frame), ctypes.c_int(0))
            self._forget(names)

    def _forget(self, names: dict[str, Any]) -> None:
        """Empty a copy of the names, which would keep alive what they are bound to."""
        is_copy = self.is_function and sys.version_info < (3, 13)
        if is_copy and sys.getrefcount(names) <= _REFS_OF_A_COPY:
            names.clear()
