"""Rules of indexing by arrays select and write what NumPy does."""

from typing import Any

import numpy as np
import pytest

from npjit._xla.rules import indexing, rule_of
from npjit.errors import Unsupported
from tests.xla._harness import NUMERIC, assert_same, draws, run, specials

A = draws("f8", 60, 1).reshape(3, 4, 5)
ROWS = np.array([2, 0, -1, -3])
COLUMNS = np.array([1, -4, 3, 2], np.int8)
GRID = np.array([[0, 1], [2, -1]], np.int32)
NOTHING = np.zeros((0, 2), np.intp)

#: Indices as NumPy takes them.
KEYS = [
    (ROWS,),
    (GRID,),
    (NOTHING,),
    (np.array(1),),
    (ROWS, COLUMNS),
    (ROWS[:, None], COLUMNS),
    (slice(None), COLUMNS),
    (slice(None), slice(None, None, -2), np.array([4, 0], np.uint8)),
    (ROWS, slice(1, 3), COLUMNS),
    (0, slice(None), COLUMNS),
    (0, COLUMNS, slice(None)),
    (..., COLUMNS),
    (None, ROWS, None),
    (ROWS, None, slice(0, 0)),
    (slice(2, 0, -1), GRID, 1),
    (ROWS, ..., 2),
]


def template(key: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[np.ndarray]]:
    items: list[Any] = []
    arrays: list[np.ndarray] = []
    for item in key:
        if isinstance(item, slice):
            items.append(("slice", item.start, item.stop, item.step))
        elif isinstance(item, np.ndarray):
            items.append(("array", len(arrays)))
            arrays.append(item)
        else:
            items.append(item)
    return tuple(items), arrays


def test_gather():
    templates = [template(key) for key in KEYS]

    def program(a, indices):
        return [
            indexing.gather(a, *arrays, key=key)
            for arrays, (key, _) in zip(indices, templates, strict=True)
        ]

    got = run(program, A, [arrays for _, arrays in templates])
    for g, key in zip(got, KEYS, strict=True):
        assert_same(g, A[key], info=key)


def is_unique(key: tuple[Any, ...]) -> bool:
    place = np.arange(A.size).reshape(A.shape)[key]
    return len(np.unique(place)) == place.size


def test_scatter():
    """Whole values, one value, and values with axes to broadcast or to drop."""
    cases = []
    for key in filter(is_unique, KEYS):
        selected = A[key]
        values = [draws("f8", selected.size, 3).reshape(selected.shape), np.float32(2)]
        values += [np.ones((1, 1, *selected.shape)), np.ones(selected.shape[-1:], "i4")]
        cases += [(key, value) for value in values]
    templates = [template(key) for key, _ in cases]

    def program(a, operands):
        return [
            indexing.scatter(a, value, *arrays, key=key)
            for (value, arrays), (key, _) in zip(operands, templates, strict=True)
        ]

    operands = [
        (v, arrays) for (_, v), (_, arrays) in zip(cases, templates, strict=True)
    ]
    for got, (key, value) in zip(run(program, A, operands), cases, strict=True):
        want = A.copy()
        want[key] = value
        assert_same(got, want, info=(key, np.shape(value)))


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_dtypes(dtype):
    a = specials(dtype)
    index = np.array([3, -1, 0]) % len(a) - len(a)
    mask = draws("?", len(a), 2)
    want = a.copy()
    want[mask] = a[0]

    def program(a, index, mask):
        return (
            indexing.gather(a, index, key=(("array", 0),)),
            indexing.put_mask(a, mask, a[0]),
            rule_of(np.take)(a, index, axis=0),
        )

    assert_same(run(program, a, index, mask), (a[index], want, a[index]))


def test_index_dtypes_narrower_than_the_axis():
    """Minus one of 200 elements: 199 does not fit an int8."""
    a, index = draws("f8", 200), np.array([-1, 5, -128], np.int8)
    assert_same(run(indexing.gather, a, index, key=(("array", 0),)), a[index])
    assert_same(run(rule_of(np.take), a, index, axis=0), a[index])


def test_put_mask_on_axes_in_another_order():
    mask, order = draws("f8", 15, 7).reshape(3, 5) > 0, (2, 0, 1)
    meant = A.transpose(order).copy()
    meant[mask.T] = np.arange(4.0)
    got = run(
        lambda a, m, v: indexing.put_mask(a, m, v, order), A, mask.T, np.arange(4.0)
    )
    assert_same(got, meant.transpose(1, 2, 0))


def test_put_mask():
    cases = [
        (A > 0, np.float64(7)),
        (A > 0, np.array([7], "i4")),
        (A[:, :, 0] > 0, np.float64(7)),
        (A[:, :, 0] > 0, draws("f8", 5)),
        (A[:, :, 0] > 0, draws("f8", 5)[None]),
        (A[:, 0, 0] > 0, draws("f8", 20).reshape(4, 5)),
        (A[:, 0, 0] > 0, draws("f8", 4).reshape(4, 1)),
        (np.array(True), draws("f8", 60).reshape(3, 4, 5)),
        (np.array(False), np.float64(1)),
    ]
    got = run(lambda a, cs: [indexing.put_mask(a, *c) for c in cs], A, cases)
    for g, (mask, value) in zip(got, cases, strict=True):
        want = A.copy()
        want[mask] = value
        assert_same(g, want, info=(mask.shape, value.shape))


TAKES = [
    (index, axis)
    for index in (np.array([1, -1, 0]), GRID, np.array(2), NOTHING)
    for axis in (None, 0, 1, 2)
]


def test_take():
    modes = ["raise", "wrap", "clip"]
    wild = np.array([-9, -1, 0, 3, 99])
    cases = [(i, axis, "raise") for i, axis in TAKES]
    cases += [(wild, axis, mode) for mode in modes[1:] for axis in (None, 0, 2)]

    def program(a, indices):
        return [
            rule_of(np.take)(a, index, axis=axis, mode=mode)
            for index, (_, axis, mode) in zip(indices, cases, strict=True)
        ]

    got = run(program, A, [index for index, _, _ in cases])
    for g, (index, axis, mode) in zip(got, cases, strict=True):
        assert_same(g, np.take(A, index, axis, mode=mode), info=(index, axis, mode))


def test_take_of_nothing():
    a, index = np.zeros((0, 3)), np.zeros(0, np.intp)
    assert_same(run(rule_of(np.take), a, index, axis=0), a)
    assert_same(run(rule_of(np.take), a, index, axis=0, mode="wrap"), a)


def test_take_without_rule():
    with pytest.raises(Unsupported):
        run(rule_of(np.take), A, ROWS, axis=0, mode="other")


def test_take_along_axis():
    cases = [(np.argsort(A, axis), axis) for axis in (0, 1, 2)]
    cases += [(np.array([[[0], [-1]]]), 1), (np.array([[[1, -2]]]), 2)]
    cases += [(np.array([0, -1, 59], np.int8), None)]

    def program(a, indices):
        return [
            rule_of(np.take_along_axis)(a, index, axis=axis)
            for index, (_, axis) in zip(indices, cases, strict=True)
        ]

    got = run(program, A, [index for index, _ in cases])
    for g, (index, axis) in zip(got, cases, strict=True):
        assert_same(g, np.take_along_axis(A, index, axis), info=(index.shape, axis))
