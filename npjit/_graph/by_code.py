"""What is read from a code object, kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CodeType
from typing import TypeVar

__all__ = ["once_for_code"]

_T = TypeVar("_T")


class _ById:
    """A code object, compared by identity: hashing one takes microseconds."""

    __slots__ = ("code",)

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.code is self.code


def once_for_code(read: Callable[[CodeType], _T]) -> Callable[[CodeType], _T]:
    """The same function, its results kept."""

    @functools.lru_cache(maxsize=4096)
    def kept(key: _ById) -> _T:
        return read(key.code)

    return functools.wraps(read)(lambda code: kept(_ById(code)))
