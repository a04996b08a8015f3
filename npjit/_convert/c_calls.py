"""What is called in place of functions and methods that are written in C.

Most do with stand-ins what they do with any object. The tape is told what they change
and what else a replay would not do.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from npjit._array.array import STAND_INS, lift
from npjit._array.host_node import call_at_line, has_stand_in
from npjit._convert import groups
from npjit._convert.draws import seeded
from npjit._convert.foreign import (
    call_foreign,
    foreign,
    note_attribute,
    note_change,
    note_container,
    note_effect,
)
from npjit._convert.traced_numbers import traced
from npjit._convert.up_to_date import peek_into, settle, sync_for
from npjit._graph.trace import current
from npjit.errors import ConcretizationError

__all__ = [
    "DESCRIPTORS",
    "by_parts",
    "container_method",
    "descriptor",
    "native_or_foreign",
    "number_method",
    "reader",
    "tell",
]

_METHOD_WRAPPER = type([].__len__)
_SLOT_WRAPPER = type(list.__len__)
#: Functions of C classes, unbound or bound.
DESCRIPTORS: Final = (_METHOD_WRAPPER, _SLOT_WRAPPER, types.MethodDescriptorType)
#: Types whose methods look at what an object holds, all of which is watched.
_HOLDING: Final[tuple[Any, ...]] = (*groups.CONTAINERS, str, bytes)
#: Types of Python's whose methods NumPy's scalars inherit.
_OF_NUMBERS: Final = frozenset({float, complex})


def native_or_foreign(plain: Callable[..., Any]) -> Callable[..., Any]:
    """A C function that may run Python code of the objects it is given."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if not all(map(groups.is_native, (*args, *kwargs.values()))):
            return call_foreign(plain, args, kwargs)
        tell(plain, (*args, *kwargs.values()))
        if plain in groups.SEEDED:
            return seeded(plain, args, kwargs)
        trace = current.trace
        if trace is not None and _may_warn(plain, args):
            return call_at_line(trace, plain, args, kwargs)
        try:
            return plain(*args, **kwargs)
        except ConcretizationError:
            found = NotImplemented if kwargs else traced(plain, args)
            if found is NotImplemented:
                raise
            return found

    return run


def _may_warn(plain: Callable[..., Any], args: tuple) -> bool:
    """Whether a function is given numbers of NumPy's of which it may warn."""
    if plain in groups.COMPUTING:
        kind: type = np.generic
    elif plain in groups.REAL:
        kind = np.complexfloating
    else:
        return False
    # type() and not isinstance(): a stand-in of a number answers for its class.
    return any(issubclass(type(x), kind) for x in _numbers(args))


def _numbers(args: tuple) -> Iterator[Any]:
    for x in args:
        if type(x) in (list, tuple):
            yield from x
        else:
            yield x


def reader(plain: Callable[..., Any]) -> Callable[..., Any]:
    """A C function that reads the memory of arrays it is given."""
    without_arrays = native_or_foreign(plain)

    def run(*args: Any, **kwargs: Any) -> Any:
        if has_stand_in([*args, *kwargs.values()]):
            return call_foreign(plain, args, kwargs)
        return without_arrays(*args, **kwargs)

    return run


def number_method(f: Any) -> Callable[..., Any]:
    """A method of a number of NumPy's: what it warns of comes from the user's line."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        if trace is None:
            return f(*args, **kwargs)
        return lift(call_at_line(trace, f, (*map(peek_into, args),), kwargs))

    return run


def tell(plain: Callable[..., Any], args: tuple = ()) -> None:
    """Tell the tape of the call what a C function does besides its result."""
    trace = current.trace
    if trace is None or trace.tape is None:
        return
    module = getattr(plain, "__module__", None)
    if plain in groups.IMPURE or module in groups.IMPURE_MODULES:
        trace.tape.acts(plain.__name__)
    elif plain in groups.LOCATING:
        for x in args:
            trace.tape.uses(x, f"{plain.__name__} of an object")


def container_method(f: Any, owner: Any) -> Any:
    """A method of a list, dict, set or tuple, bound to it."""
    if f.__name__ in ("index", "remove", "count"):
        return functools.partial(_compare_lifted, f, owner)
    stores = f.__name__ in groups.STORING

    def run(*args: Any, **kwargs: Any) -> Any:
        if f.__name__ not in groups.READING:
            settle()
            note_change(owner, f"a {type(owner).__name__} from outside")
        if stores:  # not earlier: its arguments may have called foreign code
            note_container(owner)
        if f.__name__ not in groups.BLIND_METHODS:
            sync_for(args)
        return lift(f(*args, **kwargs))

    return run


def _compare_lifted(f: Any, owner: Any, item: Any, *rest: Any) -> Any:
    """`list.index` and its kin compare by identity first: by that of stand-ins."""
    if f.__name__ == "remove":
        note_change(owner, "a list from outside")
    if isinstance(owner, list) and type(item) in STAND_INS:
        for i, held in enumerate(owner):
            if type(held) is np.ndarray:
                owner[i] = lift(held)
                note_container(owner)
    sync_for((item, owner))
    return f(item, *rest)


def _told(f: Any) -> Callable[..., Any]:
    """A method of a C class, called by its name: what it may read or change is told."""

    def run(*args: Any, **kwargs: Any) -> Any:
        obj, *_ = (f.__self__, *args) if hasattr(f, "__self__") else (*args, None)
        if isinstance(obj, _HOLDING):
            if f.__name__ not in groups.READING:
                note_change(obj, f"a {type(obj).__name__} from outside")
        elif f.__name__ != "__init__":
            note_effect(f.__qualname__)
        return f(*args, **kwargs)

    return run


def by_parts(f: Any) -> Any:
    """`operator.itemgetter(0)` and its kin."""
    make, args = f.__reduce__()
    if type(make) is functools.partial:  # of a methodcaller with keywords
        return groups.BY_PARTS[make.func](*make.args, *args, **make.keywords)
    return groups.BY_PARTS[make](*args)


def descriptor(f: Any) -> Any:
    """`list.append`, `np.ndarray.sum`, `super().__setattr__`: as on the instance."""
    name, bound = f.__name__, type(f) is _METHOD_WRAPPER
    trace = current.trace
    if not bound and f.__objclass__ is np.ndarray:
        return lambda obj, *args, **kwargs: getattr(lift(obj), name)(*args, **kwargs)
    if not bound and f.__objclass__ in _OF_NUMBERS:  # `float.hex(x)`
        return lambda *args, **kwargs: f(*map(peek_into, args), **kwargs)
    if not bound and issubclass(f.__objclass__, np.generic):
        return number_method(f)
    if bound and isinstance(f.__self__, np.ndarray):
        return foreign(f)
    if bound and issubclass(type(f.__self__), np.generic):
        return number_method(f)
    if name != "__setattr__" and name not in groups.STORING:
        return f if trace is None or trace.tape is None else _told(f)

    def store(*args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)
        obj, *rest = (f.__self__, *args) if bound else args
        if name == "__setattr__":
            note_change(obj, f"attribute {rest[0]}")
            note_attribute(obj, *rest)
        else:
            note_container(obj)
        return lift(result)

    return store
