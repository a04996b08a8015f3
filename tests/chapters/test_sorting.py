"""Sorting and searching."""

import numpy as np
import pytest

import npjit
from npjit._chapters.sorting import MAX_SORTED
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from npjit.testing import assert_parity
from tests.chapters._rows import (
    NUMERIC,
    REAL,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
    values,
)

SORTED = np.array([-3.0, -0.5, -0.5, 0.0, 1.0, 1.0, 2.5, np.inf, np.nan])


def keep(rng, rows):
    """Other values would not be sorted."""


def no_negative_zeros(a):
    """NumPy leaves open how 0.0 and -0.0 are ordered."""
    return a + a.dtype.type(0) if a.dtype.kind in "fc" else a


@pytest.mark.parametrize("code", NUMERIC)
def test_sort(code):
    a, v = sample(code, 5, 7), no_negative_zeros(values(code))
    rows = [row(np.sort, a, axis=axis) for axis in (0, 1, -1, None)]
    rows += [row(np.sort, v), row(np.sort, v[::-1], kind="stable")]
    rows += [row(np.sort_complex, v), row(np.sort, a.T), row(np.sort, v, stable=True)]
    assert_on_xla(rows)


@pytest.mark.parametrize("code", NUMERIC)
def test_stable_argsort(code):
    a, v = sample(code, 5, 7), values(code)
    rows = [row(np.argsort, a, axis, "stable") for axis in (0, 1, -1, None)]
    rows += [row(np.argsort, v, stable=True), row(np.argsort, v, kind="mergesort")]
    rows += [row(np.ndarray.argsort, np.repeat(v, 2), kind="stable")]
    assert_on_xla(rows)


@pytest.mark.parametrize("code", REAL)
def test_lexsort(code):
    a, v = sample(code, 3, 8), values(code)
    rows = [row(np.lexsort, a), row(np.lexsort, (v[::-1], v)), row(np.lexsort, [v])]
    rows += [row(np.lexsort, (a, a[::-1]), axis=0)]
    assert_on_xla(rows)
    assert_on_xla([row(np.lexsort, (a[0], sample("f", 8), sample("l", 8)))])


def test_layouts_are_sorted():
    arrays = [a for a in layouts().values() if np.ndim(a)]
    rows = [row(np.sort, a) for a in arrays]
    rows += [row(np.argsort, a, 0, "stable") for a in arrays]
    rows += [row(np.sort, a, None) for a in arrays]
    assert_on_xla(rows)


def in_place(a, b, c):
    a.sort()
    b.sort(axis=0)
    c[::-1].sort(kind="stable")
    a[1:3, ::2].sort(0)
    twice = a * 2
    twice.sort(stable=True)
    a.T.sort()
    return a[0] + 1, twice


def test_sort_in_place():
    a, b, c = sample("d", 4, 6), sample("i", 3, 5), sample("f", 9)
    assert_parity(in_place, a, b, c, expect_xla=True)
    assert_parity(in_place, np.asfortranarray(a), b.T, c, expect_xla=True)


def test_order_that_numpy_leaves_open():
    """Of equal elements, and of those beside the ones that were asked for."""
    x = sample("i", 60)
    assert_rows(
        [
            row(np.argsort, x),
            row(np.argsort, x.reshape(6, 10), axis=0),
            row(np.partition, x, 7),
            row(np.argpartition, x, [3, 7]),
            row(np.ndarray.partition, x.copy(), 7),
        ]
    )


def test_many_elements_are_sorted_by_numpy():
    x = sample("d", MAX_SORTED + 1)
    assert_rows([row(np.sort, x), row(np.ndarray.sort, x.copy())])
    assert_on_xla([row(np.sort, x[:-1])], calls=1)


@pytest.mark.parametrize(
    "ordered",
    [
        lambda x: np.argsort(x, kind="stable"),
        lambda x: (x + 1).argsort(stable=True),
        lambda x: np.lexsort((x, x < 0)),
        lambda x: np.lexsort([x + 1]),
        lambda x: np.lexsort(np.stack([x, -x])),
    ],
    ids=["argsort", "method", "tuple", "list", "array"],
)
def test_many_elements_are_ordered_by_numpy(ordered):
    x = sample("d", MAX_SORTED + 1)
    assert_parity(ordered, x)
    with capture() as events:
        npjit.accelerate(mode="jit")(ordered)(x)
    assert Reason.SLOWER in {event.reason for event in events}


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    rows = [row(np.searchsorted, SORTED, sample("d", 4, 5), side)]
    rows += [row(np.searchsorted, SORTED, SORTED, side)]
    rows += [row(np.searchsorted, SORTED, v, side) for v in (0.0, 1, -0.0, True)]
    rows += [row(np.searchsorted, SORTED[:0], SORTED, side)]
    rows += [row(np.searchsorted, [1, 2, 3], SORTED, side)]
    rows += [row(np.ndarray.searchsorted, SORTED, [[1, 2], [3, 4]], side)]
    rows += [row(np.searchsorted, SORTED, np.float32(0.1), side)]
    assert_on_xla(rows, vary=keep)


@pytest.mark.parametrize("code", NUMERIC)
def test_searchsorted_of_dtypes(code):
    """Also in arrays of more than a few elements."""
    v = values(code)
    many = np.sort(np.concatenate([sample(code, 90), v]))
    rows = [
        row(np.searchsorted, a, x, side)
        for a in (np.sort(v), many)
        for x in (v, sample(code, 3, 4))
        for side in ("left", "right")
    ]
    assert_on_xla(rows, vary=keep)


def test_searchsorted_of_mixed_dtypes():
    ints, floats = np.sort(sample("l", 90)), np.sort(sample("d", 9))
    rows = [row(np.searchsorted, ints, floats), row(np.searchsorted, floats, ints)]
    rows += [
        row(np.searchsorted, ints, ints.astype("Q")),
        row(np.searchsorted, ints, 2.5),
    ]
    assert_on_xla(rows, vary=keep)
    assert_rows([row(np.searchsorted, floats[::-1], 0.5, sorter=np.arange(9)[::-1])])


def test_digitize():
    x, bins = sample("d", 4, 5), np.array([-2.0, 0.0, 0.5, 3.0])
    rows = [
        row(np.digitize, x, b, right) for b in (bins, bins[::-1]) for right in (0, 1)
    ]
    rows += [row(np.digitize, x, [0, 1, 1]), row(np.digitize, sample("i", 9), bins)]
    assert_on_xla(rows, vary=keep)
    assert_rows([row(np.digitize, x, bins[[1, 0, 2]])])  # raises


def test_digitize_into_computed_bins():
    def digitize(x, bins):
        return np.digitize(x * 2, bins + 1)

    assert_parity(digitize, sample("d", 9), np.arange(4.0), vary=lambda rng, *a: None)


ERRORS = [
    row(np.sort, np.ones(3), axis=1),
    row(np.sort, np.ones(3), kind="fast"),
    row(np.sort, np.ones(3), kind="stable", stable=True),
    row(np.sort, np.array(3.0)),
    row(np.ndarray.sort, np.ones(3), axis=2),
    row(np.ndarray.sort, np.ones(3), kind="stable", stable=True),
    row(np.ndarray.sort, np.array(3.0)),
    row(np.searchsorted, np.ones((2, 2)), 1.0),
    row(np.searchsorted, np.ones(2), 1.0, side="middle"),
    row(np.lexsort, np.ones((2, 2)), axis=3),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_errors_are_numpys(error):
    assert_rows([error])


def test_read_only_arrays_are_not_sorted():
    def sort(x):
        x.sort()

    x = sample("d", 5)
    x.flags.writeable = False
    assert_parity(sort, x, modes=("host",), vary=lambda rng, x: None)
