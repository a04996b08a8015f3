"""Rules of products of vectors and matrices: ints exactly, floats within a bound."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from npjit._xla.rules import rule_of
from tests.xla._harness import BOOL, INTEGERS, NUMERIC, assert_same, draws, run

SHAPES: dict[Any, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {
    np.matmul: [
        ((3, 4), (4, 5)),
        ((4,), (4,)),
        ((3, 4), (4,)),
        ((4,), (4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((3, 0), (0, 2)),
        ((0, 3), (3, 2)),
        ((40, 70), (70, 30)),
    ],
    np.dot: [
        ((3, 4), (4, 5)),
        ((4,), (4,)),
        ((2, 3, 4), (5, 4, 2)),
        ((2, 3, 4), (4,)),
        ((), (3, 4)),
        ((3,), ()),
        ((3, 0), (0,)),
    ],
    np.inner: [((4,), (4,)), ((2, 3, 4), (5, 4)), ((), (3,)), ((2, 0), (3, 0))],
    np.vdot: [((4,), (4,)), ((2, 3), (2, 3)), ((0,), (0,))],
    np.vecdot: [((4,), (4,)), ((5, 2, 4), (2, 4)), ((3, 0), (3, 0))],
    np.matvec: [((3, 4), (4,)), ((2, 3, 4), (5, 1, 4))],
    np.vecmat: [((3,), (3, 4)), ((5, 1, 3), (2, 3, 4))],
    np.outer: [((3,), (4,)), ((2, 2), (3,)), ((), (2,)), ((0,), (2,))],
}


class Call(NamedTuple):
    """A rule's operands and parameters, NumPy's result and a bound of its error."""

    func: Any
    operands: list[np.ndarray]
    params: dict[str, Any]
    want: np.ndarray
    bound: Any


def call(func: Any, operands: Any, length: int, want_args: Any, **params: Any) -> Call:
    """Compare with `func(*want_args(operands))`.

    A sum of n products is off by at most n * eps times the sum of absolute products, in
    any order; twice that between two orders.
    """
    want = np.asarray(func(*want_args(operands)))
    bound = None
    if want.dtype.kind in "fc":
        sizes = [np.abs(a).astype("f8") for a in operands]
        scale = np.asarray(func(*want_args(sizes)))
        bound = 2 * (length + 2) * np.finfo(want.dtype).eps * scale
    return Call(func, operands, params, want, bound)


def check(calls: list[Call]) -> None:
    def program(*operands):
        return [
            rule_of(c.func)(*arrays, **c.params)
            for c, arrays in zip(calls, operands, strict=True)
        ]

    for c, got in zip(calls, run(program, *[c.operands for c in calls]), strict=True):
        info = (c.func.__name__, [a.shape for a in c.operands], c.params)
        assert_same(got, c.want, atol=c.bound, info=info)


def operands_of(dtype: Any, shapes: Any) -> list[np.ndarray]:
    decades = 1 if np.dtype(dtype) == np.float16 else 4
    return [
        draws(dtype, int(np.prod(shape)), seed, decades).reshape(shape)
        for seed, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_products(dtype):
    check(
        [
            call(func, operands_of(dtype, shapes), 70, lambda xs: xs)
            for func, cases in SHAPES.items()
            for shapes in cases
        ]
    )


EINSUMS = [
    ("ij,jk->ik", (3, 4), (4, 5)),
    ("ij,jk", (3, 4), (4, 5)),
    ("ii->i", (4, 4)),
    ("ii", (4, 4)),
    ("ij->ji", (3, 4)),
    ("ij->", (3, 4)),
    ("...ij,...jk->...ik", (2, 3, 4), (4, 5)),
    ("i,j,k->ijk", (2,), (3,), (4,)),
    ("bij,bjk,bk->bi", (2, 3, 4), (2, 4, 5), (2, 5)),
    ("ij,ij->j", (3, 4), (1, 4)),
    ("i,i", (0,), (0,)),
    ("ij,ij->i", (3, 4), (3, 4)),
    ("nij, nij -> n", (2, 3, 40), (2, 3, 40)),
    ("ij,ij->", (3, 4), (3, 4)),
    ("ij,ij->ij", (3, 4), (3, 4)),
    ("ij,ij->ji", (3, 4), (3, 4)),
    ("ij,ij->i", (3, 4), (1, 4)),
]

TENSORDOTS = [
    ((3, 4), (4, 5), 1),
    ((3, 4), (5,), 0),
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3, 4), (4, 3, 5), ((1, 2), (1, 0))),
]


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "f4", "f8", "c8", "c16"])
def test_named_sums(dtype):
    calls = [
        call(
            np.einsum,
            operands_of(dtype, shapes),
            20,
            lambda xs, subscripts=subscripts: (subscripts, *xs),
            subscripts=subscripts,
        )
        for subscripts, *shapes in EINSUMS
    ]
    calls += [
        call(
            np.tensordot,
            operands_of(dtype, shapes),
            20,
            lambda xs, axes=axes: (*xs, axes),
            axes=axes,
        )
        for *shapes, axes in TENSORDOTS
    ]
    check(calls)


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_trace(dtype):
    """The diagonal's sum has NumPy's bits."""
    a = draws(dtype, 60, decades=4).reshape(3, 4, 5)
    params = [(0, 0, 1), (1, 2, 0), (-1, 1, 2), (9, 0, 1)]
    wants = [np.trace(a, *p) for p in params]

    def program(a):
        return [
            rule_of(np.trace)(a, offset=k, axis1=i, axis2=j, dtype=want.dtype)
            for (k, i, j), want in zip(params, wants, strict=True)
        ]

    assert_same(run(program, a), wants)


def test_ints_wrap():
    for dtype in INTEGERS:
        a = np.full((2, 300), np.iinfo(dtype).max, dtype)
        assert_same(run(rule_of(np.matmul), a, a.T), a @ a.T)


def test_many_true_products():
    """As many as an int8 cannot count."""
    a = np.ones((1, 512), BOOL)
    assert_same(run(rule_of(np.matmul), a, a.T), a @ a.T)


def test_float32_keeps_its_precision():
    """No shortened products as accelerators make by default."""
    a = np.full((64, 64), 1 + 2.0**-20, "f4")
    assert_same(run(rule_of(np.matmul), a, a), a @ a, ulp=64)
