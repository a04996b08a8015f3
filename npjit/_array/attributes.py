"""Attributes of the stand-ins; and, by the real types, all that nothing else names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array import (
    arithmetic,
    histograms,  # noqa: F401 - fills a table
    manipulation,
    methods,
    protocols,
    ufunc_at,  # noqa: F401 - fills a table
)
from npjit._array.array import (
    SCALARS,
    Array,
    Scalar,
    attach,
    become,
    lift_array,
    real_of,
    relift,
    shell_of,
    sync,
)
from npjit._array.by_real import as_real, attribute_of_real, method_of_real
from npjit._array.flat import Flat
from npjit._array.host_node import real_copy
from npjit._array.indexing import set_item
from npjit._array.parts import is_root
from npjit._array.recorder import call
from npjit._array.settling import attach_settling
from npjit._array.view_functions import (
    imag_part,
    plain_shape,
    real_part,
    reshape,
    view_dtype,
)
from npjit._chapters.registry import operation_of
from npjit._graph.trace import user_line
from npjit.errors import Reason

__all__ = ["arithmetic", "manipulation", "methods", "protocols"]


def _about(name: str, setter: Callable | None = None) -> property:
    def getter(self):
        # Somebody may have changed the real array since.
        if self._trace.direct and self._real is not None:
            return getattr(self._real, name)
        return getattr(self._aval, name)

    return property(getter, setter or _refuse(name))


def _refuse(name: str) -> Callable:
    """The setter of what cannot be set: NumPy says so."""

    def setter(self, value):
        setattr(shell_of(self) if type(self) is Array else real_of(self), name, value)

    return setter


def _t(self):
    if type(self) is not Array:
        return self
    return call(operation_of(np.transpose), (self,), {})


def _mt(self):
    if self._aval.ndim < 2:
        return attribute_of_real(self, "mT")  # raises, in its own words
    return call(operation_of(np.matrix_transpose), (self,), {})


def _flags(self):
    self._storage.own()
    tape = self._trace.tape
    if self._trace.is_pure:
        return shell_of(self).flags
    if tape is None:
        return real_of(self).flags
    tape.quiet += 1
    try:
        real = real_of(self)
    finally:
        tape.quiet -= 1
    tape.shows_flags(real)
    return real.flags


def _base(self):
    trace = self._trace
    if trace.tape is not None:
        trace.tape.fail(Reason.LAYOUT, "the base of an array")
    root = self._storage.root
    root = None if root is None else root()
    self._storage.own()
    if root is not None and is_root(root):
        shell_of(root)  # so that its ndarray is known to be its
    base = shell_of(self).base
    if type(base) is np.ndarray and not trace.direct:
        return lift_array(trace, base)
    return base


def _get_real(self):
    if self._trace.direct or self._storage.pinned:
        return attribute_of_real(self, "real")
    return real_part(self)


def _part_of_scalar(name: str) -> property:
    """The real or imaginary part of a scalar; that of a real one is itself."""

    def part(self):
        if name == "real" and self._aval.dtype.kind != "c":
            return self
        if self._trace.is_pure and not self._trace.direct:
            return call(operation_of(getattr(np, name)), (self,), {})
        return attribute_of_real(self, name)

    return property(part, _refuse(name))


def _get_imag(self):
    if self._trace.direct or self._storage.pinned or type(self) is not Array:
        return attribute_of_real(self, "imag")
    return imag_part(self)


def _set_part(name: str) -> Callable:
    def setter(self, value):
        if self._aval.dtype.kind != "c" and name == "imag":
            setattr(real_of(self), name, as_real(value))  # raises TypeError
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
    if self._trace.direct or self._storage.pinned:
        relift(self, real)
    else:
        become(self, reshape(self, real.shape, copy=False))


def _set_dtype(self, dtype):
    if self._trace.direct:
        relift(self, _set_on_real(self, "dtype", dtype))
        return
    try:
        viewed = view_dtype(self, dtype)
    except (TypeError, ValueError):
        _set_on_real(self, "dtype", dtype)  # NumPy warns before it raises
        raise
    real = _set_on_real(self, "dtype", dtype)
    if self._storage.pinned or type(viewed) is not Array:
        relift(self, real)
    else:
        become(self, viewed)


def _set_strides(self, strides):
    relift(self, _set_on_real(self, "strides", strides))


def _set_flat(self, value):
    if self._trace.is_pure and not self._trace.direct:
        self.flat[:] = value
        return
    if not self._trace.direct:
        sync(self._trace)
    given = real_of(self), "flat", real_copy(value)
    self._trace.engine.call(user_line(), setattr, given, {})


def _size_of(self):
    if self._trace.direct or type(self) is not Array:
        return real_of(self).__sizeof__()
    return shell_of(self).__sizeof__()


def _attach_attributes() -> None:
    Array.__class_getitem__ = classmethod(lambda cls, item: np.ndarray[item])
    Scalar.__class_getitem__ = classmethod(lambda cls, item: cls.dtype.type[item])
    for cls in (Array, Scalar):
        cls.__sizeof__ = _size_of
    for cls in (Array, Scalar):
        for name in ("shape", "ndim", "size", "nbytes", "strides"):
            setattr(cls, name, _about(name))
        cls.T = property(_t, _refuse("T"))
        cls.mT = property(_mt, _refuse("mT"))
        cls.itemsize = property(
            lambda self: self._aval.dtype.itemsize, _refuse("itemsize")
        )
    table: dict[str, Any] = {
        "shape": _about("shape", _set_shape),
        "strides": _about("strides", _set_strides),
        "dtype": _about("dtype", _set_dtype),
        "real": property(_get_real, _set_part("real")),
        "imag": property(_get_imag, _set_part("imag")),
        "base": property(_base, _refuse("base")),
        # Settled first: what is pending must be written before it is made read-only.
        "flags": property(_flags),
        "flat": property(Flat, _set_flat),
    }
    for name, attribute in table.items():
        setattr(Array, name, attribute)
    for name in ("real", "imag"):
        setattr(Scalar, name, _part_of_scalar(name))
    for name in ("flags", "base", "flat", "data"):
        attribute = property(lambda self, name=name: attribute_of_real(self, name))
        setattr(Scalar, name, attribute.setter(_refuse(name)))


def _by_real(name: str) -> Callable:
    """A method that nothing above knows: the real array has it."""
    return lambda self, *args, **kwargs: method_of_real(self, name, *args, **kwargs)


def _attach_the_rest(cls: type, real: type) -> None:
    """What the real type has and no table names."""
    for name in dir(real):
        if hasattr(cls, name):
            continue
        if callable(getattr(real, name)):
            attach(cls, name, _by_real(name))
        else:
            attribute = property(lambda self, n=name: attribute_of_real(self, n))
            setattr(cls, name, attribute.setter(_refuse(name)))


_attach_attributes()
_attach_the_rest(Array, np.ndarray)
_attach_the_rest(Scalar, np.generic)
for _cls in SCALARS:
    _attach_the_rest(_cls, _cls.dtype.type)
_OPERATORS = {*arithmetic.BINARY, *arithmetic.COMPARE, *arithmetic.UNARY}
attach_settling(
    f"__{prefix}{name}__" for name in _OPERATORS for prefix in ("", "r", "i")
)
