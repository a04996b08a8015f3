"""Statistics: order statistics, averages, correlation, histograms."""

import numpy as np

from npjit._chapters.registry import composed, host_only
from npjit.errors import Reason

__all__: list[str] = []

composed(np.average)
host_only(
    np.median,
    np.percentile,
    np.quantile,
    np.nanmean,
    np.nanstd,
    np.nanvar,
    np.nanmedian,
    np.nanpercentile,
    np.nanquantile,
    np.corrcoef,
    np.cov,
    np.correlate,
    np.convolve,
    np.histogram,
    np.histogram2d,
    np.histogramdd,
    np.histogram_bin_edges,
    np.bincount,
    np.digitize,
    reason=Reason.NO_LOWERING,
)
host_only(np.nanargmax, np.nanargmin, reason=Reason.CAN_FAIL)
