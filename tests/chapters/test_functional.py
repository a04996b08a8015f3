"""Rounding, comparing, and mathematics that NumPy writes in Python."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
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
        decimals = (0, 1, 2, 7)  # to tens NumPy rounds itself
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


MODES = ("full", "same", "valid")


@pytest.mark.parametrize("code", NUMERIC)
@pytest.mark.parametrize("func", [np.convolve, np.correlate])
def test_sliding_products(func, code):
    long, short, even = (
        sample(code, 9),
        sample(code, 3, seed=1),
        sample(code, 4, seed=2),
    )
    rows = [row(func, long, short, mode) for mode in MODES]
    rows += [row(func, even, long, mode) for mode in MODES]
    rows += [row(func, short, short), row(func, long[::-2], even[:1])]
    # Sums of products of numbers below 20, in an order of their own.
    bounds = {"e": 1.0, "f": 1e-4, "F": 1e-4, "d": 1e-13, "D": 1e-13}
    assert_on_xla(rows, calls=2, atol=bounds.get(code, 0.0))


def test_sliding_products_of_long_vectors():
    x, kernel = sample("d", 1000), sample("d", 70, seed=1)
    rows = [row(np.convolve, x, kernel), row(np.correlate, x, x, "full")]
    rows += [row(np.convolve, kernel.astype("f"), x), row(np.convolve, x, 2)]
    rows += [row(np.convolve, [1, 2, 3], x), row(np.correlate, x[:3], [1j, 2])]
    assert_on_xla(rows, rtol=1e-13, atol=1e-11)
    rows = [row(np.convolve, x, x[:0]), row(np.convolve, x.reshape(10, 100), kernel)]
    rows += [row(np.convolve, x, kernel, "f"), row(np.correlate, x, kernel, 2)]
    for each in rows:  # errors, and modes of old
        assert_rows([each], atol=1e-11)


POINTS = np.array([-3.0, -1, 0, 0.5, 2])


def _shuffle(rng, rows):
    """Other numbers, between points that stay in order."""
    rng.shuffle(rows[0].args[0])


@pytest.mark.parametrize("code", "?bLefd")
def test_interp(code):
    x, y = sample(code, 4, 5), sample("d", 5)
    rows = [row(np.interp, x, POINTS, y), row(np.interp, np.sort(x[0]), POINTS, y)]
    rows += [
        row(np.interp, x, POINTS, y, left=-7.5, right=9),
        row(np.interp, x[0, 0], POINTS, y),
    ]
    rows += [
        row(np.interp, x, POINTS.astype("f"), sample(code, 5)),
        row(np.interp, 0.3, POINTS, y),
    ]
    rows += [row(np.interp, x, POINTS[:1], y[:1]), row(np.interp, x, [0, 1], [5, 6])]
    rows += [
        row(np.interp, x, POINTS, y * 1j + 1),
        row(np.interp, x, POINTS, y + 1j, 2j),
    ]
    assert_on_xla(rows, vary=_shuffle)


def test_interp_at_special_numbers():
    x = np.array([-np.inf, -3, -2.5, -0.0, 0, 0.25, 0.5, 2, 3, np.inf, np.nan])
    y = np.array([1.0, np.inf, np.inf, np.nan, -2])
    twice = np.array([-np.inf, -3, -3, 0.5, np.inf])
    rows = [row(np.interp, x, POINTS, y), row(np.interp, x, POINTS, y, right=np.nan)]
    rows += [row(np.interp, x, twice, POINTS), row(np.interp, x, [0.5], [7.0])]
    rows += [row(np.interp, x, POINTS, y + 1j), row(np.interp, np.sort(x), POINTS, y)]
    assert_on_xla(rows, vary=_shuffle)


def test_interp_between_many_points():
    x, points = sample("d", 500), np.sort(sample("d", 300, seed=1))
    rows = [row(np.interp, a, points, points**2) for a in (x, np.sort(x), x[:5])]
    assert_on_xla(rows, vary=_shuffle)


def test_interp_in_numpy():
    x, y = sample("d", 5), sample("d", 5)
    assert_rows([row(np.interp, x * 300, POINTS, y, period=360)])
    for each in ((x, POINTS, y[:3]), (x, [], []), (x + 1j, POINTS, y), (x, x[None], y)):
        assert_rows([row(np.interp, *each)])  # raises


@pytest.mark.parametrize("code", "bLefd")
def test_i0(code):
    x = np.concatenate(
        [values(code)[:5], np.abs(sample(code, 20)), sample(code, 3) * 5]
    )
    x = x.astype(code)
    # The same series, added up in another order; exponentials of a few units.
    if code == "e":
        assert_rows([row(np.i0, x)])
    else:
        assert_on_xla([row(np.i0, x)], max_ulp=16)


def test_apply_over_axes():
    a = sample("l", 3, 4, 2)
    rows = [row(np.apply_over_axes, np.sum, a, axes) for axes in ([0, 1], (2, -3), 1)]
    assert_on_xla(rows)


def test_numbers_alone_are_computed_at_once():
    """Python often needs such a value; a program of it would not pay."""

    def program(x):
        steps = int(np.ceil(np.sqrt(3.5))) + int(np.sum([1, 2]))
        y = x
        for _ in range(steps):
            y = y + np.float64(0.1) * np.sin(0.5)
        return (
            y,
            np.maximum(3, 4),
            np.divmod(7, 2),
            np.log10(100.0),
            np.dot([1, 2], (3, 4)),
        )

    x = sample("d", 3)
    assert_parity(program, x)
    with capture() as events:
        npjit.accelerate(program, mode="jit")(x)
    assert not [e for e in events if e.name in ("break", "fallback")]
    assert sum(e.name in ("compile", "hit") for e in events) == 1


ON_THE_HOST = [
    row(np.apply_along_axis, np.sum, 0, sample("d", 3, 4)),
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
