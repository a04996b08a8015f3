"""Objects that a block's names lead to, and that may hold stand-ins when it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from npjit._array.array import STAND_INS
from npjit._array.realize import may_hold
from npjit._convert.foreign import (
    note_attribute,
    note_class,
    note_container,
    note_function,
)

__all__ = ["note_reached"]

#: So many objects are looked at; beyond, stand-ins remain, and forward to their arrays.
_MAX_OBJECTS: Final = 100_000
_HEAP_TYPE: Final = 1 << 9  # a class that Python code may have defined
_CONTAINERS: Final = (list, tuple, set, frozenset, deque)
_LEAVES: Final = frozenset(
    {int, float, complex, bool, str, bytes, type(None), *STAND_INS}
)


def note_reached(roots: Iterable[Any]) -> None:
    """Note containers, attributes and functions that hold stand-ins.

    Parameters
    ----------
    roots : iterable
        What names are bound to.
    """
    seen: dict[int, Any] = {}
    queue = deque(roots)  # what is near first
    while queue and len(seen) < _MAX_OBJECTS:
        obj = queue.popleft()
        if type(obj) in _LEAVES or id(obj) in seen:
            continue
        seen[id(obj)] = obj
        if type(obj) is FunctionType:
            note_function(obj)
        elif isinstance(obj, type) and obj.__flags__ & _HEAP_TYPE:
            note_class(obj)
        elif may_hold(type(obj)):
            note_container(obj)
        queue += _inside(obj)


def _inside(obj: Any) -> Iterator[Any]:
    """What an object holds; its attributes are noted on the way."""
    if isinstance(obj, dict):
        yield from dict.values(obj)
    elif isinstance(obj, _CONTAINERS):
        yield from obj
    elif type(obj) is MethodType:
        yield obj.__self__
    elif type(obj) is FunctionType:
        yield from _cells(obj)
    elif isinstance(obj, type):
        yield from list(vars(obj).values())
    elif not isinstance(obj, ModuleType):
        for name, value in _attributes(obj):
            note_attribute(obj, name, value)
            yield value


def _cells(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # empty
            continue


def _attributes(obj: Any) -> Iterator[tuple[str, Any]]:
    """The attributes an object stores, in its dict or in slots."""
    held = getattr(obj, "__dict__", None)
    if isinstance(held, dict):
        yield from list(held.items())
    for cls in type(obj).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            member = cls.__dict__.get(name)
            if member is not None:
                try:
                    yield name, member.__get__(obj)
                except AttributeError:  # not set
                    continue
