"""Attributes: `obj.name` as Python looks it up, user code on the way converted."""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, lift
from npjit._convert.foreign import (
    ask_class,
    call_foreign,
    is_held,
    note_attribute,
    note_change,
    note_effect,
)
from npjit._convert.groups import PLAIN
from npjit._convert.resolve import call_user
from npjit._convert.special import defines, recording
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = ["aug_attr", "delete_attr", "load_attr", "read_attr", "store_attr"]

_MISSING = object()
_FLAGS = type(np.empty(0).flags)


def held_by(cls: type, name: str) -> Any:
    """What a class or one of its bases has under a name, unbound."""
    for base in cls.__mro__:
        found = base.__dict__.get(name, _MISSING)
        if found is not _MISSING:
            return found
    return _MISSING


def _is_python(held: Any) -> bool:
    """Whether Python code of a user's runs when an attribute is read."""
    kind = type(held)
    if kind is property:
        return type(held.fget) is types.FunctionType
    if kind is functools.cached_property:
        return True
    # Those of functools only bind.
    return defines(kind, "__get__") and kind.__module__ != "functools"


def load_attr(obj: Any, name: str) -> Any:
    """`obj.name`."""
    kind = type(obj)
    if kind in STAND_INS:
        return getattr(obj, name)
    trace = recording()
    if trace is None:
        return lift(getattr(obj, name))
    if trace.tape is None:
        return _load_attr(obj, kind, name)
    try:
        return _load_attr(obj, kind, name)
    except AttributeError:
        trace.tape.misses(obj, name)
        raise


def read_attr(obj: Any, name: str) -> Any:
    """An attribute that is read without Python code of a user's."""
    trace = recording()
    if trace is None:
        return getattr(obj, name)
    if type(obj) is types.ModuleType and name not in obj.__dict__:
        value = _made_by_module(trace, obj, name)
    else:
        value = getattr(obj, name)
    if trace.tape is not None:
        trace.tape.reads(obj, name, value)
    return value


def _made_by_module(trace: Trace, module: types.ModuleType, name: str) -> Any:
    """What `__getattr__` of a module makes: it may warn, as NumPy's does."""
    value = trace.engine.call(user_line(), getattr, (module, name), {})
    if name not in module.__dict__:  # no module that was imported only now
        note_effect(f"{module.__name__}.{name}")
    return value


def _load_attr(obj: Any, kind: type, name: str) -> Any:
    if kind in PLAIN:
        return lift(read_attr(obj, name))
    if isinstance(obj, type):
        return _class_attribute(obj, name)
    if kind is super:
        return _super_attribute(obj, name)
    if defines(kind, "__getattribute__") or defines(kind, "__getattr__"):
        return _hooked_attribute(obj, name)
    held = held_by(kind, name)
    if _is_python(held):
        ask_class(kind, name)
        return _bound(held, obj, name)
    return lift(read_attr(obj, name))


def _bound(held: Any, obj: Any, name: str) -> Any:
    """What a descriptor that is written in Python makes of an object."""
    kind = type(held)
    if kind is property:
        return lift(call_user(held.fget, obj))
    if kind is functools.cached_property:
        return _cached_property(held, obj, name)
    ask_class(kind, "__set__")
    ask_class(kind, "__delete__")
    if not (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        in_object = getattr(obj, "__dict__", {})
        if name in in_object:
            return lift(read_attr(obj, name))
        _tell_missing(obj, name)
    return lift(call_user(kind.__get__, held, obj, type(obj)))


def _class_attribute(cls: type, name: str) -> Any:
    of_meta, held = held_by(type(cls), name), held_by(cls, name)
    ask_class(cls, name)
    if type(of_meta) is property and _is_python(of_meta):
        getter: Any = of_meta.fget
        return lift(call_user(getter, cls))
    kind = type(held)
    if kind not in (property, functools.cached_property) and _is_python(held):
        return lift(call_user(kind.__get__, held, None, cls))
    return lift(read_attr(cls, name))


def _super_attribute(obj: Any, name: str) -> Any:
    of = obj.__self__
    if of is None or isinstance(of, type):
        _fail(obj, name)
        return lift(getattr(obj, name))
    bases = iter(obj.__self_class__.__mro__)
    after = itertools.dropwhile(lambda base: base is not obj.__thisclass__, bases)
    for base in itertools.islice(after, 1, None):
        ask_class(base, name)
        held = base.__dict__.get(name, _MISSING)
        if held is not _MISSING:
            return _bound(held, of, name) if _is_python(held) else getattr(obj, name)
    return getattr(obj, name)


def _hooked_attribute(obj: Any, name: str) -> Any:
    """An attribute of a class with `__getattribute__` or `__getattr__`."""
    kind = type(obj)
    try:
        if defines(kind, "__getattribute__"):
            return lift(call_user(kind.__getattribute__, obj, name))
        held = held_by(kind, name)
        ask_class(kind, name)
        if _is_python(held):
            return _bound(held, obj, name)
        return lift(_past_hooks(obj, name))
    except AttributeError:
        if not defines(kind, "__getattr__"):
            raise
    return lift(call_user(kind.__getattr__, obj, name))


def _past_hooks(obj: Any, name: str) -> Any:
    """An attribute, past the `__getattr__` of its class."""
    try:
        value = object.__getattribute__(obj, name)
    except AttributeError:
        _tell_missing(obj, name)
        raise
    trace = recording()
    if trace is not None and trace.tape is not None:
        trace.tape.reads(obj, name, value)
    return value


def _tell_missing(obj: Any, name: str) -> None:
    trace = recording()
    if trace is not None and trace.tape is not None:
        trace.tape.lacks(obj, name)


def _fail(obj: Any, name: str) -> None:
    """Note that no guard can watch how an attribute was looked up."""
    trace = recording()
    if trace is not None and trace.tape is not None:
        trace.tape.fail(Reason.UNGUARDED, f"attribute {name} of {type(obj).__name__}")


def _cached_property(held: Any, obj: Any, name: str) -> Any:
    if name not in obj.__dict__:
        note_change(obj, f"a cached property ({name})")
        value = call_user(held.func, obj)
        obj.__dict__[name] = value
        note_attribute(obj, name, value)
        return lift(value)
    return lift(read_attr(obj, name))


def store_attr(value: Any, obj: Any, name: str) -> None:
    """`obj.name = value`."""
    kind, trace = type(obj), recording()
    if trace is not None:
        trace.settle()
    if kind in STAND_INS or kind is _FLAGS:
        note_effect(f"{name} of an array")
        setattr(obj, name, value)
    elif trace is None:
        setattr(obj, name, value)
    elif defines(kind, "__setattr__"):
        call_user(kind.__setattr__, obj, name, value)
    elif isinstance(obj, np.ndarray):
        call_foreign(setattr, (obj, name, value), {})
    else:
        held = held_by(kind, name)
        if type(held) is property and type(held.fset) is types.FunctionType:
            call_user(held.fset, obj, value)
        elif defines(type(held), "__set__"):
            call_user(type(held).__set__, held, obj, value)
        else:
            own = getattr(obj, "__dict__", {}).get(name, obj)
            if not is_held(own, value):
                note_change(obj, f"attribute {name}")
            elif trace.tape is not None:
                trace.tape.reads(obj, name, own)
            setattr(obj, name, value)
            note_attribute(obj, name, value)


def delete_attr(obj: Any, name: str) -> None:
    """`del obj.name`."""
    kind, trace = type(obj), recording()
    if trace is not None:
        trace.settle()
    held = held_by(kind, name)
    if defines(kind, "__delattr__"):
        call_user(kind.__delattr__, obj, name)
    elif type(held) is property and type(held.fdel) is types.FunctionType:
        call_user(held.fdel, obj)
    elif defines(type(held), "__delete__"):
        call_user(type(held).__delete__, held, obj)
    else:
        note_change(obj, f"attribute {name}")
        delattr(obj, name)


def aug_attr(obj: Any, name: str, op: Callable) -> Callable[[Any], None]:
    """`obj.name op= value`: reads now, computes and stores when it is called."""
    old = load_attr(obj, name)

    def finish(value: Any) -> None:
        store_attr(op(old, value), obj, name)

    return finish
