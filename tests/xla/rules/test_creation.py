"""Rules of array creation give NumPy's elements, bit for bit."""

import numpy as np
import pytest

from npjit._xla.rules import creation, rule_of
from npjit.errors import Unsupported
from tests.xla._harness import INTEGERS, NUMERIC, assert_same, draws, run

SHAPES = [(), (0,), (3,), (2, 0, 3), (2, 3)]
PATTERNS = [
    (func, params)
    for func in (np.eye, np.tri)
    for params in (
        {"N": 3},
        {"N": 3, "M": 5},
        {"N": 4, "M": 2, "k": 1},
        {"N": 2, "M": 4, "k": -1},
        {"N": 0, "M": 2},
        {"N": 2, "k": 9},
    )
]


def run_calls(calls):
    """Run ``rule(*operands, **params)`` for all triples in one program."""

    def program(*operands):
        return [
            rule_of(func)(*given, **params)
            for given, (func, _, params) in zip(operands, calls, strict=True)
        ]

    return run(program, *[operands for _, operands, _ in calls])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_constant_arrays(shape):
    like = np.zeros(4)
    calls, wants = [], []
    for dtype in NUMERIC:
        given = {"shape": shape, "dtype": dtype}
        calls += [(f, (), given) for f in (np.zeros, np.ones)]
        calls += [(f, (like,), given) for f in (np.zeros_like, np.ones_like)]
        calls += [(np.full, (np.int64(3),), given), (np.full_like, (like, 3.0), given)]
        wants += [f(shape, dtype) for f in (np.zeros, np.ones) * 2]
        wants += [np.full(shape, 3, dtype)] * 2
    assert_same(run_calls(calls), wants)


def test_empty_is_defined():
    got = run(rule_of(np.empty), shape=(3,), dtype=np.dtype("f8"))
    assert_same(got, np.zeros(3))


def test_patterns():
    calls, wants = [], []
    for dtype in ("?", "i4", "f8", "c8"):
        for func, params in PATTERNS:
            calls.append((func, (), {**params, "dtype": np.dtype(dtype)}))
            wants.append(func(**params, dtype=dtype))
        calls.append((np.identity, (), {"n": 3, "dtype": np.dtype(dtype)}))
        wants.append(np.identity(3, dtype))
    assert_same(run_calls(calls), wants)


def test_indices():
    for dimensions in ((2, 3), (0, 2), (4,), ()):
        for dtype in (np.dtype("i8"), np.dtype("f4")):
            given = {"dimensions": dimensions, "dtype": dtype}
            got = run(rule_of(np.indices), **given)
            assert_same(got, np.indices(**given), info=given)
    got = run(rule_of(np.indices), dimensions=(2, 3), dtype=dtype, sparse=True)
    assert_same(got, np.indices((2, 3), dtype, sparse=True))


def test_meshgrid():
    vectors = [draws("f8", 3), draws("i4", 2), np.float32(7), np.zeros(0)]
    for count in range(1, 5):
        for params in ({}, {"indexing": "ij"}, {"sparse": True}):
            got = run(rule_of(np.meshgrid), *vectors[:count], **params)
            assert_same(got, list(np.meshgrid(*vectors[:count], **params)), info=params)


RANGES = [(5,), (0,), (-3,), (2, 9), (2, 9, 3), (9, 2, -2), (0.5, 3, 0.1), (1, 2, 0.3)]
LONG = [(0, 9000), (0, 1000, 0.1), (0.3, -2000, -0.07), (1e16, 1e16 + 2e4, 3.7)]


def test_arange():
    cases = [(r, np.arange(*r).dtype) for r in [*RANGES, *LONG]]
    cases += [(r, dtype) for r in [(0, 6000), (0, 5000.5, 1)] for dtype in INTEGERS]
    cases += [((0.1, 90, 0.2), np.dtype(d)) for d in ("f2", "f4", "f8", "c16")]
    cases += [((0.1, 2000, 0.2), np.dtype(d)) for d in ("f2", "f4", "f8")]
    calls = [(np.arange, (), {"dtype": dtype}) for _, dtype in cases]
    with np.errstate(all="ignore"):
        wants = [np.arange(*r, dtype=dtype) for r, dtype in cases]

    def program():
        return [
            creation.arange(*r, **params)
            for (r, _), (_, _, params) in zip(cases, calls, strict=True)
        ]

    for got, want, case in zip(run(program), wants, cases, strict=True):
        assert_same(got, want, info=case)


def test_long_complex_range():
    with pytest.raises(Unsupported):
        run(lambda: creation.arange(10_000, dtype=np.dtype("c16")))


SPANS = [(0, 1), (2.0, -3.5), (1e16, 1), (0.1, 0.1), (0, 0)]


def test_linspace_of_numbers():
    cases = []
    for span in SPANS:
        for num in (0, 1, 2, 50, 5000):
            for endpoint in (True, False):
                given = {"num": num, "endpoint": endpoint}
                cases += [(span, {**given, "dtype": np.dtype(d)}) for d in ("f8", "i4")]
    got = run(lambda: [creation.linspace(*span, **given) for span, given in cases])
    for g, (span, given) in zip(got, cases, strict=True):
        with np.errstate(all="ignore"):
            want = np.linspace(*span, **given)
        assert_same(g, want, info=(span, given))


def test_linspace_of_arrays():
    cases = [
        (draws("f8", 3, 1, 2), draws("f8", 3, 2, 2), {"num": 7}),
        (draws("f4", 3, 1, 2), draws("f4", 3, 2, 2), {"num": 7, "axis": 1}),
        (np.float64(1.5), np.array([[2], [7]]), {"num": 5, "endpoint": False}),
        (np.array([1, 2]), np.array([1, 9]), {"num": 4}),
        (np.array([1, 2]), np.array([3, 9]), {"num": 1}),
        (np.array([1 + 2j]), np.array([3 - 1j]), {"num": 6}),
    ]
    wants = [np.linspace(start, stop, **given) for start, stop, given in cases]

    def program(*operands):
        return [
            creation.linspace(*ends, **given, dtype=want.dtype)
            for ends, (_, _, given), want in zip(operands, cases, wants, strict=True)
        ]

    got = run(program, *[case[:2] for case in cases])
    for g, want, case in zip(got, wants, cases, strict=True):
        assert_same(g, want, info=case)
