"""Universal functions, called plainly; their methods stand at the end.

Every ufunc of NumPy is lowered but those named here, with the reason.
"""

from typing import Any

import numpy as np

from npjit._chapters.registry import OPERATIONS, Kind, Unless, host_only, lowered
from npjit.errors import Reason

__all__ = ["INEXACT", "UFUNCS"]

#: Complex loops in which XLA:CPU, or our own formulas, differ from NumPy by more than 4
#: units in the last place or at special values: see tests/xla/rules/test_ufuncs.py.
INEXACT = frozenset(
    {
        *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
        *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
        *(np.exp2, np.expm1, np.log2, np.log10, np.log1p),
        *(np.power, np.float_power),
    }
)

#: Each once: np.abs is np.absolute. The generalized ones stand in the linalg chapter.
UFUNCS = tuple(
    dict.fromkeys(
        func
        for func in vars(np).values()
        if isinstance(func, np.ufunc) and func.signature is None
    )
)


def _inexact_unless(args, kwargs):
    return Reason.INEXACT if any(map(_is_complex, args)) else None


def _power_unless(args, kwargs):
    if any(map(_is_complex, args)):
        return Reason.INEXACT
    # NumPy raises for an integer to a negative integer power, by value.
    base, exponent = args[:2]
    if not all(_is_integer(x) for x in (base, exponent)):
        return None
    if type(exponent) is int and exponent >= 0:
        return None
    if getattr(exponent, "dtype", np.dtype(int)).kind in "ub":
        return None
    return Reason.CAN_FAIL


def _is_complex(x) -> bool:
    return isinstance(x, complex) or getattr(x, "dtype", np.dtype(int)).kind == "c"


def _is_integer(x) -> bool:
    if isinstance(x, (bool, int)):
        return True
    return hasattr(x, "dtype") and x.dtype.kind in "iub"


def _masked_unless(unless: Unless | None) -> Unless:
    def ask(args: tuple, kwargs: dict) -> Reason | None:
        if "where" in kwargs and "out" not in kwargs:
            return Reason.PARAMETER  # what is left out is undefined, and NumPy warns
        return unless(args, kwargs) if unless is not None else None

    return ask


def _register() -> None:
    for func in UFUNCS:
        if func is np.isnat:
            host_only(func, reason=Reason.DTYPE)
        else:
            names = tuple(f"x{i + 1}" for i in range(func.nin))
            unless = _inexact_unless if func in INEXACT else None
            unless = _power_unless if func is np.power else unless
            unless = _masked_unless(unless)
            lowered(func, kind=Kind.UFUNC, data=(*names, "where"), unless=unless)


def _register_methods() -> None:
    for func in UFUNCS:
        if func.nin != 2 or func.nout != 1:
            continue
        methods: list[Any] = [func.accumulate, func.outer, func.reduceat, func.at]
        if func in REDUCIBLE:
            lowered(
                func.reduce,
                kind=Kind.REDUCTION,
                data=("array", "initial", "where"),
            )
        else:
            methods.append(func.reduce)
        for method in methods:
            if method in OPERATIONS:
                continue
            writes = ("a",) if method == func.at else ()
            host_only(method, reason=Reason.NO_LOWERING, writes=writes)


#: ufuncs whose `reduce` XLA computes.
REDUCIBLE = frozenset(
    {
        np.add,
        np.multiply,
        np.maximum,
        np.minimum,
        np.logical_and,
        np.logical_or,
        np.bitwise_and,
        np.bitwise_or,
        np.bitwise_xor,
    }
)
_register()
_register_methods()
