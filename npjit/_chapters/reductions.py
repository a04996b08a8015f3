"""Sums, products, differences, extrema: NumPy's reductions and running reductions."""

import numpy as np

from npjit._chapters.registry import Kind, composed, host_only, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _is_given(*names: str):
    def unless(args, kwargs):
        return Reason.PARAMETER if any(name in kwargs for name in names) else None

    return unless


lowered(
    np.sum,
    np.prod,
    np.max,
    np.min,
    np.amax,
    np.amin,
    kind=Kind.REDUCTION,
    data=("a", "initial", "where"),
)
lowered(np.mean, np.any, np.all, kind=Kind.REDUCTION, data=("a", "where"))
lowered(
    np.var,
    np.std,
    kind=Kind.REDUCTION,
    data=("a", "where"),
    unless=_is_given("mean"),
)
lowered(np.ptp, np.count_nonzero, kind=Kind.REDUCTION)
lowered(np.argmax, np.argmin)
lowered(np.cumsum, np.cumprod, exact_dims=True)
lowered(
    np.cumulative_sum,
    np.cumulative_prod,
    exact_dims=True,
    unless=_is_given("include_initial"),
)
composed(
    np.nansum,
    np.nanprod,
    np.nancumsum,
    np.nancumprod,
    np.diff,
    np.gradient,
    np.trapezoid,
)
# These warn about slices of NaN alone, which is told by values.
host_only(np.nanmax, np.nanmin, reason=Reason.CAN_FAIL)
host_only(np.ediff1d, np.cross, np.linalg.cross, reason=Reason.NO_LOWERING)
