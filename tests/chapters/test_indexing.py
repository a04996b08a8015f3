"""Choosing, clipping, taking; what is written by an index or a mask."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
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


@pytest.mark.parametrize("code", NUMERIC)
def test_where_dtypes(code):
    mask, x = sample("?", 5), sample(code, 5)
    rows = [row(np.where, mask, x, sample(other, 5, seed=1)) for other in NUMERIC]
    rows += [
        row(np.where, x, 1, 0.5),
        row(np.where, x, x, True),
        row(np.where, x, 2, x),
    ]
    assert_on_xla(rows, calls=1)


def test_where_shapes():
    rows = [row(np.where, a, a, 1.0) for a in layouts().values()]
    x = sample("d", 3, 4)
    rows += [row(np.where, x > 0, x[0], x[:, :1]), row(np.where, True, x, 2)]
    rows += [row(np.where, x[0] > 0, [1, 2, 3, 4], 2.5), row(np.where, x.T > 0, 1, x.T)]
    rows += [row(np.where, x > 0, np.nan, x), row(np.where, x, -0.0, 0.0)]
    assert_on_xla(rows)
    assert_rows([row(np.where, x > 0)])
    assert_rows([row(np.where, x > 0, sample("b", 3, 4), 300)])  # raises
    assert_rows([row(np.where, x > 0, 1)])  # raises


@pytest.mark.parametrize("code", REAL.replace("?", ""))
def test_clip(code):
    x = values(code)
    rows = [row(np.clip, x, 1, 3), row(np.clip, x, 1, None), row(np.clip, x, None, 2)]
    rows += [row(np.clip, x, a_min=x[::-1], a_max=x), row(np.clip, x, min=2, max=1)]
    if code in FLOATS:
        rows += [row(np.clip, x, np.nan, 1.0), row(np.clip, x, -0.0, 0.0)]
        rows += [row(np.clip, x, x, np.nan), row(np.clip, x, 0.0, -0.0)]
    else:  # which zero NumPy returns depends on the loop that broadcasting leads to
        rows += [row(np.clip, x[:, None], x[4:7], np.dtype(code).type(3))]
    assert_on_xla(rows)
    assert_rows([row(np.clip, x, -1000, 1000)])
    assert_rows([row(np.clip, x, 0.5, 1.5), row(np.clip, sample("D", 3), 0, 1)])


def test_clip_methods():
    def program(x, out):
        a = x.clip(0), x.clip(max=1), x.clip(-1, 1)
        x.clip(-1, 1, out=out)
        np.clip(x, 0, 1, out=x)
        return a

    assert_parity(program, sample("d", 3, 4), np.zeros((3, 4)))
    assert_parity(program, sample("i", 3, 4), np.zeros((3, 4), int))
    assert_rows([row(np.clip, np.ones(3), 1)])


@pytest.mark.parametrize("code", "bHilL")
def test_take(code):
    x, i = sample("d", 4, 6), np.array([0, 3, 2, 3], code)
    rows = [row(np.take, x, i), row(np.take, x, i, axis=0), row(np.take, x, i, axis=-1)]
    rows += [row(np.take, x, i.reshape(2, 2), axis=1), row(np.take, x, 2)]
    rows += [
        row(np.take, x, 2, axis=0),
        row(np.take, x, [[0, 1]]),
        row(np.take, x.T, i),
    ]
    rows += [row(np.take, x, i[1]), row(np.take, x, i[:0], axis=1)]
    assert_on_xla(rows)
    negative = (i.astype("l") - 3).astype("l")
    assert_on_xla([row(np.take, x, negative, axis=0)])


def test_take_that_may_fail():
    x = sample("d", 4)
    assert_rows([row(np.take, x, [0, 4])])
    assert_rows([row(np.take, x, [-5, 0])])
    assert_rows([row(np.take, x, 1, axis=1)])
    assert_rows([row(np.take, x, [1.5])])
    assert_rows([row(np.take, x, [9, -9], mode="clip")])
    assert_rows(
        [row(np.take, x, [9, -9], mode="wrap"), row(np.take, x, [1], out=x[:1])]
    )
    x, i = sample("d", 3, 4), np.argsort(sample("d", 3, 4), axis=1)
    assert_rows([row(np.take_along_axis, x, i, axis=1)])
    assert_rows([row(np.take_along_axis, x, i + 9, axis=1)])


def test_take_follows_the_indices():
    """Each call checks its own indices: the third one is out of bounds."""

    def vary(rng, x, i):
        i[0] = 9

    assert_parity(np.take, sample("d", 4), np.array([0, 1]), vary=vary)


# Writes -------------------------------------------------------------------------------


def test_masked_writes():
    def program(x, mask):
        a, b, c = x.copy(), x.copy(), x.copy()
        np.putmask(a, mask, [1, 2, 3])
        np.putmask(b, mask, x[::-1])
        np.putmask(c.T, mask.T, 7)
        return a, b, c

    mask = sample("?", 3, 4)
    assert_parity(program, sample("d", 3, 4), mask, expect_xla=True)
    assert_parity(program, sample("h", 3, 4), mask, expect_xla=True)
    x = sample("d", 3)
    assert_rows([row(np.putmask, x, x > 0, [])])
    assert_rows([row(np.putmask, x.copy(), [True, False], 3)])  # raises
    assert_rows([row(np.putmask, x.copy(), x > 0, 1 + 2j)])
    assert_rows([row(np.place, x.copy(), x > 0, [1, 2])])
    assert_rows([row(np.put, x.copy(), [0, 2], [1, 2])])
    assert_rows([row(np.put, x.copy(), [0, 9], [1, 2])])  # raises
    assert_rows([row(np.put_along_axis, x.copy(), np.array([1]), 5.0, 0)])


@pytest.mark.parametrize("shape", [(3, 3), (3, 5), (7, 3), (2, 2, 2)])
def test_diagonals(shape):
    def program(x):
        a, b, c = x + 1, x + 1, x + 1
        np.fill_diagonal(a, 5)
        np.fill_diagonal(b, [1, 2], wrap=True)
        np.fill_diagonal(c, x[0])
        return a, b, c

    assert_parity(program, sample("d", *shape), expect_xla=True)
    assert_parity(program, sample("f", *shape[::-1]).T, expect_xla=True)


def test_diagonals_of_vectors():
    assert_rows([row(np.fill_diagonal, np.ones(3), 1)])  # raises
    assert_rows([row(np.fill_diagonal, np.ones((2, 3, 2)), 1)])  # raises
    assert_rows([row(np.fill_diagonal, np.ones((2, 2), "b"), 300)])  # raises


ON_THE_HOST = [
    row(np.nonzero, sample("d", 3, 4)),
    row(np.argwhere, sample("i", 3, 4)),
    row(np.flatnonzero, sample("i", 5)),
    row(np.extract, sample("?", 5), sample("d", 5)),
    row(np.compress, sample("?", 5), sample("d", 5)),
    row(np.choose, [0, 1, 0], [sample("d", 3), sample("d", 3)]),
    row(np.ravel_multi_index, ([0, 1], [1, 2]), (2, 3)),
    row(np.unravel_index, np.array([1, 5]), (2, 3)),
    row(np.select, [sample("d", 4) > 0, sample("d", 4) < -1], [sample("d", 4), 2], 3.0),
    row(np.diag_indices_from, sample("d", 3, 3)),
    row(np.tril_indices_from, sample("d", 3, 3)),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    assert_rows([each])
