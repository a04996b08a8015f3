"""Averages; order statistics, histograms and correlation on the host."""

import numpy as np
import pytest

from tests.chapters._rows import assert_on_xla, assert_rows, row, sample

X = sample("d", 4, 5)


def test_average():
    rows = [
        row(np.average, X),
        row(np.average, X, axis=0),
        row(np.average, X, axis=(0, 1)),
    ]
    rows += [row(np.average, sample("i", 5)), row(np.average, X, keepdims=True)]
    assert_on_xla(rows, max_ulp=2)
    weights = np.array([1.0, 2, 3, 4])
    assert_rows([row(np.average, X, axis=0, weights=weights, returned=True)], max_ulp=2)
    assert_rows([row(np.average, X[0], weights=np.zeros(5))])  # raises


ON_THE_HOST = [
    row(np.median, X, axis=0),
    row(np.percentile, X, [25, 75], axis=1),
    row(np.quantile, X, 0.3),
    row(np.nanmean, X),
    row(np.nanmedian, X, axis=1),
    row(np.cov, X),
    row(np.corrcoef, X),
    row(np.convolve, X[0], X[1]),
    row(np.correlate, X[0], X[1], "full"),
    row(np.histogram, X, 3),
    row(np.histogram2d, X[0], X[1], 2),
    row(np.bincount, np.array([0, 2, 2])),
    row(np.digitize, X[0], np.array([-1.0, 0.0, 1.0])),
    row(np.nanargmax, X),
    row(np.nanargmin, np.full(3, np.nan)),
    row(np.nanmean, np.full((2, 2), np.nan), axis=0),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    # Histograms and covariances are put together from recorded parts.
    assert_rows([each], rtol=1e-14)
