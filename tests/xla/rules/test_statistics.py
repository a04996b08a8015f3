"""Rules of order statistics and histograms against NumPy."""

import numpy as np
import pytest

from npjit._xla.rules import rule_of, statistics
from tests.xla._harness import INTEGERS, assert_same, draws, run

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
AXES = [((0,), 0), ((1,), 1), ((0, 1), None)]


def given(want, axis):
    return {"axis": axis, "keepdims": False, "dtype": np.asarray(want).dtype}


@pytest.mark.parametrize("dtype", [*INTEGERS, *map(np.dtype, ("f2", "f4", "f8"))])
def test_median(dtype):
    a = draws(dtype, 120_000, decades=4).reshape(300, 400)
    for axes, axis in AXES:
        want = np.median(a, axis)
        assert_same(run(statistics.median, a, **given(want, axes)), want)


def test_nanmedian():
    a = draws("f8", 3000).reshape(50, 60)
    a[a > np.quantile(a, 0.7)] = np.nan
    a[7] = np.nan
    for axes, axis in AXES:
        want = np.nanmedian(a, axis)
        assert_same(run(statistics.nanmedian, a, **given(want, axes)), want)


@pytest.mark.parametrize("dtype", ["i1", "u8", "f4", "f8"])
def test_quantile(dtype):
    a = draws(dtype, 1200).reshape(30, 40)
    for axes, axis in AXES:
        for q in (0.3, [0.0, 0.25, 1.0]):
            want = np.quantile(a, q, axis)
            got = run(rule_of(np.quantile), a, q=q, **given(want, axes))
            assert_same(got, want)


@pytest.mark.parametrize("bins", [10, 200])
def test_histogram(bins):
    """Counted by comparison and by steps."""
    a = draws("f8", 100_000, decades=1)
    edges = np.linspace(-2, 3, bins + 1)
    want = np.histogram(a, bins, (-2, 3))[0]
    assert_same(run(statistics.histogram, a, edges), want)
    want = np.histogram(a, bins, (-2, 3), weights=a)[0]
    assert_same(run(statistics.histogram, a, edges, a), want)


def test_elements_on_the_edges():
    edges = np.array([0, 1, 1, 2, 2])
    a = np.array([-1, 0, 1, 1, 2, 3, np.nan])
    assert_same(run(statistics.histogram, a, edges), np.histogram(a, edges)[0])
    empty = np.zeros(0)
    assert_same(run(statistics.histogram, empty, edges), np.histogram(empty, edges)[0])
