"""Rules of sorting and searching against NumPy, of any length."""

import numpy as np
import pytest

from npjit._xla.rules import sorting
from tests.xla._harness import FLOATS, NUMERIC, REAL, assert_same, draws, run, specials

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def sample(dtype, size=3000):
    """Special values and many others, several times, in disorder."""
    a = np.concatenate([specials(dtype), draws(dtype, size, 1), specials(dtype)])
    return np.random.default_rng(2).permutation(a)


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_sort(dtype):
    """Zeros of both signs may stand in any order."""
    a = sample(dtype)
    got, want = run(sorting.sort, a, axis=0), np.sort(a)
    assert_same(got + dtype.type(0), want + dtype.type(0))
    square = draws(dtype, 49, 3).reshape(7, 7)
    for axis in (0, 1):
        assert_same(run(sorting.sort, square, axis=axis), np.sort(square, axis))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_zeros_keep_their_signs(dtype):
    zeros = np.array([0.0, -0.0, 0.0, -0.0, 1.0], dtype)
    got = run(sorting.sort, zeros, axis=0)
    assert sorted(np.signbit(got)) == sorted(np.signbit(zeros))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_subnormals_are_told_apart(dtype):
    """Keys are integers, which XLA:CPU does not flush."""
    tiny = np.arange(1, 40, dtype=f"i{dtype.itemsize}").view(dtype)
    a = np.random.default_rng(3).permutation(np.concatenate([-tiny, tiny, [0, -0.0]]))
    a = a.astype(dtype)
    assert_same(run(sorting.argsort, a, axis=0), np.argsort(a, kind="stable"))
    assert np.array_equal(run(sorting.sort, a, axis=0), np.sort(a))
    got = run(sorting.bisect, np.sort(tiny), a, right=True)
    assert_same(got, np.searchsorted(np.sort(tiny), a, "right"))


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_argsort_is_stable(dtype):
    a = sample(dtype)
    got = run(sorting.argsort, a, axis=0)
    assert_same(got, np.argsort(a, kind="stable"))


@pytest.mark.parametrize("dtype", REAL, ids=str)
def test_lexsort(dtype):
    keys = [sample(dtype)[:500], draws("i1", 500) % 3, draws("f4", 500)]
    got = run(lambda keys: sorting.lexsort(keys, axis=0), keys)
    assert_same(got, np.lexsort(keys))


@pytest.mark.parametrize("length", [0, 1, 2, 63, 64, 65, 127, 128, 1000])
def test_bisect_of_any_length(length):
    a, v = np.sort(draws("f8", length, 1)), sample(np.dtype("f8"))
    v = np.concatenate([v, a])
    for side in ("left", "right"):
        got = run(sorting.bisect, a, v, right=side == "right")
        assert_same(got, np.searchsorted(a, v, side))


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_bisect(dtype):
    """Also for the largest values, beyond which nothing can be put."""
    v = sample(dtype, 300)
    for a in (np.sort(v), np.sort(specials(dtype))[:20]):
        for side in ("left", "right"):
            got = run(sorting.bisect, a, v, right=side == "right")
            assert_same(got, np.searchsorted(a, v, side))
