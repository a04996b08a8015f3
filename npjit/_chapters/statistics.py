"""Statistics: order statistics, averages, correlation, histograms."""

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._chapters.bind import Bind, make_bind
from npjit._chapters.registry import (
    Kind,
    Operation,
    checked,
    composed,
    host_only,
    lowered,
)
from npjit._chapters.sorting import MAX_SORTED
from npjit.errors import Reason

__all__ = ["COUNT_IN_BINS"]


def _median_unless(args: tuple, kwargs: dict) -> Reason | None:
    if kwargs.get("overwrite_input"):
        return Reason.PARAMETER
    size = getattr(args[0], "size", 1)
    if not size:
        return Reason.CAN_FAIL  # NumPy warns, and returns NaN
    return Reason.SLOWER if size > MAX_SORTED else None


def _quantile_unless(args: tuple, kwargs: dict) -> Reason | None:
    return Reason.PARAMETER if "weights" in kwargs else _median_unless(args, kwargs)


def _bind_quantile(func: Callable[..., Any]) -> Bind:
    """A binder that makes `q` a static parameter: a number or a list of numbers."""
    plain = make_bind(func, ("a",))

    def bind(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        bound, given = plain(*args, **kwargs)
        given["q"] = _as_static(given["q"])
        return bound, given

    return bind


def _as_static(q: Any) -> Any:
    dtype = getattr(q, "dtype", None)
    if dtype not in (np.float64, np.int64):
        return q
    return q.tolist() if q.ndim else dtype.type(q.item())


#: They sort their input in place, on request.
_OVERWRITES: dict[str, Any] = {"writes": ("a",), "writes_if": "overwrite_input"}
lowered(
    np.median,
    np.nanmedian,
    kind=Kind.REDUCTION,
    unless=_median_unless,
    **_OVERWRITES,
)
for _func in (np.quantile, np.percentile):
    lowered(
        _func,
        kind=Kind.REDUCTION,
        exact_dims=True,
        bind=_bind_quantile(_func),
        unless=_quantile_unless,
        **_OVERWRITES,
    )
host_only(
    np.nanpercentile,
    np.nanquantile,
    reason=Reason.NO_LOWERING,
    **_OVERWRITES,
)
composed(
    np.average,
    np.cov,
    np.corrcoef,
    np.nanmean,
    np.nanstd,
    np.nanvar,
    np.nanargmax,
    np.nanargmin,
)
host_only(
    np.histogram2d,
    np.histogramdd,
    np.histogram_bin_edges,
    reason=Reason.NO_LOWERING,
)


def _bincount_unless(args: tuple, kwargs: dict) -> Reason | None:
    if "weights" in kwargs:
        return Reason.NO_LOWERING
    dtype = getattr(args[0], "dtype", None)
    if dtype not in (np.bool_, np.uint8, np.uint16):
        return Reason.DATA_DEPENDENT_SHAPE
    largest = 1 if dtype == np.bool_ else np.iinfo(dtype).max
    least = kwargs.get("minlength", 0)
    is_known = type(least) is int and least > largest
    return None if is_known else Reason.DATA_DEPENDENT_SHAPE


# Where the dtype holds no number beyond `minlength`, that is the length.
lowered(np.bincount, data=("x",), unless=_bincount_unless)


# Histograms -------------------------------------------------------------------------


def count_in_bins(a, edges, weights=None, *, bins=None, range=None, density=False):
    """An array like the counts of a histogram, not counted."""
    is_float = density or weights is not None
    return np.zeros(len(edges) - 1, float if is_float else int)


def _count_in_bins(a, edges, weights, bins, range, density):
    bins = edges if range is None else bins
    return np.histogram(a, bins, range, density, weights)[0]


def _spell_count(a, edges, weights=None, *, bins=None, range=None, density=False):
    return _count_in_bins, (a, edges, weights, bins, range, density)


#: What `np.histogram` counts, once its edges are known.
COUNT_IN_BINS = Operation(
    count_in_bins,
    Kind.FUNCTION,
    name="np.histogram",
    rule=np.histogram,
    exact_dims=True,
    bind=lambda *args, **kwargs: (args, kwargs),
    spelling=_spell_count,
)
checked(np.histogram)
