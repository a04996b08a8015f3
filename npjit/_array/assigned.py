"""What is written to an array: a value as the elements take it."""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array.array import ARRAYS, SCALARS, STAND_INS, Array, Scalar
from npjit._array.host_node import call_on_numbers, constant, has_stand_in
from npjit._array.index_operations import ASSIGN
from npjit._array.needed import need_value
from npjit._array.operands import SERVERS
from npjit._array.recorder import record
from npjit._graph.aval import DTYPES
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = ["as_element", "as_operand", "assign_to", "converted", "has_axes"]


def assign_to(target: Array, value: Any) -> None:
    """`target[...] = value` for a writeable target."""
    trace = target._trace
    if type(value) is Array:
        if value._storage is target._storage:
            same = value._structure is target._structure
            if same and value._starts == target._starts:
                return  # what `x[i] += 1` does after its in-place addition
    elif type(value) is float and target._aval.dtype is _FLOAT64:
        pass
    elif type(value) in SCALARS:
        value = as_element(trace, value, target._aval.dtype)
    elif type(value) not in STAND_INS and type(value) is not np.ndarray:
        value = converted(trace, value, target._aval.dtype)
    record(trace, ASSIGN, (value,), {"out": target})


_FLOAT64 = np.dtype(np.float64)


def converted(trace: Trace, value: Any, dtype: np.dtype) -> Any:
    """A value that is no array, as NumPy would write it; its errors are NumPy's."""
    if isinstance(value, np.ndarray):
        return value
    if has_stand_in(value):
        return SERVERS.viewer.assemble(trace, value, dtype)
    if type(value) is float and dtype == np.float64:
        return value
    if isinstance(value, (int, float, complex, np.generic)):
        cell = np.empty((), dtype)
        line = user_line()
        trace.engine.call(line, np.ndarray.__setitem__, (cell, (), value), {})
        if trace.tape is not None and not _fits(value, cell):
            trace.tape.fail(Reason.WARNS, "a number of another kind is written")
        return cell[()]
    return call_on_numbers(trace, np.array, (value, dtype), {})


def _fits(value: Any, cell: np.ndarray) -> bool:
    """Whether NumPy has surely not warned when it wrote a number."""
    if type(value) is int or type(value) is bool:
        return True  # what is out of bounds has raised
    given = np.asarray(value)
    kind = np.can_cast(given.dtype, cell.dtype, "same_kind")
    return kind and np.isfinite(given) == np.isfinite(cell)


def as_element(trace: Trace, scalar: Scalar, dtype: np.dtype) -> Any:
    """A scalar to be written to integers: NumPy goes through `int`, which may raise."""
    own = scalar._aval.dtype
    is_int = dtype.kind in "iu" and own.kind in "iuf"
    if not is_int or np.can_cast(own, dtype):
        return scalar
    return converted(trace, need_value(scalar, "ndarray.__setitem__"), dtype)


def as_operand(trace: Trace, array: Array, value: Any) -> Any:
    """A value to be written through index arrays, as the log takes it."""
    if type(value) in STAND_INS or isinstance(value, np.ndarray):
        return value
    if isinstance(value, np.generic) and value.dtype in DTYPES:
        # It is cast, and does not go through `int`.
        return constant(trace, np.asarray(value))
    return converted(trace, value, array._aval.dtype)


def has_axes(value: Any) -> bool:
    """Whether a value is more than one element."""
    if type(value) is float:
        return False
    if isinstance(value, (list, tuple)):
        return True
    return (type(value) in ARRAYS or type(value) is np.ndarray) and value.ndim > 0
