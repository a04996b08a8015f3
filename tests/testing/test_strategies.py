"""The strategies draw what they promise, and reach each of their corners."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from npjit.testing import strategies as ns
from npjit.testing.copies import arrays_in

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


@st.composite
def everything(draw):
    """Example arguments: views, one array twice, an object, an index, no arrays."""
    base = np.array(np.arange(24.0).reshape(4, 6))
    state = SimpleNamespace(u=base[:, ::-2], n=3)
    index = np.array([0, 3, 1])
    examples = [base.T, state, index, "text", 0.5, np.array(["a"]), base, index]
    return examples, draw(ns.arguments_like(*examples))


@some
@given(everything())
def test_arguments_are_like_their_examples(pair):
    examples, drawn = pair
    assert [type(x) for x in drawn] == [type(x) for x in examples]
    assert drawn[3:5] == ("text", 0.5)
    assert drawn[5].tolist() == ["a"]
    assert drawn[0].base is drawn[6]
    assert drawn[1].u.base is drawn[6]
    assert drawn[2] is drawn[7]
    assert drawn[2].max() <= 3
    assert drawn[2].min() >= 0
    for a, b in zip(arrays_in(examples), arrays_in(drawn), strict=True):
        assert (a.dtype, a.shape, a.strides) == (b.dtype, b.shape, b.strides)
        assert not np.shares_memory(a, b)


REACHED = {
    "other floats": (lambda u, v, n: u.tolist() != np.arange(5.0).tolist()),
    "floats of the range": (lambda u, v, n: (u > 0).all() and (u < 4).all()),
    "NaN": (lambda u, v, n: np.isnan(u).any() and not np.isnan(v).any()),
    "longer": (lambda u, v, n: u.shape == v.shape == (7,) and n.shape == (1, 7)),
    "empty": (lambda u, v, n: u.size == n.size == 0),
    "reversed": (lambda u, v, n: len(u) > 1 and u.strides[0] < 0 < v.strides[0]),
}


@pytest.mark.parametrize("corner", REACHED)
def test_arguments_reach(corner):
    examples = np.arange(5.0), np.ones(5, "f4"), np.arange(5)[None]
    strategy = ns.arguments_like(*examples, vary_shapes=True, vary_layouts=True)
    wanted = REACHED[corner]
    found = find(strategy, lambda args: bool(wanted(*args)), settings=first_found)
    assert [x.dtype for x in found] == [x.dtype for x in examples]


@some
@given(ns.like([np.arange(500.0)], special=False), ns.like(np.arange(6), special=True))
def test_large_arrays_and_integers_stay_in_range(large, indices):
    assert large[0].shape == (500,)
    assert (large[0] >= 0).all()
    assert (large[0] <= 499).all()
    assert (indices < 6).all()


def test_shapes_of_views_on_one_memory_do_not_vary():
    a = np.arange(4.0)
    with pytest.raises(ValueError, match="share memory cannot vary"):
        find(ns.arguments_like(a, a[1:], vary_shapes=True), lambda args: True)
    a, b = find(ns.arguments_like(a, a[1:], vary_layouts=True), lambda args: True)
    assert b.base is a


@pytest.mark.parametrize("dtype", [*ns.FLOATS, *ns.COMPLEX], ids=str)
def test_subnormals_are_drawn_if_wanted(dtype):
    def subnormal(a):
        return ((a.real != 0) & (abs(a.real) < np.finfo(dtype).tiny)).any()

    wanted = ns.arrays(dtype, (2,), subnormals=True)
    assert find(wanted, lambda a: bool(subnormal(a)), settings=first_found) is not None
    with pytest.raises(NoSuchExample):
        find(ns.arrays(dtype, (2,)), lambda a: bool(subnormal(a)), settings=some)


def test_without_hypothesis_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import npjit.testing\n"
        "try:\n    import npjit.testing.strategies\n"
        "except ModuleNotFoundError as error:\n    assert 'npjit[test]' in str(error)\n"
        "else:\n    raise SystemExit('imported')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
