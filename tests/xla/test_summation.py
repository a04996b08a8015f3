"""Sums have the bits of NumPy's pairwise summation."""

import numpy as np
import pytest

from npjit._xla import summation
from tests.xla._harness import assert_same, draws, run, run_all

#: Around a lane's, a block's and several blocks' length, and where a level of halves
#: holds segments that are blocks beside others that are split again.
LENGTHS = [0, 1, 3, 4, 7, 8, 9, 64, 65, 127, 128, 129, 137, 144, 256, 257, 300, 1000]
LONG = [1025, 4099, 65536]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_pairwise(dtype):
    arrays = [draws(dtype, 2 * n, n, decades=3).reshape(2, n) for n in LENGTHS]
    wants = [a.sum(-1) for a in arrays]
    for a, got, want in zip(
        arrays, run_all(summation.add_last, [[a] for a in arrays]), wants, strict=True
    ):
        assert_same(got, want, info=a.shape)


@pytest.mark.parametrize("length", LONG)
def test_long_rows(length):
    a = draws("f8", length, decades=3)
    assert_same(run(summation.add_last, a), a.sum())


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_bound_of_longer_rows(dtype):
    """Any order that XLA chooses keeps the bound, here where sequential sums fail."""
    a = np.full(1_000_003, 0.1, dtype)
    exact = np.sum(a, dtype=np.longdouble)
    error = abs(np.longdouble(run(summation.add_last, a)) - exact)
    assert error <= 8 * np.finfo(dtype).eps * exact
    assert dtype == "f8" or abs(np.cumsum(a)[-1] - exact) > error


def test_from_zero():
    a = np.array([-0.0, 0.0, 1.0, -1.0, np.nan, -np.inf])
    assert_same(run(summation.from_zero, a), 0.0 + a)
    assert_same(run(summation.from_zero, a - 0j), 0.0 + (a - 0j))


def test_one_by_one_unrolled_and_looped():
    for length in (0, 5, 100):
        a = draws("f8", 3 * length, 1).reshape(length, 3)
        first = np.array([1.0, 2.0, 3.0])
        want = first.copy()
        for row in a:
            want = want * 0.5 + row

        def combine(total, row):
            return total * 0.5 + row

        assert_same(
            run(lambda f, a: summation.one_by_one(combine, f, a), first, a), want
        )
