"""Integers: zero divisors, powers, shifts, wrap-around, bools, Python ints."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import INTEGERS, row
from tests.conftest import is_long
from tests.exact._tables import assert_outcomes
from tests.xla._harness import specials

WHOLE = "?" + INTEGERS
#: All pairs of dtypes in a long run, else those of unlike kind and width.
MIXED = [(a, b) for a in WHOLE for b in (WHOLE if is_long() else "?bHlL")]
SAME = [(c, c) for c in WHOLE]

DIVISIONS = [np.floor_divide, np.remainder, np.divmod, np.fmod, np.true_divide]
SHIFTS = [np.left_shift, np.right_shift]
OTHERS = [
    *(np.add, np.subtract, np.multiply, np.gcd, np.lcm, np.maximum, np.minimum),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.less, np.equal, np.heaviside),
]
UNARY = [
    *(np.absolute, np.negative, np.positive, np.square, np.reciprocal, np.sign),
    *(np.invert, np.bitwise_count, np.floor, np.rint, np.signbit, np.isnan, np.sqrt),
]
OPERATORS = ["floordiv", "mod", "truediv", "lshift", "rshift", "add", "sub", "mul"]


def name(f):
    return f.__name__


def grid(a, b):
    """Each special value of one dtype with each of another: ends, zeros, widths."""
    x, y = np.meshgrid(specials(np.dtype(a)), specials(np.dtype(b)))
    return x.ravel(), y.ravel()


# Every special value with every other -----------------------------------------------


@pytest.mark.parametrize("u", DIVISIONS + SHIFTS + OTHERS, ids=name)
def test_special_values(u):
    """INT_MIN // -1, x // 0, shifts beyond the width: jax leaves them open."""
    rows = [row(u, *grid(*pair)) for pair in MIXED]
    assert_outcomes(rows, calls=1, modes=["host"])
    rows = [row(u, *grid(*pair)) for pair in SAME]
    assert_outcomes(rows, calls=1, modes=["jit"], reports=False)


def test_special_values_of_one_operand():
    rows = [row(u, specials(np.dtype(c))) for u in UNARY for c in WHOLE]
    assert_outcomes(rows, calls=1, reports=False)


def test_zero_divisors_are_reported():
    rows = [row(u, *grid(c, c)) for u in DIVISIONS for c in "bLl"]
    assert_outcomes(rows)


# Powers -----------------------------------------------------------------------------


def powers(x, n):
    return x**0, x**1, x**2, x**3, x**64, x**True, n[:2] ** x[:2], np.power(x, n)


@pytest.mark.parametrize("code", INTEGERS)
def test_powers(code):
    """jax#10692: of the exponent 64 its power uses six bits, and gives 1."""
    x = specials(np.dtype(code))
    n = np.abs(x[::-1]) % x.dtype.type(70)
    sizes = np.abs(x) % x.dtype.type(5)
    assert_parity(powers, sizes, n, expect_xla=True, vary=lambda rng, *args: None)
    exponents = [0, 1, 2, 63, 64, 65, 100, True, np.uint8(64), np.uint8(3)]
    rows = [row(np.power, x, exponent) for exponent in exponents]
    assert_outcomes(rows)


@pytest.mark.parametrize("exponent", [-1, -2, np.int8(-1), np.int64(-3)], ids=repr)
def test_negative_powers(exponent):
    """Integers to negative integer powers are not allowed."""
    rows = []
    for c in WHOLE:
        x = specials(np.dtype(c))
        rows += [row(np.power, x, exponent), row(operator.pow, x, exponent)]
        rows += [row(operator.pow, x[-1], exponent), row(np.power, x, -1.0)]
        rows += [row(np.power, x, np.full(x.size, exponent)), row(power_into, x, x)]
    assert_outcomes(rows, calls=1)


def power_into(x, y):
    y **= -x.astype("b") % 3
    return y


# Operators with Python ints ---------------------------------------------------------

NUMBERS = [
    *(0, 1, -1, 2, 7, 100, 127, 128, 255, 256, -128, -129, 2**31, 2**63, 2**64),
    *(-(2**63), -(2**63) - 1, True, 2.5, np.int8(-1), np.uint8(200), np.bool_(True)),
    *(np.int64(-(2**63)), np.uint64(2**64 - 1)),
]


def call(op, x, y):
    return getattr(operator, op)(x, y)


def call_item(op, x, i, y):
    return getattr(operator, op)(x[i], y), getattr(operator, op)(y, x[i])


def in_place(op, x, y):
    before = x
    x = getattr(operator, op)(x, y)
    return x is before, x


@pytest.mark.parametrize("op", [*OPERATORS, "and_", "or_", "xor"])
def test_operators(op):
    """What fits no dtype raises OverflowError, with NumPy's text."""
    codes = WHOLE if is_long() else "?bHlL"
    arrays = [specials(np.dtype(c)) for c in codes]
    rows = [row(call, op, x, n) for x in arrays for n in NUMBERS]
    rows += [row(call, op, n, x) for x in arrays for n in NUMBERS]
    rows += [row(in_place, f"i{op.rstrip('_')}", x, n) for x in arrays for n in NUMBERS]
    assert_outcomes(rows, calls=1, modes=["host"])
    some = rows if is_long() else rows[::9]
    assert_outcomes(some, calls=1, modes=["jit"], reports=False)


@pytest.mark.parametrize("op", OPERATORS)
def test_operators_of_scalars(op):
    """Their overflow is reported, as that of arrays is not."""
    arrays = [specials(np.dtype(c)) for c in "?bHlL"]
    sizes = (0, 1, -1) if is_long() else (0, -1)
    numbers = NUMBERS if op != "lshift" else [n for n in NUMBERS if abs(n) < 100]
    rows = [row(call_item, op, x, i, n) for x in arrays for i in sizes for n in numbers]
    assert_outcomes(rows, calls=1, modes=["host"])


@pytest.mark.parametrize("op", ["lt", "le", "eq", "ne", "gt", "ge"])
def test_comparisons_are_exact(op):
    """Never through floats: 2**63 and 2**63 - 1 differ, as do int64 and uint64."""
    arrays = [specials(np.dtype(c)) for c in WHOLE]
    rows = [row(call, op, x, n) for x in arrays for n in NUMBERS]
    assert_outcomes(rows, calls=1, modes=["host"])
    mixed = [row(call, op, *grid(a, b)) for a, b in ("lL", "Ll", "bL", "LB", "?l")]
    assert_outcomes(mixed, calls=1, expect_xla=True)


# Bools ------------------------------------------------------------------------------


def arithmetic(x, y):
    sums = x + y, x * y, x & y, x | y, x ^ y, ~x, x == y, x < y, x // 1, x % True
    return *sums, x + 1, x * 2.5, np.sum(x), np.cumsum(x), np.add.reduce(x), x.mean()


def test_arithmetic_of_bools():
    x, y = grid("?", "?")
    assert_parity(arithmetic, x, y, expect_xla=True)


BOOL_ERRORS = [
    row(operator.sub, *grid("?", "?")),
    row(operator.sub, specials(np.dtype("?")), True),
    row(operator.neg, specials(np.dtype("?"))),
    row(np.diff, specials(np.dtype("?"))),
    row(np.subtract.reduce, specials(np.dtype("?"))),
    row(np.ptp, specials(np.dtype("?"))),
    row(np.sign, specials(np.dtype("?"))),
    row(in_place, "isub", *grid("?", "?")),
]


def test_bools_have_no_difference():
    assert_outcomes(BOOL_ERRORS)


# Rounding ---------------------------------------------------------------------------


def rounded(x, decimals):
    return x.round(decimals), np.round(x, decimals), x[3].round(decimals)


@pytest.mark.parametrize("code", WHOLE)
def test_rounding_to_negative_decimals(code):
    """jax's `round` refuses them for integers."""
    ties = np.array([5, 15, 25, 35, 45, 55, 95, 105, 115, 125])
    x = np.concatenate([specials(np.dtype(code)), ties.astype(code)])
    rows = [row(rounded, x, d) for d in (0, 1, -1, -2, -3, -9, -19, -20)]
    assert_outcomes(rows, calls=1)


# Rows of the list of differences ----------------------------------------------------


def wrapped(b, i, u):
    """Arrays wrap around, silently."""
    sums = b + b, b * b, -b, abs(b), b - 1, np.cumsum(b, dtype="b"), b.sum(dtype="b")
    return *sums, i * i, i + i, u - 1, u * u, np.square(i), np.add.reduce(i)


def unsigned(u, i):
    """uint64 with int64 is float64, but compared by value; jax has a weak float."""
    return u + i, u * i, u - i, u < i, u == i, np.maximum(u, i), u // 3, u + 1, i + 1


def shifted(x, s):
    """jax tests shifts below the width only."""
    return x << s, x >> s, x << 70, x >> 70, np.left_shift(x, -1), np.right_shift(x, -1)


def divided(x, y):
    """jax: -2 and -1 for zero divisors, all ones for unsigned; NumPy 0, with a report.

    So too for the smallest int by -1.
    """
    return x // y, x % y, np.divmod(x, y), np.fmod(x, y), x / y


def counted(x, y, k):
    """jax adds for each index that occurs twice; NumPy's `+=` once."""
    x[k] += y
    x[k] = y
    return x


ENDS = {c: (np.iinfo(c).min, np.iinfo(c).max) for c in INTEGERS}
ISSUES = {
    "numpy-wrap-around": (
        wrapped,
        np.array([-128, 127, 100, -1], "b"),
        np.array([2**62, -(2**63), 2**63 - 1, 3]),
        np.array([0, 2**64 - 1, 2**63, 5], "L"),
    ),
    "jax-uint64-int64": (
        unsigned,
        np.array([0, 2**64 - 1, 2**63, 2**53 + 1], "L"),
        np.array([-1, -1, 2**63 - 1, 2**53 + 1]),
    ),
    "jax-shift-beyond-width": (
        shifted,
        np.array([1, -1, 2**62, -5, 7]),
        np.array([63, 64, -1, 200, 3]),
    ),
    "jax-shift-uint8": (shifted, np.arange(250, 255, dtype="B").astype("i"), 9),
    "jax-divide-by-zero-int32": (
        divided,
        np.array([5, -5, 0, -(2**31), 7], "i"),
        np.array([0, 0, 0, -1, -2], "i"),
    ),
    "jax-divide-by-zero-uint8": (
        divided,
        np.array([5, 0, 255], "B"),
        np.array([0, 0, 2], "B"),
    ),
    "jax-duplicate-indices": (
        counted,
        np.arange(5),
        np.array([10, 20, 30]),
        np.array([1, 1, 3]),
    ),
}


@pytest.mark.parametrize("case", ISSUES.values(), ids=list(ISSUES))
def test_where_jax_differs(case):
    func, *args = case
    assert_parity(func, *args, vary=lambda rng, *args: None)
