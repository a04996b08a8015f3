"""What records a call of one of NumPy's callables: functions, ufuncs, scalar types."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, Array, lift
from npjit._array.creation import FROM_OBJECT
from npjit._array.flat import Flat
from npjit._array.host_node import call_at_line
from npjit._array.recorder import call
from npjit._chapters.registry import Kind, Operation, operation_of
from npjit._convert import groups
from npjit._convert.foreign import call_foreign
from npjit._convert.functions import conversion_of
from npjit._convert.up_to_date import peek_into
from npjit._graph.trace import current, user_line

__all__ = ["numpy_scalar", "recorder"]

_recorders: dict[Any, Callable[..., Any]] = {}


def recorder(func: Any) -> Callable[..., Any]:
    """What records a call of a NumPy callable."""
    found = _recorders.get(func)
    if found is None:
        op = operation_of(func)
        made = FROM_OBJECT.get(func)
        if made is not None:

            def found(*args: Any, **kwargs: Any) -> Any:
                if all(map(groups.is_native, args)):
                    return made(*args, **kwargs)
                lifted = tuple(map(_lifted, args))
                if all(map(groups.is_native, lifted)):
                    return made(*lifted, **kwargs)
                return call_foreign(func, args, kwargs)

        elif op.kind is Kind.COMPOSED:
            found = _composed(op)
        else:

            def found(*args: Any, **kwargs: Any) -> Any:
                return call(op, args, kwargs)

        _recorders[func] = found
    return found


def _lifted(x: Any) -> Any:
    """An argument with the stand-ins of the arrays that nested lists hold."""
    kind = type(x)
    if kind is Flat:
        return x.whole()
    return kind(map(_lifted, x)) if kind in (list, tuple) else lift(x)


def _composed(op: Operation) -> Callable[..., Any]:
    """What records a call of a function that NumPy writes in Python."""
    made = conversion_of(inspect.unwrap(op.func))

    def run(*args: Any, **kwargs: Any) -> Any:
        if made is None or any(map(_takes_over, (*args, *kwargs.values()))):
            return call(op, args, kwargs)
        trace = current.trace
        if trace is None or trace.direct:
            return op.func(*args, **kwargs)
        if trace.knows(op):
            return call(op, args, kwargs)
        # Its warnings point to the line that calls it.
        return trace.engine.call(user_line(), made.function, args, kwargs)

    return run


def _takes_over(x: Any) -> bool:
    """Whether NumPy's functions leave a call to the type of this argument."""
    kind = type(x)
    if kind in groups.PLAIN or kind is np.ndarray:
        return False
    return hasattr(kind, "__array_function__")


def numpy_scalar(cls: type[np.generic], *args: Any, **kwargs: Any) -> Any:
    """`np.float64(x)`: a cast if x is a stand-in."""
    if len(args) == 1 and type(args[0]) in STAND_INS and not kwargs:
        x = args[0]
        dtype = np.dtype(cls)
        is_real_of = x.dtype.kind == "c" and dtype.kind != "c"
        if dtype.kind in "biufc" and (x.ndim or not is_real_of):
            made = x.astype(dtype, copy=False)
            return made[()] if type(made) is Array and made.ndim == 0 else made
    trace = current.trace
    if trace is None or trace.direct:
        return cls(*args, **kwargs)
    if not all(map(groups.is_native, args)):
        return call_foreign(cls, args, kwargs)
    real_args = tuple(map(peek_into, args))
    real_kwargs = {k: peek_into(v) for k, v in kwargs.items()}
    return lift(call_at_line(trace, cls, real_args, real_kwargs))
