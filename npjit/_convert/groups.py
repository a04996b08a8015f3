"""Groups of callables and types that converted code treats alike."""

from __future__ import annotations

import abc
import collections
import dataclasses
import functools
import io
import itertools
import math
import sys
import threading
import types
import warnings
import weakref
from typing import Any, Final

import numpy as np
from numpy.lib import array_utils

from npjit._array.array import STAND_INS
from npjit._config import Options

__all__ = ["CONTAINERS", "NATIVE", "NATIVE_MODULES", "PLAIN", "SEEN_THROUGH", "STORING"]

#: Types whose operators, attributes and subscripts are C code that touches no buffer.
PLAIN: Final = frozenset(
    {
        *STAND_INS,
        bool,
        int,
        float,
        complex,
        str,
        bytes,
        type(None),
        type(Ellipsis),
        type(NotImplemented),
        list,
        tuple,
        dict,
        set,
        frozenset,
        slice,
        range,
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodType,
        types.ModuleType,
        types.GeneratorType,
        type,
        np.dtype,
        np.ufunc,
        *(np.dtype(c).type for c in "?bhilqBHILQefdFDgG"),
        *(type(np.dtype(c)) for c in "?bhilqBHILQefdFD"),
    }
)
CONTAINERS: Final = frozenset(
    {
        list,
        dict,
        set,
        tuple,
        collections.deque,
        collections.OrderedDict,
        collections.defaultdict,
        type({}.items()),
        type({}.values()),
        type({}.keys()),
    }
)
#: Methods of containers that look at no argument.
BLIND_METHODS: Final = frozenset(
    {"append", "appendleft", "insert", "pop", "popleft", "clear", "copy", "reverse"}
    | {"items", "keys", "values", "rotate", "popitem", "move_to_end"}
)
#: Iterators: what they ask was wrapped when they were made.
_ITERATORS: Final[tuple[type, ...]] = (
    *(types.GeneratorType, map, filter, zip, enumerate, reversed, type(iter([]))),
    *(type(iter(())), type(iter({})), type(iter(range(0))), itertools.count),
)
#: Methods of containers that change nothing.
READING: Final = frozenset(
    {"copy", "items", "keys", "values", "get", "index", "count", "union"}
    | {"intersection", "difference", "issubset", "issuperset", "isdisjoint"}
)
#: Classes of NumPy whose methods are Python code that computes with arrays.
NUMPYS_CLASSES: Final = frozenset({"nd_grid", "AxisConcatenator", "ndindex"})
#: Builtins that change something outside of the function that calls them.
EFFECTIVE: Final = frozenset({print, input, open, next, setattr, delattr, exec, eval})
#: Methods of containers that keep an argument.
STORING: Final = frozenset(
    {
        "append",
        "appendleft",
        "extend",
        "extendleft",
        "insert",
        "add",
        "update",
        "setdefault",
        "__setitem__",
        "__init__",
    }
)
#: What makes streams of random numbers; Cython code that tells arrays by their type.
SEEDED: Final = frozenset(
    {
        *(np.random.default_rng, np.random.SeedSequence, np.random.Generator),
        *(np.random.RandomState, np.random.PCG64, np.random.PCG64DXSM),
        *(np.random.MT19937, np.random.Philox, np.random.SFC64),
    }
)
#: Builtins that take stand-ins as they are, or ask for their value themselves.
NATIVE: Final = frozenset(
    {
        *(abs, all, any, ascii, bin, bool, bytes, callable, chr, complex, dict),
        *(divmod, enumerate, filter, float, format, frozenset, hasattr, hash, hex),
        *(int, isinstance, issubclass, iter, len, list, object, oct, ord, pow, print),
        *(property, range, repr, reversed, round, set, slice, str, tuple, zip),
        *(classmethod, staticmethod, super, globals, locals, vars, dir, open, input),
        *(functools.partial, functools.lru_cache, collections.deque),
        *(collections.OrderedDict, collections.defaultdict, types.SimpleNamespace),
        *(np.dtype, np.finfo, np.iinfo, np.errstate, np.geterr, np.ndindex),
        array_utils.normalize_axis_index,
        *SEEDED,
        *(sys._getframe, sys.exc_info),  # of the frame that calls them
        *(threading.Lock, threading.RLock, warnings.warn, warnings.warn_explicit),
    }
)
#: Those of them that look at no argument.
BLIND: Final = frozenset(
    {
        *(callable, isinstance, issubclass, object, property, classmethod),
        *(staticmethod, super, globals, locals, vars, functools.partial),
        types.SimpleNamespace,
        *(np.errstate, np.geterr, sys._getframe, sys.exc_info, threading.Lock),
        *(threading.RLock, warnings.warn, warnings.warn_explicit),
    }
)
#: Those whose answers depend on more than their arguments, or that do something.
IMPURE: Final = frozenset(
    {
        *(globals, locals, vars, dir, open, input, print, sys._getframe, sys.exc_info),
        *(threading.Lock, threading.RLock, warnings.warn, warnings.warn_explicit),
    }
)
IMPURE_MODULES: Final = frozenset({"time", "random", "_random"})
#: Those that tell of an object where it lies in memory.
LOCATING: Final = frozenset({repr, str, format, ascii, hash, bytes})
#: Modules whose C functions only look at their arguments.
NATIVE_MODULES: Final = frozenset(
    {"math", "cmath", "time", "random", "_random", "itertools", "_operator", "operator"}
)
#: Modules whose functions look at the frame that calls them, or at no argument.
FRAME_MODULES: Final = frozenset({"inspect", "traceback", "typing"})
#: Types whose context managers do nothing to arrays.
NATIVE_MANAGERS: Final = (
    type(threading.Lock()),
    type(threading.RLock()),
    io.IOBase,
)
#: Iterators of builtins: what they yield comes from what they were given.
NATIVE_ITERATOR_MODULES: Final = frozenset({"builtins", "itertools", "collections"})
#: Draws that write an array they are given.
WRITING_DRAWS: Final = frozenset({"shuffle"})
#: Draws that have a parameter `out`.
INTO_OUT: Final = frozenset(
    {"permuted", "random", "standard_exponential", "standard_gamma", "standard_normal"}
)
#: Lazy iterators: they call functions and ask iterables they were given.
LAZY: Final = (
    *(enumerate, zip, itertools.chain, itertools.combinations),
    *(itertools.combinations_with_replacement, itertools.compress, itertools.cycle),
    *(itertools.dropwhile, itertools.filterfalse, itertools.groupby, itertools.islice),
    *(itertools.pairwise, itertools.permutations, itertools.product),
    *(itertools.starmap, itertools.takewhile, itertools.zip_longest, itertools.tee),
    *(collections.deque, collections.OrderedDict, collections.defaultdict),
)
#: Where those that call a function take it: a position, or a keyword.
FUNCTION_AT: Final[dict[Any, tuple[int, str | None]]] = {
    itertools.dropwhile: (0, None),
    itertools.filterfalse: (0, None),
    itertools.groupby: (1, "key"),
    itertools.starmap: (0, None),
    itertools.takewhile: (0, None),
    collections.defaultdict: (0, None),
}
#: Builtins that ask an object for its text or its number.
SHOWING: Final = (
    *(print, repr, str, ascii, format, hash, int, float, complex, bool, bytes, round),
    *(hex, oct, bin, range, dict, open),
)
#: Those that compute with NumPy's numbers, which may warn.
COMPUTING: Final = frozenset({round, math.prod})
#: Those that warn of a complex number of NumPy's: its imaginary part gets lost.
REAL: Final = frozenset({int, float, *filter(callable, vars(math).values())})
#: What converted code calls in place of a builtin.
SEEN_THROUGH: dict[Any, Any] = {}
#: Types of callables that are made anew from what they were made of.
BY_PARTS: dict[Any, Any] = {}


@functools.cache
def skipped_modules() -> tuple[str, ...]:
    """Module prefixes that stay unconverted, from NPJIT_CONVERT_SKIP."""
    return tuple(Options.from_environment().convert_skip)


def is_native(x: Any) -> bool:
    """Whether C code, looking at this object, runs nobody's Python, reads no buffer."""
    kind = type(x)
    if kind in _NATIVE_TYPES:
        return True
    if kind in (list, tuple, set, frozenset, collections.deque):
        return all(map(is_native, x))
    if kind is dict:
        return all(map(is_native, x)) and all(map(is_native, x.values()))
    if kind is slice:
        return is_native((x.start, x.stop, x.step))
    if isinstance(x, (np.generic, np.dtype, type)):
        return True
    return is_native(tuple(x)) if _is_plain_tuple(kind) else _is_silent(kind)


_NATIVE_TYPES: Final = frozenset(
    {*PLAIN, *_ITERATORS} - {dict, set, frozenset, list, tuple, slice}
)
_SPECIAL: Final = tuple(
    f"__{name}__"
    for name in (
        *("eq", "ne", "lt", "le", "gt", "ge", "hash", "bool", "len", "iter", "next"),
        *("getitem", "contains", "reversed", "int", "float", "complex", "index"),
        *("round", "trunc", "floor", "ceil", "abs", "divmod", "pow", "str", "repr"),
        *("format", "bytes", "array", "call", "getattr", "getattribute", "fspath"),
        *("mul", "rmul", "add", "radd", "length_hint", "missing", "sizeof"),
    )
)
_silent: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def _is_silent(kind: type) -> bool:
    """Whether a user's class leaves to Python what C code asks of its instances."""
    found = _silent.get(kind)
    if found is None:
        found = kind.__base__ is not None and all(
            base is object or _is_python_class(base) for base in kind.__mro__
        )
        methods = (getattr(kind, name, None) for name in _SPECIAL)
        found = found and not any(map(_is_users, methods))
        _silent[kind] = found
    return found


def _is_plain_tuple(kind: type) -> bool:
    methods = (getattr(kind, name, None) for name in _SPECIAL)
    return is_record(kind) and not any(map(_is_users, methods))


def _is_python_class(kind: type) -> bool:
    return bool(kind.__flags__ & 1 << 9)  # a heap type


def _is_users(method: Any) -> bool:
    """Whether a special method is Python code; that of `enum` looks at no array."""
    return type(method) is types.FunctionType and method.__module__ != "enum"


def is_abc(cls: type) -> bool:
    """Whether a class has no metaclass of its own but ABCMeta."""
    return type(cls) is abc.ABCMeta


def is_record(cls: type) -> bool:
    """Whether instances only hold what they are given: a named tuple."""
    holds = issubclass(cls, tuple) and hasattr(cls, "_fields")
    return holds and cls.__init__ is object.__init__  # type: ignore[misc]


def calls_more_than_post_init(cls: Any) -> bool:
    """Whether a dataclass's `__init__` calls Python code that it holds itself."""
    factories = (field.default_factory for field in dataclasses.fields(cls))
    finishes = hasattr(cls, "__post_init__") and not cls.__dictoffset__
    return finishes or any(type(f) is types.FunctionType for f in factories)


def is_dataclass_init(cls: type, init: Any) -> bool:
    """Whether `__init__` was generated by `dataclasses`, which has no source."""
    fields = "__dataclass_fields__" in vars(cls)
    return fields and init.__code__.co_filename == "<string>"
