"""What NumPy reports of the values it computes: division by zero, overflow, invalid.

NumPy reads the processor's flags after a call and warns, or raises, as `np.errstate`
says. The tables here tell which calls can report, and through which operands NaN and
infinity are passed on, so that a look at a later result sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from npjit._chapters.registry import Kind, Operation

__all__ = [
    "ALL",
    "DIVIDE",
    "INVALID",
    "NONE",
    "OVER",
    "UNDER",
    "carried_operands",
    "is_reporting",
    "narrows",
    "reported",
]

#: Bits for what is reported; `ALL` is what NumPy reports by default.
DIVIDE, OVER, INVALID, UNDER = 1, 2, 4, 8
NONE, ALL = 0, DIVIDE | OVER | INVALID
_BITS = {"divide": DIVIDE, "over": OVER, "invalid": INVALID, "under": UNDER}


def reported(errstate: Mapping[str, str]) -> int:
    """The bits of what an errstate does not ignore."""
    return sum(bit for name, bit in _BITS.items() if errstate[name] != "ignore")


#: Ufuncs that report nothing for real numbers: they choose, compare, change signs.
_SILENT_UFUNCS = frozenset(
    {
        *(np.positive, np.negative, np.absolute, np.fabs, np.conjugate, np.sign),
        *(np.floor, np.ceil, np.trunc, np.rint, np.copysign, np.signbit),
        *(np.isnan, np.isinf, np.isfinite, np.heaviside, np.modf, np.frexp),
        *(np.maximum, np.minimum, np.fmax, np.fmin),
        *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not),
        *(np.equal, np.not_equal, np.less, np.less_equal),
        *(np.greater, np.greater_equal),
    }
)
#: Those of them that compute with complex numbers.
_COMPLEX_REPORTS = frozenset({np.absolute, np.sign})
#: Other callables that report nothing, but for what their casts do.
_SILENT = frozenset(
    {
        *(np.max, np.min, np.amax, np.amin, np.any, np.all, np.count_nonzero),
        *(np.argmax, np.argmin, np.where, np.clip, np.copy, np.astype),
        *(np.concatenate, np.stack, np.hstack, np.vstack, np.dstack),
        *(np.column_stack, np.tril, np.triu, np.repeat, np.roll, np.pad),
        *(np.sort, np.argsort, np.lexsort, np.searchsorted, np.isin, np.take),
        *(np.einsum, np.vdot, np.interp, np.convolve, np.correlate),
        *(np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.meshgrid),
        *(np.copyto, np.putmask, np.place, np.fill_diagonal),
    }
)


def is_reporting(
    op: Operation, dtypes: tuple[np.dtype, ...], loop: tuple[np.dtype, ...] | None
) -> bool:
    """Whether a call may make NaN or infinity, and report so.

    Parameters
    ----------
    op : Operation
    dtypes : tuple of np.dtype
        Of its results.
    loop : tuple of np.dtype or None
        Of a ufunc: the dtypes of its operands and results.
    """
    if op.can_fail or op.kind is Kind.CREATION:  # looked at where it is called
        return False
    kinds = {dtype.kind for dtype in dtypes}
    if not kinds & {"f", "c"}:
        return False
    rule: Any = op.rule
    if isinstance(rule, np.ufunc):
        if rule in _COMPLEX_REPORTS:
            return any(dtype.kind == "c" for dtype in loop or ())
        return rule not in _SILENT_UFUNCS
    owner = getattr(rule, "__self__", None)
    if isinstance(owner, np.ufunc):
        return owner not in _SILENT_UFUNCS
    # What indexing records has functions of npjit's own: they move elements.
    module = getattr(rule, "__module__", None) or "numpy"
    return module.startswith("numpy") and rule not in _SILENT


def narrows(source: np.dtype, target: np.dtype) -> bool:
    """Whether a cast may report: to integers, or to floats of a smaller range."""
    if source == target or source.kind in "b" or target.kind == "b":
        return False
    if source.kind in "fc" and target.kind in "iu":
        return True
    if target.kind not in "fc":
        return False
    if source.kind in "iu":
        return bool(np.iinfo(source).max > float(np.finfo(target).max))
    return bool(np.finfo(source).max > np.finfo(target).max)


#: Ufuncs whose result is NaN or infinite wherever one of these operands is.
_FIRST, _BOTH = (0,), (0, 1)
_CARRYING: Final[dict[Any, tuple[int, ...]]] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.hypot), _BOTH),
    **dict.fromkeys((np.divide, np.floor_divide, np.remainder, np.fmod), _FIRST),
    **dict.fromkeys(
        (
            *(np.positive, np.negative, np.absolute, np.fabs, np.conjugate),
            *(np.floor, np.ceil, np.trunc, np.rint, np.square, np.sqrt, np.cbrt),
            *(np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan),
            *(np.sinh, np.cosh, np.arcsin, np.arccos, np.arcsinh, np.arccosh),
            *(np.arctanh, np.degrees, np.radians, np.deg2rad, np.rad2deg),
        ),
        _FIRST,
    ),
}
#: Other callables whose result shows a NaN or an infinity anywhere in an operand.
_SHOWING: Final = frozenset(
    {
        *(np.sum, np.prod, np.mean, np.var, np.std, np.cumsum, np.cumprod),
        *(np.add.reduce, np.multiply.reduce, np.sort, np.roll, np.copy, np.astype),
        *(np.concatenate, np.stack, np.hstack, np.vstack, np.dstack),
        *(np.column_stack, np.matmul, np.dot, np.vdot, np.inner, np.outer),
    }
)


def carried_operands(op: Operation) -> tuple[int, ...] | None:
    """Through which operands NaN and infinity reach the result.

    Returns
    -------
    tuple of int or None
        For a ufunc the operands of which each element shows in its place; None for
        another callable of which every element shows somewhere; else empty.
    """
    rule: Any = op.rule
    if isinstance(rule, np.ufunc) and rule.signature is None:
        return _CARRYING.get(rule, ())
    return None if rule in _SHOWING else ()
