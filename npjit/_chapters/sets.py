"""Set routines: the shape of nearly every result depends on values."""

import numpy as np

from npjit._chapters.registry import host_only
from npjit.errors import Reason

__all__: list[str] = []

host_only(
    np.unique,
    np.unique_all,
    np.unique_counts,
    np.unique_inverse,
    np.unique_values,
    np.intersect1d,
    np.union1d,
    np.setdiff1d,
    np.setxor1d,
    reason=Reason.DATA_DEPENDENT_SHAPE,
)
host_only(np.isin, reason=Reason.NO_LOWERING)
