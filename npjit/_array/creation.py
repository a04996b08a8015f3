"""`np.array` and its kin: of a stand-in, of lists with stand-ins, of anything else."""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array.array import SCALARS, Array, Selection, lift_array
from npjit._array.host_node import (
    has_stand_in,
    host_node,
    real_copy,
)
from npjit._array.indexing import set_item
from npjit._array.operands import SERVERS
from npjit._array.recorder import call
from npjit._array.settling import settle
from npjit._array.view import ORDERS
from npjit._chapters.registry import operation_of
from npjit._graph.aval import DTYPES
from npjit._graph.trace import current, user_line
from npjit.errors import Reason

__all__ = ["FROM_OBJECT"]


def _from_real(func: Any, args: tuple, kwargs: dict) -> Any:
    """Python objects become a leaf: nothing is computed, so it is no fallback."""
    if has_stand_in(list(args)):  # of a recording that has stopped
        args = tuple(map(real_copy, args))
    trace = current.trace
    if trace is None:
        return func(*args, **kwargs)
    result = trace.engine.call(user_line(), func, args, kwargs)
    if type(result) is not np.ndarray or trace.direct:
        return result
    lifted = lift_array(trace, result, external=False)
    if trace.tape is not None:
        trace.tape.calls(func, args, kwargs, [])
        trace.tape.returns(result, lifted)
    return lifted


def array(obj, *args, **kwargs):
    """`np.array` while a trace records."""
    trace = current.trace
    if trace is None or trace.direct or not has_stand_in(obj):
        return _from_real(np.array, (obj, *args), kwargs)
    if len(args) > 1 or set(kwargs) - {"dtype", "copy", "order", "subok", "ndmin"}:
        op = operation_of(np.array)
        return host_node(trace, op, (obj, *args), kwargs, Reason.PARAMETER)
    dtype = args[0] if args else kwargs.get("dtype")
    made = _array(obj, dtype, kwargs.get("copy", True), kwargs.get("order"))
    missing = kwargs.get("ndmin", 0) - made.ndim
    return made.reshape((1,) * missing + made.shape) if missing > 0 else made


def asarray(obj, dtype=None, order=None, *, device=None, copy=None, like=None):
    """`np.asarray` while a trace records."""
    trace = current.trace
    if trace is None or trace.direct or not has_stand_in(obj) or like is not None:
        given = {"copy": copy} if copy is not None else {}
        return _from_real(np.asarray, (obj, dtype, order), given)
    return _array(obj, dtype, copy, order)


def asanyarray(obj, dtype=None, order=None, *, device=None, copy=None, like=None):
    """`np.asanyarray` while a trace records."""
    if has_stand_in(obj):
        return asarray(obj, dtype, order, copy=copy)
    given = {"copy": copy} if copy is not None else {}
    return _from_real(np.asanyarray, (obj, dtype, order), given)


def ascontiguousarray(obj, dtype=None, *, like=None):
    """`np.ascontiguousarray` while a trace records."""
    if not has_stand_in(obj):
        return _from_real(np.ascontiguousarray, (obj, dtype), {})
    made = _array(obj, dtype, None, "C")
    return made.reshape(1) if made.ndim == 0 else made


def asfortranarray(obj, dtype=None, *, like=None):
    """`np.asfortranarray` while a trace records."""
    if not has_stand_in(obj):
        return _from_real(np.asfortranarray, (obj, dtype), {})
    made = _array(obj, dtype, None, "F")
    return made.reshape(1) if made.ndim == 0 else made


def _array(obj: Any, dtype: Any, copy: bool | None, spelled: str | None) -> Any:
    trace = current.trace
    assert trace is not None
    order = "K" if spelled is None else ORDERS.get(spelled)
    if order is None:  # NumPy refuses it
        op = operation_of(np.array)
        keywords = {"order": spelled, "copy": copy}
        return host_node(trace, op, (obj,), keywords, Reason.PARAMETER)
    copy = _COPY_MODES.get(copy, copy)
    wanted = None if dtype is None else np.dtype(dtype)
    if wanted is not None and wanted not in DTYPES:
        return host_node(trace, operation_of(np.array), (obj, wanted), {}, Reason.DTYPE)
    if type(obj) is Selection:
        if copy is None and order in ("K", "A") and wanted in (None, obj.dtype):
            return obj
        settle(obj)
    if type(obj) is not Array:
        if copy is False:
            op = operation_of(np.array)
            return host_node(trace, op, (obj,), {"copy": False}, Reason.PARAMETER)
        if type(obj) in SCALARS:
            made = _zero_d(obj)
            made = made if wanted is None else made.astype(wanted, copy=False)
        else:
            made = SERVERS.viewer.assemble(trace, list(obj), wanted)
        return _in_order(made, order)
    same = wanted is None or wanted == obj._aval.dtype
    if copy is False and not (same and _is_in_order(obj, order)):
        given = {"dtype": wanted, "order": order, "copy": False}  # NumPy refuses
        return host_node(trace, operation_of(np.array), (obj,), given, Reason.CAN_FAIL)
    if not same:
        made = obj.astype(wanted)
    elif copy:
        made = call(operation_of(np.copy), (obj,), {"order": order})
    else:
        made = obj
    return _in_order(made, order)


#: NumPy's own names of what `copy` may be; libraries use them.
_COPY_MODES: dict[Any, bool | None] = {
    np._CopyMode.ALWAYS: True,
    np._CopyMode.NEVER: False,
    np._CopyMode.IF_NEEDED: None,
}


def _zero_d(scalar: Any) -> Any:
    made = call(operation_of(np.empty), ((), scalar._aval.dtype), {})
    set_item(made, ..., scalar)
    return made


def _is_in_order(a: Array, order: str) -> bool:
    if order in ("K", "A"):
        return True
    return bool(a._aval.is_c if order == "C" else a.T._aval.is_c)


def _in_order(a: Array, order: str) -> Array:
    """The array itself if it lies in this order, else a copy that does."""
    if _is_in_order(a, order):
        return a
    made = call(operation_of(np.empty), (a._aval.shape, a._aval.dtype, order), {})
    set_item(made, ..., a)
    return made


FROM_OBJECT = {
    np.array: array,
    np.asarray: asarray,
    np.asanyarray: asanyarray,
    np.ascontiguousarray: ascontiguousarray,
    np.asfortranarray: asfortranarray,
}
