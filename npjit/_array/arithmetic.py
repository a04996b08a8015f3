"""Operators of the stand-ins, attached from tables.

Each is a call of the ufunc it stands for. Where an operand is of another type, the real
operator runs: anybody's code may take over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.array import ARRAYS, STAND_INS, Array, Scalar, attach, real_of
from npjit._array.host_node import (
    call_foreign,
    direct,
    has_stand_in,
)
from npjit._array.recorder import (
    call,
)
from npjit._chapters.registry import Kind, Operation, operation_of, respelled
from npjit._graph.aval import DTYPES

__all__ = ["BINARY", "COMPARE", "UNARY"]

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
_NUMBERS = frozenset({int, float, complex, bool})
_COMPARED = STAND_INS | _NUMBERS
_OPERANDS = _COMPARED | {np.ndarray, list}


def _is_operand(x: Any) -> bool:
    """Whether NumPy's own arithmetic applies, and no other type takes over."""
    return type(x) in _OPERANDS or isinstance(x, np.generic)


def _compares_as_number(x: Any) -> bool:
    """Whether `==` does what `np.equal` does; with text it answers False instead."""
    kind = type(x)
    if kind in _COMPARED:
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
        return direct(plain, (a, b), {})
    return call_foreign(plain, (a, b), {})


def _plain(name: str) -> Callable[..., Any]:
    """What `operator` has for a special method."""
    found: Callable[..., Any] = getattr(operator, f"__{name}__", divmod)
    return found


def _scalar_spelling(name: str, func: np.ufunc) -> Operation:
    """The operator of two scalars: NumPy computes it apart, with its own warnings."""
    return respelled(operation_of(func), _plain(name), operation_of(func).name)


def _of_scalars(a: Any, b: Any) -> bool:
    return not (type(a) in ARRAYS or type(b) in ARRAYS or type(b) is np.ndarray)


def _binary(name: str, func: np.ufunc) -> tuple[Callable, Callable, Callable]:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    plain, plain_inplace = _plain(name), _plain(f"i{name}")

    def forward(self, other):
        if type(other) not in _OPERANDS and not isinstance(other, np.generic):
            return _of_other_type(plain, self, other)
        if type(self) is not Array and _of_scalars(self, other):
            if type(other) is list:  # `np.int64(2) * [1]` repeats the list
                return scalar_op.func(real_of(self), other)
            return call(scalar_op, (self, other), {})
        return call(op, (self, other), {})

    def backward(self, other):
        if type(other) not in _OPERANDS and not isinstance(other, np.generic):
            return _of_other_type(plain, other, self)
        if _of_scalars(self, other):
            if type(other) is list:
                return scalar_op.func(other, real_of(self))
            return call(scalar_op, (other, self), {})
        return call(op, (other, self), {})

    def inplace(self, other):
        if type(other) not in _OPERANDS and not isinstance(other, np.generic):
            return _of_other_type(plain_inplace, self, other)
        return call(op, (self, other), {"out": (self,)})

    return forward, backward, inplace


def _compare(name: str, func: np.ufunc) -> Callable:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    plain = _plain(name)

    def compare(self, other):
        if self._trace.direct:
            return direct(plain, (self, other), {})
        if not _compares_as_number(other):
            return _of_other_type(plain, self, other)
        if type(self) is not Array and _of_scalars(self, other):
            return call(scalar_op, (self, other), {})
        return call(op, (self, other), {})

    return compare


def _unary(name: str, func: np.ufunc) -> Callable:
    op = operation_of(func)
    scalar_op = _scalar_spelling(name, func)
    return lambda self: call(op if type(self) in ARRAYS else scalar_op, (self,), {})


def _power_of_two(x: Any, *, out: Any = None) -> tuple[Any, tuple]:
    if out is None:
        return np.power, (x, 2.0)
    return np.power, (x, 2.0, *(out if type(out) is tuple else (out,)))


#: `x ** 2.0`: NumPy's loop of powers computes squares, too.
_SQUARE_POWER = Operation(
    np.square,
    Kind.UFUNC,
    data=("x",),
    bind=operation_of(np.square).bind,
    name="np.power",
    spelling=_power_of_two,
)
#: What NumPy computes in place of `x ** n` for these Python exponents.
_POWERS: dict[Any, Operation] = {
    (int, 2): operation_of(np.square),
    (int, -1): operation_of(np.reciprocal),
    (float, 0.5): operation_of(np.sqrt),
    (float, 2.0): _SQUARE_POWER,
}


def _fast_power(base: Any, exponent: Any) -> Operation | None:
    """What ndarray's operator calls for an exponent, as NumPy's own does."""
    if type(base) not in ARRAYS or type(exponent) not in (int, float):
        return None
    kind = base.dtype.kind
    op = _POWERS.get((type(exponent), exponent))
    if op is _SQUARE_POWER:
        return op if kind == "f" else None
    return op if kind in "fc" or (exponent == 2 and kind in "biu") else None


def _pow(self, other, modulo=None):
    if modulo is not None:
        return NotImplemented
    if not _is_operand(other):
        return _of_other_type(operator.pow, self, other)
    if _of_scalars(self, other):
        return call(_SCALAR_POWER, (self, other), {})
    op = _fast_power(self, other)
    if op is not None:
        return call(op, (self,), {})
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
    op = _fast_power(self, other)
    if op is not None:
        return call(op, (self,), {"out": (self,)})
    return call(operation_of(np.power), (self, other), {"out": (self,)})


def _attach_operators() -> None:
    for name, func in BINARY.items():
        forward, backward, inplace = _binary(name, func)
        for cls in (Array, Scalar):
            attach(cls, f"__{name}__", forward)
            attach(cls, f"__r{name}__", backward)
        if name != "divmod":
            attach(Array, f"__i{name}__", inplace)
    for name, func in COMPARE.items():
        for cls in (Array, Scalar):
            attach(cls, f"__{name}__", _compare(name, func))
    for name, func in UNARY.items():
        for cls in (Array, Scalar):
            attach(cls, f"__{name}__", _unary(name, func))
    for cls in (Array, Scalar):
        attach(cls, "__pow__", _pow)
        attach(cls, "__rpow__", _rpow)
    attach(Array, "__ipow__", _ipow)


_attach_operators()
