"""How a compiled program is called: its arguments by name, its result.

The program itself takes and gives arrays in one row. Python values among the arguments,
and the containers they lie in, are fixed when it is made and checked when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import jax
import numpy as np

from npjit._graph.aval import DTYPES
from npjit._runtime.signature import ATOMS
from npjit._transforms.pure import named, parameter_names, to_jax

__all__ = ["Convention", "FlatFunction"]

_Spec = jax.ShapeDtypeStruct
_ARRAYS: Final = (jax.Array, np.generic, _Spec)
#: Other subclasses of ndarray mean more than their elements.
_PLAIN: Final = frozenset({np.ndarray, np.memmap})
_NUMBERS: Final = frozenset({bool, int, float, complex})


@dataclass(frozen=True, slots=True)
class Convention:
    """What a program is called with, and what it gives.

    Parameters
    ----------
    name : str
        The function's.
    parameters : tuple of str
        Names of its positional parameters.
    arguments : dict of str to pytree
        Those it was made for: `jax.ShapeDtypeStruct` for an array, other values fixed.
    result : pytree
        The same of what it gives.
    """

    name: str
    parameters: tuple[str, ...]
    arguments: dict[str, Any]
    result: Any

    @property
    def in_avals(self) -> tuple[_Spec, ...]:
        """The array arguments, in the program's order."""
        return tuple(_specs(self.arguments.values()))

    @property
    def out_avals(self) -> tuple[_Spec, ...]:
        """The arrays among the results, in the program's order."""
        return tuple(_specs([self.result]))

    def arrays(self, args: tuple, kwargs: dict) -> list[Any]:
        """The arrays of a call, in the program's order.

        Raises
        ------
        TypeError
            If the program was made for other arguments.
        """
        given = self._given(args, kwargs)
        for name in self.arguments.keys() ^ given.keys():
            what = "needs the" if name in self.arguments else "was made without the"
            raise TypeError(f"{self.name}: the program {what} argument {name!r}")
        return [
            x
            for name, expected in self.arguments.items()
            for x in self._arrays(name, expected, given[name])
        ]

    def _given(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, x in named(self.parameters, args, kwargs):
            if name in given:
                raise TypeError(f"{self.name}: argument {name!r} is given twice")
            given[name] = x
        return given

    def _arrays(self, name: str, expected: Any, given: Any) -> Iterator[Any]:
        structure: Any
        leaves, structure = jax.tree_util.tree_flatten_with_path(given)
        wanted: Any = jax.tree.structure(expected)
        # A namedtuple that was read from a file has a class of its own.
        if structure != wanted and str(structure) != str(wanted):
            detail = f"has the structure {structure}, the program takes {wanted}"
            raise TypeError(f"{self.name}: argument {name!r} {detail}")
        for (path, x), leaf in zip(leaves, jax.tree.leaves(expected), strict=True):
            reason = _mismatch(leaf, x)
            if reason:
                place = name + jax.tree_util.keystr(path)
                raise TypeError(f"{self.name}: argument {place!r} {reason}")
            if isinstance(leaf, _Spec):
                yield x if isinstance(x, jax.Array) else np.asarray(x)

    def filled(self, arrays: Iterable[Any]) -> Any:
        """The result, with the program's arrays in it."""
        return _filled(self.result, iter(arrays))


def _filled(tree: Any, arrays: Iterator[Any]) -> Any:
    return jax.tree.map(lambda x: next(arrays) if isinstance(x, _Spec) else x, tree)


def _specs(trees: Iterable[Any]) -> Iterator[_Spec]:
    return (x for x in jax.tree.leaves([*trees]) if isinstance(x, _Spec))


def _is_array(x: Any) -> bool:
    return isinstance(x, _ARRAYS) or type(x) in _PLAIN


def _is_value(x: Any) -> bool:
    return _is_array(x) and not isinstance(x, _Spec) and x.dtype in DTYPES


def _text(x: Any) -> str:
    if not _is_array(x):
        return repr(x)
    return f"{x.dtype}[{','.join(map(str, x.shape))}]"


def _mismatch(expected: Any, x: Any) -> str:
    """In which way an argument is not what a program was made for; empty if it is."""
    if isinstance(expected, _Spec):
        found = np.asarray(x) if type(x) in _NUMBERS else x
        if _is_value(found) and _Spec(found.shape, found.dtype) == expected:
            return ""
        return f"is {_text(x)}, the program takes {_text(expected)}"
    if _is_same(expected, x):
        return ""
    text = f"is {_text(x)}, the program was made for {expected!r} alone"
    if type(expected) in _NUMBERS:
        text += "; make it for np.float64(0.5), or such, where a number is to vary"
    return text


def _is_same(a: Any, b: Any) -> bool:
    if type(a) in ATOMS:  # their repr tells nan and -0.0 rightly
        return type(a) is type(b) and repr(a) == repr(b)
    return a is b or (type(a) is type(b) and bool(a == b))


def _spec(place: str, x: Any) -> Any:
    """What of an argument a program is made for."""
    if not _is_array(x):
        if isinstance(x, np.ndarray):
            kind = type(x).__name__
            raise TypeError(f"argument {place!r} is a {kind}: pass a plain array")
        return x
    if x.dtype not in DTYPES:
        raise TypeError(f"argument {place!r} is {_text(x)}, which XLA does not have")
    if not all(isinstance(n, int) for n in x.shape):
        raise TypeError(f"argument {place!r} is {_text(x)}: NumPy code needs its shape")
    return _Spec(x.shape, x.dtype)


def _result_spec(x: Any) -> Any:
    return _Spec(x.shape, x.dtype) if isinstance(x, jax.Array) else x


class FlatFunction:
    """A function written for NumPy as one of arrays alone, for `jax.jit`.

    Parameters
    ----------
    fn : callable
    args, kwargs
        Its arguments. `jax.ShapeDtypeStruct` stands for an array.
    has_effects : bool
        As in `to_jax`.

    Attributes
    ----------
    in_avals : tuple of jax.ShapeDtypeStruct
        What it takes.

    Raises
    ------
    TypeError
        If an argument is an array that no program can take.
    """

    def __init__(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict, *, has_effects: bool
    ) -> None:
        plain = getattr(fn, "__npjit_wrapped__", fn)
        self.__name__ = getattr(plain, "__name__", type(plain).__name__)
        self._pure = to_jax(fn, has_effects=has_effects)
        self._parameters = tuple(parameter_names(plain))
        self._positional = len(args)
        self._names = tuple(kwargs)
        self._arguments = {
            name: jax.tree_util.tree_map_with_path(
                lambda path, x, name=name: _spec(name + jax.tree_util.keystr(path), x),
                tree,
            )
            for name, tree in named(self._parameters, args, kwargs)
        }
        self._result: Any = None
        self.in_avals = tuple(_specs(self._arguments.values()))

    def __call__(self, *arrays: jax.Array) -> list[jax.Array]:
        """The arrays among the results."""
        values = _filled(tuple(self._arguments.values()), iter(arrays))
        args, rest = values[: self._positional], values[self._positional :]
        result = self._pure(*args, **dict(zip(self._names, rest, strict=True)))
        self._result = jax.tree.map(_result_spec, result)
        return [x for x in jax.tree.leaves(result) if isinstance(x, jax.Array)]

    def convention(self) -> Convention:
        """How to call the program, once it has been traced."""
        return Convention(
            self.__name__, self._parameters, self._arguments, self._result
        )
