"""Rules of ufunc methods against NumPy."""

import numpy as np
import pytest

from npjit._chapters.ufuncs import SCATTERED
from npjit._xla.rules import ufunc_methods
from npjit.errors import Reason, Unsupported
from tests.xla._harness import assert_same, draws, run, specials

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
UFUNCS = [np.subtract, np.hypot, np.fmod, np.copysign, np.heaviside, np.nextafter]


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_reduce_in_order(ufunc):
    a, mask = draws("f8", 600, 1).reshape(20, 30), draws("?", 600, 2).reshape(20, 30)
    about = {"axis": (1,), "keepdims": True, "dtype": a.dtype}
    got = run(lambda a: ufunc_methods.reduce_in_order(ufunc, a, **about), a)
    assert_same(got, ufunc.reduce(a, axis=1, keepdims=True), ulp=8)
    got = run(
        lambda a, m: ufunc_methods.reduce_in_order(
            ufunc, a, where=m, initial=0.5, **about
        ),
        *(a, mask),
    )
    want = ufunc.reduce(a, axis=1, keepdims=True, where=mask, initial=0.5)
    assert_same(got, want, ulp=8)


@pytest.mark.parametrize("ufunc", [*UFUNCS, np.maximum], ids=lambda f: f.__name__)
def test_accumulate(ufunc):
    a = draws("f8", 600, 1).reshape(20, 30)
    for axis in (0, 1):
        got = run(
            lambda a, axis=axis: ufunc_methods.accumulate(
                ufunc, a, axis=axis, dtype=a.dtype
            ),
            a,
        )
        assert_same(got, ufunc.accumulate(a, axis), ulp=16)


def written(ufunc, a, index, value):
    a = a.copy()
    ufunc.at(a, index, value)
    return a


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u1"])
@pytest.mark.parametrize("ufunc", sorted(SCATTERED, key=str), ids=lambda f: f.__name__)
def test_at_goes_in_order(ufunc, dtype):
    """Many floats are added to few places: any other order would round otherwise."""
    index = draws("u8", 5000, 1).astype(np.int64) % 7
    value, a = draws(dtype, 5000, 2, decades=2), draws(dtype, 7, 3)
    if ufunc is np.multiply and a.dtype.kind == "f":
        value = np.clip(np.abs(value), 0.9, 1.1)  # no infinity, and nothing too small
    got = run(
        lambda a, v, i: ufunc_methods.at(a, v, i, key=(("array", 0),), ufunc=ufunc),
        *(a, value, index),
    )
    assert_same(got, written(ufunc, a, index, value))


def test_extremes_at_special_values():
    value = specials("f8")
    value = value[(value != 0) | np.signbit(value)]  # which zero wins is left open
    index = np.arange(len(value)) % 3
    for ufunc in (np.maximum, np.minimum):
        got = run(
            lambda a, v, i, ufunc=ufunc: ufunc_methods.at(
                a, v, i, key=(("array", 0),), ufunc=ufunc
            ),
            *(np.ones(3), value, index),
        )
        assert_same(got, written(ufunc, np.ones(3), index, value))


def test_at_of_other_ufuncs():
    with pytest.raises(Unsupported) as caught:
        run(
            lambda a, i: ufunc_methods.at(a, a, i, key=(("array", 0),), ufunc=np.hypot),
            *(np.ones(3), np.arange(3)),
        )
    assert caught.value.reason is Reason.PARAMETER
