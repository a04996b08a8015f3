"""Creation: of constants, of other arrays' kind, of ranges, of Python objects."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
    NUMERIC,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
)

X = sample("d", 3, 4)


@pytest.mark.parametrize("code", NUMERIC)
def test_constants(code):
    def program(x):
        shapes = [(), 3, (2, 3), (0, 2)]
        made = [np.zeros(s, code) for s in shapes] + [np.ones(s, code) for s in shapes]
        made += [np.full(s, 7, code) for s in shapes]
        made += [np.full((2,), x[0]), np.full((2, 3), x[:3]), np.full(2, 1, dtype=code)]
        made += [np.eye(3, dtype=code), np.eye(2, 4, 1, code), np.identity(2, code)]
        made += [np.tri(3, 4, -1, code), np.empty((2, 3), code)]
        made[-1].fill(1)  # what it held may have been anything, NaN among it
        made += [np.zeros((2, 3), code, order="F"), np.ones((2, 3), order="F")]
        return made, x + 1

    assert_parity(program, sample(code, 4), expect_xla=True, calls=2)


@pytest.mark.parametrize("func", [np.zeros_like, np.ones_like, np.empty_like])
def test_of_the_same_kind(func):
    def program(a):
        made = [func(a), func(a, dtype="f"), func(a, order="C"), func(a, order="F")]
        return [m.fill(1) or m for m in made], a + 1

    for a in layouts().values():
        if isinstance(a, np.ndarray):
            assert_parity(program, a, calls=1)


def test_full_like():
    rows = [row(np.full_like, a, 2) for a in layouts().values()]
    rows += [row(np.full_like, sample("b", 3), 2.5, dtype="d"), row(np.zeros_like, 3.0)]
    rows += [row(np.full_like, X, X[0]), row(np.full_like, sample("d", 3), np.pi)]
    assert_on_xla(rows)
    assert_rows(
        [row(np.zeros_like, X, shape=(2, 2)), row(np.full_like, sample("b", 2), 300)]
    )


RANGES = [
    row(np.arange, 5),
    row(np.arange, 1, 2, 0.1),
    row(np.arange, 3, dtype="f"),
    row(np.linspace, 0, 1, 7),
    row(np.linspace, 0, 1, 5, endpoint=False, dtype="f"),
    row(np.logspace, 0, 2, 5),
    row(np.geomspace, 1, 256, 9),
    row(np.indices, (2, 3)),
    row(np.diag_indices, 3),
    row(np.tril_indices, 3),
    row(np.ix_, [0, 1], [1, 2]),
    row(np.hanning, 5),
    row(np.kaiser, 5, 14.0),
    row(np.fft.fftfreq, 8, 0.1),
    row(np.array, [[1, 2], [3, 4]]),
    row(np.asarray, [1.5, 2], dtype="f"),
]


@pytest.mark.parametrize("each", RANGES, ids=lambda r: r.func.__name__)
def test_ranges_are_leaves(each):
    """NumPy makes them: they are no fallback, and have its bits."""

    def program(x):
        made = each.func(*each.args, **each.kwargs)
        first = made[0] if isinstance(made, tuple) else made
        return made, first * 2, x + first.ravel()[1]

    assert_on_xla([row(program, X)])


def test_ranges_of_recorded_numbers():
    def program(x):
        n = x[0]
        return np.arange(n), np.linspace(0, x.max(), 5), np.linspace(x, 2 * x, 3)

    assert_parity(program, np.array([4.0, 2.0]), vary=lambda rng, x: None)


def test_memory_of_other_objects():
    """An array over a bytearray is written at once: the bytearray sees it."""

    def program(buffer):
        a = np.frombuffer(buffer, np.uint8)
        a += 1
        b = np.frombuffer(buffer, "u2")
        return b, bytes(buffer)

    assert_parity(program, bytearray(b"12345678"))


def test_grids():
    x, y = sample("d", 3), sample("f", 4)
    rows = [row(np.meshgrid, x, y), row(np.meshgrid, x, y, indexing="ij")]
    rows += [row(np.meshgrid, x, y, sparse=True), row(np.meshgrid, x, y, x)]
    rows += [row(np.meshgrid, x), row(np.meshgrid, 2.0, y)]
    rows += [row(np.vander, x, 2), row(np.diag, x), row(np.diag, x, -1)]
    assert_on_xla(rows[:6])
    assert_rows(rows)


def test_of_arrays():
    def program(x, f):
        made = [np.array(x), np.array(x, dtype="f"), np.array(x, order="F")]
        made += [np.asarray(x), np.asarray(f, order="C"), np.ascontiguousarray(f)]
        made += [np.asfortranarray(x), np.asanyarray(x, "i"), np.array(x, ndmin=3)]
        made += [np.array(x, copy=None), np.array(x, subok=True), np.copy(f)]
        return made, [a is x for a in made]

    assert_parity(program, X, np.asfortranarray(X), expect_xla=True)


ERRORS = [
    row(np.zeros, -1),
    row(np.zeros, 3, dtype="nonsense"),
    row(np.full, (2, 2), np.ones(3)),
    row(np.full, 2, 300, dtype="b"),
    row(np.eye, 2.5),
    row(np.arange),
    row(np.linspace, 0, 1, -1),
    row(np.zeros, 3, like=np.ones(2)),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_errors_are_numpys(error):
    assert_rows([error])


@pytest.mark.parametrize("code", "bLefdFD")
def test_linspace_between_recorded_ends(code):
    x = sample(code, 5)
    rows = [row(np.linspace, x[0], x[1], 7), row(np.linspace, 0, x[2])]
    rows += [row(np.linspace, x, x[::-1], 4), row(np.linspace, x, 1, 4, axis=-1)]
    rows += [
        row(np.linspace, x[0], 1, 5, endpoint=False),
        row(np.linspace, x[0], x[0], 3),
    ]
    rows += [row(np.linspace, x[0], 1, n) for n in (0, 1)]
    assert_on_xla(rows, rtol=1e-15 if code in "FD" else 0.0)
    assert_rows([row(np.linspace, x[0], 9, 4, retstep=True)])
    assert_rows([row(np.linspace, x[0], 9, 4, dtype=code), row(np.linspace, 0, 1, 3)])
    assert_rows([row(np.linspace, x[0], 9, -1)])  # raises
