"""Protocols of the stand-ins: dispatch from NumPy, conversion, copying, formatting."""

from __future__ import annotations

import abc
import copy
import operator
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    real_of,
)
from npjit._array.host_node import (
    call_at_line,
    call_foreign,
    direct,
)
from npjit._array.needed import need_value
from npjit._array.recorder import (
    call,
)
from npjit._chapters.registry import Kind, operation_of
from npjit.errors import ConcretizationError

__all__ = ["shown"]


def _others_win(types_or_values: Any) -> bool:
    """Whether an operand belongs to another array library, or a subclass of ndarray."""
    return any(
        t not in STAND_INS
        and t is not np.ndarray
        and hasattr(t, "__array_ufunc__")
        and not issubclass(t, np.generic)
        for t in types_or_values
    )


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    out = kwargs.get("out", ())
    kinds = {type(x) for x in (*inputs, *out)}
    func = ufunc if method == "__call__" else getattr(ufunc, method)
    if _others_win(kinds):
        return _again(self._trace, func, inputs, kwargs)
    if len(out) == 1:
        kwargs["out"] = out if method == "__call__" else out[0]
    return call(operation_of(func), inputs, kwargs)


def _array_function(self, func, types, args, kwargs):
    if _others_win(types):
        return _again(self._trace, func, args, kwargs)
    op = operation_of(func)
    if op.kind is Kind.COMPOSED and self._trace.is_block:
        return _COMPOSED(func, args, kwargs)
    return call(op, args, kwargs)


#: Calls a function that NumPy writes in Python, converted: `call_composed` of
#: npjit/_convert/block_trace.py.
_COMPOSED: Any = None


def install_composed(caller: Any) -> None:
    """Let `npjit/_convert/block_trace.py` serve composed functions in blocks."""
    global _COMPOSED
    _COMPOSED = caller


def _again(trace, func, args, kwargs):
    """The call with real arrays; the other type takes over."""
    if trace.direct:
        return direct(func, args, kwargs)
    return call_foreign(func, args, kwargs)


def _array(self, dtype=None, copy=None):
    need_value(self, "__array__")
    real = real_of(self)
    if type(self) is not Array:
        real = np.asarray(real)
    return np.array(real, dtype=dtype, copy=copy) if copy or dtype else real


def _truth(self, name: str) -> Any:
    """What has the truth value; of a float that is known without its derivative."""
    try:
        return need_value(self, name)
    except ConcretizationError:
        if self._aval.dtype.kind not in "fc":
            raise
        return need_value(self != 0, name)


def _python(name: str, function: Any) -> Any:
    value_of = _VALUE_OF.get(function, need_value)

    def convert(self, *args):
        value = value_of(self, name)
        # NumPy may warn, but of a real scalar only where it rounds.
        real = type(self) is not Array and self._aval.dtype.kind != "c"
        if not real or function is round:
            return call_at_line(self._trace, function, (value, *args), {})
        return function(value, *args)

    convert.__name__ = name
    return convert


def _format(self, spec):
    return format(shown(self, "format"), spec)


def shown(self, name: str) -> Any:
    """The value for a text, which takes no derivative from it."""
    value = self._trace.shown(self)
    return need_value(self, name) if value is None else value


_VALUE_OF: dict[Any, Any] = {repr: shown, str: shown, bool: _truth}


def _scalar_hash(self):
    return hash(need_value(self, "hash"))


def _reduce(self, protocol=None):
    need_value(self, "pickle")
    # As the real object is pickled, so that it comes back as one.
    return real_of(self).__reduce__()


def _deepcopy(self, memo):
    if self._trace.direct:
        return copy.deepcopy(real_of(self), memo)
    return call(operation_of(np.copy), (self,), {"order": "K"})


def _interface(name: str) -> property:
    def get(self):
        need_value(self, name)
        return getattr(real_of(self), name)

    return property(get)


def _buffer(self, flags):
    need_value(self, "buffer")
    return memoryview(real_of(self))


def _attach() -> None:
    for cls in (Array, Scalar):
        cls.__array_ufunc__ = _array_ufunc
        cls.__array_function__ = _array_function
        cls.__array__ = _array
        cls.__array_namespace__ = lambda self, *, api_version=None: np
        cls.__format__ = _format
        cls.__reduce__ = _reduce
        cls.__reduce_ex__ = _reduce
        cls.__buffer__ = _buffer
        cls.__bytes__ = _python("__bytes__", bytes)
        for name in ("__array_interface__", "__array_struct__"):
            setattr(cls, name, _interface(name))
    for cls in (Array, *SCALARS):
        real = np.ndarray if cls is Array else cls.dtype.type
        for name, function in _CONVERSIONS.items():
            if hasattr(real, name):
                setattr(cls, name, _python(name, function))
    Array.__array_priority__ = 0.0
    Scalar.__array_priority__ = np.float64().__array_priority__
    Array.__deepcopy__ = _deepcopy
    Array.__copy__ = lambda self: call(operation_of(np.copy), (self,), {"order": "K"})
    Array.ctypes = _interface("ctypes")
    Array.data = _interface("data")
    Array.__dlpack__ = lambda self, **kwargs: real_of(self).__dlpack__(**kwargs)
    Array.__dlpack_device__ = lambda self: (1, 0)
    Scalar.__hash__ = _scalar_hash
    Scalar.__round__ = _python("__round__", round)
    Scalar.__copy__ = lambda self: self
    Scalar.__deepcopy__ = lambda self, memo: self


_SEQUENCE_FLAG: Final = 1 << 5  # Py_TPFLAGS_SEQUENCE


if np.ndarray.__flags__ & _SEQUENCE_FLAG:  # from NumPy 2.5 on
    # `case [a, *b]` asks for the flag, which classes that are registered get. Those of
    # `collections.abc.Sequence`, too, but no array is an instance of that.
    abc.ABCMeta("Matched", (), {"__abc_tpflags__": _SEQUENCE_FLAG}).register(Array)


def _trunc(x):
    return x.__trunc__() if hasattr(x, "__trunc__") else int(x)


_CONVERSIONS: dict[str, Any] = {
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__index__": operator.index,
    "__trunc__": _trunc,
    "__repr__": repr,
    "__str__": str,
}
_attach()
