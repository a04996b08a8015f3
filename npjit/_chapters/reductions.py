"""Sums, products, differences, extrema: NumPy's reductions and running reductions."""

import numpy as np

from npjit._chapters.registry import Kind, composed, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _is_given(*names: str):
    def unless(args, kwargs):
        return Reason.PARAMETER if any(name in kwargs for name in names) else None

    return unless


def _var_unless(args, kwargs):
    # In integers NumPy truncates the mean, and casts what may fit no more.
    dtype = kwargs.get("dtype")
    is_whole = dtype is not None and np.dtype(dtype).kind in "biu"
    return Reason.PARAMETER if is_whole or "mean" in kwargs else None


def _of_complex(args, kwargs):
    kind = getattr(args[0], "dtype", np.dtype(float)).kind
    return Reason.DTYPE if kind == "c" else None


lowered(np.sum, np.prod, kind=Kind.REDUCTION, data=("a", "initial", "where"))
lowered(
    np.max,
    np.min,
    np.amax,
    np.amin,
    kind=Kind.REDUCTION,
    data=("a", "initial", "where"),
    unless=_of_complex,
)
lowered(np.mean, np.any, np.all, kind=Kind.REDUCTION, data=("a", "where"))
lowered(
    np.var,
    np.std,
    kind=Kind.REDUCTION,
    data=("a", "where"),
    unless=_var_unless,
)
lowered(np.count_nonzero, kind=Kind.REDUCTION)
lowered(np.ptp, kind=Kind.REDUCTION, unless=_of_complex)
lowered(np.argmax, np.argmin, unless=_of_complex)
lowered(np.cumsum, np.cumprod, exact_dims=True)
lowered(np.cumulative_sum, np.cumulative_prod, exact_dims=True)
lowered(np.ediff1d, exact_dims=True, unless=_is_given("to_begin", "to_end"))
composed(
    np.nanmax,
    np.nanmin,
    np.nansum,
    np.nanprod,
    np.nancumsum,
    np.nancumprod,
    np.diff,
    np.gradient,
    np.trapezoid,
)
