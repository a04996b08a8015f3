"""Sorting and searching."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from npjit._chapters.registry import composed, host_only, lowered, questioned
from npjit.errors import Reason

__all__ = ["MAX_SORTED", "is_stable"]

#: NumPy sorts with vector instructions: 1e6 float64 took 8 ms, and 40 to 80 on XLA:CPU.
#: Its stable argsort and lexsort have none, and are still twice to eight times as fast.
#: Of fewer than these, leaving the program costs as much as sorting in it.
MAX_SORTED = 2**13


def _size(a: Any) -> int:
    return a.size if hasattr(a, "size") else np.size(a)


def _if_large(a: Any) -> Reason | None:
    return Reason.SLOWER if _size(a) > MAX_SORTED else None


def is_stable(how: Mapping[str, Any]) -> bool:
    """Whether the parameters of a sort let equal elements keep their order."""
    return bool(how.get("stable")) or how.get("kind") in ("stable", "mergesort")


def _sort_unless(args, kwargs):
    return Reason.PARAMETER if "order" in kwargs else _if_large(args[0])


def _argsort_unless(args, kwargs):
    if "order" in kwargs:
        return Reason.PARAMETER
    return _if_large(args[0]) if is_stable(kwargs) else Reason.ORDER_OPEN


def _lexsort_unless(args, kwargs):
    keys = args[0]  # one array, or a sequence of some
    return _if_large(keys[0] if isinstance(keys, (list, tuple)) and keys else keys)


def _searchsorted_unless(args, kwargs):
    return Reason.PARAMETER if "sorter" in kwargs else None


lowered(np.sort, exact_dims=True, unless=_sort_unless)
lowered(np.argsort, exact_dims=True, unless=_argsort_unless)
lowered(np.lexsort, data=("keys",), nested=("keys",), unless=_lexsort_unless)
lowered(np.searchsorted, data=("a", "v"), unless=_searchsorted_unless)
composed(np.sort_complex, np.digitize)
host_only(np.partition, np.argpartition, reason=Reason.ORDER_OPEN)
# What np.digitize asks of its bins: a number that Python branches on.
_digitize: Any = inspect.unwrap(np.digitize)
questioned(_digitize.__globals__["_monotonicity"])
