"""Averages, order statistics, histograms, correlation; what is left to the host."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
    FLOATS,
    REAL,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
    values,
)

X = sample("d", 4, 5)


def keep(rng, rows):
    """Bins stay sorted, NaN stays where it is."""


def with_nan():
    x = sample("d", 4, 6)
    x[1, 2] = x[0, 0] = np.nan
    return x


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


# Order statistics -------------------------------------------------------------------


@pytest.mark.parametrize("code", REAL)
def test_median(code):
    a, v = sample(code, 5, 8), values(code)
    rows = [row(np.median, a), row(np.median, a, axis=0), row(np.median, v)]
    rows += [row(np.median, a, axis=(0, 1), keepdims=True), row(np.median, a[:, 0])]
    rows += [row(np.median, a, axis=-1, keepdims=True)]
    assert_on_xla(rows)


@pytest.mark.parametrize("code", FLOATS)
def test_order_statistics_of_nan(code):
    x = with_nan().astype(code)
    rows = [row(np.median, x), row(np.median, x, axis=0), row(np.nanmedian, x)]
    rows += [row(np.nanmedian, x, axis=axis) for axis in (0, 1, (0, 1))]
    rows += [row(np.percentile, x, [30, 60], axis=axis) for axis in (None, 0, 1)]
    assert_on_xla(rows, vary=keep)
    assert_on_xla([row(np.nanmedian, sample(code, 3, 4), axis=0, keepdims=True)])


METHODS = [
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation"),
    *("interpolated_inverted_cdf", "hazen", "weibull", "linear", "median_unbiased"),
    *("normal_unbiased", "lower", "higher", "midpoint", "nearest"),
]


@pytest.mark.parametrize("code", "bBlIefd")
def test_quantile_methods(code):
    """Which elements are taken and how they are weighed says NumPy's own function."""
    a = sample(code, 5, 7)
    rows = [
        row(np.quantile, a, q, axis=axis, method=method)
        for method in METHODS
        for q, axis in ((0.35, None), ([0, 0.5, 0.77, 1], 0))
    ]
    assert_on_xla(rows, calls=2)


@pytest.mark.parametrize("code", "bBlIefd")
def test_ways_to_give_q(code):
    a = sample(code, 5, 7)
    rows = [
        row(np.percentile, a, q) for q in (30, 30.0, np.float64(33), [25, 50], (9,))
    ]
    rows += [row(np.quantile, a, np.array([0.1, 0.9]), axis=1, keepdims=True)]
    rows += [row(np.quantile, a, [[0.1, 0.2], [0.3, 1]], axis=(0, 1))]
    assert_on_xla(rows, vary=keep)


def test_computed_q():
    def quantiles(a, q):
        return np.percentile(a, q * 2), np.quantile(a, q[0] / 100)

    assert_parity(quantiles, X, np.array([10.0, 20, 40]), vary=lambda rng, *args: None)


def test_order_statistics_of_layouts():
    arrays = [a for a in layouts().values() if np.size(a) and np.ndim(a)]
    rows = [row(np.median, a, axis=0) for a in arrays]
    rows += [row(np.quantile, a, [0.2, 0.9], axis=-1) for a in arrays]
    assert_on_xla(rows, calls=1)


def test_order_statistics_on_the_host():
    assert_rows(
        [
            row(np.median, np.zeros(0)),  # warns
            row(np.median, sample("d", 9000)),
            row(np.percentile, sample("d", 9000), 20),
            row(np.quantile, X[0], 0.3, weights=np.abs(X[1]), method="inverted_cdf"),
            row(np.nanpercentile, with_nan(), [10, 20], axis=1),
            row(np.median, sample("D", 5)),
            row(np.quantile, X, np.array([0.5], "f")),
        ],
        vary=keep,
    )


def test_into():
    def into(x, out):
        a = np.median(x, axis=0, out=out)
        np.percentile(x, 20, axis=0, out=out[::-1])
        np.cumsum(x[0], out=x[1])
        np.sum(x, axis=0, out=x[2])
        return a is out

    assert_parity(into, X, np.zeros(5), expect_xla=True)


ERRORS = [
    row(np.percentile, X, 130),
    row(np.percentile, X, [30], axis=5),
    row(np.quantile, X, 0.5, method="guess"),
    row(np.quantile, sample("D", 5), 0.5),
    row(np.median, X, axis=(0, 0)),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_errors_are_numpys(error):
    assert_rows([error])


# What is no NaN ---------------------------------------------------------------------

NAN_FUNCTIONS = [np.nanmax, np.nanmin, np.nanmean, np.nanstd, np.nanvar]
POSITIONS = [np.nanargmax, np.nanargmin]


@pytest.mark.parametrize("func", [*NAN_FUNCTIONS, *POSITIONS], ids=lambda f: f.__name__)
def test_without_nan(func):
    x = with_nan()
    rows = [row(func, x), row(func, x, axis=0), row(func, x, axis=1, keepdims=True)]
    rows += [row(func, sample(code, 4, 5)) for code in "?il"]
    rows += [row(func, x.astype(code), axis=0) for code in "ef"]
    assert_on_xla(rows, calls=2, vary=keep, max_ulp=2)


@pytest.mark.parametrize("func", [*NAN_FUNCTIONS, *POSITIONS], ids=lambda f: f.__name__)
def test_nothing_but_nan(func):
    """They warn at the user's line, and positions raise."""
    x = np.array([[np.nan, np.nan], [1.0, np.nan]])
    assert_rows([row(func, x, axis=1)], vary=keep)


# Correlation ------------------------------------------------------------------------


def test_covariance():
    x, y = sample("d", 4, 6), sample("d", 4, 6, seed=2)
    counts, weights = np.arange(1, 7), np.abs(y[0])
    rows = [row(np.cov, x), row(np.cov, x[0]), row(np.cov, x, y), row(np.corrcoef, x)]
    rows += [row(np.cov, x, rowvar=False), row(np.cov, x, bias=True, ddof=0)]
    rows += [row(np.corrcoef, x[0], y[0]), row(np.cov, sample("i", 3, 5))]
    rows += [row(f, sample("D", 3, 5)) for f in (np.cov, np.corrcoef)]
    assert_on_xla(rows, rtol=1e-12, atol=1e-15)
    rows = [row(np.cov, x, fweights=counts, aweights=weights)]
    rows += [row(np.cov, x, fweights=-counts), row(np.cov, x[:, :1])]  # raises, warns
    for each in rows:
        assert_rows([each], vary=keep, rtol=1e-12)


# Histograms -------------------------------------------------------------------------

BINS = np.array([-3.0, -1, 0, 0, 2, 2.5])


@pytest.mark.parametrize("code", REAL.replace("?", ""))
def test_histogram(code):
    a = sample(code, 8, 5)
    rows = [row(np.histogram, a, 10, (-2, 4)), row(np.histogram, a, range=(-5.0, 5))]
    rows += [row(np.histogram, a, BINS), row(np.histogram, a, [0, 1, 2])]
    rows += [row(np.histogram, a, 7, (0, 3), density=True)]
    assert_on_xla(rows, vary=keep)


def test_histogram_with_weights():
    """Added up in blocks, as NumPy does."""
    a, weights = sample("d", 140_000), sample("d", 140_000, seed=3)
    rows = [row(np.histogram, a, 10, (-2, 4), weights=weights)]
    rows += [
        row(np.histogram, a[:9], 3, (-2, 4), density=True, weights=weights[:9] ** 2)
    ]
    assert_on_xla(rows, calls=1)


def test_histogram_of_nan():
    assert_on_xla(
        [
            row(np.histogram, with_nan(), 10, (-2, 4)),
            row(np.histogram, with_nan(), BINS),
        ],
        vary=keep,
    )


def test_given_bins_are_handed_back():
    def histogram(a, bins):
        counts, edges = np.histogram(a * 2, bins)
        return counts, edges is bins, edges

    assert_parity(histogram, X, BINS, expect_xla=True, vary=lambda rng, *args: None)


HISTOGRAM_ERRORS = [
    {"bins": 0, "range": (0, 1)},
    {"range": (1, 0)},
    {"bins": [2, 1]},
    {"bins": 3.5, "range": (0, 1)},
    {"bins": [[1, 2]]},
    {"range": (0, np.nan)},
    {"weights": np.ones(3), "range": (0, 1)},
]


@pytest.mark.parametrize("given", HISTOGRAM_ERRORS, ids=str)
def test_histogram_errors_are_numpys(given):
    assert_rows([row(np.histogram, X, **given)])


BYTES = np.array([3, 0, 255, 3, 7], np.uint8)
COUNTS = [
    row(np.bincount, BYTES, minlength=256),
    row(np.bincount, BYTES, weights=None, minlength=300),
    row(np.bincount, BYTES.astype(np.uint16), minlength=65536),
    row(np.bincount, BYTES > 3, minlength=2),
    row(np.bincount, BYTES[:0], minlength=256),
    row(np.bincount, BYTES[::-2], minlength=256),
]


@pytest.mark.parametrize("each", COUNTS, ids=lambda r: str(r.args[0].dtype))
def test_counts_of_known_length_are_compiled(each):
    def count(x, *given):
        return np.bincount(x, *given, **each.kwargs) + 1

    assert_parity(count, *each.args, expect_xla=True, vary=keep)


ON_THE_HOST = [
    row(np.correlate, X[0], X[1], "full"),
    row(np.histogram, X),
    row(np.histogram, X, "auto"),
    row(np.histogram, X > 0, 2),
    row(np.histogram, X, density=True),
    row(np.histogram, X, BINS, weights=X),
    row(np.histogram, X, BINS, density=True),  # warns: a bin is empty
    row(np.histogram_bin_edges, X, 3),
    row(np.histogram2d, X[0], X[1], 2),
    row(np.bincount, np.array([0, 2, 2]), minlength=5),
    row(np.bincount, BYTES, minlength=255),
    row(np.bincount, BYTES, np.ones(5), minlength=256),
    row(np.bincount, BYTES[None], minlength=256),  # raises
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    # Histograms and covariances are put together from recorded parts.
    assert_rows([each], vary=keep, rtol=1e-14)
