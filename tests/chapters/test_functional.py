"""Rounding, comparing, and mathematics that NumPy writes in Python."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
    COMPLEX,
    FLOATS,
    INTEGERS,
    NUMERIC,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
    values,
)


@pytest.mark.parametrize("code", NUMERIC)
def test_round(code):
    x = values(code)
    decimals = (0, 1, 2, 7, -1, -2)
    if code == "?":
        decimals = (0,)
    if code in INTEGERS:
        x = x[:-4].copy()  # NumPy goes through float64, and C decides about the ends
    rows = [row(np.round, x, n) for n in decimals]
    rows += [row(np.around, sample(code, 3, 4), decimals=0)]
    # The scale is infinite in float16, and 0 * inf is NaN.
    assert_on_xla(rows)


def test_round_layouts():
    rows = [row(np.round, a, n) for a in layouts().values() for n in (0, 1)]
    assert_on_xla(rows)

    def methods(x, out):
        a = x.round(), x.round(1), x.sum().round(2), round(x[0, 0], 1)
        np.round(x, 1, out=out)
        return a

    assert_parity(methods, sample("d", 3, 4), np.zeros((3, 4)))
    assert_rows([row(np.round, sample("?", 3), 1)])  # raises
    assert_rows([row(np.round, sample("d", 3), "a")])  # raises


TESTS = [np.iscomplex, np.isreal]
SIGNS = [np.isneginf, np.isposinf]


@pytest.mark.parametrize(
    "func", [*TESTS, *SIGNS, np.nan_to_num, np.angle, np.sinc, np.fix]
)
def test_of_one_array(func):
    codes = FLOATS + ("" if func in (*SIGNS, np.fix) else COMPLEX)
    if func is np.sinc:
        codes = FLOATS  # complex sines run in NumPy
    rows = [row(func, values(code)) for code in codes]
    rows += [
        row(func, sample(code, 3, 4)) for code in ("l" if func is np.angle else "lI")
    ]
    every = layouts()
    del every["broadcast"]  # it overlaps itself: it stays in NumPy
    rows += [row(func, a) for a in every.values()]
    # Sines and arc tangents have the bounds of their ufuncs.
    assert_on_xla(rows, max_ulp=4 if func in (np.sinc, np.angle) else 0)


def test_nan_to_num():
    x = np.array([np.nan, np.inf, -np.inf, 1.5])
    rows = [row(np.nan_to_num, x, nan=2.0, posinf=3.0, neginf=-3.0)]
    rows += [row(np.nan_to_num, x.astype("f"), posinf=1.0), row(np.nan_to_num, x[0])]
    assert_on_xla(rows)

    def in_place(x):
        return np.nan_to_num(x, copy=False) is x

    assert_parity(in_place, x, expect_xla=True)


def test_comparisons():
    x = values("d")
    y = x + np.where(np.arange(x.size) % 2, 1e-9, 1e-3)
    rows = [row(np.isclose, x, y), row(np.isclose, x, y, equal_nan=True)]
    rows += [row(np.isclose, x, y, rtol=1e-3, atol=0.0), row(np.isclose, x[0], y)]
    rows += [row(np.allclose, x, x), row(np.allclose, x, x, equal_nan=True)]
    rows += [row(np.array_equal, x, x), row(np.array_equal, x, x, equal_nan=True)]
    rows += [row(np.array_equal, x, x[1:]), row(np.array_equiv, x[:1], x[:1])]
    assert_on_xla(rows[:4])
    assert_rows(rows)


def test_unwrap():
    x = np.cumsum(np.abs(sample("d", 3, 6)), axis=1)
    assert_on_xla([row(np.unwrap, x), row(np.unwrap, x, axis=0, period=2.0)])


ON_THE_HOST = [
    row(np.interp, sample("d", 4), np.arange(5.0), sample("d", 5)),
    row(np.i0, sample("d", 4)),
    row(np.apply_along_axis, np.sum, 0, sample("d", 3, 4)),
    row(np.apply_over_axes, np.sum, sample("d", 3, 4), [0, 1]),
    row(np.piecewise, sample("d", 4), [sample("d", 4) > 0], [1.0, -1.0]),
    row(np.real_if_close, sample("D", 3)),
    row(np.emath.sqrt, sample("d", 4)),
    row(np.lib.stride_tricks.sliding_window_view, sample("d", 6), 3),
    row(np.may_share_memory, np.ones(3), np.ones(3)),
]
METADATA = [
    row(np.shape, sample("d", 3, 4)),
    row(np.ndim, sample("d", 3, 4)),
    row(np.size, sample("d", 3, 4), 1),
    row(np.result_type, sample("f", 3), 1.5, sample("i", 2)),
    row(np.can_cast, sample("f", 3).dtype, "d"),
    row(np.iscomplexobj, sample("D", 3)),
    row(np.isrealobj, sample("D", 3)),
    row(np.isscalar, 3.0),
    row(np.common_type, sample("f", 3), sample("d", 3)),
    row(np.broadcast_shapes, (3, 1), (4,)),
    row(np.promote_types, "f", "i"),
    row(np.isfortran, np.asfortranarray(sample("d", 3, 4))),
    row(np.iterable, sample("d", 3)),
    row(np.min_scalar_type, 300),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    assert_rows([each])


@pytest.mark.parametrize("each", METADATA, ids=lambda r: r.func.__name__)
def test_metadata_needs_no_value(each):
    def program(x):
        return x + 1, each.func(*each.args, **each.kwargs)

    assert_on_xla([row(program, sample("d", 3))])
