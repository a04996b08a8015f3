"""Rules of array manipulation give NumPy's elements, bit for bit."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from npjit._xla.rules import manipulation, rule_of
from npjit.errors import Unsupported
from tests.xla._harness import (
    COMPLEX,
    FLOATS,
    NUMERIC,
    assert_same,
    draws,
    run,
    specials,
)

A, B, C = (draws("f8", 6, k).reshape(2, 3) for k in range(3))
CUBE = draws("f4", 24).reshape(2, 3, 4)
VECTOR = draws("f8", 3, 9)
NONE = np.zeros((0, 3))
SMALL_INTS = np.array([[1, 200, 3], [4, 5, 255]], np.uint8)
F8 = np.dtype("f8")


class Case(NamedTuple):
    """A call of a rule and what NumPy gives."""

    func: Callable[..., Any]
    arrays: tuple[Any, ...]
    params: dict[str, Any]
    want: Any


def case(func: Any, *arrays: Any, want: Any = None, **params: Any) -> Case:
    if want is None:
        want = func(*arrays, **params)
    return Case(func, arrays, params, want)


def joined(func: Any, *arrays: Any, **params: Any) -> Case:
    want = func(arrays, **params)
    return Case(func, arrays, {**params, "dtype": want.dtype}, want)


JOINED = [
    *[joined(np.concatenate, A, B, axis=axis) for axis in (0, 1, None)],
    joined(np.concatenate, A, NONE, SMALL_INTS, axis=0),
    joined(np.concatenate, CUBE, CUBE, axis=1),
    *[joined(np.stack, A, B, C, axis=axis) for axis in (0, 1, 2)],
    joined(np.stack, A, SMALL_INTS, axis=0),
    *[joined(f, A, B) for f in (np.hstack, np.vstack, np.dstack, np.column_stack)],
    *[joined(f, VECTOR, VECTOR) for f in (np.hstack, np.vstack, np.dstack)],
    *[joined(f, A[0, 0], A[1, 1]) for f in (np.hstack, np.vstack, np.dstack)],
    joined(np.column_stack, VECTOR[:2], A),
    joined(np.hstack, SMALL_INTS, A),
    joined(np.dstack, CUBE, CUBE),
    *[
        case(np.append, A, B, axis=axis, want=np.append(A, B, axis))._replace(
            params={"axis": axis, "dtype": F8}
        )
        for axis in (0, 1, None)
    ],
]

SHAPED = [
    case(np.broadcast_to, VECTOR, shape=(2, 3)),
    case(np.broadcast_to, NONE, shape=(4, 0, 3)),
    *[case(np.flip, CUBE, axis=axis) for axis in (0, 2, (0, 1), None)],
    *[case(np.rot90, CUBE, k=k, axes=(0, 2)) for k in (0, 1, 2, 3, -1)],
    case(np.roll, CUBE, shift=2, axis=None),
    case(np.roll, CUBE, shift=-7, axis=1),
    case(np.roll, CUBE, shift=(1, 2), axis=(0, 2)),
    case(np.roll, CUBE, shift=(1, 1), axis=(0, 0)),
    case(np.roll, NONE, shift=1, axis=0),
    case(np.tile, A, reps=3),
    case(np.tile, A, reps=(2, 1, 2)),
    case(np.tile, A, reps=(0, 2)),
    case(np.repeat, A, repeats=3, axis=None),
    *[case(np.repeat, CUBE, repeats=2, axis=axis) for axis in (0, 1, 2)],
    case(np.repeat, A, repeats=0, axis=1),
    case(np.repeat, A[0, 0], repeats=2, axis=None),
    case(np.copy, A),
    case(np.astype, A, want=A.astype("i4"), dtype=np.dtype("i4")),
    *[case(np.reshape, CUBE, shape=(4, 6), order=order) for order in "CF"],
    case(np.reshape, NONE, shape=(5, 0), order="F"),
    *[case(np.ravel, CUBE, order=order) for order in "CF"],
    case(np.transpose, CUBE),
    case(np.transpose, CUBE, axes=(1, 0, 2)),
    case(np.swapaxes, CUBE, axis1=0, axis2=2),
    case(np.moveaxis, CUBE, source=0, destination=2),
    case(np.expand_dims, CUBE, axis=(0, 2)),
    case(np.squeeze, CUBE[:, :1], axis=1),
    *[case(np.diagonal, CUBE, offset=k, axis1=2, axis2=0) for k in (0, 1, -1)],
    *[case(f, A, k=k) for f in (np.tril, np.triu) for k in (-5, -1, 0, 1, 2)],
    *[case(f, CUBE) for f in (np.tril, np.triu)],
    *[case(f, VECTOR) for f in (np.tril, np.triu)],
    *[case(np.diff, CUBE, n=n, axis=a) for n in (0, 1, 2, 9) for a in (0, 2)],
    case(np.diff, SMALL_INTS, n=1, axis=1),
    case(np.diff, SMALL_INTS > 3, n=2, axis=1),
    case(np.diff, NONE, n=1, axis=0),
    *[
        case(np.pad, A, pad_width=((1, 2), (0, 3)), mode=mode)
        for mode in ("constant", "edge", "wrap", "symmetric", "reflect")
    ],
    case(np.pad, A, pad_width=((5, 9), (4, 6)), mode="reflect"),
    case(np.pad, A, pad_width=((1, 1), (2, 2)), constant_values=7.5),
    case(np.pad, A, pad_width=((1, 1), (2, 2)), constant_values=((1, 2), (3, 4))),
    case(np.pad, NONE, pad_width=((1, 1), (0, 0))),
    case(np.where, A > 0, A, B),
    case(np.where, SMALL_INTS, A, B[0]),
    case(np.where, CUBE[0, :, :1] > 0, CUBE, CUBE[0]),
]

#: As NumPy's assignment of nested sequences.
ASSEMBLED = [
    ((VECTOR, VECTOR + 1, VECTOR * 2, VECTOR), (2, 2, 3)),
    ((A[0, 0], A[0, 1]), (2,)),
    ((A[0, 0], A[0, 1]), (2, 1)),
    ((A,), (1, 1, 2, 3)),
    ((), (2, 0)),
]


def check(cases: list[Case]) -> None:
    def program(*operands):
        return [
            rule_of(c.func)(*arrays, **c.params)
            for c, arrays in zip(cases, operands, strict=True)
        ]

    for c, got in zip(cases, run(program, *[c.arrays for c in cases]), strict=True):
        assert_same(got, c.want, info=(c.func.__name__, c.params))


def test_joining():
    check(JOINED)


def test_shapes_and_parts():
    check(SHAPED)


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_dtypes(dtype):
    """Values of each dtype pass unchanged; differences are those of NumPy."""
    a = specials(dtype)
    with np.errstate(all="ignore"):
        check(
            [
                joined(np.concatenate, a, a, axis=0),
                joined(np.stack, a, a, axis=1),
                case(np.roll, a, shift=1, axis=0),
                case(np.repeat, a, repeats=2, axis=0),
                case(np.diff, a, n=1, axis=0),
                case(np.tril, a),
                case(np.where, a, a, a[::-1].copy()),
                case(np.pad, a, pad_width=((1, 1),), constant_values=1),
                case(np.pad, a, pad_width=((1, 1),), mode="edge"),
            ]
        )


def test_assemble():
    def program(*operands):
        return [
            manipulation.assemble(*elements, shape=shape, dtype=F8)
            for elements, (_, shape) in zip(operands, ASSEMBLED, strict=True)
        ]

    got = run(program, *[elements for elements, _ in ASSEMBLED])
    for g, (elements, shape) in zip(got, ASSEMBLED, strict=True):
        assert_same(g, np.array(elements, F8).reshape(shape), info=shape)


def test_clip():
    """Both of NumPy's loops: constant bounds, and bounds that vary."""
    cases = []
    for dtype in [d for d in NUMERIC if d.kind not in "bc"]:
        a = specials(dtype)
        lo, hi = np.roll(a, 3), np.roll(a, 7)
        one, two = dtype.type(1), dtype.type(2)
        bounds = [(lo, hi), (one, two), (two, one), (lo, two), (one, hi)]
        bounds += [(one, None), (None, hi)]
        if dtype.kind == "f":
            nan, zero = dtype.type(np.nan), dtype.type(0)
            bounds += [(nan, two), (one, nan), (zero, two), (-zero, two), (-two, -zero)]
        cases += [(a, lo, hi) for lo, hi in bounds]
    for dtype in COMPLEX:
        a = specials(dtype)
        cases += [(a, a[::-1].copy(), None), (a, None, a[::-1].copy())]
    wants = [np.clip(*c) for c in cases]
    got = run(lambda *cs: [manipulation.clip(*c) for c in cs], *cases)
    for g, want, c in zip(got, wants, cases, strict=True):
        assert_same(g, want, info=c[1:])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_clip_without_bounds(dtype):
    a = specials(dtype)
    assert_same(run(lambda a: manipulation.clip(a, None, None), a), a)


def test_parameters_without_rule():
    with pytest.raises(Unsupported):
        run(rule_of(np.reshape), A, shape=(6,), order="A")
    with pytest.raises(Unsupported):
        run(rule_of(np.clip), A + 0j, A + 0j, A + 1j)
    with pytest.raises(Unsupported):
        run(rule_of(np.pad), A, pad_width=((1, 1), (1, 1)), mode="mean")
