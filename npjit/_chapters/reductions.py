"""Sums, products, differences, extrema: NumPy's reductions and running reductions."""

import numpy as np

from npjit._chapters.registry import Kind, composed, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _is_given(*names: str):
    def unless(args, kwargs):
        return Reason.PARAMETER if any(name in kwargs for name in names) else None

    return unless


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
    unless=_is_given("mean"),
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
