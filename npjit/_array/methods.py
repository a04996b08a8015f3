"""Attributes, methods and operators of the stand-ins, attached from tables.

Each ends in the recorder, under the NumPy callable it is another spelling of. What no
table names is looked up on the real array: it exists, and it materializes.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    become,
    lift_array,
    peek,
    real_of,
    relift,
    shell_of,
    sync,
)
from npjit._array.indexing import (
    RESHAPE_COPY,
    get_item,
    imag_part,
    need_value,
    plain_shape,
    ravel,
    real_part,
    reshape,
    set_item,
    view_dtype,
)
from npjit._array.recorder import (
    call,
    call_foreign,
    direct,
    has_stand_in,
    host_node,
    real_copy,
    record,
)
from npjit._chapters.registry import Kind, Operation, operation_of, respelled
from npjit._graph.aval import DTYPES
from npjit._graph.trace import user_line
from npjit.errors import Reason

__all__: list[str] = []

BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "divmod": np.divmod,
    "matmul": np.matmul,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}
COMPARE = {
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
UNARY = {
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "invert": np.invert,
}
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
}
#: Methods of ndarray that write it, run on the real one.
WRITING = ("sort", "partition", "put", "byteswap", "setfield")
#: The view and the argument of the question.
_REFS_OF_ONE_VIEW = 2
_NUMBERS = frozenset({int, float, complex, bool})


def _attach(cls: type, name: str, method: Callable[..., Any]) -> None:
    method.__name__ = name
    method.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, method)


# Operators --------------------------------------------------------------------------


def _is_operand(x: Any) -> bool:
    """Whether NumPy's own arithmetic applies, and no other type takes over."""
    kind = type(x)
    if kind in STAND_INS or kind in _NUMBERS or kind is np.ndarray or kind is list:
        return True
    return isinstance(x, np.generic)


def _compares_as_number(x: Any) -> bool:
    """Whether `==` does what `np.equal` does; with text it answers False instead."""
    kind = type(x)
    if kind in STAND_INS or kind in _NUMBERS:
        return True
    if kind is list:
        if has_stand_in(x):
            return True
        try:
            x = np.asarray(x)
        except ValueError:  # ragged
            return False
    elif kind is not np.ndarray and not isinstance(x, np.generic):
        return False
    return x.dtype in DTYPES


def _of_other_type(plain: Callable, a: Any, b: Any) -> Any:
    """The operator on real operands: anybody's code may take over."""
    if (a if type(a) in STAND_INS else b)._trace.direct:
        return plain(real_copy(a), real_copy(b))
    return call_foreign(plain, (a, b), {})


def _plain(name: str) -> Callable[..., Any]:
    """What `operator` has for a special method."""
    found: Callable[..., Any] = getattr(operator, f"__{name}__", divmod)
    return found


def _scalar_spelling(name: str, func: np.ufunc) -> Operation:
    """The operator of two scalars: NumPy computes it apart, with its own warnings."""
    return respelled(operation_of(func), _plain(name), operation_of(func).name)


def _of_scalars(a: Any, b: Any) -> bool:
    return type(a) is not Array and type(b) is not Array and type(b) is not np.ndarray


def _binary(name: str, func: np.ufunc) -> tuple[Callable, Callable, Callable]:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    plain, plain_inplace = _plain(name), _plain(f"i{name}")

    def forward(self, other):
        if not _is_operand(other):
            return _of_other_type(plain, self, other)
        if _of_scalars(self, other):
            if type(other) is list:  # `np.int64(2) * [1]` repeats the list
                return scalar_op.func(real_of(self), other)
            return call(scalar_op, (self, other), {})
        return call(op, (self, other), {})

    def backward(self, other):
        if not _is_operand(other):
            return _of_other_type(plain, other, self)
        if _of_scalars(self, other):
            if type(other) is list:
                return scalar_op.func(other, real_of(self))
            return call(scalar_op, (other, self), {})
        return call(op, (other, self), {})

    def inplace(self, other):
        if not _is_operand(other):
            return _of_other_type(plain_inplace, self, other)
        return call(op, (self, other), {"out": (self,)})

    return forward, backward, inplace


def _compare(name: str, func: np.ufunc) -> Callable:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    plain = _plain(name)

    def compare(self, other):
        if self._trace.direct:
            return plain(real_of(self), real_copy(other))
        if not _compares_as_number(other):
            return _of_other_type(plain, self, other)
        return call(scalar_op if _of_scalars(self, other) else op, (self, other), {})

    return compare


def _real(x: Any) -> Any:
    return real_of(x) if type(x) in STAND_INS else x


def _unary(name: str, func: np.ufunc) -> Callable:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    return lambda self: call(op if type(self) is Array else scalar_op, (self,), {})


#: What NumPy computes in place of `x ** n` for these Python exponents.
_POWERS: dict[Any, np.ufunc] = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}


def _fast_power(base: Any, exponent: Any) -> np.ufunc | None:
    """The ufunc that ndarray's operator takes for an exponent, as NumPy's own does."""
    if type(base) is not Array or type(exponent) not in (int, float):
        return None
    kind = base._aval.dtype.kind
    func = _POWERS.get(exponent)
    if func is np.square and kind in "biufc":
        return func if type(exponent) is int or kind in "fc" else None
    return func if kind in "fc" else None


def _pow(self, other, modulo=None):
    if modulo is not None:
        return NotImplemented
    if not _is_operand(other):
        return _of_other_type(operator.pow, self, other)
    if _of_scalars(self, other):
        return call(_SCALAR_POWER, (self, other), {})
    func = _fast_power(self, other)
    if func is not None:
        return call(operation_of(func), (self,), {})
    return call(operation_of(np.power), (self, other), {})


_SCALAR_POWER = _scalar_spelling("pow", np.power)


def _rpow(self, other, modulo=None):
    if not _is_operand(other):
        return _of_other_type(operator.pow, other, self)
    if _of_scalars(self, other):
        return call(_SCALAR_POWER, (other, self), {})
    return call(operation_of(np.power), (other, self), {})


def _ipow(self, other, modulo=None):
    if not _is_operand(other):
        return _of_other_type(operator.ipow, self, other)
    func = _fast_power(self, other)
    if func is not None:
        return call(operation_of(func), (self,), {"out": (self,)})
    return call(operation_of(np.power), (self, other), {"out": (self,)})


def _attach_operators() -> None:
    for name, func in BINARY.items():
        forward, backward, inplace = _binary(name, func)
        for cls in (Array, Scalar):
            _attach(cls, f"__{name}__", forward)
            _attach(cls, f"__r{name}__", backward)
        if name != "divmod":
            _attach(Array, f"__i{name}__", inplace)
    for name, func in COMPARE.items():
        for cls in (Array, Scalar):
            _attach(cls, f"__{name}__", _compare(name, func))
    for name, func in UNARY.items():
        for cls in (Array, Scalar):
            _attach(cls, f"__{name}__", _unary(name, func))
    for cls in (Array, Scalar):
        _attach(cls, "__pow__", _pow)
        _attach(cls, "__rpow__", _rpow)
    _attach(Array, "__ipow__", _ipow)


# Methods ----------------------------------------------------------------------------


def _function(method: Callable[..., Any], func: Callable[..., Any]) -> Callable:
    # The method warns from other lines than the function does, and words errors apart.
    op = operation_of(func)
    if op.kind is not Kind.VIEW:
        op = respelled(op, method, method.__qualname__)
    return lambda self, *args, **kwargs: call(op, (self, *args), kwargs)


def _writing(name: str) -> Callable:
    """A method that writes the array: NumPy runs it at once."""
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
        return host_node(trace, op, (self, *args), kwargs, Reason.WRITES_BUFFER)

    return run


def _shape_of(shape: tuple) -> Any:
    return shape[0] if len(shape) == 1 else shape


def _reshape(self, *shape, order="C", copy=None):
    if self._trace.direct or type(self) is not Array or not shape or shape == (None,):
        return _by_method(self, "reshape", *shape, order=order, copy=copy)
    if self._storage.pinned:
        return call(operation_of(np.reshape), (self, _shape_of(shape), order), {})
    return reshape(self, _shape_of(shape), order, copy=copy)


def _ravel(self, order="C"):
    if self._trace.direct or type(self) is not Array or self._storage.pinned:
        return call(operation_of(np.ravel), (self, order), {})
    return ravel(self, order)


def _flatten(self, order="C"):
    if self._trace.direct or type(self) is not Array or order not in ("C", "F"):
        return _by_method(self, "flatten", order)
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
    return call(operation_of(np.copy), (self, order), {})


def _scalar_copy(self):
    return self


def _astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    trace = self._trace
    if trace.direct:
        return real_of(self).astype(dtype, order, casting, subok, copy)
    wanted = np.dtype(dtype)
    if not np.can_cast(self._aval.dtype, wanted, casting) or order not in ("K", "C"):
        op = Operation(
            np.ndarray.astype,
            Kind.HOST,
            name="ndarray.astype",
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


# The method warns at the user's line, `np.astype` in NumPy's own.
_ASTYPE = respelled(operation_of(np.astype), np.ndarray.astype, "ndarray.astype")
_SCALAR_ASTYPE = respelled(_ASTYPE, np.generic.astype, "generic.astype")


def _fill(self, value):
    if self._trace.direct:
        real_of(self).fill(_real(value))
    elif type(value) in _NUMBERS or (type(value) in STAND_INS and not value.ndim):
        set_item(self, ..., value)
    else:
        _FILL(self, value)


def _item(self, *args):
    need_value(self, "item")
    return peek(self).item(*map(_real, args))


def _tolist(self):
    need_value(self, "tolist")
    return peek(self).tolist()


def _ptp_removed(self, *args, **kwargs):
    return real_of(self).ptp(*args, **kwargs)  # NumPy says it was removed


def _resize(self, *shape, refcheck=True):
    # The memory may move: the real array is resized, and looked at anew.
    trace = self._trace
    is_seen = self._storage.external
    real = real_of(self)
    if not trace.direct:
        trace.flush()
    # NumPy counts references to the array; views of it hold the storage here.
    is_shared = is_seen or sys.getrefcount(self._storage) > _REFS_OF_ONE_VIEW
    real.resize(*map(_real, shape), refcheck=refcheck and is_shared)
    if not trace.direct:
        trace.owners.pop(id(real), None)
        relift(self, real)


def _setflags(self, write=None, align=None, uic=None):
    real_of(self).setflags(write, align, uic)


def _by_real(name: str) -> Callable:
    """A method that nothing above knows: the real array has it."""
    return lambda self, *args, **kwargs: _by_method(self, name, *args, **kwargs)


def _by_method(self, name, *args, **kwargs):
    need_value(self, name)
    real = {k: real_copy(v) for k, v in kwargs.items()}
    result = getattr(real_of(self), name)(*map(real_copy, args), **real)
    trace = self._trace
    if type(result) is np.ndarray and not trace.direct:
        return lift_array(trace, result)
    return result


_FILL = _writing("fill")

# Attributes -------------------------------------------------------------------------


def _about(name: str) -> property:
    return property(lambda self: getattr(self._aval, name), _refuse(name))


def _refuse(name: str) -> Callable:
    """The setter of what cannot be set: NumPy says so."""

    def setter(self, value):
        setattr(shell_of(self) if type(self) is Array else real_of(self), name, value)

    return setter


def _t(self):
    return call(operation_of(np.transpose), (self,), {})


def _mt(self):
    if self._aval.ndim < 2:
        return _by_attribute(self, "mT")  # raises, in its own words
    return call(operation_of(np.matrix_transpose), (self,), {})


def _base(self):
    trace = self._trace
    base = shell_of(self).base
    if type(base) is np.ndarray and not trace.direct:
        return lift_array(trace, base)
    return base


def _get_real(self):
    if self._trace.direct or self._storage.pinned or type(self) is not Array:
        return _by_attribute(self, "real")
    return real_part(self)


def _get_imag(self):
    if self._trace.direct or self._storage.pinned or type(self) is not Array:
        return _by_attribute(self, "imag")
    return imag_part(self)


def _by_attribute(self, name: str) -> Any:
    result = getattr(real_of(self), name)
    trace = self._trace
    if type(result) is np.ndarray and not trace.direct:
        return lift_array(trace, result)
    return result


def _set_part(name: str) -> Callable:
    def setter(self, value):
        if self._aval.dtype.kind != "c" and name == "imag":
            setattr(real_of(self), name, _real(value))  # raises TypeError
            return
        set_item(getattr(self, name), ..., value)

    return setter


def _set_on_real(self, name: str, value: Any) -> np.ndarray:
    """Change the ndarray object itself; NumPy says whether that is possible."""
    real = shell_of(self)
    self._trace.engine.call(user_line(), setattr, (real, name, value), {})
    return real


def _set_shape(self, shape):
    real = _set_on_real(self, "shape", plain_shape(shape))
    if self._trace.direct:
        return
    if self._storage.pinned:
        relift(self, real)
    else:
        become(self, reshape(self, real.shape, copy=False))


def _set_dtype(self, dtype):
    if self._trace.direct:
        _set_on_real(self, "dtype", dtype)
        return
    viewed = view_dtype(self, dtype)
    real = _set_on_real(self, "dtype", dtype)
    if self._storage.pinned or type(viewed) is not Array:
        relift(self, real)
    else:
        become(self, viewed)


def _set_strides(self, strides):
    real = _set_on_real(self, "strides", strides)
    if not self._trace.direct:
        relift(self, real)


def _flat(self):
    return _Flat(self)


class _Flat:
    """`x.flat`: reads and writes go to the real array's."""

    __slots__ = ("_array", "_iterator")

    def __init__(self, array):
        self._array = array
        self._iterator = None

    __class__ = property(lambda self: np.flatiter)  # type: ignore[assignment]

    def __getattr__(self, name):
        return getattr(self._real(), name)

    def _real(self):
        """The real iterator, where this one stands."""
        if self._iterator is None:
            self._iterator = real_of(self._array).flat
        return self._iterator

    def __iter__(self):
        return self

    def __next__(self):
        need_value(self._array, "flat")
        real_of(self._array)  # brings the elements up to date
        return next(self._real())

    def __len__(self):
        return self._array._aval.size

    def __getitem__(self, key):
        need_value(self._array, "flat")
        real_of(self._array)
        result = self._real()[real_copy(key)]
        trace = self._array._trace
        if type(result) is np.ndarray and not trace.direct:
            return lift_array(trace, result, external=False)
        return result

    def __setitem__(self, key, value):
        array = self._array
        if not array._trace.direct:
            sync(array._trace)
        real_of(array)
        self._real()[real_copy(key)] = real_copy(value)

    def __array__(self, dtype=None, copy=None):
        return np.array(real_of(self._array).flat, dtype)


def _set_flat(self, value):
    _Flat(self)[:] = value


def _len(self):
    if not self._aval.shape:
        raise TypeError("len() of unsized object")
    return self._aval.shape[0]


def _iter(self):
    if not self._aval.shape:
        raise TypeError("iteration over a 0-d array")
    return (self[i] for i in range(self._aval.shape[0]))


def _get(self, key):
    return get_item(self, key)


def _set(self, key, value):
    set_item(self, key, value)


def _delete(self, key):
    raise ValueError("cannot delete array elements")


def _contains(self, item):
    return bool(np.any(self == item))


def _scalar_get(self, key):
    need_value(self, "index")
    return real_of(self)[_real(key)]


def _attach_methods() -> None:
    for name, func in FUNCTIONS.items():
        for cls, real in ((Array, np.ndarray), (Scalar, np.generic)):
            if hasattr(real, name):
                _attach(cls, name, _function(getattr(real, name), func))
    for name in WRITING:
        _attach(Array, name, _writing(name))
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
            _attach(cls, name, method)
    for name, method in {
        "copy": _copy,
        "fill": _fill,
        "view": view_dtype,
        "resize": _resize,
        "setflags": _setflags,
        "__len__": _len,
        "__iter__": _iter,
        "__getitem__": _get,
        "__setitem__": _set,
        "__delitem__": _delete,
        "__contains__": _contains,
    }.items():
        setattr(Array, name, method)
    Scalar.__getitem__ = _scalar_get  # type: ignore[attr-defined]
    # Without it Python would iterate by __getitem__.
    Scalar.__iter__ = None  # type: ignore[attr-defined]
    Scalar.copy = _scalar_copy  # type: ignore[attr-defined]


def _size_of(self):
    if self._trace.direct or type(self) is not Array:
        return real_of(self).__sizeof__()
    return shell_of(self).__sizeof__()


def _attach_attributes() -> None:
    Array.__class_getitem__ = classmethod(  # type: ignore[attr-defined]
        lambda cls, item: np.ndarray[item]
    )
    Scalar.__class_getitem__ = classmethod(  # type: ignore[attr-defined]
        lambda cls, item: cls.dtype.type[item]
    )
    for cls in (Array, Scalar):
        cls.__sizeof__ = _size_of  # type: ignore[method-assign]
    for cls in (Array, Scalar):
        for name in ("shape", "ndim", "size", "nbytes", "strides"):
            setattr(cls, name, _about(name))
        cls.T = property(_t, _refuse("T"))  # type: ignore[attr-defined]
        cls.mT = property(_mt, _refuse("mT"))  # type: ignore[attr-defined]
        cls.itemsize = property(  # type: ignore[attr-defined]
            lambda self: self._aval.dtype.itemsize, _refuse("itemsize")
        )
    table: dict[str, Any] = {
        "shape": property(lambda self: self._aval.shape, _set_shape),
        "strides": property(lambda self: self._aval.strides, _set_strides),
        "dtype": property(lambda self: self._aval.dtype, _set_dtype),
        "real": property(_get_real, _set_part("real")),
        "imag": property(_get_imag, _set_part("imag")),
        "base": property(_base, _refuse("base")),
        # Settled first: what is pending must be written before it is made read-only.
        "flags": property(lambda self: real_of(self).flags),
        "flat": property(_flat, _set_flat),
    }
    for name, attribute in table.items():
        setattr(Array, name, attribute)
    for name in ("real", "imag", "flags", "base", "flat", "data"):
        attribute = property(lambda self, name=name: _by_attribute(self, name))
        setattr(Scalar, name, attribute.setter(_refuse(name)))


def _attach_the_rest(cls: type, real: type) -> None:
    """What the real type has and no table names."""
    for name in dir(real):
        if hasattr(cls, name):
            continue
        if callable(getattr(real, name)):
            _attach(cls, name, _by_real(name))
        else:
            attribute = property(lambda self, n=name: _by_attribute(self, n))
            setattr(cls, name, attribute.setter(_refuse(name)))


_attach_operators()
_attach_methods()
_attach_attributes()
_attach_the_rest(Array, np.ndarray)
_attach_the_rest(Scalar, np.generic)
for _cls in SCALARS:
    _attach_the_rest(_cls, _cls.dtype.type)
