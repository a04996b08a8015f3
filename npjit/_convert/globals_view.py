"""Functions without source, run with a view of their globals.

What `exec` made, or an interactive shell, cannot be converted. If such a function is
plain enough it runs as it is, but the globals it loads come through a view: arrays as
stand-ins, modules and functions as substitutes that record. All else it meets
(operators and methods of stand-ins) records by itself.

The function's own code is not looked on meanwhile. So it must get no object it could
read real arrays from: where one turns up, the rest of its call runs in NumPy.
"""

from __future__ import annotations

import builtins
import dis
import functools
import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import STAND_INS, SUBSTITUTES, lift
from npjit._array.host_node import direct
from npjit._convert.foreign import call_foreign, prepare
from npjit._convert.python_calls import install_view
from npjit._convert.resolve import call_user
from npjit._convert.substitutes import RecordedFunction, RecordedModule
from npjit._graph.trace import Trace, current

__all__ = ["ViewedFunction", "ViewedModule", "viewed"]

#: Instructions of functions that could let an object, or a stand-in, out of the call.
_REFUSED_OPS: Final = frozenset(
    {
        *("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "STORE_DEREF"),
        *("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_BUILD_CLASS", "IMPORT_NAME"),
        *("BEFORE_WITH", "BEFORE_ASYNC_WITH", "RETURN_GENERATOR", "YIELD_VALUE"),
        *("LOAD_SPECIAL", "SETUP_ANNOTATIONS"),
    }
)
#: Names of what looks at memory or at frames.
_REFUSED_NAMES: Final = frozenset({"random", "ctypes", "data", "base", "__class__"})
#: Builtins that take stand-ins as they are; exceptions, too.
_BUILTINS: Final = frozenset(
    {
        *("abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate"),
        *("filter", "float", "int", "isinstance", "len", "list", "map", "max", "min"),
        *("pow", "print", "range", "reversed", "round", "set", "slice", "sorted"),
        *("str", "sum", "tuple", "zip"),
    }
)
_COMPREHENSIONS: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})
_PLAIN: Final = frozenset(
    {*STAND_INS, bool, int, float, complex, str, bytes, type(None), slice, np.dtype}
    | {type(Ellipsis), *(np.dtype(c).type for c in "?bhilqBHILQefdFDgG")}
)
_OWN_TYPES: Final = frozenset({np.ufunc, type(np.sum)})  # they know stand-ins


def viewed(f: types.FunctionType) -> Callable[..., Any]:
    """What to call in place of a function whose source was not found."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        given = tuple(map(lift, args)), {name: lift(x) for name, x in kwargs.items()}
        if trace is None or trace.direct or not _is_fit(f, *given):
            return call_foreign(f, args, kwargs)
        return _View(trace, f).call(*given)

    return run


def _is_fit(f: types.FunctionType, args: tuple, kwargs: dict) -> bool:
    defaults = (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
    return _is_plain((*args, *kwargs.values(), *defaults)) and _is_closed(f.__code__)


def _is_plain(items: Any) -> bool:
    """Whether none of these objects leads to an array but as a stand-in."""
    return all(type(x) in _PLAIN or (type(x) is tuple and _is_plain(x)) for x in items)


@functools.lru_cache(maxsize=1024)
def _is_closed(code: types.CodeType) -> bool:
    """Whether nothing that code makes outlives its call, but for what it returns."""
    shared = code.co_freevars or code.co_cellvars
    if shared or _REFUSED_NAMES.intersection(code.co_names):
        return False
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    if not all(c.co_name in _COMPREHENSIONS and _is_closed(c) for c in inner):
        return False
    return not any(
        i.opname in _REFUSED_OPS
        or (i.opname == "LOAD_GLOBAL" and _is_refused_builtin(i.argval))
        for i in dis.get_instructions(code)
    )


def _is_refused_builtin(name: str) -> bool:
    held = getattr(builtins, name, None)
    is_error = isinstance(held, type) and issubclass(held, BaseException)
    return held is not None and not is_error and name not in _BUILTINS


class _View(dict):
    """The globals of a function as it is to meet them.

    The interpreter asks `__getitem__` of a subclass of dict for each global; what looks
    into a frame (for `__name__`) finds what is stored here.
    """

    __slots__ = ("function", "is_real", "made", "trace")

    def __init__(self, trace: Trace, f: types.FunctionType) -> None:
        held = f.__globals__
        held.setdefault("__warningregistry__", {})  # Python would make one in the view
        about = ("__name__", "__file__", "__warningregistry__")
        super().__init__({name: held[name] for name in about if name in held})
        self["__builtins__"] = held.get("__builtins__", builtins)
        self.trace = trace
        self.function = f
        self.is_real = False
        self.made: dict[int, Any] = {}  # by the id of what they stand for

    def __getitem__(self, name: str) -> Any:
        x = self.function.__globals__[name]
        return x if name.startswith("__") else self.met(x)

    def met(self, x: Any) -> Any:
        """What the function meets in the place of an object."""
        x = lift(x)
        kind = type(x)
        if self.is_real or kind in _PLAIN or kind in _OWN_TYPES or isinstance(x, type):
            return x
        if not callable(x) and kind is not types.ModuleType:
            return self.checked(x)
        substitute = self.made.get(id(x))
        if substitute is None:
            made = ViewedModule if kind is types.ModuleType else ViewedFunction
            substitute = self.made[id(x)] = made(x, self)
        return substitute

    def checked(self, x: Any) -> Any:
        """An object; where it may hold arrays, NumPy does the rest of the call."""
        if not self.is_real and not _is_plain((x,)):
            prepare(self.trace)
            self.trace.direct += 1
            self.is_real = True
        return x

    def call(self, args: tuple, kwargs: dict) -> Any:
        f = self.function
        function = types.FunctionType(f.__code__, self, f.__name__, f.__defaults__)
        function.__kwdefaults__ = f.__kwdefaults__
        try:
            result = function(*args, **kwargs)
        finally:
            self.trace.direct -= self.is_real
        return lift(result)


class ViewedFunction(RecordedFunction):
    """A callable that a function without source meets; calls of it are recorded."""

    def __init__(self, wrapped: Any, view: _View) -> None:
        super().__init__(wrapped)
        self._self_view = view

    def __call__(*args: Any, **kwargs: Any) -> Any:
        self, *given = args
        view: _View = self._self_view
        if current.trace is not view.trace or view.trace.direct:
            return direct(self.__wrapped__, tuple(given), kwargs)
        return view.checked(lift(call_user(self.__wrapped__, *given, **kwargs)))


class ViewedModule(RecordedModule):
    """A module that a function without source meets."""

    def __init__(self, module: types.ModuleType, view: _View) -> None:
        super().__init__(module)
        object.__setattr__(self, "_view", view)

    def __getattribute__(self, name: str) -> Any:
        original = object.__getattribute__(self, "__npjit_original__")
        if name == "__npjit_original__":
            return original
        return object.__getattribute__(self, "_view").met(getattr(original, name))


ViewedModule.__name__ = ViewedModule.__qualname__ = "module"
SUBSTITUTES.update({ViewedFunction, ViewedModule})
install_view(viewed)
