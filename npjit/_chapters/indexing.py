"""Indexing routines. `x[...]` itself stands in `npjit/_array/indexing.py`."""

import numpy as np

from npjit._chapters.registry import composed, host_only, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _where_unless(args, kwargs):
    return Reason.DATA_DEPENDENT_SHAPE if len(args) == 1 else None


def _clip_unless(args, kwargs):
    plain = set(kwargs) <= {"a_min", "a_max", "min", "max"}
    return None if plain and kwargs else Reason.PARAMETER


lowered(np.where, data=("condition", "x", "y"), unless=_where_unless)
lowered(np.clip, data=("a", "a_min", "a_max", "min", "max"), unless=_clip_unless)
host_only(
    np.nonzero,
    np.argwhere,
    np.flatnonzero,
    np.extract,
    np.compress,
    reason=Reason.DATA_DEPENDENT_SHAPE,
)
composed(np.take_along_axis, np.diag_indices_from)
host_only(
    np.take,
    np.choose,
    np.ravel_multi_index,
    np.unravel_index,
    reason=Reason.CAN_FAIL,
)
host_only(
    np.select,
    np.tril_indices_from,
    np.triu_indices_from,
    reason=Reason.NO_LOWERING,
)
host_only(np.put, np.put_along_axis, reason=Reason.CAN_FAIL, writes=("a", "arr"))
host_only(
    np.place,
    np.putmask,
    np.fill_diagonal,
    reason=Reason.WRITES_BUFFER,
    writes=("a", "arr"),
)
