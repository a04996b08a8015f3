"""Methods of the stand-ins, attached from tables.

Each ends in the recorder, under the NumPy callable it is another spelling of.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import (
    STAND_INS,
    Array,
    Scalar,
    attach,
    is_pinned,
    peek,
    real_of,
    relift,
)
from npjit._array.by_real import as_real, method_of_real
from npjit._array.entries import is_writeable
from npjit._array.host_node import (
    direct,
    host_node,
)
from npjit._array.index_operations import RESHAPE_COPY, SORT_INTO
from npjit._array.indexing import get_item, set_item
from npjit._array.needed import need_value
from npjit._array.recorder import (
    call,
    record,
)
from npjit._array.view import ORDERS
from npjit._array.view_functions import (
    in_plain_order,
    ravel,
    reshape,
    view_dtype,
)
from npjit._chapters.registry import Kind, Operation, operation_of, respelled
from npjit._chapters.sorting import MAX_SORTED
from npjit.errors import ConcretizationError, Reason

__all__: list[str] = []

#: Methods that are NumPy functions of the array, with the same parameters.
FUNCTIONS = {
    "sum": np.sum,
    "prod": np.prod,
    "mean": np.mean,
    "std": np.std,
    "var": np.var,
    "max": np.max,
    "min": np.min,
    "any": np.any,
    "all": np.all,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "dot": np.dot,
    "trace": np.trace,
    "repeat": np.repeat,
    "swapaxes": np.swapaxes,
    "squeeze": np.squeeze,
    "diagonal": np.diagonal,
    "ravel": np.ravel,
    "round": np.round,
    "nonzero": np.nonzero,
    "argsort": np.argsort,
    "argpartition": np.argpartition,
    "searchsorted": np.searchsorted,
    "take": np.take,
    "choose": np.choose,
    "put": np.put,
}
#: Methods of ndarray that write it, run on the real one.
WRITING = {"partition": np.partition, "byteswap": None, "setfield": None}
#: The view and the argument of the question.
_REFS_OF_ONE_VIEW = 2
#: The real array of a stand-in, as a variable and as the argument of the question.
_REFS_OF_REAL = 2
_NUMBERS = frozenset({int, float, complex, bool})


def _function(method: Callable[..., Any], func: Callable[..., Any]) -> Callable:
    # The method warns from other lines than the function does, and words errors apart.
    op = operation_of(func)
    if op.kind is not Kind.VIEW:
        op = respelled(op, method, method.__qualname__)
    return lambda self, *args, **kwargs: call(op, (self, *args), kwargs)


def _writing(name: str, made: Callable[..., Any] | None = None) -> Callable:
    """A method that writes the array: NumPy runs it at once.

    Where JAX traces, what is `made` by a function is written.
    """
    method = getattr(np.ndarray, name)

    def bind(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        return args, kwargs

    op = Operation(
        method, Kind.HOST, name=f"ndarray.{name}", bind=bind, writes=("self",)
    )

    def run(self, *args, **kwargs):
        if self._trace.direct:
            return direct(method, (self, *args), kwargs)
        trace = self._trace
        if trace.is_pure and made is not None:
            set_item(self, ..., call(operation_of(made), (self, *args), kwargs))
            return None
        return host_node(trace, op, (self, *args), kwargs, Reason.WRITES_BUFFER)

    return run


def _shape_of(shape: tuple) -> Any:
    return shape[0] if len(shape) == 1 else shape


def _reshape(self, *shape, order="C", copy=None):
    is_none = len(shape) == 1 and shape[0] is None
    if self._trace.direct or type(self) is not Array or not shape or is_none:
        return method_of_real(self, "reshape", *shape, order=order, copy=copy)
    if self._storage.pinned:
        given = {} if copy is None else {"copy": copy}
        return call(operation_of(np.reshape), (self, _shape_of(shape), order), given)
    return reshape(self, _shape_of(shape), order, copy=copy)


def _ravel(self, order="C"):
    if self._trace.direct or type(self) is not Array or self._storage.pinned:
        return call(operation_of(np.ravel), (self, order), {})
    return ravel(self, order)


def _flatten(self, order="C"):
    is_plain = type(self) is Array and type(order) is str and order in ORDERS
    if self._trace.direct or not is_plain:
        return method_of_real(self, "flatten", order)
    self, order = in_plain_order(self, ORDERS[order])
    if order == "K":
        return method_of_real(self, "flatten", order)
    given: dict[str, Any] = {"shape": (self._aval.size,)}
    if order == "F":
        given["order"] = order
    return record(self._trace, RESHAPE_COPY, (self,), given)


def _compress(self, condition, axis=None, out=None):
    given = {"axis": axis} if out is None else {"axis": axis, "out": out}
    return call(operation_of(np.compress), (condition, self), given)


def _conjugate(self, *args, **kwargs):
    is_real = self._aval.dtype.kind != "c"
    if is_real and not args and not kwargs and not self._trace.direct:
        return self
    return call(operation_of(np.conjugate), (self, *args), kwargs)


def _clip(self, min=None, max=None, out=None, **kwargs):
    given = {**kwargs, "a_min": min, "a_max": max}
    if out is not None:
        given["out"] = out
    return call(operation_of(np.clip), (self,), given)


def _transpose(self, *axes):
    if not axes:
        return call(operation_of(np.transpose), (self,), {})
    return call(operation_of(np.transpose), (self, _shape_of(axes)), {})


def _copy(self, order="C"):
    return call(operation_of(np.copy), (self, "C" if order is None else order), {})


def _scalar_copy(self, *order, **named):
    if order or named:
        self.dtype.type().copy(*order, **named)  # NumPy says whether they are right
    return self


def _astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    trace = self._trace
    if trace.direct:
        return real_of(self).astype(dtype, order, casting, subok, copy)
    wanted = np.dtype(dtype)
    is_cast = casting in _CASTINGS and np.can_cast(self._aval.dtype, wanted, casting)
    if not is_cast or order not in ("K", "C"):
        kind = np.ndarray if type(self) is Array else np.generic
        op = Operation(
            kind.astype,
            Kind.HOST,
            name=f"{kind.__name__}.astype",
            bind=lambda *args, **kwargs: (args, kwargs),
        )
        args = (self, dtype, order, casting, subok, copy)
        return host_node(trace, op, args, {}, Reason.PARAMETER)
    is_kept = not copy and wanted == self._aval.dtype
    if type(self) is Array and is_kept and (order == "K" or self._aval.is_c):
        return self
    if order == "C" and not self._aval.is_c:
        fresh = call(operation_of(np.empty), (self._aval.shape, wanted), {})
        set_item(fresh, ..., self)
        return fresh
    if type(self) is not Array and wanted == self._aval.dtype:
        return self
    op = _ASTYPE if type(self) is Array else _SCALAR_ASTYPE
    return record(trace, op, (self,), {"dtype": wanted})


#: Those that depend on dtypes only; "same_value" of NumPy 2.4 depends on values.
_CASTINGS = frozenset({"no", "equiv", "safe", "same_kind", "unsafe"})
# The method warns at the user's line, `np.astype` in NumPy's own.
_ASTYPE = respelled(operation_of(np.astype), np.ndarray.astype, "ndarray.astype")
_SCALAR_ASTYPE = respelled(_ASTYPE, np.generic.astype, "generic.astype")


def _fill(self, value):
    if self._trace.direct:
        real_of(self).fill(as_real(value))
    elif type(value) in _NUMBERS or (type(value) in STAND_INS and not value.ndim):
        set_item(self, ..., value)
    else:
        _FILL(self, value)


def _item(self, *args):
    try:
        need_value(self, "item")
    except ConcretizationError:  # a scalar of NumPy's has a derivative
        if self._aval.dtype.kind not in "fc":
            raise
        return _element(self, *args)
    return peek(self).item(*map(as_real, args))


def _element(self, *args):
    """One element that JAX traces, of the widest dtype of its kind."""
    if type(self) is Array:
        places = args[0] if args and type(args[0]) is tuple else args
        if len(places) != 1:
            self = self[places] if places else self.reshape(1)[0]
        else:
            self = self.flatten()[places[0]]
    return self.astype(np.complex128 if self.dtype.kind == "c" else np.float64)


def _tolist(self):
    try:
        need_value(self, "tolist")
    except ConcretizationError:
        if self._aval.dtype.kind not in "fc":
            raise
        return [x.tolist() for x in self] if self.ndim else _element(self)
    return peek(self).tolist()


def _resize(self, *shape, refcheck=True):
    # The memory may move: the real array is resized, and looked at anew.
    trace = self._trace
    is_seen = self._storage.external
    self._storage.own()
    real = real_of(self)
    if not trace.direct:
        trace.renew()  # and with the log its references
    # NumPy counts references to the array; views of it hold the storage here.
    is_shared = sys.getrefcount(self._storage) > _REFS_OF_ONE_VIEW
    if is_seen:
        held = sys.getrefcount(real) - _REFS_OF_REAL
        is_shared = is_shared or held > _own_refs(self)
    real.resize(*map(as_real, shape), refcheck=refcheck and is_shared)
    if not trace.direct:
        trace.owners.pop(id(real))
        relift(self, real)
        self._storage.external = is_seen


def _own_refs(array: Array) -> int:
    """How often a stand-in and its storage hold the real array."""
    buffer, origin = array._storage.buffer, array._storage.origin
    held = [array._real, origin, buffer, None if buffer is None else buffer.base]
    return sum(x is array._real for x in held)


def _setflags(self, write=None, align=None, uic=None):
    real_of(self).setflags(write, align, uic)


def _sort(self, axis=-1, kind=None, order=None, *, stable=None):
    trace = self._trace
    is_odd = order is not None or (stable is not None and kind is not None)
    is_fixed = trace.direct or is_pinned(self) or not is_writeable(self)
    if is_fixed or is_odd or self._aval.size > MAX_SORTED:
        _SORT(self, axis, kind, order, stable=stable)
        return
    given = {"out": self, "axis": axis}
    if kind is not None or stable:
        given["kind"] = kind or "stable"
    record(trace, SORT_INTO, (), given)


_FILL = _writing("fill")
_SORT = _writing("sort", np.sort)


def _len(self):
    if not self._aval.shape:
        raise TypeError("len() of unsized object")
    return self._aval.shape[0]


def _iter(self):
    if not self._aval.shape:
        raise TypeError("iteration over a 0-d array")
    return (self[i] for i in range(self._aval.shape[0]))


def _delete(self, key):
    raise ValueError("cannot delete array elements")


def _contains(self, item):
    return bool(np.any(self == item))


def _array_wrap(self, array, context=None, return_scalar=False):
    if self._trace.direct or type(array) is not Array or not array._aval.ndim:
        return method_of_real(self, "__array_wrap__", array, context, return_scalar)
    return array


def _scalar_get(self, key):
    need_value(self, "index")
    return real_of(self)[as_real(key)]


def _attach_methods() -> None:
    for name, func in FUNCTIONS.items():
        for cls, kind in ((Array, np.ndarray), (Scalar, np.generic)):
            if hasattr(kind, name):
                attach(cls, name, _function(getattr(kind, name), func))
    for name, made in WRITING.items():
        attach(Array, name, _writing(name, made))
    for name, method in {
        "reshape": _reshape,
        "ravel": _ravel,
        "flatten": _flatten,
        "transpose": _transpose,
        "clip": _clip,
        "astype": _astype,
        "compress": _compress,
        "conj": _conjugate,
        "conjugate": _conjugate,
        "item": _item,
        "tolist": _tolist,
    }.items():
        for cls in (Array, Scalar):
            attach(cls, name, method)
    for name, method in {
        "copy": _copy,
        "fill": _fill,
        "sort": _sort,
        "view": view_dtype,
        "resize": _resize,
        "setflags": _setflags,
        "__len__": _len,
        "__iter__": _iter,
        "__getitem__": get_item,
        "__setitem__": set_item,
        "__delitem__": _delete,
        "__contains__": _contains,
        "__array_wrap__": _array_wrap,
    }.items():
        setattr(Array, name, method)
    Scalar.__getitem__ = _scalar_get
    # Without it Python would iterate by __getitem__.
    Scalar.__iter__ = None
    Scalar.copy = _scalar_copy


_attach_methods()
