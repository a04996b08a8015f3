"""Sorting and searching."""

import numpy as np

from npjit._chapters.registry import host_only
from npjit.errors import Reason

__all__: list[str] = []

host_only(
    np.sort,
    np.argsort,
    np.lexsort,
    np.sort_complex,
    np.partition,
    np.argpartition,
    np.searchsorted,
    reason=Reason.NO_LOWERING,
)
