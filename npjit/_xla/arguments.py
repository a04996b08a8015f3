"""Calls whose rules want their parameters completed: sorting, searching, ufunc methods.

Each function gets what was inferred of a call and the call's arguments as recorded, and
calls the rule with canonical ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from npjit._chapters.sorting import is_stable
from npjit._chapters.statistics import COUNT_IN_BINS
from npjit._xla.casts import cast
from npjit._xla.rules import sets, sorting, statistics, ufunc_methods

__all__ = ["COMPLETED", "complete_method", "is_as_given"]


def _axis(axis: int | None, ndim: int) -> int | None:
    return None if axis is None else normalize_axis_index(axis, ndim)


def _sort(inferred, a, *, axis=-1, **how):
    return sorting.sort(a, axis=_axis(axis, a.ndim), stable=is_stable(how))


def _argsort(inferred, a, *, axis=-1, **how):
    return sorting.argsort(a, axis=_axis(axis, a.ndim))


def _lexsort(inferred, keys, *, axis=-1):
    return sorting.lexsort(keys, axis=normalize_axis_index(axis, keys[0].ndim))


def _searchsorted(inferred, a, v, *, side="left"):
    common = np.promote_types(a.dtype, v.dtype)
    return sorting.searchsorted(cast(a, common), cast(v, common), side=side)


def _isin(inferred, element, test_elements, *, invert=False):
    common = np.promote_types(element.dtype, test_elements.dtype)
    found = sets.isin(cast(element, common), cast(test_elements, common).reshape(-1))
    return ~found if invert else found


def _histogram(inferred, *operands, bins=None, range=None, density=False):
    return statistics.histogram(*operands, density=density)


#: For a NumPy callable what completes the arguments of its rule.
COMPLETED: dict[Any, Callable[..., jax.Array]] = {
    np.sort: _sort,
    np.argsort: _argsort,
    np.lexsort: _lexsort,
    np.searchsorted: _searchsorted,
    np.isin: _isin,
    COUNT_IN_BINS.rule: _histogram,
}
_AS_GIVEN = frozenset({np.searchsorted, np.isin})


# Methods of ufuncs ------------------------------------------------------------------


def complete_method(method: Any) -> Callable[..., jax.Array] | None:
    """What completes the arguments of a ufunc's method; None of another callable."""
    owner = getattr(method, "__self__", None)
    if not isinstance(owner, np.ufunc):
        return None
    return _METHODS.get(method.__name__)


def is_as_given(func: Any) -> bool:
    """Whether a Python number has a dtype of its own here, not that of the result."""
    return func in _AS_GIVEN or complete_method(func) is _outer


def _accumulate(inferred, a, *, axis=0, dtype=None):
    ufunc = inferred.op.rule.__self__
    axis = normalize_axis_index(axis, a.ndim)
    return ufunc_methods.accumulate(ufunc, a, axis=axis, dtype=inferred.outs[0].dtype)


def _outer(inferred, a, b, *, dtype=None):
    ufunc = inferred.op.rule.__self__
    given = {} if dtype is None else {"signature": (None, None, np.dtype(dtype))}
    loop = ufunc.resolve_dtypes((a.dtype, b.dtype, None), **given)
    return ufunc_methods.outer(ufunc, cast(a, loop[0]), cast(b, loop[1]))


_METHODS: dict[str, Callable[..., jax.Array]] = {
    "accumulate": _accumulate,
    "outer": _outer,
}
