"""What a block puts in the place of modules, functions and generators.

The body of a block is not converted: what it calls must meet npjit by itself. Ufuncs
and most functions of NumPy do, through their operands. Functions that make arrays do
not, nor do Python functions, which are to be converted, nor code that needs real
arrays. For these the names of a block lead to substitutes. A substitute behaves as its
original, which it is again outside the recording: in other threads, in foreign code.
"""

from __future__ import annotations

import functools
import sys
import types
from typing import Any, Final

import numpy as np

from npjit._array.array import STAND_INS, SUBSTITUTES, lift
from npjit._chapters.registry import OPERATIONS, Kind
from npjit._convert import groups
from npjit._convert.block_trace import BlockTrace, call_closed, current_block
from npjit._convert.libraries import is_in
from npjit._convert.proxy import FunctionProxy
from npjit._convert.resolve import resolve

__all__ = ["RecordedFunction", "RecordedGenerator", "RecordedModule", "substitute"]

_DISPATCHER: Final = type(np.sum)
#: Kinds of functions that meet no operand that could tell npjit of them.
_MAKING: Final = frozenset({Kind.CREATION, Kind.LEAF, Kind.HOST})
_OWN: Final = __name__.partition(".")[0]


class RecordedFunction(FunctionProxy):
    """A function; a call of it from a block's own code is recorded."""

    def __call__(*args: Any, **kwargs: Any) -> Any:
        self, *given = args
        return _call(self.__wrapped__, tuple(given), kwargs)


def _call(function: Any, args: tuple, kwargs: dict) -> Any:
    trace = current_block()
    if trace is None:
        return function(*args, **kwargs)
    given = tuple(map(lift, args)), {name: lift(x) for name, x in kwargs.items()}
    result = call_closed(resolve(function), *given)
    return substitute(trace, result) if type(result) is np.random.Generator else result


class RecordedModule(types.ModuleType):
    """A module whose functions are substituted where that is needed."""

    def __init__(self, module: types.ModuleType) -> None:
        object.__setattr__(self, "__npjit_original__", module)

    def __getattribute__(self, name: str) -> Any:
        original = object.__getattribute__(self, "__npjit_original__")
        if name == "__npjit_original__":
            return original
        found = getattr(original, name)
        trace = current_block()
        return found if trace is None else substitute(trace, found)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__npjit_original__, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__npjit_original__, name)

    def __dir__(self) -> list[str]:
        return dir(self.__npjit_original__)

    def __repr__(self) -> str:
        return repr(self.__npjit_original__)

    def __eq__(self, other: object) -> bool:
        return self.__npjit_original__ is getattr(other, "__npjit_original__", other)

    def __hash__(self) -> int:
        return hash(self.__npjit_original__)


class RecordedGenerator(np.random.Generator):
    """A generator that draws from the stream of another; its draws are leaves."""

    def __init__(self, original: np.random.Generator) -> None:
        super().__init__(original.bit_generator)
        self.__npjit_original__ = original

    def __reduce__(self) -> Any:
        return self.__npjit_original__.__reduce__()


def _drawing(name: str) -> Any:
    @functools.wraps(getattr(np.random.Generator, name))
    def draw(*args: Any, **kwargs: Any) -> Any:
        self, *given = args
        method = getattr(self.__npjit_original__, name)
        return _call(method, tuple(given), kwargs)

    return draw


for _name, _method in vars(np.random.Generator).items():
    if callable(_method) and not _name.startswith("_"):
        setattr(RecordedGenerator, _name, _drawing(_name))
RecordedGenerator.__name__ = RecordedGenerator.__qualname__ = "Generator"
RecordedModule.__name__ = RecordedModule.__qualname__ = "module"
SUBSTITUTES.update({RecordedFunction, RecordedModule, RecordedGenerator})


def substitute(trace: BlockTrace, x: Any) -> Any:
    """What the code of a block meets in the place of an object."""
    kind = type(x)
    if kind is np.ndarray or kind in STAND_INS:
        return lift(x)
    if kind in groups.PLAIN and kind not in _LOOKED_AT:
        return x
    if kind in SUBSTITUTES:  # by a block around this one
        return x
    known = trace.substitutes.get(id(x))
    if known is not None:
        return known[0]
    made = _class_for(x)
    if made is None:
        return x
    new = made(x)
    trace.substitutes[id(x)] = new, x
    return new


#: Types that conversion leaves alone, but for calls of what they are made of.
_LOOKED_AT: Final = frozenset(
    {
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodType,
        types.ModuleType,
    }
)


def _class_for(x: Any) -> Any:
    """The class of an object's substitute; None if it needs none."""
    if type(x) is np.random.Generator:
        return RecordedGenerator
    if type(x) is types.ModuleType:
        return None if _is_left_alone(x.__name__) else RecordedModule
    return RecordedFunction if _is_called_recorded(x) else None


def _is_called_recorded(x: Any) -> bool:
    """Whether a call of an object differs from what its plain call would do."""
    if isinstance(x, type) or not callable(x) or hasattr(x, "__npjit_wrapped__"):
        return False
    if type(x) in (np.ufunc, _DISPATCHER) or _is_in_numpy(x):
        operation = OPERATIONS.get(x)
        makes = operation is not None and operation.kind in _MAKING
        return makes or x in (np.linspace, np.load)
    if type(x) is functools.partial:
        return _is_called_recorded(x.func)
    if isinstance(getattr(x, "__self__", None), _DRAWING):
        return True
    return hasattr(x, "__name__") and not _is_left_alone(x.__module__)


_DRAWING: Final = np.random.Generator, np.random.RandomState


def _is_in_numpy(x: Any) -> bool:
    return isinstance(x, types.FunctionType | types.BuiltinFunctionType) and is_in(
        x.__module__ or "", ("numpy",)
    )


def _is_left_alone(module: str | None) -> bool:
    """Whether a module is Python's, or npjit's own."""
    package = (module or "").partition(".")[0]
    if package == _OWN:
        return not is_in(module or "", (f"{_OWN}._demo",))
    return package in sys.stdlib_module_names or package == "builtins" or not package
