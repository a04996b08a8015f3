"""`x[...]` and `x[...] = value`.

Basic indices give views: NumPy applies them to a shadow. Index
arrays are looked at, since they can be out of bounds, and then recorded; a mask that is
read makes the shape depend on values and runs in NumPy, one that is written does not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    is_pending,
    lift_array,
    peek,
    real_of,
)
from npjit._array.host_node import direct, has_stand_in, host_node
from npjit._array.index_operations import (
    ASSIGN,
    GATHER,
    GET_ON_HOST,
    ITEM,
    PUT_MASK,
    SCATTER,
    SET_ON_HOST,
)
from npjit._array.recorder import is_writeable, record
from npjit._array.view import View, shadow_of, view_of_shadow
from npjit._graph.aval import DTYPES, Aval
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = [
    "get_item",
    "index_array",
    "is_in_bounds",
    "need_value",
    "set_item",
    "view_with",
]


def view_with(parent: Array, view: View) -> Array:
    """The stand-in of a view of `parent`."""
    structure = parent._structure
    for prim in view.prims:
        structure = structure.then(prim)
    array = Array(
        parent._trace,
        parent._storage,
        view.aval,
        structure,
        parent._starts + view.starts,
        parent._offset + view.offset,
    )
    array._is_view = True
    array._readonly = not view.writeable or not is_writeable(parent)
    return array


@lru_cache(maxsize=16384)
def _basic_view(aval: Aval, key: tuple, types: tuple) -> View | None:
    """The view of a basic index; `types` keeps `True` and `1` apart."""
    shadow = shadow_of(aval)
    index = tuple(slice(*k) if type(k) is tuple else k for k in key)
    # The Ellipsis keeps NumPy from reading an element of the shadow.
    child = shadow[index if Ellipsis in key else (*index, ...)]
    return view_of_shadow(aval, shadow, child)


def _basic_key(key: tuple) -> tuple[tuple, tuple] | None:
    """The key as hashable parts, if it is basic, and their types."""
    parts: list[Any] = []
    types: list[type] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            parts.append((_bound(k.start), _bound(k.stop), _bound(k.step)))
        elif kind is int or k is None or k is Ellipsis:
            parts.append(k)
        elif isinstance(k, np.integer):
            parts.append(int(k))
        elif kind in SCALARS and k._aval.dtype.kind in "iu":
            parts.append(int(need_value(k, "index")))
        else:
            return None
        types.append(kind)
    return tuple(parts), tuple(types)


def _bound(bound: Any) -> int | None:
    return None if bound is None else bound.__index__()


def get_item(array: Array, key: Any) -> Any:
    """`array[key]`."""
    trace = array._trace
    if trace.direct:
        return direct(np.ndarray.__getitem__, (array, key), {})
    keys = key if type(key) is tuple else (key,)
    try:
        basic = _basic_key(keys)
    except (TypeError, AttributeError):  # a bound that is no integer
        return _host_get(trace, array, key, Reason.CAN_FAIL)
    if basic is None:
        return _advanced_get(trace, array, key, keys)
    view = _basic_view(array._aval, *basic)
    if view is None or array._storage.pinned:
        return _host_get(trace, array, key, Reason.LAYOUT)
    child = view_with(array, view)
    if view.aval.ndim == 0 and Ellipsis not in basic[0]:
        return record(trace, ITEM, (child,), {})
    return child


def _host_get(trace: Trace, array: Array, key: Any, reason: Reason) -> Any:
    """The index is NumPy's; a view it returns is known by its memory."""
    if array._storage.pinned:
        real = real_of(array)
        result = real[_real_key(key)]
        return lift_array(trace, result) if type(result) is np.ndarray else result
    return host_node(trace, GET_ON_HOST, (array, key), {}, reason)


def _real_key(key: Any) -> Any:
    if type(key) in STAND_INS:
        return real_of(key)
    return tuple(map(_real_key, key)) if type(key) is tuple else key


def set_item(array: Array, key: Any, value: Any) -> None:
    """`array[key] = value`."""
    trace = array._trace
    if trace.direct:
        direct(np.ndarray.__setitem__, (array, key, value), {})
        return
    keys = key if type(key) is tuple else (key,)
    try:
        basic = _basic_key(keys)
    except (TypeError, AttributeError):
        basic = None
    if array._storage.pinned or not is_writeable(array):
        _host_set(trace, array, key, value, Reason.LAYOUT)
    elif basic is None:
        _advanced_set(trace, array, key, keys, value)
    else:
        view = _basic_view(array._aval, *basic)
        if view is None:
            _host_set(trace, array, key, value, Reason.LAYOUT)
        elif view.aval.ndim == 0 and _has_axes(value):
            # One element is set by `float(value)`, `x[...]` by broadcasting.
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
        else:
            assign_to(view_with(array, view), value)


def _has_axes(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return True
    return type(value) in (Array, np.ndarray) and value.ndim > 0


def _host_set(trace, array, key, value, reason) -> None:
    host_node(trace, SET_ON_HOST, (array, key, value), {}, reason)


def assign_to(target: Array, value: Any) -> None:
    """`target[...] = value` for a writeable target."""
    trace = target._trace
    if type(value) is Array and value._storage is target._storage:
        same = value._structure is target._structure
        if same and value._starts == target._starts:
            return  # what `x[i] += 1` does after its in-place addition
    if type(value) not in STAND_INS and type(value) is not np.ndarray:
        value = _converted(trace, value, target._aval.dtype)
    record(trace, ASSIGN, (value,), {"out": target})


def _converted(trace: Trace, value: Any, dtype: np.dtype) -> Any:
    """A value that is no array, as NumPy would write it; its errors are NumPy's."""
    if has_stand_in(value) or isinstance(value, np.ndarray):
        return value
    if type(value) is float and dtype == np.float64:
        return value
    if isinstance(value, (int, float, complex, np.generic)):
        cell = np.empty((), dtype)
        line = user_line()
        trace.engine.call(line, np.ndarray.__setitem__, (cell, (), value), {})
        return cell[()]
    return trace.engine.call(user_line(), np.array, (value, dtype), {})


# Index arrays and masks -------------------------------------------------------------


def _advanced_get(trace: Trace, array: Array, key: Any, keys: tuple) -> Any:
    template = _template(trace, array, keys)
    if template is None:
        reason = Reason.DATA_DEPENDENT_SHAPE if _has_mask(keys) else Reason.CAN_FAIL
        return _host_get(trace, array, key, reason)
    spec, indices = template
    return record(trace, GATHER, (array, *indices), {"key": spec})


def _advanced_set(
    trace: Trace, array: Array, key: Any, keys: tuple, value: Any
) -> None:
    if len(keys) == 1 and _is_mask(keys[0]) and _broadcasts(array, keys[0], value):
        if type(value) not in STAND_INS and not isinstance(value, np.ndarray):
            value = _converted(trace, value, array._aval.dtype)
        record(trace, PUT_MASK, (value, keys[0]), {"out": array})
        return
    template = _template(trace, array, keys)
    if template is None or _has_duplicates(array, *template):
        _host_set(trace, array, key, value, Reason.CAN_FAIL)
        return
    spec, indices = template
    if type(value) not in STAND_INS and not isinstance(value, np.ndarray):
        value = _converted(trace, value, array._aval.dtype)
    record(trace, SCATTER, (value, *indices), {"key": spec, "out": array})


def _is_mask(k: Any) -> bool:
    return type(k) is Array and k._aval.dtype.kind == "b" and k._aval.ndim > 0


def _has_mask(keys: tuple) -> bool:
    return any(_is_mask(k) or isinstance(k, (bool, np.bool_)) for k in keys)


def _broadcasts(array: Array, mask: Array, value: Any) -> bool:
    """Whether a masked value is one for all, whatever the number of True."""
    ndim = getattr(value, "ndim", None)
    if ndim is None:
        ndim = np.ndim(value) if not has_stand_in(value) else array._aval.ndim
    return ndim <= array._aval.ndim - mask._aval.ndim


def _template(trace: Trace, array: Array, keys: tuple) -> tuple[tuple, list] | None:
    """A static key and its index arrays, checked to be in bounds; else None."""
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
            bounds = (_bound(k.start), _bound(k.stop), _bound(k.step))
            spec.append(("slice", *bounds))
            axis += 1
        else:
            index = index_array(trace, k)
            if index is None or axis >= array._aval.ndim:
                return None
            if not is_in_bounds(index, array._aval.shape[axis]):
                return None
            spec.append(("array", len(indices)))
            indices.append(index)
            axis += 1
    return tuple(spec), indices


def index_array(trace: Trace, k: Any) -> Any:
    """An index array or integer as an operand; None if it is something else."""
    kind = type(k)
    if kind is int or isinstance(k, np.integer):
        return int(k)
    if kind in STAND_INS:
        return k if k._aval.dtype.kind in "iu" else None
    if kind is list:
        k = np.asarray(k) if not has_stand_in(k) else None
    if type(k) is np.ndarray and k.dtype in DTYPES and k.dtype.kind in "iu":
        return lift_array(trace, k, external=k is not None and kind is np.ndarray)
    return None


def is_in_bounds(index: Any, n: int) -> bool:
    if type(index) is int:
        return -n <= index < n
    values = need_value(index, "index array")
    return values.size == 0 or bool(-n <= values.min() and values.max() < n)


def _has_duplicates(array: Array, spec: tuple, indices: list) -> bool:
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
    real = [i if type(i) is int else peek(i) for i in indices]
    pairs = zip(real, shape, strict=True)
    positive = [np.where(np.less(i, 0), np.add(i, n), i) for i, n in pairs]
    try:
        flat = np.ravel_multi_index(np.broadcast_arrays(*positive), shape)
    except ValueError:  # index arrays that do not broadcast: NumPy raises
        return True
    return np.unique(flat).size < np.size(flat)


def need_value(stand_in: Any, what: str) -> Any:
    """The value, because Python or a check needs it now: a break if it is pending."""
    if is_pending(stand_in):
        trace = stand_in._trace
        trace.tell("break", what, Reason.VALUE_NEEDED, user_line())
    return peek(stand_in)
