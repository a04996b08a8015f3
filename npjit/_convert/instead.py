"""What is called in place of NumPy's functions that JAX cannot trace."""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.host_node import are_plain, call_on_numbers
from npjit._convert.converter import Converted
from npjit._convert.functions import conversion_of
from npjit._convert.up_to_date import peek_into
from npjit._convert.written_out import BY_VALUES, WRITTEN_OUT, vectorized
from npjit._graph.trace import current
from npjit.errors import ConcretizationError

__all__ = ["instead_of"]

#: The types of what may have something in its place.
_REPLACED: Final = frozenset(
    {types.FunctionType, type(len), type(np.sum), np.vectorize, type}
)
#: What only stores, or asks the stand-ins.
_ASKING: Final = frozenset({np.vectorize, copy.copy, copy.deepcopy})


def instead_of(f: Any) -> Any:
    """What to call in place of a function where JAX traces; None if nothing is."""
    if type(f) not in _REPLACED:
        return None
    if f in _ASKING:
        return f
    if type(f) is np.vectorize:
        return types.MethodType(_conversion_of(vectorized).function, f)
    text = WRITTEN_OUT.get(f)
    if text is not None:
        return _conversion_of(text).function
    text = BY_VALUES.get(f)
    return None if text is None else functools.partial(_by_values, f, text)


@functools.cache
def _conversion_of(text: Any) -> Converted:
    made = conversion_of(text)
    assert made is not None
    return made


def _by_values(
    func: Callable[..., Any], text: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """The call by NumPy, if it knows the values; else as it is written out."""
    trace = current.trace
    assert trace is not None
    if are_plain((*args, *kwargs.values())):
        try:
            given = tuple(map(peek_into, args))
            named = {name: peek_into(x) for name, x in kwargs.items()}
        except ConcretizationError:
            pass
        else:
            return call_on_numbers(trace, func, given, named)
    return _conversion_of(text).function(*args, **kwargs)
