"""Index arrays: they are looked at before they are used, unless they surely fit.

They can be out of bounds, and may name an element twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from npjit._array.array import PRESUMED, STAND_INS, Array, ask, is_pending, lift_array
from npjit._array.basic_indices import as_bound
from npjit._array.host_node import call_on_numbers, has_stand_in
from npjit._array.known_indices import interval_of
from npjit._array.needed import tell_if_pending
from npjit._array.operands import SERVERS
from npjit._graph.aval import DTYPES
from npjit._graph.stack import Stack, unguarded_stack
from npjit._graph.trace import Trace

__all__ = [
    "answered",
    "has_duplicates",
    "index_array",
    "is_in_bounds",
    "is_open",
    "late_stack",
    "template_of",
]


def template_of(
    trace: Trace, array: Array, keys: tuple, *, may_be_late: bool = False
) -> tuple[tuple, list, bool] | None:
    """A static key and its index arrays, checked to be in bounds; else None.

    With `may_be_late` those that are not computed yet are not looked at; the last part
    of the result tells whether there are any.
    """
    is_late = False
    spec: list[Any] = []
    indices: list[Any] = []
    axis = 0
    n_axes = sum(k is not None and k is not Ellipsis for k in keys)
    for k in keys:
        kind = type(k)
        if k is None:
            spec.append(None)
        elif k is Ellipsis:
            spec.append(Ellipsis)
            axis += array._aval.ndim - n_axes
        elif kind is slice:
            bounds = (as_bound(k.start), as_bound(k.stop), as_bound(k.step))
            spec.append(("slice", *bounds))
            axis += 1
        else:
            index = index_array(trace, k)
            if index is None or axis >= array._aval.ndim:
                return None
            n = array._aval.shape[axis]
            if may_be_late and is_open(index, n):
                is_late = True
            elif not is_in_bounds(index, n):
                return None
            spec.append(("array", len(indices)))
            indices.append(index)
            axis += 1
    return tuple(spec), indices, is_late


def index_array(trace: Trace, k: Any) -> Any:
    """An index array or integer as an operand; None if it is something else."""
    kind = type(k)
    if kind in STAND_INS:
        return k if k._aval.dtype.kind in "iu" else None
    if kind is int or isinstance(k, np.integer):
        return int(k)
    if kind in _SEQUENCES:
        if trace.is_pure and has_stand_in(k):
            return index_array(trace, SERVERS.viewer.assemble(trace, k, None))
        given, k = k, np.asarray(k) if not has_stand_in(k) else None
        if k is not None and k.dtype in DTYPES and k.dtype.kind in "iu":
            return call_on_numbers(trace, np.asarray, (given,), {})
        return None
    if kind is np.ndarray and k.dtype in DTYPES and k.dtype.kind in "iu":
        return lift_array(trace, k)
    return None


#: What NumPy makes an index array of; a tuple only where it is one of several.
_SEQUENCES = frozenset({list, tuple, range})


def is_in_bounds(index: Any, n: int) -> bool:
    """Whether an index array or integer fits an axis of length n."""
    if type(index) is int:
        return -n <= index < n
    if _is_known(index, n):
        return True
    return answered(index, _lie_within, n)


def is_open(index: Any, n: int) -> bool:
    """Whether only its value tells that an index is in bounds, and it is pending."""
    if type(index) not in STAND_INS or not is_pending(index):
        return False
    return not _is_known(index, n)


def _is_known(index: Any, n: int) -> bool:
    interval = interval_of(index)
    return interval is not None and -n <= interval[0] and interval[1] < n


def answered(index: Any, question: Callable[..., bool], *static: Any) -> bool:
    """The answer to a question about the values of an index array."""
    tell_if_pending(index, "index array")
    return bool(ask(index._trace, question, index, *static))


def _lie_within(values: np.ndarray, n: int) -> bool:
    values = np.asarray(values)
    return values.size == 0 or bool(-n <= values.min() and values.max() < n)


PRESUMED[_lie_within] = True


def has_duplicates(array: Array, spec: tuple, indices: list) -> bool:
    """Whether an element may be written twice; NumPy keeps the last."""
    shape = []
    axis = 0
    n_axes = sum(part is not None and part is not Ellipsis for part in spec)
    for part in spec:
        if part is Ellipsis:
            axis += array._aval.ndim - n_axes
        elif part is not None:
            if part[0] == "array":
                shape.append(array._aval.shape[axis])
            axis += 1
    return bool(ask(array._trace, _meet_twice, tuple(shape), *indices))


def _meet_twice(shape: tuple[int, ...], *indices: Any) -> bool:
    """Whether index arrays name an element of an array of this shape twice."""
    # A narrow dtype could not hold the length that is added to negative indices.
    real = [i if type(i) is int else np.int64(i) for i in indices]
    pairs = zip(real, shape, strict=True)
    positive = [np.where(np.less(i, 0), np.add(i, n), i) for i, n in pairs]
    try:
        flat = np.ravel_multi_index(np.broadcast_arrays(*positive), shape)
    except ValueError:  # index arrays that do not broadcast: NumPy raises
        return True
    return np.unique(flat).size < np.size(flat)


PRESUMED[_meet_twice] = False


def late_stack(trace: Trace, keys: Iterable[Any]) -> Stack | None:
    """The lines of an operation that may find its indices out of bounds later.

    None if all of them are computed, so that they can be looked at, or if a handler
    would catch the error.
    """
    pending = (type(k) in STAND_INS and is_pending(k) for k in keys)
    if trace.errstate_reacts or not any(pending):
        return None
    return unguarded_stack(trace.bottom)
