"""Objects that are known by a number, and not kept alive by it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar
from weakref import ref

__all__ = ["WeakLists"]

_T = TypeVar("_T")


class _Ref(ref):
    __slots__ = ("key",)

    key: int


class WeakLists(Generic[_T]):
    """A list of living objects for each number.

    No Python code runs when one of them dies: Python lets nothing out of the callback
    of a weak reference, and an interrupt that came in it would be lost. The dead are
    noted, and forgotten when the next one is added or asked for.
    """

    def __init__(self) -> None:
        self._refs: dict[int, list[_Ref]] = {}
        self._dead: deque[_Ref] = deque()

    def add(self, key: int, x: _T) -> None:
        """Add an object to those of a number."""
        if self._dead:
            self._forget()
        new = _Ref(x, self._dead.append)
        new.key = key
        self._refs.setdefault(key, []).append(new)

    def of(self, key: int) -> list[_T]:
        """The living objects of a number."""
        refs = self._refs.get(key)
        return [x for r in refs if (x := r()) is not None] if refs else []

    def pop(self, key: int) -> None:
        """Forget those of a number."""
        self._refs.pop(key, None)

    def __contains__(self, key: int) -> bool:
        if self._dead:
            self._forget()
        return key in self._refs

    def __iter__(self) -> Iterator[_T]:
        """All living objects."""
        for key in list(self._refs):
            yield from self.of(key)

    def __len__(self) -> int:
        self._forget()
        return len(self._refs)

    def _forget(self) -> None:
        while self._dead:
            dead = self._dead.popleft()
            left = [r for r in self._refs.get(dead.key, ()) if r is not dead]
            if left:
                self._refs[dead.key] = left
            else:
                self._refs.pop(dead.key, None)
