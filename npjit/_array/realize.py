"""Real arrays in the place of stand-ins, inside the containers that hold them.

Nothing here recurses: user data nests as deeply as it likes.
"""

from __future__ import annotations

import gc
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from types import GeneratorType, SimpleNamespace
from typing import Any

from npjit._array.array import STAND_INS, SUBSTITUTES, real_of
from npjit._array.extract import Extract

__all__ = ["Realizer", "may_hold", "realize"]

# Iterators: what they go through is theirs, not a copy.
_ITERATORS = (
    *map(type, (iter([]), reversed([]), iter(deque()), iter(()))),
    *map(type, (iter({}), iter({}.values()), iter({}.items()))),
    *(zip, enumerate, itertools.chain, itertools.islice, itertools.pairwise),
    *(itertools.cycle, itertools.zip_longest),
)
_MUTABLE = (list, dict, set, deque, partial, SimpleNamespace, BaseException)
_LOOKED_INTO = (tuple, frozenset, GeneratorType, *_ITERATORS, *_MUTABLE)
_REPLACED = STAND_INS | {Extract}
_may_hold_types: dict[type, bool] = {}


def realize(obj: Any) -> Any:
    """Stand-ins in nested lists, tuples and dicts replaced by what they stand for.

    Parameters
    ----------
    obj : object

    Returns
    -------
    object
        Lists and dicts are changed in place and keep their identity; a tuple is rebuilt
        only if it holds a stand-in; other objects are returned as they are.
    """
    return Realizer(real_of).of(obj)


def may_hold(kind: type) -> bool:
    """Whether a class is that of stand-ins, or of containers that are looked into."""
    found = _may_hold_types.get(kind)
    if found is None:
        found = issubclass(kind, _LOOKED_INTO)
        found = found or kind in _REPLACED or kind in SUBSTITUTES
        if not kind.__flags__ & _HEAP_TYPE:  # a user's class may go away
            _may_hold_types[kind] = found
    return found


_HEAP_TYPE = 1 << 9


class Realizer:
    """Replaces stand-ins in containers, each container once.

    Parameters
    ----------
    real : callable
        What to put in place of a stand-in; it may return the stand-in itself.
    """

    def __init__(self, real: Callable[[Any], Any]) -> None:
        self.real = real
        self.seen: dict[int, Any] = {}  # id -> container, so that no id is used twice
        self.rebuilt: dict[int, tuple[Any, Any]] = {}  # id -> immutable, its successor
        self.pending: list[Any] = []
        self.generators: list[GeneratorType] = []  # met, and not looked into

    def of(self, obj: Any) -> Any:
        """What takes the place of an object: usually the object, changed inside."""
        if not may_hold(type(obj)):
            return obj
        new = self._of(obj)
        while self.pending:
            self._inside(self.pending.pop())
        return new

    def _of(self, obj: Any) -> Any:
        kind = type(obj)
        if not may_hold(kind):
            return obj
        if kind in _REPLACED:
            return self.real(obj)
        if kind in SUBSTITUTES:
            return obj.__npjit_original__
        if isinstance(obj, (tuple, frozenset)):
            return self._immutable(obj)
        if id(obj) not in self.seen:
            self.seen[id(obj)] = obj
            self.pending.append(obj)
        return obj

    def _immutable(self, obj: Any) -> Any:
        """A tuple or frozenset, rebuilt from the innermost outwards where needed."""
        stack = [obj]
        while stack:
            top = stack[-1]
            inner = [
                item
                for item in top
                if isinstance(item, (tuple, frozenset)) and id(item) not in self.rebuilt
            ]
            if inner:
                stack += inner
            else:
                self.rebuilt[id(top)] = top, self._rebuilt(top)
                stack.pop()
        return self.rebuilt[id(obj)][1]

    def _rebuilt(self, obj: Any) -> Any:
        old = list(obj)
        new = [
            self.rebuilt[id(item)][1]
            if isinstance(item, (tuple, frozenset))
            else self._of(item)
            for item in old
        ]
        if all(a is b for a, b in zip(new, old, strict=True)):
            return obj
        # Not type(obj)(new): a user's class may ask for other arguments.
        base = tuple if isinstance(obj, tuple) else frozenset
        made = base.__new__(type(obj), new)
        if hasattr(obj, "__dict__"):
            # Shared: who gets `made` may set attributes.
            object.__setattr__(made, "__dict__", obj.__dict__)
            self._inside_dict(made.__dict__)
        return made

    def _inside(self, obj: Any) -> None:
        """Replace in place what a mutable container holds."""
        if isinstance(obj, BaseException):
            self._inside_error(obj)
        elif isinstance(obj, GeneratorType):
            self.generators.append(obj)
        elif isinstance(obj, _ITERATORS):
            for held in gc.get_referents(obj):
                self._of(held)
        elif isinstance(obj, partial):
            self._inside_partial(obj)
        elif isinstance(obj, SimpleNamespace):
            self._inside_dict(obj.__dict__)
        elif isinstance(obj, dict):
            self._inside_dict(obj)
        elif isinstance(obj, set):
            self._inside_set(obj)
        else:
            self._inside_sequence(obj)

    # The methods of list and dict themselves: a user's class may have others.

    def _inside_sequence(self, obj: Any) -> None:
        kind = list if isinstance(obj, list) else deque
        items = list(kind.__iter__(obj))
        if not any(map(may_hold, set(map(type, items)))):
            return
        for i, item in enumerate(items):
            new = self._of(item)
            if new is not item:
                kind.__setitem__(obj, i, new)

    def _inside_dict(self, obj: dict) -> None:
        kind = OrderedDict if isinstance(obj, OrderedDict) else dict
        items = list(kind.items(obj))
        keys = [self._of(key) for key, _ in items]
        renamed = any(new is not key for new, (key, _) in zip(keys, items, strict=True))
        if renamed:
            kind.clear(obj)  # all are set anew, so that they keep their order
        for key, (_, value) in zip(keys, items, strict=True):
            new = self._of(value)
            if renamed or new is not value:
                kind.__setitem__(obj, key, new)

    def _inside_set(self, obj: set) -> None:
        held = [x for x in obj if may_hold(type(x))]
        new = list(map(self._of, held))
        if any(a is not b for a, b in zip(new, held, strict=True)):
            set.difference_update(obj, held)
            set.update(obj, new)

    def _inside_partial(self, obj: Any) -> None:
        args, keywords = self._of(obj.args), dict(obj.keywords)
        self._inside_dict(keywords)
        changed = any(keywords[k] is not v for k, v in obj.keywords.items())
        if changed or args is not obj.args:
            obj.__setstate__((obj.func, args, keywords, obj.__dict__))

    def _inside_error(self, obj: BaseException) -> None:
        """An exception's arguments and attributes, and the exceptions it came from."""
        args = self._of(obj.args)
        if args is not obj.args:
            obj.args = args
        self._inside_dict(obj.__dict__)
        self._of(obj.__cause__)
        self._of(obj.__context__)
