"""Chapters that run in NumPy: sorting, sets, input and output, random numbers."""

import io

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from npjit.testing import assert_parity
from tests.chapters._rows import assert_rows, row, sample

X, INTS = sample("d", 4, 5), sample("i", 6)
SORTED = np.sort(X[0])
ROWS = [
    row(np.sort, X, axis=0),
    row(np.argsort, X),
    row(np.lexsort, (X[0], X[1])),
    row(np.sort_complex, X[0]),
    row(np.partition, X[0], 2),
    row(np.argpartition, X[0], 2),
    row(np.searchsorted, SORTED, X[1]),
    row(np.unique, INTS),
    row(np.unique, INTS, return_inverse=True, return_counts=True),
    row(np.unique_all, INTS),
    row(np.intersect1d, INTS, INTS[:3]),
    row(np.union1d, INTS, INTS[:3]),
    row(np.setdiff1d, INTS, INTS[:3]),
    row(np.setxor1d, INTS, INTS[:3]),
    row(np.isin, INTS, INTS[:2]),
    row(np.array2string, X),
    row(np.array_repr, X),
    row(np.packbits, INTS > 0),
    row(np.isnat, np.array(["2020-01-01", "NaT"], "datetime64[D]")),
    row(np.busday_count, "2020-01-01", "2020-02-01"),
]


@pytest.mark.parametrize("each", ROWS, ids=lambda r: r.func.__name__)
def test_of_pending_work(each):
    """They see the values of what was recorded, and what they return is recorded on."""

    def program(args):
        args = [
            a + 0 if isinstance(a, np.ndarray) and a.dtype.kind in "fi" else a
            for a in args
        ]
        result = each.func(*args, **each.kwargs)
        first = result[0] if isinstance(result, tuple) else result
        return result, first + first if isinstance(first, np.ndarray) else first

    assert_rows([row(program, list(each.args))], rtol=1e-15)
    assert_rows([each])


def test_files():
    def program(x):
        file = io.BytesIO()
        np.save(file, x * 2)
        text = io.StringIO()
        np.savetxt(text, x + 1)
        text.seek(0)
        return file.getvalue(), np.loadtxt(text) + x

    assert_parity(program, X)


def test_random_numbers_are_numpys():
    def program(x):
        rng = np.random.default_rng(3)
        return rng.normal(size=5) * x[0], rng.integers(0, 9, 3), np.sum(rng.random(3))

    assert_parity(program, X, max_ulp=1)


@pytest.mark.parametrize(
    ("func", "reason"),
    [
        (np.histogram_bin_edges, Reason.NO_LOWERING),
        (np.argsort, Reason.ORDER_OPEN),
        (np.argwhere, Reason.DATA_DEPENDENT_SHAPE),
        (np.linalg.eig, Reason.CAN_FAIL),
        (np.array2string, Reason.IO),
    ],
)
def test_the_fallback_tells_its_reason(func, reason):
    with capture() as events:
        npjit.accelerate(lambda x: func(x + 0), mode="host")(np.eye(3))
    assert reason in {e.reason for e in events if e.name == "fallback"}
