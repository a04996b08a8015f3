"""Functions of indices: `np.take` and its kin.

An index can be out of bounds, or name an element twice, so indices are looked at before
the call is recorded; those of a mask (`np.nonzero`) need no look.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array import selected_calls
from npjit._array.array import (
    PRESUMED,
    STAND_INS,
    Array,
    Selection,
    is_pinned,
    lift_array,
)
from npjit._array.assigned import as_operand
from npjit._array.entries import is_writeable
from npjit._array.host_node import has_stand_in
from npjit._array.index_arrays import (
    answered,
    index_array,
    is_in_bounds,
    is_open,
    late_stack,
)
from npjit._array.index_operations import CHOOSE, PUT, SELECT_CASES, TAKE
from npjit._array.known_indices import interval_of
from npjit._array.needed import need_value
from npjit._array.operands import SERVERS
from npjit._array.recorder import record, record_late
from npjit._array.selection import nonzero as nonzero_of
from npjit._chapters.registry import Operation
from npjit._graph.trace import Trace
from npjit.errors import Reason, Unsupported

__all__ = ["CHECKED", "array_in"]

#: So many choices make a program of selects; more are NumPy's.
_MAX_CHOICES = 32
_MODES = ("raise", "wrap", "clip")


def check(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    """What a function of indices returns; `Unsupported` if NumPy has to run it."""
    if trace.errstate_reacts:
        return Unsupported(Reason.ERRSTATE)
    try:
        return CHECKED[op.rule](trace, *args, **kwargs)
    except Unsupported as failure:
        return failure


def array_in(trace: Trace, x: Any) -> Array:
    """An argument as a stand-in that may be recorded."""
    if type(x) is np.ndarray:
        x = lift_array(trace, x)
    if type(x) is not Array or is_pinned(x) or x._trace is not trace:
        raise Unsupported(Reason.LAYOUT)
    return x


def _given(name: str, value: Any, default: Any) -> dict[str, Any]:
    return {} if value == default else {name: value}


def _check_plain(out: Any, mode: Any) -> None:
    if out is not None or mode not in _MODES:
        raise Unsupported(Reason.PARAMETER)


def _index(trace: Trace, indices: Any, n: int, mode: str) -> Any:
    """Indices as an operand, checked to be in bounds if NumPy would raise."""
    index = index_array(trace, indices)
    if index is None or not (n if mode != "raise" else is_in_bounds(index, n)):
        raise Unsupported(Reason.CAN_FAIL)
    return index


def take(trace, a, indices, axis=None, out=None, mode="raise"):
    """`np.take`."""
    _check_plain(out, mode)
    array = array_in(trace, a)
    if type(indices) is Selection and mode == "raise":
        found = _taken_by_mask(array, indices, axis)
        if found is not None:
            return found
    if axis is None:
        n = array._aval.size
    else:
        axis = _plain_int(axis)
        if not -array._aval.ndim <= axis < array._aval.ndim:
            raise Unsupported(Reason.CAN_FAIL)
        n = array._aval.shape[axis]
    given = {**_given("axis", axis, None), **_given("mode", mode, "raise")}
    stack = late_stack(trace, [indices]) if mode == "raise" else None
    if stack is not None and is_open(index_array(trace, indices), n):
        return record_late(trace, TAKE, (array, indices), given, stack)
    index = _index(trace, indices, n, mode)
    return record(trace, TAKE, (array, index), given)


def _taken_by_mask(array: Array, places: Selection, axis: Any) -> Any:
    """`np.take(array, np.flatnonzero(mask))`."""
    if axis is None and array._aval.is_c:
        array = array.ravel()
    is_flat = array._aval.ndim == 1 and axis in (None, 0, -1)
    return selected_calls.get(array, (places,)) if is_flat else None


def _plain_int(x: Any) -> int:
    if type(x) in STAND_INS:
        x = need_value(x, "axis")
    if not isinstance(x, (int, np.integer)):
        raise Unsupported(Reason.PARAMETER)
    return int(x)


def compress(trace, condition, a, axis=None, out=None):
    """`np.compress`, by a mask as long as the axis."""
    _check_plain(out, "raise")
    array, mask = array_in(trace, a), array_in(trace, condition)
    if mask._aval.dtype.kind != "b" or mask._aval.ndim != 1:
        raise Unsupported(Reason.DATA_DEPENDENT_SHAPE)
    if axis is None:
        array = array.ravel()
    elif axis != 0 or not array._aval.is_c:
        raise Unsupported(Reason.DATA_DEPENDENT_SHAPE)
    return _or_unsupported(selected_calls.get(array, (mask,)))


def nonzero(trace, a):
    """`np.nonzero`, and `np.where` of one argument."""
    return _or_unsupported(nonzero_of(array_in(trace, a)))


def _or_unsupported(found: Any) -> Any:
    if found is None:
        raise Unsupported(Reason.DATA_DEPENDENT_SHAPE)
    return found


def choose(trace, a, choices, out=None, mode="raise"):
    """`np.choose`."""
    _check_plain(out, mode)
    if type(choices) is Array and choices._aval.ndim:
        n = choices._aval.shape[0]
        choices = [choices[i, ...] for i in range(min(n, _MAX_CHOICES + 1))]
    if type(choices) not in (list, tuple) or not 0 < len(choices) <= _MAX_CHOICES:
        raise Unsupported(Reason.PARAMETER)
    index = index_array(trace, a)
    if index is None or type(index) is int:
        raise Unsupported(Reason.CAN_FAIL)
    n = len(choices)
    if mode == "raise" and not _is_below(index, n):
        raise Unsupported(Reason.CAN_FAIL)
    return record(trace, CHOOSE, (index, *choices), _given("mode", mode, "raise"))


def _is_below(index: Any, n: int) -> bool:
    interval = interval_of(index)
    if interval is not None and interval[0] >= 0 and interval[1] < n:
        return True
    return answered(index, _lie_below, n)


def _lie_below(values: Any, n: int) -> bool:
    values = np.asarray(values)
    return values.size == 0 or bool(values.min() >= 0 and values.max() < n)


PRESUMED[_lie_below] = True


def select(trace, condlist, choicelist, default=0):
    """`np.select`."""
    are_lists = all(type(x) in (list, tuple) for x in (condlist, choicelist))
    if not are_lists or len(condlist) != len(choicelist):
        raise Unsupported(Reason.PARAMETER)
    conditions = [array_in(trace, c) for c in condlist]
    operands = (*conditions, *choicelist, default)
    return record(trace, SELECT_CASES, operands, {"n": len(conditions)})


def put(trace, a, ind, v, mode="raise"):
    """`np.put`."""
    array = array_in(trace, a)
    if not is_writeable(array) or mode not in _MODES:
        raise Unsupported(Reason.WRITES_BUFFER)
    n = array._aval.size
    index = _index(trace, ind, n, mode)
    if array._aval.dtype.kind != "c" and not has_stand_in(v) and np.iscomplexobj(v):
        raise Unsupported(Reason.WARNS)  # of the cast, inside np.put
    try:
        value = as_operand(trace, array, v)
    except (TypeError, ValueError, OverflowError) as error:  # NumPy words it
        raise Unsupported(Reason.CAN_FAIL) from error
    if not np.size(value) or _names_twice(index, n, mode):
        raise Unsupported(Reason.CAN_FAIL)
    given = {"out": array, **_given("mode", mode, "raise")}
    record(trace, PUT, (value, index), given)


def _names_twice(index: Any, n: int, mode: str) -> bool:
    """Whether flat indices name an element twice: NumPy keeps the last value."""
    if type(index) is int:
        return False
    return answered(index, _meet_twice, n, mode)


def _meet_twice(values: Any, n: int, mode: str) -> bool:
    values = np.ravel(values).astype(np.int64)
    places = np.clip(values, 0, n - 1) if mode == "clip" else values % n
    return np.unique(places).size < places.size


PRESUMED[_meet_twice] = False


def ix_(trace, *args):
    """`np.ix_`: views of its arguments, one axis each."""
    vectors = [array_in(trace, np.asarray(x) if type(x) is list else x) for x in args]
    if any(x._aval.ndim != 1 or x._aval.dtype.kind not in "iu" for x in vectors):
        raise Unsupported(Reason.DATA_DEPENDENT_SHAPE)
    n = len(vectors)
    return tuple(
        x.reshape((1,) * k + (x._aval.size,) + (1,) * (n - k - 1))
        for k, x in enumerate(vectors)
    )


#: What records a call of these functions, or raises `Unsupported`.
CHECKED: dict[Any, Any] = {
    np.take: take,
    np.compress: compress,
    np.nonzero: nonzero,
    np.where: nonzero,
    np.choose: choose,
    np.select: select,
    np.put: put,
    np.ix_: ix_,
}
SERVERS.check = check
