"""What NumPy's functions that are written out ask of values, and of memory.

The answers are known where only derivatives are traced; else the usual one is presumed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from npjit._array.array import PRESUMED, STAND_INS, ask, peek
from npjit._array.recorder import call
from npjit._array.view_functions import strided
from npjit._chapters.registry import operation_of
from npjit.errors import ConcretizationError

__all__ = ["are_none", "ends", "first", "items", "recorded", "windows", "with_strides"]


def recorded(func: Callable[..., Any], *args: Any) -> Any:
    """A call of NumPy's function itself, which JAX has."""
    return call(operation_of(func), args, {})


def ends(is_set: Any) -> tuple[int, int | None]:
    """Where what is set begins and stops; presumed: all of it is."""
    found: tuple[int, int | None] = _answer(_ends, is_set)
    return found


def first(is_set: Any) -> int:
    """The first place that is set, the length if there is none; presumed: the first."""
    found: int = _answer(_first, is_set)
    return found


def are_none(is_set: Any) -> bool:
    """Whether none is set; presumed: some are."""
    return bool(_answer(_none, is_set))


def items(a: Any, n: int) -> list[Any]:
    """The parts of an array that its last n axes hold, in C order.

    Numbers that are known are NumPy's own: Python may branch on them.
    """
    if type(a) in STAND_INS and not n:
        try:
            return list(np.asarray(peek(a)).flat)
        except ConcretizationError:
            pass
    return [a[place] for place in np.ndindex(a.shape[: a.ndim - n])]


def windows(x: Any, window_shape: Any, axis: Any) -> Any:
    """`sliding_window_view` of a stand-in."""
    places = sliding_window_view(np.empty(x.shape, np.int8), window_shape, axis)
    return strided(x, places.shape, places.strides)


def with_strides(x: Any, shape: Any, strides: Any) -> Any:
    """`as_strided` of a stand-in; NotImplemented if it is not in C order."""
    shape = x.shape if shape is None else tuple(shape)
    strides = x.strides if strides is None else tuple(strides)
    steps = tuple(stride // x.itemsize for stride in strides)
    reach = [(n - 1) * step for n, step in zip(shape, steps, strict=True)]
    is_inside = all(step >= 0 for step in steps) and sum(reach) < x.size
    is_whole = not any(stride % x.itemsize for stride in strides)
    if not (x._aval.is_c and is_inside and is_whole and 0 not in shape):
        return NotImplemented
    return strided(x, shape, steps)


def _answer(question: Callable[[np.ndarray], Any], a: Any) -> Any:
    return ask(a._trace, question, a) if type(a) in STAND_INS else question(a)


def _ends(is_set: np.ndarray) -> tuple[int, int]:
    places = np.flatnonzero(is_set)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)


def _first(is_set: np.ndarray) -> int:
    return int(np.argmax(is_set)) if is_set.any() else len(is_set)


def _none(is_set: np.ndarray) -> bool:
    return not is_set.any()


PRESUMED[_ends] = (0, None)
PRESUMED[_first] = 0
PRESUMED[_none] = False
