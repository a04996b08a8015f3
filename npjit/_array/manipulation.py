"""`np.delete`, `np.insert`, `np.block`: they become other calls, which are recorded.

Which element of the result comes from where is asked of NumPy, with positions in the
place of elements; so that one program serves all places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, Array, lift_array
from npjit._array.assigned import as_operand
from npjit._array.host_node import constant, has_stand_in
from npjit._array.index_functions import CHECKED, array_in
from npjit._array.index_operations import BLOCK, GATHER, TAKE
from npjit._array.needed import need_value
from npjit._array.recorder import call, record
from npjit._chapters.registry import operation_of
from npjit._graph.trace import Trace
from npjit.errors import Reason, Unsupported

__all__: list[str] = []


def delete(trace, arr, obj, axis=None):
    """`np.delete`."""
    array, axis = _along(trace, arr, axis)
    obj = _places(obj)
    kept = _asked(np.delete, np.arange(array.shape[axis]), obj)
    is_copied = isinstance(obj, (int, np.integer, slice)) or np.size(obj) == 1
    index = constant(trace, kept)
    if is_copied:
        return record(trace, TAKE, (array, index), {"axis": axis})
    # As NumPy does it, in the memory order of x[:, i].
    key = (("slice", None, None, None),) * axis + (("array", 0),)
    return record(trace, GATHER, (array, index), {"key": key})


def insert(trace, arr, obj, values, axis=None):
    """`np.insert`."""
    array, axis = _along(trace, arr, axis)
    obj, n = _places(obj), array.shape[axis]
    if isinstance(obj, slice):
        obj = np.arange(*obj.indices(n))
    if np.asarray(obj).dtype == bool:  # as many places as it has True
        raise Unsupported(Reason.PARAMETER)
    new = _as_new(trace, array, values)
    if not np.ndim(obj):
        new = np.moveaxis(new, 0, axis)
    count = new.shape[axis] if np.size(obj) == 1 else np.size(obj)
    shape = (*array.shape[:axis], count, *array.shape[axis + 1 :])
    try:
        new = np.broadcast_to(new, shape)
    except ValueError as error:
        raise Unsupported(Reason.CAN_FAIL) from error
    source = _asked(np.insert, np.arange(n), obj, np.arange(n, n + count))
    joined = call(operation_of(np.concatenate), ([array, new],), {"axis": axis})
    index = constant(trace, source)
    return record(trace, TAKE, (joined, index), {"axis": axis})


def _along(trace: Trace, arr: Any, axis: Any) -> tuple[Array, int]:
    """The array and its axis; flat without one."""
    array = array_in(trace, arr)
    if axis is None:
        return array.ravel() if array.ndim != 1 else array, 0
    is_fortran = array._aval.is_contiguous and not array._aval.is_c
    if type(axis) is not int or not -array.ndim <= axis < array.ndim or is_fortran:
        raise Unsupported(Reason.PARAMETER)
    return array, axis % array.ndim


def _places(obj: Any) -> Any:
    if type(obj) in STAND_INS:
        return need_value(obj, "index")
    if has_stand_in(obj):
        raise Unsupported(Reason.PARAMETER)
    return obj


def _asked(func: Any, *args: Any) -> np.ndarray:
    """What NumPy does to positions."""
    try:
        result: np.ndarray = func(*args)
    except (IndexError, ValueError, TypeError) as error:  # NumPy words it
        raise Unsupported(Reason.CAN_FAIL) from error
    return result


def _as_new(trace: Trace, array: Array, values: Any) -> Any:
    """Values to be inserted, in the dtype of the array and with as many axes."""
    if type(values) not in STAND_INS:
        try:
            values = as_operand(trace, array, values)
        except (TypeError, ValueError, OverflowError) as error:
            raise Unsupported(Reason.CAN_FAIL) from error  # or the index is worse
        if type(values) is np.ndarray:
            values = lift_array(trace, values)
        elif type(values) not in STAND_INS:
            values = constant(trace, np.asarray(values))
    if type(values) is not Array:
        raise Unsupported(Reason.PARAMETER)
    new = values.astype(array.dtype, copy=False)
    return new.reshape((1,) * (array.ndim - new.ndim) + new.shape)


def block(trace, arrays):
    """`np.block`."""
    leaves: list[Any] = []
    template = _template(arrays, leaves)
    return record(trace, BLOCK, tuple(leaves), {"template": template})


def _template(x: Any, leaves: list[Any]) -> Any:
    """Nested lists with the number of each leaf in its place."""
    if type(x) is list:
        return [_template(item, leaves) for item in x]
    if type(x) is tuple:  # NumPy refuses them
        raise Unsupported(Reason.PARAMETER)
    leaves.append(x)
    return len(leaves) - 1


CHECKED.update({np.delete: delete, np.insert: insert, np.block: block})
