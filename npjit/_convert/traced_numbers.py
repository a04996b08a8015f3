"""What Python computes of numbers, where JAX traces them: NumPy's functions do it.

`float(x[0])` and `math.sin(x[0])` are then NumPy scalars, which have derivatives.
Whole numbers and truth values have none; they are known where only derivatives are
traced.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import Array
from npjit._array.host_node import has_stand_in
from npjit._array.recorder import call
from npjit._chapters.registry import operation_of

__all__ = ["traced"]


def traced(plain: Callable[..., Any], args: tuple) -> Any:
    """The result of a function of Python's; NotImplemented if NumPy has none."""
    func = _OF_NUMBERS.get(plain)
    if func is None or not has_stand_in(list(args)):
        return NotImplemented
    return func(*map(_number, args))


def _number(x: Any) -> Any:
    """An argument as a number; an array has to have one element."""
    if type(x) is Array and x.size == 1:
        return x.reshape(-1)[0]
    return x


def _by(func: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: call(operation_of(func), args, {})


def _float(x: Any) -> Any:
    return x.astype(np.float64)


def _complex(x: Any, imaginary: Any = 0.0) -> Any:
    found = x + 1j * imaginary
    return found.astype(np.complex128)


def _whole(func: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: _by(func)(x).astype(np.int64)


def _int(x: Any) -> int:
    return int(_whole(np.trunc)(x))


def _truth(func: Callable[..., Any]) -> Callable[..., bool]:
    return lambda *args: bool(_by(func)(*args))


def _round(x: Any, ndigits: int | None = None) -> Any:
    return _whole(np.rint)(x) if ndigits is None else _by(np.round)(x, ndigits)


def _log(x: Any, base: Any = None) -> Any:
    found = _by(np.log)(x)
    return found if base is None else found / _by(np.log)(base)


def _fsum(elements: Any) -> Any:
    return elements.sum() if isinstance(elements, Array) else sum(elements, 0.0)


def _dist(p: Any, q: Any) -> Any:
    squares = [(a - b) ** 2 for a, b in zip(p, q, strict=True)]
    return _by(np.sqrt)(sum(squares))


def _remainder(x: Any, y: Any) -> Any:
    return x - _by(np.rint)(x / y) * y


def _is_close(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= 1e-9 * _by(np.maximum)(abs(a), abs(b)))


#: Functions of `math`, and what NumPy calls them.
_MATH: Final = {
    **{
        name: name
        for name in (
            *("sqrt", "exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
            *("log10", "log2", "log1p", "fabs", "hypot", "copysign", "degrees"),
            *("radians", "fmod", "cbrt", "exp2", "ldexp", "frexp", "modf"),
        )
    },
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "tan2")},
    **{f"a{name}": f"arc{name}" for name in ("sinh", "cosh", "tanh")},
    "pow": "float_power",
}

_OF_NUMBERS: Final[dict[Any, Callable[..., Any]]] = {
    float: _float,
    complex: _complex,
    int: _int,
    round: _round,
    math.log: _log,
    math.floor: _whole(np.floor),
    math.ceil: _whole(np.ceil),
    math.trunc: _whole(np.trunc),
    math.isnan: _truth(np.isnan),
    math.isinf: _truth(np.isinf),
    math.isfinite: _truth(np.isfinite),
    math.isclose: _is_close,
    math.fsum: _fsum,
    math.dist: _dist,
    math.remainder: _remainder,
    **{
        getattr(math, name): _by(getattr(np, func))
        for name, func in _MATH.items()
        if hasattr(math, name)  # `cbrt` and `exp2` since Python 3.11
    },
    # What NumPy has not; see npjit/_transforms/rules.py.
    **{f: _by(f) for f in (math.erf, math.erfc, math.gamma, math.lgamma)},
}
