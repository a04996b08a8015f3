"""Shapes and axes, joining, splitting, repeating, padding."""

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


def name(f):
    return f.__name__


# Views: of one argument, and written through ------------------------------------------

VIEWS = [
    (np.reshape, ((4, 6), -1), {}),
    (np.reshape, ((4, 6), (2, -1, 3)), {}),
    (np.reshape, ((4, 6), (6, 4), "F"), {}),
    (np.reshape, ((4, 6), 24), {"order": "A"}),
    (np.ravel, ((4, 6),), {}),
    (np.ravel, ((4, 6), "F"), {}),
    (np.transpose, ((2, 3, 4),), {}),
    (np.transpose, ((2, 3, 4), (1, 0, 2)), {}),
    (np.matrix_transpose, ((2, 3, 4),), {}),
    (np.linalg.matrix_transpose, ((2, 3, 4),), {}),
    (np.permute_dims, ((2, 3, 4), (2, 0, 1)), {}),
    (np.swapaxes, ((2, 3, 4), 0, 2), {}),
    (np.moveaxis, ((2, 3, 4), [0, 1], [-1, -2]), {}),
    (np.rollaxis, ((2, 3, 4), 2), {}),
    (np.squeeze, ((1, 3, 1),), {}),
    (np.squeeze, ((1, 3, 1), 0), {}),
    (np.expand_dims, ((3, 4), (0, 2)), {}),
    (np.flip, ((3, 4),), {}),
    (np.flip, ((3, 4), 1), {}),
    (np.fliplr, ((3, 4),), {}),
    (np.flipud, ((3, 4),), {}),
    *((np.rot90, ((3, 4), k), {}) for k in range(4)),
    (np.atleast_1d, ((),), {}),
    (np.atleast_2d, ((3,),), {}),
    (np.atleast_3d, ((3, 4),), {}),
    (np.diagonal, ((3, 4),), {}),
    (np.diagonal, ((3, 4, 3), 1, 0, 2), {}),
    (np.linalg.diagonal, ((2, 3, 4),), {"offset": -1}),
    (np.diag, ((3, 4), 1), {}),
    (np.broadcast_to, ((3, 1), (2, 3, 4)), {}),
    (np.real, ((3, 4),), {}),
    (np.imag, ((3, 4),), {}),
    (np.split, ((4, 6), 3), {"axis": 1}),
    (np.split, ((4, 6), [1, 3]), {}),
    (np.array_split, ((7, 2), 3), {}),
    (np.hsplit, ((4, 6), 2), {}),
    (np.vsplit, ((4, 6), 2), {}),
    (np.dsplit, ((2, 2, 4), 2), {}),
    (np.unstack, ((2, 3, 4),), {"axis": 1}),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v[0].__name__)
def test_views(view, order):
    """A view shares memory where NumPy's does, and can be written where NumPy's can."""
    func, (shape, *args), kwargs = view

    def program(x):
        y = x + 1
        seen = func(y, *args, **kwargs)
        parts = seen if isinstance(seen, (list, tuple)) else [seen]
        for part in parts:
            if part.flags.writeable:
                part[...] = part * 2
        return func(x, *args, **kwargs), seen, y

    assert_parity(program, np.array(sample("d", *shape), order=order))
    assert_parity(program, np.array(sample("F", *shape), order=order), modes=["jit"])


@pytest.mark.parametrize("a", layouts().values(), ids=layouts())
def test_copies_of_every_layout(a):
    rows = [row(np.copy, a), row(np.copy, a, order="C"), row(np.copy, a, order="F")]
    rows += [row(np.astype, a, "f"), row(np.astype, a, np.dtype(int))]
    rows += [row(np.roll, a, 2), row(np.repeat, a, 3)]
    if np.ndim(a):
        rows += [row(np.roll, a, -1, axis=0), row(np.repeat, a, 2, axis=-1)]
    assert_on_xla(rows)
    # A view of what overlaps itself stays in NumPy.
    assert_rows([row(np.ravel, a), row(np.tile, a, 2), row(np.append, a, a)])


# Joining ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", NUMERIC)
def test_joined_dtypes(code):
    a = sample(code, 2, 3)
    rows = [row(np.concatenate, [a, sample(other, 1, 3)]) for other in NUMERIC]
    rows += [row(np.stack, [a, a[::-1]], axis=1), row(np.hstack, (a, a[:, :1]))]
    assert_on_xla(rows, calls=1)


def test_joining():
    a, f, v = sample("d", 2, 3), np.asfortranarray(sample("d", 2, 3)), sample("d", 3)
    rows = [row(np.concatenate, [a, f], axis=axis) for axis in (0, 1, -1, None)]
    rows += [row(np.concatenate, [f, f], axis=axis) for axis in (0, 1)]
    rows += [row(np.concatenate, [a, a], dtype="f", casting="same_kind")]
    rows += [row(np.concatenate, [a]), row(np.concatenate, (v, [1, 2], v))]
    rows += [row(np.stack, [a, f], axis=axis) for axis in (0, 1, 2, -1, -3)]
    for join in (np.hstack, np.vstack, np.dstack, np.column_stack):
        rows += [row(join, [v, v]), row(join, (a, f))]
    rows += [row(np.column_stack, [v, v * 2]), row(np.hstack, [v[0], v[1]])]
    rows += [row(np.append, v, 1.5), row(np.append, a, [[1, 2, 3]], axis=0)]
    assert_on_xla(rows)


def test_array_of_arrays():
    def nested(x, y):
        a = np.array([[x[0], 1.0], [2, y[1]]])
        b = np.array([x, y])
        c = np.asarray([x.sum(), y.max()], dtype="f")
        return a, b, c, np.array((x[0], 1)), np.stack([x, [1, 2, 3]])

    assert_parity(nested, sample("d", 3), sample("i", 3), expect_xla=True)


# Repeating, rolling, padding ----------------------------------------------------------


def test_repeating():
    a = sample("d", 2, 3)
    rows = [row(np.tile, a, reps) for reps in (2, (2,), (2, 3), (2, 1, 2), (0, 1), ())]
    rows += [row(np.repeat, a, n, axis=axis) for n in (0, 2) for axis in (None, 0, -1)]
    rows += [row(np.repeat, 5.0, 3), row(np.resize, a, (3, 4)), row(np.resize, a, 2)]
    assert_on_xla(rows)
    assert_rows([row(np.repeat, a, [1, 2], axis=0), row(np.repeat, a, -1)])


def test_rolling():
    a = sample("d", 3, 4)
    rows = [row(np.roll, a, n) for n in (0, 1, -5, 13)]
    rows += [row(np.roll, a, (1, 2), axis=(0, 1)), row(np.roll, a, 1, axis=(0, 1))]
    rows += [row(np.fft.fftshift, a), row(np.fft.ifftshift, a, axes=1)]
    assert_on_xla(rows)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
def test_padding(mode):
    a = sample("d", 3, 4)
    rows = [row(np.pad, a, width, mode) for width in (1, (1, 2), ((0, 1), (2, 3)))]
    rows += [row(np.pad, sample(code, 3), 2, mode) for code in "?bLfF"]
    rows += [
        row(np.pad, np.asfortranarray(a), 1, mode),
        row(np.pad, a[::-1, ::2], 1, mode),
    ]
    if mode == "constant":
        rows += [row(np.pad, a, 1), row(np.pad, a, 1, mode, constant_values=2.5)]
        rows += [row(np.pad, a, 1, constant_values=((1, 2), (3, 4)))]
        rows += [
            row(np.pad, a[:0], 1),
            row(np.pad, sample("i", 3), 1, constant_values=7),
        ]
    assert_on_xla(rows)


def test_padding_that_computes():
    a = sample("d", 3, 4)
    rows = [row(np.pad, a, 1, mode) for mode in ("mean", "linear_ramp", "maximum")]
    rows += [row(np.pad, a, 1, "reflect", reflect_type="odd"), row(np.pad, a, {0: 1})]
    rows += [row(np.pad, a, np.array([1, 2])), row(np.pad, a, -1), row(np.pad, a, 1.5)]
    for each in rows:
        assert_rows([each])


@pytest.mark.parametrize("func", [np.tril, np.triu], ids=name)
def test_triangles(func):
    rows = [row(func, sample(code, 3, 4)) for code in NUMERIC]
    rows += [row(func, sample("d", 2, 4, 3), k) for k in (-1, 1, 5)]
    rows += [row(func, sample("d", 3)), row(func, np.asfortranarray(sample("d", 3, 4)))]
    assert_on_xla(rows)


def copies(func, *args, **kwargs):
    """Looking at the flags of what np.broadcast_arrays returns is a FutureWarning."""
    return [a.copy() for a in func(*args, **kwargs)]


ON_THE_HOST = [
    row(copies, np.broadcast_arrays, np.ones(3), np.ones((2, 1))),
    row(np.trim_zeros, np.array([0, 0, 1.0, 2, 0])),
    row(np.diagflat, np.ones((2, 2))),
    row(copies, np.meshgrid, np.ones(3), np.ones(2), copy=False),
    row(np.require, np.ones((2, 2)), "f", ["F"]),
]
ERRORS = [
    row(np.reshape, np.ones(6), (4, 2)),
    row(np.reshape, np.ones((2, 3)).T, 6, copy=False),
    row(np.transpose, np.ones((2, 3)), (0, 0)),
    row(np.squeeze, np.ones((2, 1)), axis=0),
    row(np.concatenate, []),
    row(np.concatenate, [np.ones(2), np.ones((2, 2))]),
    row(np.concatenate, [np.ones(2), np.ones(2)], axis=1),
    row(np.stack, [np.ones(2), np.ones(3)]),
    row(np.broadcast_to, np.ones(3), (2, 2)),
    row(np.split, np.ones(5), 2),
    row(np.flip, np.ones(3), axis=1),
    row(np.expand_dims, np.ones(3), 3),
    row(np.rot90, np.ones(3)),
    row(np.tile),
]


@pytest.mark.parametrize("each", [*ON_THE_HOST, *ERRORS], ids=str)
def test_host_and_errors(each):
    assert_rows([each])


# Writes -------------------------------------------------------------------------------


def test_copyto():
    def program(x, y, mask):
        a = x.copy()
        np.copyto(a, y)
        b = x.copy()
        assert np.copyto(b, 1, where=mask) is None
        np.copyto(b[1:], y[:-1], where=mask[0])
        np.copyto(x.T, y.T)
        return a, b

    mask = sample("?", 3, 4)
    assert_parity(program, sample("d", 3, 4), sample("f", 3, 4), mask, expect_xla=True)
    assert_parity(program, sample("i", 3, 4), sample("i", 3, 4), mask, expect_xla=True)
    assert_parity(program, sample("f", 3, 4), sample("D", 3, 4), mask)  # raises


def test_copyto_of_what_does_not_fit():
    x = sample("b", 4)
    assert_rows([row(np.copyto, x.copy(), 300)])
    assert_rows([row(np.copyto, x.copy(), x.astype(float), casting="unsafe")])
    assert_rows([row(np.copyto, x.copy(), 2.5)])
    assert_rows([row(np.copyto, x.copy(), np.ones(3))])


# Elements taken out and put in --------------------------------------------------------


def places(n):
    """All that says where in an axis."""
    slices = [slice(1, 3), slice(None, None, 2), slice(4, 1, -1)]
    return [0, n - 1, -1, np.int64(1), *slices]


@pytest.mark.parametrize("array", ["matrix", "Fortran", "strided", "cube", "reversed"])
def test_delete(array):
    x = layouts()[array]
    rows = [row(np.delete, x, i) for i in places(x.size)]
    for axis in range(x.ndim):
        rows += [row(np.delete, x, i, axis=axis) for i in places(x.shape[axis])]
        rows += [row(np.delete, x, [0, -1], axis)]
        rows += [row(np.delete, x, np.array([1]), axis)]
        rows += [row(np.delete, x, np.arange(x.shape[axis]) > 1, axis=axis - x.ndim)]
    assert_rows(rows)
    if array != "Fortran":
        assert_on_xla(rows)


@pytest.mark.parametrize("array", ["matrix", "Fortran", "strided", "cube", "reversed"])
def test_insert(array):
    x = layouts()[array]
    rows = [row(np.insert, x, i, 7.5) for i in places(x.size)]
    rows += [row(np.insert, x, 2, [1, 2, 3]), row(np.insert, x, [3, 1], [1, 2])]
    for axis in range(x.ndim):
        rows += [row(np.insert, x, i, -1, axis=axis) for i in places(x.shape[axis])]
        slab = np.take(x, 0, axis)
        rows += [row(np.insert, x, 1, slab, axis), row(np.insert, x, [0, -1], 3, axis)]
        rows += [row(np.insert, x, [1], np.take(x, [0, 1], axis), axis)]
    assert_rows(rows)
    if array != "Fortran":
        assert_on_xla(rows)


def test_places_that_are_not_there():
    x = sample("d", 3, 4)
    assert_rows([row(np.delete, x, 3, axis=0)])
    assert_rows([row(np.delete, x, [1, 9], axis=1)])
    assert_rows([row(np.delete, x, 0, axis=2)])
    assert_rows([row(np.insert, x, 5, 1, axis=0)])
    assert_rows([row(np.insert, x, 1, [1, 2, 3], axis=0)])
    assert_rows([row(np.insert, sample("b", 3), 1, 300)])
    assert_rows([row(np.delete, x, []), row(np.insert, x, [], [])])
    assert_rows([row(np.insert, sample("b", 3), 1, 2.75), row(np.delete, 5, [])])


def test_one_program_deletes_any_element():
    def program(x):
        return [np.delete(x, i, axis=0).sum(axis=0) for i in range(len(x))]

    assert_parity(program, sample("d", 6, 3), expect_xla=True)


def test_block():
    x, y = sample("d", 2, 3), sample("i", 2, 2)
    rows = [
        row(np.block, [[x, y], [np.zeros((1, 4)), 7.0]]),
        row(np.block, [x, y]),
        row(np.block, [[x], [x]]),
        row(np.block, [x[0], 1, y[0]]),
        row(np.block, [[[x]], [[x]]]),
        row(np.block, [sample("d", 1, 2, 2), x[:, :2]]),
        row(np.block, [[1, x[0, 0]], [2, 3]]),
        row(np.block, [x.T, np.asfortranarray(sample("d", 3, 2))]),
    ]
    assert_on_xla(rows[:-2])
    assert_rows(rows)
    assert_rows([row(np.block, x), row(np.block, [[1, 2], [3, 4]])])
    assert_rows([row(np.block, [[x], y])])  # raises
    assert_rows([row(np.block, [x, y.T])])  # raises
    assert_rows([row(np.block, [(x, y)])])  # raises
