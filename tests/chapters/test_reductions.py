"""Sums, products, extrema, means and running reductions."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
    COMPLEX,
    FLOATS,
    NUMERIC,
    REAL,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
    values,
)

ALWAYS = [np.sum, np.prod, np.mean, np.any, np.all, np.var, np.std, np.count_nonzero]
ORDERED = [np.max, np.min, np.amax, np.amin, np.ptp, np.argmax, np.argmin]
#: They warn of what has no elements.
WARNING = [np.mean, np.var, np.std]
RUNNING = [np.cumsum, np.cumprod]
#: NumPy fuses products of complex numbers in some loops, and adds ints in blocks where
#: it takes their mean; float16 has few digits.
ROUNDING = {"max_ulp": 4}


def name(f):
    return f.__name__


@pytest.mark.parametrize("func", ALWAYS, ids=name)
def test_dtypes(func):
    rows = [row(func, sample(code, 3, 4)) for code in NUMERIC]
    rows += [row(func, sample(code, 3, 4), axis=0) for code in NUMERIC]
    rows += [row(func, sample(code, 3, 4), axis=1) for code in NUMERIC]
    assert_on_xla(rows, calls=2, **ROUNDING)


@pytest.mark.parametrize("func", ORDERED, ids=name)
def test_dtypes_in_order(func):
    codes = REAL.replace("?", "") if func is np.ptp else REAL
    rows = [row(func, sample(code, 3, 4)) for code in codes]
    rows += [row(func, sample(code, 3, 4), axis=0) for code in codes]
    rows += [row(func, values(code)) for code in codes]
    assert_on_xla(rows, calls=2)


@pytest.mark.parametrize("func", [*ALWAYS, *ORDERED], ids=name)
def test_axes_and_layouts(func):
    rows = []
    for a in layouts().values():
        if func in (*ORDERED, *WARNING) and 0 in np.shape(a):
            continue  # NumPy raises, or warns: tests/exact
        rows.append(row(func, a))
        rows += [row(func, a, axis=axis) for axis in range(-np.ndim(a), np.ndim(a))]
        rows += [row(func, a, axis=-1, keepdims=True)] if a.ndim else []
        if a.ndim > 1 and func not in (np.argmax, np.argmin):
            rows += [row(func, a, axis=(0, -1)), row(func, a, axis=(-1, 0))]
            rows += [row(func, a, axis=())]
        rows.append(row(func, a, keepdims=True))
    # Sums over several axes of what is not in C order are added in another order.
    assert_on_xla(rows, calls=1, rtol=1e-14)


@pytest.mark.parametrize("code", FLOATS + COMPLEX)
def test_special_values(code):
    x = values(code)
    finite = x[np.isfinite(x)]
    rows = [row(f, x) for f in (np.sum, np.mean, np.any, np.all, np.count_nonzero)]
    rows += [row(f, finite[:2]) for f in (np.sum, np.prod, np.mean)]  # both zeros
    rows += [row(f, -finite[:1]) for f in (np.sum, np.prod, np.mean)]
    if code in FLOATS:
        rows += [row(f, x) for f in (np.max, np.argmax, np.argmin, np.ptp)]
        rows += [row(f, finite) for f in (np.max, np.min, np.argmax, np.argmin)]
    assert_on_xla(rows, vary=lambda rng, rows: None)


@pytest.mark.parametrize("func", [np.sum, np.prod, np.mean, np.var, np.std], ids=name)
def test_dtype(func):
    rows = [
        row(func, sample(code, 3, 4), dtype=dtype, axis=1)
        for code in "bIlfd"
        for dtype in ("f", "d", "D")
    ]
    if func in (np.sum, np.prod):
        rows += [row(func, sample("l", 3, 4), dtype=t) for t in "bhHLf"]
    assert_on_xla(rows, calls=1, max_ulp=4)


def test_initial_and_where():
    x, mask = sample("d", 3, 4), sample("?", 3, 4)
    rows = [row(f, x, initial=2.5) for f in (np.sum, np.prod, np.max, np.min)]
    rows += [row(f, x[:0], initial=2.5, axis=0) for f in (np.sum, np.max, np.min)]
    rows += [row(f, x, initial=9, where=mask, axis=1) for f in (np.max, np.min)]
    rows += [row(f, x, where=mask, axis=0) for f in (np.sum, np.prod, np.any, np.all)]
    rows += [row(f, x, where=mask | (x > 0)) for f in (np.mean, np.var, np.std)]
    rows += [row(f, x, where=True) for f in (np.sum, np.mean)]
    assert_on_xla(rows, max_ulp=4)


def test_ddof():
    x = sample("d", 3, 5)
    rows = [row(f, x, ddof=n, axis=1) for f in (np.var, np.std) for n in (0, 1, 1.5)]
    rows += [row(np.var, x, correction=1)]
    assert_on_xla(rows, max_ulp=2)


@pytest.mark.parametrize("func", RUNNING, ids=name)
def test_running(func):
    rows = []
    for code in NUMERIC:
        if code in COMPLEX and func is np.cumprod:
            continue
        x = sample(code, 3, 4)
        rows += [row(func, x), row(func, x, axis=0), row(func, x[:, 1], axis=-1)]
    rows += [row(func, a) for a in layouts().values() if a.ndim]
    rows += [row(func, sample("l", 4), dtype=t) for t in "bfd"]
    assert_on_xla(rows, calls=2, max_ulp=2)


def test_running_of_the_array_api():
    x = sample("d", 3, 4)
    rows = [row(np.cumulative_sum, x[0]), row(np.cumulative_prod, x, axis=1)]
    rows += [row(np.cumulative_sum, x, axis=0, include_initial=True)]
    assert_on_xla(rows)
    assert_rows(
        [
            row(np.cumulative_sum, x),  # raises
            row(np.cumprod, sample("D", 5)),
        ],
        max_ulp=4,
    )


def test_methods_are_the_functions():
    def methods(x, i):
        return (
            *(x.sum(), x.mean(0), x.max(1), x.min(), x.prod(), x.std(), x.var(axis=1)),
            *(x.any(), x.all(0), x.argmax(), x.argmin(1), x.cumsum(), x.cumprod(0)),
            *(i.sum(), i.mean(), i.max(), i.prod(dtype="f"), x.sum(keepdims=True)),
        )

    assert_parity(
        methods, sample("d", 3, 4), sample("i", 5), expect_xla=True, max_ulp=2
    )


def test_into():
    def into(x, total, wide):
        a = np.sum(x, axis=0, out=total)
        np.mean(x, axis=0, out=wide)
        x.max(axis=0, out=total)
        np.cumsum(x[0], out=x[1])
        return a is total

    assert_parity(into, sample("d", 3, 4), np.zeros(4), np.zeros(4, "D"))
    assert_parity(into, sample("i", 3, 4), np.zeros(4), np.zeros(4))  # raises


def test_where_numpy_has_to_decide():
    x = sample("d", 3, 4)
    assert_rows(
        [
            row(np.var, x, mean=x.mean()),
            row(np.max, sample("D", 5)),
            row(np.argmin, sample("D", 5)),
            row(np.sum, [[1, 2], [3, 4]], axis=0),
            row(np.max, sample("D", 3, 4), axis=0),
            row(np.sum, x, axis=np.int64(1)),
        ]
    )


ERRORS = [
    row(np.max, np.ones(0)),
    row(np.argmax, np.ones((0, 3)), axis=0),
    row(np.min, np.ones((3, 0)), axis=1),
    row(np.sum, np.ones(3), axis=1),
    row(np.sum, np.ones((3, 3)), axis=(0, 0)),
    row(np.sum, np.ones(3), axis=1.0),
    row(np.ptp, np.ones(3, bool)),
    row(np.cumsum, np.ones((2, 2)), axis=2),
    row(np.mean, np.ones(3), keepdims=1, axis=0),
    row(np.sum, np.ones(3), nonsense=1),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_errors_are_numpys(error):
    assert_rows([error])


# Differences and sums of what is no NaN ----------------------------------------------


def test_differences():
    x, y = sample("d", 4, 6), np.cumsum(np.abs(sample("d", 6)) + 0.5)
    rows = [row(np.diff, x, n=n, axis=axis) for n in (1, 2, 9) for axis in (0, 1)]
    rows += [row(np.diff, sample(code, 5)) for code in NUMERIC]
    rows += [row(np.diff, x, prepend=0.0), row(np.diff, x, append=x[:, :2])]
    rows += [
        row(np.gradient, x),
        row(np.gradient, x[0], 2.0),
        row(np.gradient, x, axis=1),
    ]
    rows += [row(np.gradient, x[0], edge_order=2)]
    rows += [
        row(np.trapezoid, x),
        row(np.trapezoid, x, y),
        row(np.trapezoid, x, dx=0.1),
    ]
    rows += [row(np.ediff1d, sample(code, 2, 3)) for code in "bldD"]
    rows += [row(np.ediff1d, x[0, :1]), row(np.ediff1d, x[:0])]
    assert_on_xla(rows, max_ulp=4)
    assert_rows([row(np.diff, x, n=-1), row(np.gradient, x, 1, 2, 3)])
    assert_rows(
        [
            row(np.gradient, x[0], y),
            row(np.ediff1d, x, to_begin=3, to_end=[1, 2]),
            row(np.cross, x[:, :3], x[:, :3]),
        ]
    )


@pytest.mark.parametrize("func", [np.nansum, np.nanprod, np.nancumsum, np.nancumprod])
def test_without_nan(func):
    x = sample("d", 3, 4)
    x[1, 2] = x[0, 0] = np.nan
    rows = [row(func, x), row(func, x, axis=0), row(func, x.astype("f"), axis=1)]
    rows += [row(func, sample("i", 4))]
    assert_on_xla(rows, max_ulp=2)
