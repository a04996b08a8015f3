"""Universal functions, called plainly; their methods stand at the end.

Every ufunc of NumPy is lowered but those named here, with the reason.
"""

from typing import Any

import numpy as np

from npjit._chapters.bind import Bind, make_bind
from npjit._chapters.registry import Kind, Unless, checked, host_only, lowered
from npjit.errors import Reason

__all__ = ["INEXACT", "MISFOLDED", "REDUCIBLE", "SCATTERED", "UFUNCS"]

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


def _bind_two(func: np.ufunc, data: tuple[str, ...]) -> Bind:
    """A binder that refuses an `out` by position: NumPy warns of it."""
    bind = make_bind(func, data)

    def bind_two(x1, x2, /, **kwargs):
        return bind(x1, x2, **kwargs)

    return bind_two


def _register() -> None:
    for func in UFUNCS:
        if func is np.isnat:
            host_only(func, reason=Reason.DTYPE)
        else:
            names = tuple(f"x{i + 1}" for i in range(func.nin))
            unless = _inexact_unless if func in INEXACT else None
            unless = _power_unless if func is np.power else unless
            unless = _masked_unless(unless)
            data = (*names, "where")
            warns = func in (np.maximum, np.minimum)
            bind = _bind_two(func, data) if warns else None
            lowered(func, kind=Kind.UFUNC, data=data, unless=unless, bind=bind)


def _outer_unless(unless: Unless | None) -> Unless:
    def ask(args: tuple, kwargs: dict) -> Reason | None:
        if set(kwargs) - {"dtype"}:
            return Reason.PARAMETER
        return unless(args, kwargs) if unless is not None else None

    return ask


def _reduce_unless(func: np.ufunc) -> Unless:
    along = _along_unless(func)

    def ask(args: tuple, kwargs: dict) -> Reason | None:
        if func in MISFOLDED:
            return Reason.INEXACT
        is_half = _dtype_of(args[0]) == np.float16
        if is_half and func in (np.subtract, np.divide):
            return Reason.INEXACT  # NumPy carries a float32 along the last axis
        return along(args, kwargs)

    return ask


#: NumPy's vector loops of these forget, while they reduce, that their result is an
#: operand of the next step (NumPy 2.4 and 2.5 on x86-64).
MISFOLDED = frozenset({np.arctan2, np.power})


def _along_unless(func: np.ufunc) -> Unless:
    """Why a loop along an axis, of elements of one dtype, stays in NumPy."""

    def ask(args: tuple, kwargs: dict) -> Reason | None:
        dtype = kwargs.get("dtype") or _dtype_of(args[0])
        kind = np.dtype(dtype).kind
        if func is np.power and kind in "bi":
            return Reason.CAN_FAIL
        if kind != "c":
            return None
        ordered = func in (np.maximum, np.minimum, np.fmax, np.fmin)
        return Reason.INEXACT if ordered or func in INEXACT else None

    return ask


def _dtype_of(a: Any) -> np.dtype:
    return a.dtype if hasattr(a, "dtype") else np.asarray(a).dtype


def _register_methods() -> None:
    for func in UFUNCS:
        if func.nin != 2 or func.nout != 1:
            continue
        host_only(func.reduceat, reason=Reason.NO_LOWERING)
        _register_at(func)
        if func is np.ldexp:  # its operands are of two dtypes
            host_only(func.reduce, func.accumulate, func.outer, reason=Reason.DTYPE)
            continue
        along = _along_unless(func)
        lowered(
            func.reduce,
            kind=Kind.REDUCTION,
            data=("array", "initial", "where"),
            unless=_reduce_unless(func),
        )
        lowered(func.accumulate, data=("array",), unless=along)
        unless = _inexact_unless if func in INEXACT else None
        unless = _power_unless if func is np.power else unless
        lowered(func.outer, data=("A", "B"), unless=_outer_unless(unless))


def _register_at(func: np.ufunc) -> None:
    if func in SCATTERED:
        checked(func.at, bind=_bind_at, writes=("a",))
    else:
        host_only(func.at, reason=Reason.NO_LOWERING, writes=("a",))


def _bind_at(a, indices, b, /):
    return (a, indices, b), {}


#: ufuncs whose `reduce` XLA computes in an order of its own; others keep NumPy's.
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
#: ufuncs whose `at` XLA computes.
SCATTERED = frozenset({np.add, np.subtract, np.multiply, np.maximum, np.minimum})
_register()
_register_methods()
