"""Groups of callables and types that converted code treats alike."""

from __future__ import annotations

import abc
import collections
import dataclasses
import functools
import io
import itertools
import operator
import sys
import threading
import types
import warnings
from typing import Any, Final

import numpy as np
from numpy.lib import array_utils

from npjit._array.array import SCALARS, STAND_INS, Array
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
        *(np.random.default_rng, np.random.SeedSequence, np.random.PCG64),
        *(sys._getframe, sys.exc_info),  # of the frame that calls them
        *(threading.Lock, threading.RLock, warnings.warn, warnings.warn_explicit),
    }
)
#: Modules whose C functions only look at their arguments.
NATIVE_MODULES: Final = frozenset(
    {"math", "cmath", "time", "random", "_random", "itertools", "_operator", "operator"}
)
#: Modules whose functions look at the frame that calls them, or at the recording.
FRAME_MODULES: Final = frozenset({"inspect", "traceback", "npjit._api"})
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
#: Lazy iterators: they call functions and ask iterables they were given.
LAZY: Final = (
    *(enumerate, zip, itertools.accumulate, itertools.chain, itertools.combinations),
    *(itertools.combinations_with_replacement, itertools.compress, itertools.cycle),
    *(itertools.dropwhile, itertools.filterfalse, itertools.groupby, itertools.islice),
    *(itertools.pairwise, itertools.permutations, itertools.product),
    *(itertools.starmap, itertools.takewhile, itertools.zip_longest, itertools.tee),
)
#: Builtins that ask an object for its text or its number.
SHOWING: Final = (
    *(print, repr, str, ascii, format, hash, int, float, complex, bool, bytes, round),
    *(divmod, pow, hex, oct, bin, range, dict, open),
)
#: What converted code calls in place of a builtin.
SEEN_THROUGH: dict[Any, Any] = {}
#: Types of callables that are made anew from what they were made of.
BY_PARTS: dict[type, Any] = {}


@functools.cache
def skipped_modules() -> tuple[str, ...]:
    """Module prefixes that stay unconverted, from NPJIT_CONVERT_SKIP."""
    return tuple(Options.from_environment().convert_skip)


def is_native(x: Any) -> bool:
    """Whether C code that looks at this object runs nobody's Python, reads no buffer."""
    kind = type(x)
    if kind in (list, tuple):
        return all(map(is_native, x))
    return kind in _NATIVE_TYPES or isinstance(x, (np.generic, np.dtype, type))


_NATIVE_TYPES: Final = frozenset(PLAIN - {dict, set, frozenset, list, tuple})


def is_abc(cls: type) -> bool:
    """Whether a class has no metaclass of its own but ABCMeta."""
    return type(cls) is abc.ABCMeta


def is_record(cls: type) -> bool:
    """Whether instances only hold what they are given: a named tuple."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def calls_more_than_post_init(cls: Any) -> bool:
    """Whether a dataclass's `__init__` calls Python code that it holds itself."""
    factories = (field.default_factory for field in dataclasses.fields(cls))
    finishes = hasattr(cls, "__post_init__") and not cls.__dictoffset__
    return finishes or any(type(f) is types.FunctionType for f in factories)


def is_dataclass_init(cls: type, init: Any) -> bool:
    """Whether `__init__` was generated by `dataclasses`, which has no source."""
    fields = "__dataclass_fields__" in vars(cls)
    return fields and init.__code__.co_filename == "<string>"


_ = itertools, SCALARS, Array
