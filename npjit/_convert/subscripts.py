"""Subscripts: `obj[key]`, read, stored and deleted."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import ARRAYS, STAND_INS, lift, peek
from npjit._array.flat import Flat
from npjit._convert.callers_names import reads_callers_names
from npjit._convert.foreign import (
    call_foreign,
    is_held,
    note_change,
    note_container,
    note_object,
    prepare,
)
from npjit._convert.groups import CONTAINERS, PLAIN, is_native
from npjit._convert.resolve import call_user, resolve
from npjit._convert.special import defines, recording
from npjit._convert.up_to_date import sync_for

__all__ = ["aug_item", "delete_item", "load_item", "make_slice", "store_item"]


def _real(x: Any) -> Any:
    if type(x) in STAND_INS:
        return peek(x)
    return tuple(map(_real, x)) if type(x) is tuple else x


def _key(obj: Any, key: Any) -> Any:
    """A subscript as C code may look at it."""
    if type(key) in PLAIN and type(key) is not tuple:
        return key
    if isinstance(obj, dict):
        sync_for(key)  # it is hashed
        return key
    return tuple(map(_index, key)) if type(key) is tuple else _index(key)


def _index(x: Any) -> Any:
    """What an object answers where Python asks it for an integer."""
    kind = type(x)
    if kind in PLAIN or not defines(kind, "__index__"):
        return x
    return call_user(kind.__index__, x)


def load_item(obj: Any, key: Any) -> Any:
    """`obj[key]`."""
    kind = type(obj)
    if kind in ARRAYS or kind is Flat:
        return obj[_key(obj, key)]
    if defines(kind, "__getitem__") and recording() is not None:
        if type(key) is str and reads_callers_names(kind.__getitem__):
            return call_foreign(kind.__getitem__, (obj, key), {})
        return lift(call_user(kind.__getitem__, obj, key))
    key = _key(obj, key)
    if kind is collections.defaultdict and key not in obj:
        return _missing(obj, key)
    if kind in CONTAINERS or kind in PLAIN:
        return lift(obj[key])
    if recording() is None or isinstance(obj, type):
        return lift(obj[key])
    if isinstance(obj, (list, tuple, dict, str)):
        return lift(obj[key])
    sync_for(obj)
    if isinstance(obj, np.ndarray):
        note_object(obj)
        return lift(obj[_real(key)])
    return call_foreign(operator.getitem, (obj, key), {}, f"{kind.__name__}[...]")


def _missing(obj: collections.defaultdict, key: Any) -> Any:
    if obj.default_factory is None:
        return obj[key]  # Python's own error
    value = resolve(obj.default_factory)()
    store_item(value, obj, key)
    return value


def store_item(value: Any, obj: Any, key: Any) -> None:
    """`obj[key] = value`."""
    kind = type(obj)
    trace = recording()
    if trace is None:
        obj[key] = value
    elif kind in ARRAYS or kind is Flat:
        if is_native(value):
            obj[_key(obj, key)] = value
        else:
            call_foreign(operator.setitem, (obj, key, value), {})
    elif kind in CONTAINERS or isinstance(obj, (list, dict)):
        trace.settle()
        if defines(kind, "__setitem__"):
            call_user(kind.__setitem__, obj, key, value)
        else:
            key = _hashed(_key(obj, key))
            held = _held(obj, key)
            obj[key] = value
            if not is_held(held, value):
                note_change(obj, f"a {kind.__name__} from outside")
            note_container(obj, changed=False)
    elif defines(kind, "__setitem__"):
        call_user(kind.__setitem__, obj, key, value)
    else:
        prepare(trace)
        name = f"{kind.__name__}[...] = ..."
        call_foreign(operator.setitem, (obj, key, value), {}, name)


def _held(obj: Any, key: Any) -> Any:
    """What a list or dict has under a key; itself if it has nothing."""
    if type(key) is slice:
        return obj
    try:
        if isinstance(obj, dict):
            return dict.get(obj, key, obj)
        return list.__getitem__(obj, key)
    except (LookupError, TypeError):  # Python says it in its own words
        return obj


def _hashed(key: Any) -> Any:
    """What a dict keeps: the real scalar."""
    return _real(key) if type(key) in STAND_INS or type(key) is tuple else key


def delete_item(obj: Any, key: Any) -> None:
    """`del obj[key]`."""
    kind = type(obj)
    if defines(kind, "__delitem__"):
        call_user(kind.__delitem__, obj, key)
    else:
        trace = recording()
        if trace is not None:
            trace.settle()
            note_change(obj, f"a {kind.__name__} from outside")
        del obj[_key(obj, key)]


def aug_item(obj: Any, key: Any, op: Callable) -> Callable[[Any], None]:
    """`obj[key] op= value`: reads now, computes and stores when it is called."""
    old = load_item(obj, key)

    def finish(value: Any) -> None:
        store_item(op(old, value), obj, key)

    return finish


def make_slice(start: Any, stop: Any, step: Any) -> slice:
    """The slice of a subscript."""
    return slice(_index(start), _index(stop), _index(step))
