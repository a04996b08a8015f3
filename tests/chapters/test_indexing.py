"""Choosing, clipping, taking; what is written by an index or a mask."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
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
    assert_rows([row(np.take, x, [1], out=x[:1])])
    assert_rows([row(np.take, np.zeros(0), [0], mode="clip")])  # raises
    x, i = sample("d", 3, 4), np.argsort(sample("d", 3, 4), axis=1)
    assert_on_xla([row(np.take_along_axis, x, i, axis=1)])
    assert_rows([row(np.take_along_axis, x, i + 9, axis=1)])


def test_take_of_any_index():
    x, i = sample("d", 4, 3), np.array([9, -9, 1, 0])
    rows = [row(np.take, x, i, mode=mode) for mode in ("clip", "wrap")]
    rows += [row(np.take, x, i, axis=1, mode=mode) for mode in ("clip", "wrap")]
    assert_on_xla(rows)


@pytest.mark.parametrize("code", ["d", "h", "?", "D"])
def test_choose(code):
    i = np.array([[0, 2, 1], [1, 1, 0]])
    a, b, c = (sample(code, 2, 3, seed=k) for k in range(3))
    rows = [row(np.choose, i, [a, b, c]), row(np.choose, i, (a, b[0], c[:, :1]))]
    rows += [row(np.choose, i, np.stack([a, b, c])), row(np.choose, i[0], [a, b, c])]
    rows += [row(np.choose, i, [a, 1, 2.5]), row(np.choose, i > 0, [a, b])]
    assert_on_xla(rows[:-1])
    assert_rows(rows)
    far = i * 5 - 2
    modes = [row(np.choose, far, [a, b, c], mode=mode) for mode in ("clip", "wrap")]
    assert_on_xla(modes)
    assert_rows([row(np.choose, far, [a, b, c])])  # raises
    assert_rows([row(i.choose, [a, b, c]), row(np.choose, i, [a, b, c], out=a)])


def test_select():
    x, y = sample("d", 3, 4), sample("i", 4)
    rows = [
        row(np.select, [x > 1, x < 0], [x, -x]),
        row(np.select, [x > 1, x < 0], [x, y], 7),
        row(np.select, (x > 1, y < 0), (1, 2), default=np.float32(0.5)),
        row(np.select, [x[0] > 0], [y], y[::-1]),
        row(np.select, [y > 0, y > -5], [True, False]),
    ]
    assert_on_xla(rows)
    assert_rows([row(np.select, [x > 0, True], [x, y])])  # raises
    assert_rows([row(np.select, [x > 0], [x, y])])  # raises
    assert_rows([row(np.select, [], [])])  # raises
    assert_rows([row(np.select, [y > 0], [2**40], y.astype("b"))])


def test_ix():
    def program(x, i, j):
        x[np.ix_(i, j)] *= 2
        return x[np.ix_(j, i)], x[np.ix_([0, 1], j, i)[1:]]

    assert_parity(program, sample("d", 4, 4), np.array([0, 2]), np.array([3, 1]))
    rows = [row(np.ix_, np.arange(3), np.arange(2)), row(np.ix_, [1, 2], range(3))]
    assert_rows([*rows, row(np.ix_, np.array([True, False, True]), [0, 1])])
    assert_rows([row(np.ix_, np.ones((2, 2), int))])  # raises


def test_diagonal_and_triangular_indices():
    def program(x):
        x[np.tril_indices_from(x)] = 1
        x[np.triu_indices_from(x, 1)] *= 2
        x[np.diag_indices_from(x)] = x[0]
        return x[np.triu_indices(4, 2)], x[np.tril_indices(4, -1)].sum()

    assert_parity(program, sample("d", 4, 4), expect_xla=True, rtol=1e-14)
    assert_rows([row(np.tril_indices_from, np.ones(3))])  # raises


def test_masks_select():
    """What `np.compress` and `np.extract` select stays on XLA where it is summed."""

    def program(x, mask):
        a = np.compress(mask[0], x[1]).sum(), x[1].compress(mask[1]).max()
        b = np.extract(x > 0, x).sum(), np.compress(mask[:, 0], x, axis=0).sum(axis=0)
        return a, b, np.extract(mask, x), np.compress(mask[0], x, axis=1)

    assert_parity(program, sample("d", 3, 4), np.ones((3, 4), bool), rtol=1e-14)
    x = sample("d", 4)
    assert_rows([row(np.compress, [True, False, True], x)])
    assert_rows([row(np.compress, [0, 1, 1, 0, 1], x)])  # raises
    assert_rows([row(np.compress, x > 0, x, out=np.zeros(int((x > 0).sum())))])
    assert_rows([row(np.nonzero, x), row(np.flatnonzero, x), row(np.argwhere, x)])
    assert_rows([row(np.nonzero, np.array(3.0))])  # raises


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


@pytest.mark.parametrize("code", ["d", "h", "?"])
def test_place(code):
    def program(x, mask):
        a, b, c = x.copy(), x.copy(), x.copy()
        np.place(a, mask, [1, 2, 3])
        np.place(b.T, mask.T, x[0])
        np.place(c, x, 5)
        return a, b, c

    assert_parity(program, sample(code, 3, 4), sample("?", 3, 4), expect_xla=True)
    x = sample(code, 3)
    assert_rows([row(np.place, x.copy(), [False, True, True], [])])  # raises
    assert_rows([row(np.place, x.copy(), [False, True], [1])])  # raises
    assert_rows([row(np.place, [1, 2], [False, True], [1])])  # raises


def test_put():
    def program(x, i):
        a, b, c, d = x.copy(), x.copy(), x.copy(), x.copy()
        np.put(a, i, [1, 2])
        b.put(i, x[0])
        np.put(c.T, i - 4, 7, mode="wrap")
        np.put(d, i * 2, -x, mode="clip")
        return a, b, c, d

    i = np.array([[0, 5], [3, 1]])
    assert_parity(program, sample("d", 3, 4), i, expect_xla=True)
    assert_parity(program, sample("b", 3, 4), i, expect_xla=True)
    x = sample("d", 3)
    assert_rows([row(np.put, x.copy(), [0, 9], [1, 2])])  # raises
    assert_rows([row(np.put, x.copy(), [0, 0, 1], [1, 2, 3])])  # the last one stays
    assert_rows([row(np.put, x.copy(), [0, 1], []), row(x.copy().put, 1, 5)])
    assert_rows([row(np.put, sample("B", 3), [0], 300)])
    assert_rows([row(np.put, np.zeros(0), [0], 1, mode="clip")])


def test_put_along_axis():
    def program(x):
        i = np.argmax(x, axis=1, keepdims=True)
        np.put_along_axis(x, i, 0.0, axis=1)
        np.put_along_axis(x, np.argmin(x, axis=0)[None], x[:1], axis=0)
        return np.take_along_axis(x, i, 1)

    assert_parity(program, sample("d", 3, 4), expect_xla=True)
    assert_rows([row(np.put_along_axis, sample("d", 3), np.array([7]), 5.0, 0)])
    assert_rows([row(np.put_along_axis, sample("d", 3), np.array([1]), 5.0, None)])


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


# Indices that are in bounds whatever their values -------------------------------------


def at_extremes(x):
    i, j = np.argmax(x[0]), x[1].argmin()
    x[0, i] = -1
    x[j % 3, 2] += 5
    rows = np.arange(3)
    best = x[rows, np.argmax(x, axis=1)]
    order = np.argsort(x[2], kind="stable")
    return x[0, i], x[1][j], best, x[2][order], np.take(x, x.argmax())


def sorted_rows(x):
    order = np.argsort(x, axis=1, kind="stable")
    wrapped = x[1][(np.arange(4) * 7) % 4], x[:, (order + 1) % 4]
    return np.take_along_axis(x, order, axis=1), wrapped


@pytest.mark.parametrize("program", [at_extremes, sorted_rows])
def test_known_indices(program):
    assert_parity(program, sample("d", 3, 4), expect_xla=True)
    with capture() as events:
        npjit.accelerate(program, mode="jit", strict=True)(sample("d", 3, 4))
    assert not [e for e in events if e.name == "break"]


def test_indices_that_are_not_known():
    def program(x):
        i = np.argmax(x[0])
        found = []
        for n in (2, 9):
            try:
                found.append((x[i % n, 0], np.take(x, np.argsort(x[0]) + 1, axis=1)))
            except IndexError as error:
                found.append(str(error))
        i += 0
        return found, x[1, -1 - i], x[0][i - 1], x[i % 2]

    assert_parity(program, sample("d", 3, 4))
