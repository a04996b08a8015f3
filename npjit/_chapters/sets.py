"""Set routines: the shape of nearly every result depends on values."""

import numpy as np

from npjit._chapters.registry import host_only, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _isin_unless(args, kwargs):
    if "kind" in kwargs or "assume_unique" in kwargs:
        return Reason.PARAMETER
    dtypes = [getattr(a, "dtype", np.dtype(int)) for a in args]
    if not all(dtype.kind in "iu" for dtype in dtypes):
        return None
    # int64 and uint64 meet as floats or as ints: that depends on how many there are.
    return Reason.DTYPE if np.result_type(*dtypes).kind == "f" else None


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
lowered(np.isin, data=("element", "test_elements"), unless=_isin_unless)
