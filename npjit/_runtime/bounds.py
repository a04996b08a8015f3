"""How far a result of XLA may be from NumPy's: the bounds of docs/exactness.md.

Of most operations not at all. A bound is a reference, NumPy's result or a more exact
one, with a tolerance for each of its elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from npjit._chapters.infer import noted_warnings
from npjit._chapters.linalg import GUFUNCS, IN_C
from npjit._chapters.registry import Operation
from npjit._diagnostics.values import values_differ

__all__ = ["Call", "beyond", "is_open"]

#: Each of the two is within 4 ulp of the true value.
_MAX_ULP: Final = 8
#: Sums are bounded by `n * eps`, but no row of tests/exact/test_sums.py needs more.
_MAX_TERMS: Final = 300
#: Of LAPACK's results, in units of eps times the condition number.
_MAX_LAPACK: Final = 64
_WIDE: Final = {"e": np.dtype("d"), "f": np.dtype("d"), "F": np.dtype("D")}


class Call(NamedTuple):
    """A call that NumPy made, with real arrays, and its result."""

    op: Operation
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: np.ndarray

    def inexact(self) -> Iterator[np.ndarray]:
        """The floats and complex numbers among the operands."""
        for x in (*self.args, *self.kwargs.values()):
            items = x if type(x) in (list, tuple) else [x]
            arrays = [np.asarray(item) for item in items if isinstance(item, _NUMBERS)]
            yield from (a for a in arrays if a.dtype.kind in "fc")

    def of(self, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The call made again with changed operands, in the dtype they have then."""
        kwargs = {k: v for k, v in self.kwargs.items() if k not in ("out", "dtype")}
        if "initial" in kwargs:
            kwargs["initial"] = change(np.asarray(kwargs["initial"]))[()]
        args = [_changed(x, change) for x in self.args]
        return np.asarray(self.op.func(*args, **kwargs))


#: What arrays are made of; an operand that is an int is one, a parameter is not.
_NUMBERS = np.ndarray, np.number, float, complex


def _changed(x: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    if type(x) in (list, tuple):
        return type(x)(_changed(item, change) for item in x)
    return change(np.asarray(x)) if isinstance(x, (*_NUMBERS, int, np.bool)) else x


class Bound(NamedTuple):
    """What a result is compared with, and how far it may be from that."""

    reference: np.ndarray
    tolerance: Any


def is_open(op: Operation) -> bool:
    """Whether an operation need not have the same bits wherever it is compiled."""
    return _BOUNDS.get(op.rule, _equal) not in _DETERMINISTIC


def beyond(call: Call, actual: np.ndarray, exact: bool) -> np.ndarray:
    """Which elements are further from NumPy's than is promised.

    Parameters
    ----------
    call : Call
    actual : ndarray
        What XLA made of the same operands; of the shape and dtype of NumPy's result.
    exact : bool
        The option.

    Returns
    -------
    ndarray of bool
    """
    differ = values_differ(call.result, actual)
    if not differ.any():
        return differ
    with np.errstate(all="ignore"), noted_warnings():
        if _holds_subnormals(call):
            return differ & False
        bound_of = _BOUNDS.get(call.op.rule, _equal)
        if not exact and bound_of in _DETERMINISTIC:
            bound_of = _contracted
        bound = bound_of(call)
        is_off = True if bound is None else ~_is_within(bound, actual)
        return differ & is_off & ~_is_flushed(call.result, actual)


def _is_within(bound: Bound, actual: np.ndarray) -> np.ndarray:
    reference = bound.reference
    if actual.dtype.kind not in "fc":
        distance = np.abs(reference.astype(float) - actual.astype(float))
        return np.asarray(distance <= bound.tolerance)
    same = (reference == actual) | (np.isnan(reference) & np.isnan(actual))
    if actual.dtype.kind == "f":  # beyond the largest number comes infinity
        top = np.finfo(actual.dtype).max
        reference, actual = (np.clip(x, -top, top) for x in (reference, actual))
    return np.asarray(same | (np.abs(reference - actual) <= bound.tolerance))


def _holds_subnormals(call: Call) -> bool:
    """Whether XLA would take an operand for zero."""
    return any(bool(_is_subnormal(a).any()) for a in call.inexact())


def _is_subnormal(a: np.ndarray) -> np.ndarray:
    if a.dtype.kind == "c":
        return _is_subnormal(a.real) | _is_subnormal(a.imag)
    if a.dtype.char not in "fd":
        return np.zeros(a.shape, bool)
    return np.asarray((a != 0) & (np.abs(a) < np.finfo(a.dtype).tiny))


def _is_flushed(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Where XLA may have zero for a subnormal number, or the least normal one."""
    if expected.dtype.char not in "fdFD":
        return np.zeros(expected.shape, bool)
    tiny = np.finfo(expected.dtype).tiny
    near = (np.abs(expected - actual) <= tiny) & (np.abs(expected) <= 2 * tiny)
    return np.asarray(near & (expected != actual))


# Bounds -------------------------------------------------------------------------------


def _eps(call: Call) -> float:
    """Of the coarsest type among operands and result."""
    dtypes = [a.dtype for a in call.inexact()] + [call.result.dtype]
    return max(float(np.finfo(d).eps) for d in dtypes if d.kind in "fc")


def _equal(call: Call) -> Bound | None:
    return None


def _contracted(call: Call) -> Bound | None:
    """With `exact=False`: some eps of the largest number involved."""
    if call.result.dtype.kind not in "fc":
        return Bound(call.result, np.inf if list(call.inexact()) else 0)
    sizes = [np.abs(a) for a in (*call.inexact(), call.result)]
    finite = [np.max(s, initial=0, where=np.isfinite(s)) for s in sizes]
    return Bound(call.result, 8 * _eps(call) * max(finite))


def _in_ulps(call: Call) -> Bound | None:
    """Functions: each within 4 ulp of the true value."""
    if call.result.dtype.kind not in "fc":
        return None
    size = np.abs(call.result)
    last = np.nextafter(np.finfo(size.dtype).max, size.dtype.type(0))
    return Bound(call.result, _MAX_ULP * np.spacing(np.minimum(size, last)))


def _of_larger_term(call: Call) -> Bound | None:
    """Logarithms of sums: in ulp of the larger of the terms and 1."""
    size = np.maximum(1, np.max([np.max(np.abs(a)) for a in call.inexact()]))
    return Bound(call.result, _MAX_ULP * _eps(call) * size)


def _either_zero(call: Call) -> Bound | None:
    """The sign of a zero is left open."""
    return Bound(call.result, 0.0)


def _wide(call: Call) -> np.ndarray:
    """NumPy's result in double precision, where it is finite in its own."""
    result = call.result
    if result.dtype.char not in _WIDE or result.dtype.kind not in "fc":
        return result
    wide = call.of(lambda a: a.astype(_WIDE.get(a.dtype.char, a.dtype)))
    return np.where(np.isfinite(result), wide, result)


def _absolute(a: np.ndarray) -> np.ndarray:
    size = np.abs(a.astype("D" if a.dtype.kind == "c" else "d"))
    return np.where(np.isfinite(size), size, 0.0)


def _error(call: Call) -> float:
    """The relative error of a sum as long as the largest operand."""
    sizes = [np.size(x) for a in call.args for x in (a if type(a) is list else [a])]
    return (min(max(sizes, default=1), _MAX_TERMS) + 4) * _eps(call)


def _sums(call: Call) -> Bound | None:
    """Sums of products: `n * eps` times the same sum of absolute values."""
    if call.result.dtype.kind not in "fc":  # sums of integers, or cast to them
        return Bound(call.result, 1.0) if list(call.inexact()) else None
    return Bound(_wide(call), _error(call) * call.of(_absolute))


def _products(call: Call) -> Bound | None:
    """Products of many: relative, unless something came up on the way."""
    if call.result.dtype.kind not in "fc":
        return None
    reference = _wide(call)
    tolerance = _error(call) * np.abs(reference)
    lost = ~np.isfinite(call.result) | (call.result == 0)
    given = all(bool((np.isfinite(a) & (a != 0)).all()) for a in call.inexact())
    return Bound(reference, np.where(lost & given, np.inf, tolerance))


def _spreads(call: Call) -> Bound | None:
    """Variances: relative, and what the mean's error adds."""
    if call.result.dtype.kind not in "fc":
        return None
    k = _error(call)
    about = {n: v for n, v in call.kwargs.items() if n in ("axis", "keepdims", "where")}
    mean = np.mean(_absolute(np.asarray(call.args[0])), **about)
    reference = _wide(call)
    if call.op.rule is np.std:
        return Bound(reference, k * (np.abs(reference) + mean))
    return Bound(reference, k * np.abs(reference) + (k * mean) ** 2)


def _transforms(call: Call) -> Bound | None:
    """Fourier transforms: the error is bounded by the norm of the whole result."""
    result = call.result
    if not np.isfinite(result).all():
        return Bound(result, np.inf)
    stages = np.log2(2 * max(result.size, 2))
    return Bound(result, 16 * _eps(call) * stages * np.linalg.norm(result.ravel()))


def _by_condition(call: Call) -> Bound | None:
    """LAPACK's: some eps times the condition number of the worst matrix.

    Where it is singular, or nearly so, NumPy is asked anyway.
    """
    matrices = np.asarray(call.args[0])
    if not matrices.size or not np.isfinite(matrices).all():
        return Bound(call.result, np.inf)
    condition = np.max(np.linalg.cond(matrices), initial=1.0)
    size = np.max(np.abs(call.result), initial=1.0)
    factor = _MAX_LAPACK * matrices.shape[-1] * _eps(call)
    return Bound(call.result, factor * condition * size)


def _in_order(call: Call) -> Bound | None:
    """Searching points that do not ascend gives other nonsense."""
    points = np.asarray(call.args[1 if call.op.rule is np.interp else 0])
    is_sorted = "sorter" in call.kwargs or bool((points[1:] >= points[:-1]).all())
    return None if is_sorted else Bound(call.result, np.inf)


def _quotients(call: Call) -> Bound | None:
    """Quotients by huge complex numbers, of which NumPy loses digits."""
    if call.result.dtype.kind != "c":
        return None
    divisor = np.abs(np.asarray(call.args[1]))
    huge = divisor > np.finfo(call.result.dtype).max / 4
    return Bound(call.result, np.where(huge, 1e-13 * np.abs(call.result), 0.0))


_FUNCTIONS = (
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2),
    *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
    *(np.cbrt, np.hypot, np.power, np.float_power, np.i0),
)
_LOGARITHMS_OF_SUMS = np.logaddexp, np.logaddexp2
_ORDERS = (
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.max, np.min, np.amax, np.amin),
    *(np.sort, np.median, np.nanmedian, np.percentile, np.quantile, np.clip),
)
_SUMS = (
    *(np.sum, np.mean, np.cumsum, np.cumulative_sum, np.add.reduce),
    *(np.add.accumulate, np.trace, np.linalg.trace, np.dot, np.vdot, np.inner),
    *(np.tensordot, np.einsum, np.convolve, np.correlate, np.linalg.matmul),
    *(np.linalg.vecdot, np.linalg.tensordot, *GUFUNCS),
)
_PRODUCTS = (
    *(np.prod, np.cumprod, np.cumulative_prod, np.multiply.reduce),
    np.multiply.accumulate,
)
_LAPACK = (
    *(np.linalg.solve, np.linalg.inv, np.linalg.det, np.linalg.slogdet),
    *(np.linalg.cholesky, np.linalg.svdvals, np.linalg.svd, IN_C.inv, IN_C.svd),
)
_TRANSFORMS = (
    *(np.fft.fft, np.fft.fft2, np.fft.fftn, np.fft.ifft, np.fft.ifft2, np.fft.ifftn),
    *(np.fft.rfft, np.fft.rfft2, np.fft.rfftn),
    *(np.fft.irfft, np.fft.irfft2, np.fft.irfftn),
)
_BOUNDS: Final[dict[Any, Callable[[Call], Bound | None]]] = {
    **dict.fromkeys(_FUNCTIONS, _in_ulps),
    **dict.fromkeys((np.arctan2.outer, np.hypot.outer), _in_ulps),
    **dict.fromkeys((np.power.outer, np.float_power.outer), _in_ulps),
    **dict.fromkeys(_LOGARITHMS_OF_SUMS, _of_larger_term),
    **dict.fromkeys(_ORDERS, _either_zero),
    **dict.fromkeys(_SUMS, _sums),
    **dict.fromkeys(_PRODUCTS, _products),
    **dict.fromkeys((np.var, np.std), _spreads),
    **dict.fromkeys(_LAPACK, _by_condition),
    **dict.fromkeys(_TRANSFORMS, _transforms),
    **dict.fromkeys((np.searchsorted, np.interp), _in_order),
    np.divide: _quotients,
}
_DETERMINISTIC = frozenset({_equal, _either_zero, _in_order, _quotients})
