"""`resolve(f)`: what converted code calls in place of `f`.

NumPy callables are answered by the recorder, Python functions by their conversion, a
few builtins see stand-ins, and all else is foreign. No frame of npjit lies between a
user's function and the one it calls.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, SUBSTITUTES, lift
from npjit._chapters.registry import OPERATIONS
from npjit._convert import groups
from npjit._convert.c_calls import (
    DESCRIPTORS,
    by_parts,
    container_method,
    descriptor,
    native_or_foreign,
    number_method,
    reader,
    tell,
)
from npjit._convert.draws import DRAWING, draw
from npjit._convert.foreign import (
    ask_class,
    call_foreign,
    foreign,
    note_attribute,
    note_change,
    note_container,
)
from npjit._convert.functions import converted
from npjit._convert.instead import instead_of
from npjit._convert.joined import under, with_own
from npjit._convert.libraries import reaches
from npjit._convert.python_calls import (
    entered,
    if_reached,
    is_border,
    python_callee,
)
from npjit._convert.recorders import numpy_scalar, recorder
from npjit._convert.up_to_date import settle, sync_for
from npjit._graph.trace import current, user_line

__all__ = ["call_user", "resolve"]

_DISPATCHER = type(np.sum)
_BUILTIN = type(len)
_CYTHON_FUNCTION = type(np.random.default_rng)


def resolve(f: Any) -> Any:
    """What to call in place of `f`."""
    trace = current.trace
    kind = type(f)
    if trace is None or trace.direct:
        # What is left of a stopped recording's stand-ins: NumPy's functions know them.
        knows = kind is np.ufunc or kind is _DISPATCHER
        if trace is None or not trace.stopped or knows:
            return f
    if trace.is_pure:
        found = instead_of(f)
        if found is not None:
            return found
    if kind is types.FunctionType:
        return python_callee(f)
    if kind is np.ufunc or kind is _DISPATCHER:
        return recorder(f) if f in OPERATIONS else foreign(f)
    if kind is types.MethodType:
        return _method(f)
    if kind is _BUILTIN:
        return _builtin(f)
    if isinstance(f, type):
        return _class(f)
    return _instance(f)


def call_user(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a special method of a user's class, as if from the user's own line.

    Python calls it where its user wrote an operator, an attribute or a class; frames of
    npjit lie between, so that one with the user's line is put on top of them: a
    `stacklevel` of 2 points to it.
    """
    trace = current.trace
    if trace is None or trace.direct:
        return function(*args, **kwargs)
    return trace.engine.call(user_line(), resolve(function), args, kwargs)


def _method(f: types.MethodType) -> Any:
    inner = f.__func__
    if type(f.__self__) in STAND_INS:
        return f
    if type(f.__self__) in DRAWING:  # of Cython, which binds as Python does
        return draw(f)
    if type(inner) is types.FunctionType:
        if is_border(inner):
            return if_reached(inner, f)
        found = converted(inner)
        if found is None:
            return foreign(f)
        return types.MethodType(entered(inner, found), f.__self__)
    return types.MethodType(resolve(inner), f.__self__)


def _builtin(f: Any) -> Any:
    owner = f.__self__
    kind = type(owner)
    if kind is types.ModuleType or owner is None:
        seen = groups.SEEN_THROUGH.get(f)
        if seen is not None:
            return seen
        if f in OPERATIONS:
            return recorder(f)
        if f is warnings.warn and current.trace is not None:
            current.trace.flush()  # what NumPy warns of comes first
        if f in groups.EFFECTIVE:
            settle()
        tell(f)
        if f in groups.BLIND:
            return f
        if f in groups.NATIVE or f.__module__ in groups.NATIVE_MODULES:
            return native_or_foreign(f)
        return foreign(f)
    if kind in STAND_INS:
        return f
    if kind is np.ufunc:
        return recorder(f) if f in OPERATIONS else foreign(f)
    if kind in DRAWING:
        return draw(f)
    if f.__name__ == "sort" and isinstance(owner, list):
        return functools.partial(_sort, f, owner)
    if kind in groups.CONTAINERS:
        return container_method(f, owner)
    if kind is str:
        return native_or_foreign(f)
    if kind is bytes:
        return reader(f)
    if isinstance(owner, type):
        return _class_method(f, owner)
    if issubclass(kind, np.generic):
        return number_method(f)
    if kind in groups.PLAIN or f in groups.NATIVE:
        return f
    if isinstance(owner, (list, dict, set, tuple)):
        return container_method(f, owner)
    return foreign(f)


def _class_method(f: Any, owner: type) -> Any:
    # np.ndarray.__new__ and classes of ctypes see memory; object.__new__ does not.
    if issubclass(owner, np.ndarray) or type(owner).__module__ == "_ctypes":
        return foreign(f)
    return native_or_foreign(f)


def _sort(f: Any, owner: list, *, key: Any = None, reverse: bool = False) -> None:
    settle()
    note_change(owner, "a list from outside")
    sync_for(owner)
    f(key=None if key is None else resolve(key), reverse=reverse)


# Classes and instances --------------------------------------------------------------


def _class(cls: type) -> Any:
    seen = groups.SEEN_THROUGH.get(cls)
    if seen is not None:
        return seen
    if issubclass(cls, np.generic):
        return functools.partial(numpy_scalar, cls)
    if cls in groups.BLIND:
        return cls
    if cls in groups.NATIVE:
        return native_or_foreign(cls)
    init, new = cls.__init__, cls.__new__
    ask_class(cls, "__init__")
    ask_class(cls, "__new__")
    if issubclass(cls, BaseException):
        return functools.partial(_construct_error, cls)
    if isinstance(cls, enum.EnumMeta):
        return cls  # its members exist
    if type(cls) is not type and not groups.is_abc(cls):
        return foreign(cls)
    if new is object.__new__ and type(init) is types.FunctionType:
        if groups.is_dataclass_init(cls, init):
            if groups.calls_more_than_post_init(cls):
                return foreign(cls)
            return functools.partial(_construct_plain, cls)
        return _constructor(cls, init)
    if groups.is_record(cls) or cls.__module__ in groups.NATIVE_MODULES:
        return cls
    if init is object.__init__ and new is object.__new__:
        return cls
    return foreign(cls)


def _constructor(cls: type, init: types.FunctionType) -> Callable[..., Any]:
    if not is_border(init):
        return functools.partial(_construct, cls) if converted(init) else foreign(cls)

    def run(*args: Any, **kwargs: Any) -> Any:
        if any(map(reaches, (*args, *kwargs.values()))) and converted(init):
            return _construct(cls, *args, **kwargs)
        return call_foreign(cls, args, kwargs)

    return run


def _construct(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
    obj: Any = object.__new__(cls)
    _initialize(obj, args, kwargs)
    return obj


def _initialize(obj: Any, args: tuple, kwargs: dict) -> None:
    result = call_user(type(obj).__init__, obj, *args, **kwargs)
    if result is not None:
        kind = type(result).__name__
        raise TypeError(f"__init__() should return None, not '{kind}'")


def _construct_error(cls: type, /, *args: Any, **kwargs: Any) -> Any:
    """An exception; its arguments and attributes are real when the call has ended."""
    init: Any = cls.__init__  # type: ignore[misc]  # of this very class
    if type(init) is types.FunctionType and converted(init):
        error = cls.__new__(cls, *args, **kwargs)
        _initialize(error, args, kwargs)
    else:
        error = cls(*args, **kwargs)
    note_container(error)
    return error


def _construct_plain(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
    """A dataclass: its generated `__init__` only stores, and calls `__post_init__`."""
    obj = cls.__new__(cls)
    finish = getattr(obj, "__post_init__", None)
    if finish is not None:
        obj.__dict__["__post_init__"] = functools.partial(call_user, finish)
    try:
        obj.__init__(*args, **kwargs)
    finally:
        if finish is not None:
            del obj.__dict__["__post_init__"]
    for field in dataclasses.fields(cls):
        note_attribute(obj, field.name, getattr(obj, field.name, None))
    return obj


def _instance(f: Any) -> Any:
    kind = type(f)
    if kind in SUBSTITUTES:
        return resolve(f.__npjit_original__)
    if kind is functools.partial:
        keywords = {name: lift(value) for name, value in f.keywords.items()}
        return functools.partial(resolve(f.func), *map(lift, f.args), **keywords)
    inner = getattr(f, "__npjit_wrapped__", None)
    if inner is not None:
        return _accelerated(f, inner)
    if kind in (staticmethod, classmethod):
        return resolve(f.__func__)
    if hasattr(kind, "__npjit_jax__"):  # a loaded program, which knows stand-ins
        return f
    if kind in DESCRIPTORS:
        return descriptor(f)
    special = getattr(kind, "__call__", None)  # noqa: B004
    ask_class(kind, "__call__")
    if type(special) is types.FunctionType:
        if special in OPERATIONS:  # of NumPy's polynomials
            return types.MethodType(recorder(special), f)
        if is_border(special):
            return if_reached(special, types.MethodType(special, f))
        found = converted(special)
        if found is not None:
            return types.MethodType(entered(special, found), f)
    if kind in groups.BY_PARTS:
        return by_parts(f)
    if kind is _CYTHON_FUNCTION and f in groups.NATIVE:
        return native_or_foreign(f)
    return foreign(f)


def _accelerated(f: Any, inner: Any) -> Any:
    """An accelerated function joins the trace, unless it is switched off."""
    if f.options.mode == "numpy":
        return foreign(f)
    trace = current.trace
    assert trace is not None
    options = with_own(trace.options, f.own_options)
    called = resolve(inner)
    return called if options == trace.options else under(options, called)
