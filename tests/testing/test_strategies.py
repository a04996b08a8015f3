"""The strategies draw what they promise, and reach each of their corners."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from npjit.testing import strategies as ns

some = settings(max_examples=60)
first_found = settings(max_examples=3_000, phases=[Phase.generate], database=None)


def test_all_numeric_dtypes():
    numeric = {np.dtype(c) for c in np.typecodes["AllInteger"] + "?efdFD"}
    numeric -= {np.dtype(c) for c in "pP" if np.dtype(c) not in set(ns.NUMERIC)}
    assert len(ns.NUMERIC) == len(set(ns.NUMERIC)) == 14
    # "q" and "l" are two C types of one size
    assert {d.str for d in ns.NUMERIC} == {d.str for d in numeric}


@pytest.mark.parametrize("dtype", ns.NUMERIC, ids=str)
@some
@given(data=st.data())
def test_arrays_have_the_dtype_asked_for(dtype, data):
    a = data.draw(ns.arrays(dtype))
    assert type(a) is np.ndarray
    assert a.dtype == dtype


CORNERS = {
    "empty": lambda a: a.size == 0,
    "0-d": lambda a: a.ndim == 0,
    "one element": lambda a: a.size == 1 and a.ndim,
    "C order": lambda a: a.size > 1 and a.flags.c_contiguous,
    "Fortran order": lambda a: a.flags.f_contiguous and not a.flags.c_contiguous,
    "transposed": lambda a: a.base is not None and a.flags.f_contiguous and a.ndim > 1,
    "reversed": lambda a: a.size > 1 and min(a.strides) < 0,
    "strided": lambda a: a.ndim == 1 and a.size > 1 and a.strides[0] > a.itemsize,
    "inside a base": lambda a: a.size and a.base is not None and a.base.size > a.size,
    "NaN": lambda a: np.isnan(a).any(),
    "infinity": lambda a: np.isinf(a).any(),
    "negative zero": lambda a: ((a == 0) & np.signbit(a)).any(),
    "largest": lambda a: (a == np.finfo(a.dtype).max).any(),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_arrays_reach(corner):
    found = find(
        ns.arrays("float64"), lambda a: bool(CORNERS[corner](a)), settings=first_found
    )
    assert CORNERS[corner](found)


@some
@given(ns.arrays(), st.sampled_from(ns.LAYOUTS))
def test_lay_out_keeps_values(a, layout):
    b = ns.lay_out(a, layout)
    assert b.dtype == a.dtype
    assert not np.shares_memory(a, b)
    np.testing.assert_array_equal(a, b)


@some
@given(ns.arrays("float32", special=False))
def test_without_special_values_all_are_small(a):
    assert np.isfinite(a).all()
    assert (np.abs(a) <= 100).all()


@some
@given(ns.broadcastable_pairs())
def test_pairs_broadcast(pair):
    assert len(np.broadcast_shapes(*(a.shape for a in pair))) <= 3


@pytest.mark.parametrize(
    "wanted",
    [
        lambda a, b: a.ndim != b.ndim,
        lambda a, b: 1 in a.shape and 1 not in b.shape and b.size > 1,
        lambda a, b: a.size == 0,
        lambda a, b: a.dtype != b.dtype,
    ],
)
def test_pairs_reach(wanted):
    assert find(
        ns.broadcastable_pairs(), lambda pair: wanted(*pair), settings=first_found
    )


@some
@given(ns.overlapping_pairs())
def test_overlapping_pairs_have_one_base(pair):
    a, b = pair
    assert a.shape == b.shape
    assert a is b or a.base is b.base


@pytest.mark.parametrize(
    "wanted",
    [
        lambda a, b: np.shares_memory(a, b) and a is not b,
        lambda a, b: not np.shares_memory(a, b),
        lambda a, b: a is b,
        lambda a, b: a.strides != b.strides and np.shares_memory(a, b),
    ],
)
def test_overlapping_pairs_reach(wanted):
    assert find(
        ns.overlapping_pairs("float64"),
        lambda pair: wanted(*pair),
        settings=first_found,
    )


def test_without_hypothesis_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import npjit.testing\n"
        "try:\n    import npjit.testing.strategies\n"
        "except ModuleNotFoundError as error:\n    assert 'npjit[test]' in str(error)\n"
        "else:\n    raise SystemExit('imported')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
