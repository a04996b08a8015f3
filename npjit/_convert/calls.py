"""Calls, definitions and `with`: how converted code enters other code."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, STAND_INS, lift, real_of
from npjit._convert.attributes import load_attr, read_attr
from npjit._convert.foreign import (
    call_foreign,
    note_class,
    note_effect,
    note_function,
    prepare,
    refresh_errstate,
)
from npjit._convert.groups import NATIVE_MANAGERS, PLAIN, is_native
from npjit._convert.iteration import iterate
from npjit._convert.resolve import call_user, resolve
from npjit._convert.special import recording
from npjit._convert.up_to_date import sync_for

__all__ = [
    "define",
    "define_class",
    "enter",
    "hashed",
    "resolve_method",
    "shown",
    "spread",
]


def resolve_method(obj: Any, name: str) -> Any:
    """What to call in place of `obj.name`."""
    kind = type(obj)
    if kind in STAND_INS:
        return getattr(obj, name)
    if recording() is None:
        return getattr(obj, name)
    if kind in PLAIN:
        return resolve(read_attr(obj, name) if kind in _WATCHED else getattr(obj, name))
    return resolve(load_attr(obj, name))


#: Of plain types, those whose attributes somebody may set.
_WATCHED: Final = frozenset({types.ModuleType, types.FunctionType, type})


def spread(it: Any) -> Any:
    """`*it` or `**it` in a call."""
    kind = type(it)
    if kind in SCALARS:
        return real_of(it)  # Python says that it cannot be spread
    if recording() is None:
        return it
    if kind is list or kind is tuple:
        return list(map(lift, it))
    if kind is dict:
        return {name: lift(value) for name, value in it.items()}
    if kind in PLAIN:
        return it
    if hasattr(kind, "keys"):  # `*it` or `**it`: nobody knows
        sync_for(it)
        return it
    return iterate(it, None)


def define(function: Any) -> Any:
    """A nested function: what its cells hold is real once the call has ended."""
    if type(function) is types.FunctionType:
        trace = recording()
        if trace is not None and trace.tape is not None:
            trace.tape.defines(function)
        if function.__closure__ or function.__defaults__:
            note_function(function)
    return function


def define_class() -> Callable[[Any], Any]:
    """What decorates a class; its body, which is going to run, is not converted."""
    trace = recording()
    if trace is None:
        return _same
    prepare(trace)
    return _note_class


def _same(defined: Any) -> Any:
    return defined


def _note_class(defined: Any) -> Any:
    if isinstance(defined, type):
        note_class(defined)
    return defined


def enter(manager: Any) -> Any:
    """A context manager, entered and left as converted or foreign code."""
    trace = recording()
    if trace is None:
        return manager
    trace.settle()
    if isinstance(manager, NATIVE_MANAGERS):
        note_effect("a lock or a file")
        return manager
    kind = type(manager)
    if not hasattr(kind, "__enter__") or hasattr(kind, "__npjit_block__"):
        return manager  # Python says what is wrong with it; a block looks for its frame
    return _Manager(manager)


class _Manager:
    """Stands for the context manager in a `with` statement."""

    __slots__ = ("manager",)

    def __init__(self, manager: Any):
        self.manager = manager

    def __enter__(self) -> Any:
        return lift(self._run("__enter__", ()))

    def __exit__(self, *about: Any) -> Any:
        return self._run("__exit__", about)

    def _run(self, name: str, args: tuple) -> Any:
        manager, trace = self.manager, recording()
        kind = type(manager)
        method = getattr(kind, name)
        if trace is None:
            return method(manager, *args)
        if kind is np.errstate:
            result = method(manager, *args)
            refresh_errstate(trace)
            return result
        if type(method) is types.FunctionType:
            return call_user(method, manager, *args)
        return call_foreign(method, (manager, *args), {}, f"{kind.__name__}.{name}")


class _Shown:
    """Stands for an object that Python code is going to describe."""

    __slots__ = ("obj",)

    def __init__(self, obj: Any):
        self.obj = obj

    def __format__(self, spec: str) -> str:
        return call_foreign(format, (self.obj, spec), {})

    def __str__(self) -> str:
        return call_foreign(str, (self.obj,), {})

    def __repr__(self) -> str:
        return call_foreign(repr, (self.obj,), {})


def hashed(x: Any) -> Any:
    """An element of a set or a key of a dict: a user's class is asked for its hash."""
    sync_for(x)
    return x


def shown(x: Any) -> Any:
    """A value in an f-string."""
    trace = recording()
    if trace is None:
        return x
    if trace.tape is not None:
        trace.tape.uses(x, "the text of an object")
    return x if is_native(x) else _Shown(x)
