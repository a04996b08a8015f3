"""Sums are within ``n * eps * sum(abs(x))``; of few elements they have NumPy's bits.

The true value is NumPy's in long double. Beyond `EXACT_SIZE` elements XLA chooses the
order of additions; the bounds here are far below the promised one.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.exact._rows import quiet

RNG = np.random.default_rng(21)
#: Up to so many elements are added in NumPy's order.
EXACT_SIZE = 2**15
#: Every rule of sums; of those along an axis NumPy's loops differ by axis.
FLAT = [np.sum, np.mean, np.nansum, np.nanmean, np.var, np.std, np.nanvar, np.nanstd]
FLAT += [np.prod, np.nanprod, np.cumsum, np.cumprod, np.nancumsum]
ALONG = [np.sum, np.mean, np.prod, np.cumsum]


def values(shape, char):
    """Of several sizes; products of a hundred of them are no subnormals."""
    real = RNG.uniform(0.7, 1.4, shape) * RNG.choice([-1, 1], shape)
    real *= np.where(RNG.random(shape) < 0.05, 50.0, 1.0)
    imag = RNG.normal(size=shape) if char in "FD" else 0
    return (real + 1j * imag if char in "FD" else real).astype(char)


def small_sums(flat, table):
    return [fn(flat) for fn in FLAT], [
        fn(table, axis) for fn in ALONG for axis in (0, 1)
    ]


@pytest.mark.parametrize("char", "efdFD")
def test_few_elements_have_numpys_bits(char):
    """Also those of float16, which NumPy adds in float32."""
    flat, table = values(150, char), values((9, 14), char)
    assert_parity(
        quiet(small_sums), flat, table, modes=["jit"], expect_xla=True, calls=2
    )


def test_axes_of_few_elements():
    def program(x):
        return x.sum(), x.sum(1), x.sum((0, 2)), x.mean((1, 2)), x.sum(0, keepdims=True)

    x = values((3, 40, 17), "d")
    assert x.size <= EXACT_SIZE
    assert_parity(program, x, modes=["jit"], expect_xla=True, calls=2)


ZEROS = {
    "negative zeros": np.array([-0.0, -0.0, -0.0]),
    "one negative zero": np.array([-0.0]),
    "both zeros": np.array([-0.0, 0.0]),
    "nothing": np.array([]),
    "an infinity": np.array([1.0, np.inf, 2.0]),
    "two infinities": np.array([np.inf, 1.0, -np.inf]),
    "NaN": np.array([1.0, np.nan, 2.0]),
    "an overflow": np.array([1.7e308, 1.7e308, -1.7e308]),
    "a cancellation": np.array([1e16, 1.0, -1e16]),
}


def test_zeros_infinities_and_nan():
    def program(arrays):
        others = [(np.nansum(a), np.sum(a, initial=2.0)) for a in arrays]
        return others, [
            (a.sum(), a.mean(), a.prod(), a.cumsum(), a.cumprod(), a.sum(keepdims=True))
            for a in arrays
        ]

    assert_parity(
        quiet(program), list(ZEROS.values()), modes=["jit"], expect_xla=True, calls=2
    )


# -- many elements -------------------------------------------------------------


class Sum(NamedTuple):
    """A sum of many terms.

    Parameters
    ----------
    fn : callable
        Of two float arrays of two dimensions, or vectors.
    terms : callable
        What it adds, of which the last axis is summed.
    per : callable
        What the sum is divided by.
    """

    fn: Callable[..., Any]
    terms: Callable[..., np.ndarray]
    per: Callable[..., float] = lambda x, y: 1.0


def flat(x):
    return x.reshape(-1)


SUMS = {
    "sum": Sum(lambda x, y: x.sum(), lambda x, y: flat(x)),
    "sum-of-rows": Sum(lambda x, y: x.sum(axis=1), lambda x, y: x),
    "sum-of-columns": Sum(lambda x, y: x.sum(axis=0), lambda x, y: x.T),
    "sum-of-products": Sum(lambda x, y: (x * y).sum(), lambda x, y: flat(x * y)),
    "mean": Sum(lambda x, y: x.mean(), lambda x, y: flat(x), lambda x, y: x.size),
    "mean-of-columns": Sum(
        lambda x, y: np.mean(x, axis=0), lambda x, y: x.T, lambda x, y: len(x)
    ),
    "nansum": Sum(lambda x, y: np.nansum(x), lambda x, y: flat(x)),
    "nanmean": Sum(
        lambda x, y: np.nanmean(x, axis=1), lambda x, y: x, lambda x, y: x.shape[1]
    ),
    "average": Sum(
        lambda x, y: np.average(x, weights=np.abs(y)) * np.abs(y).sum(),
        lambda x, y: flat(x * np.abs(y)),
    ),
    "dot": Sum(lambda x, y: flat(x) @ flat(y), lambda x, y: flat(x * y)),
    "matmul": Sum(
        lambda x, y: np.dot(x[:8], y[:6].T),
        lambda x, y: x[:8, None] * y[None, :6],
    ),
    "vdot": Sum(lambda x, y: np.vdot(x, y), lambda x, y: flat(x * y)),
    "inner": Sum(lambda x, y: np.inner(x[0], y[1]), lambda x, y: x[0] * y[1]),
    "einsum": Sum(lambda x, y: np.einsum("ij,ij->i", x, y), lambda x, y: x * y),
    "trapezoid": Sum(
        lambda x, y: np.trapezoid(flat(x)),
        lambda x, y: (flat(x)[1:] + flat(x)[:-1]) / 2,
    ),
    "cumsum-at-its-end": Sum(lambda x, y: np.cumsum(x)[-1], lambda x, y: flat(x)),
    "square-of-a-norm": Sum(
        lambda x, y: np.linalg.norm(x) ** 2, lambda x, y: flat(x * x)
    ),
    "square-of-norms": Sum(
        lambda x, y: np.linalg.norm(x, axis=1) ** 2, lambda x, y: x * x
    ),
    "convolve": Sum(
        lambda x, y: np.convolve(x[0], y[0], "valid"),
        lambda x, y: (x[0] * y[0][::-1])[None],
    ),
    "var": Sum(
        lambda x, y: x.var(),
        lambda x, y: flat((x - x.mean()) ** 2),
        lambda x, y: x.size,
    ),
    "var-of-columns": Sum(
        lambda x, y: np.nanvar(x, axis=0, ddof=1),
        lambda x, y: ((x - x.mean(axis=0)) ** 2).T,
        lambda x, y: len(x) - 1,
    ),
    "square-of-std": Sum(
        lambda x, y: np.std(x, axis=1) ** 2,
        lambda x, y: (x - x.mean(axis=1, keepdims=True)) ** 2,
        lambda x, y: x.shape[1],
    ),
}


def all_sums(x, y):
    return [row.fn(x, y) for row in SUMS.values()]


@pytest.mark.parametrize("char", "fd")
def test_many_elements(char):
    x, y = values((257, 401), char), values((257, 401), char)
    x += 3  # a mean that is not near zero
    assert x.size > EXACT_SIZE
    found = npjit.accelerate(all_sums, mode="jit")(x, y)
    wide = x.astype(np.longdouble), y.astype(np.longdouble)
    eps = np.finfo(char).eps
    for (name, row), got in zip(SUMS.items(), found, strict=True):
        terms = row.terms(*wide)
        true = terms.sum(axis=-1) / row.per(*wide)
        bound = np.abs(terms).sum(axis=-1) / row.per(*wide)
        error = np.abs(got - true)
        assert got.dtype == char, name
        assert (error <= terms.shape[-1] * eps * bound).all(), name
        # What is promised is far away: no row adds one by one in that many steps.
        assert (error <= 300 * eps * bound).all(), name


def test_a_large_float32_array_is_not_added_one_by_one():
    """That loses the last digits: 0.1, 3e6 times, has a relative error of 1 %."""
    x = np.full(3_000_000, 0.1, np.float32)
    total, mean, of_columns = npjit.accelerate(
        lambda x: (x.sum(), x.mean(), x.reshape(-1, 3).sum(axis=0)), mode="jit"
    )(x)
    exact = x.size * float(x[0])
    assert abs(float(total) - exact) <= 8 * np.finfo("f").eps * exact
    assert abs(float(mean) - float(x[0])) <= 9 * np.finfo("f").eps * 0.1
    # NumPy itself adds rows one by one there.
    one_by_one = abs(x.reshape(-1, 3).sum(axis=0)[0] - exact / 3)
    assert abs(float(of_columns[0]) - exact / 3) <= one_by_one


def test_float16_sums_do_not_overflow_before_the_end():
    """NumPy carries a float32: 100,000 ones are inf, their mean is one."""
    ones = np.ones(100_000, np.float16)

    def program(x):
        return x.sum(), x.mean(), x.var(), (x[:3000] * 20 - 19).sum(), x.cumsum()[-1]

    assert_parity(quiet(program), ones, modes=["jit"], expect_xla=True, calls=2)


def test_integers_are_added_exactly():
    """jax-1a: jax.numpy does not widen a cumulative sum; NumPy's wraps in int64."""
    arrays = [
        np.arange(-40, 90, dtype=char).reshape(5, -1)
        if char not in "BHIL"
        else np.arange(130, dtype=char).reshape(5, -1)
        for char in "bBhHiIlL"
    ] + [RNG.integers(0, 2, (5, 20)).astype(bool)]

    def program(arrays):
        return [
            [f(a), f(a, axis=1)]
            for a in arrays
            for f in (np.sum, np.prod, np.cumsum, np.mean)
        ]

    assert_parity(program, arrays, modes=["jit"], expect_xla=True, calls=2)


def test_the_sign_of_zero_of_a_single_product():
    """A documented exception: XLA may begin a product of matrices with 0.0."""

    def program(x):
        return np.dot(x[:1], np.ones(1))

    zeros = np.array([-0.0, -0.0])
    assert np.signbit(program(zeros))
    found = npjit.accelerate(program, mode="jit")(zeros)
    assert found == 0.0
    assert not np.signbit(found)


def test_the_parts_of_a_complex_convolution_are_bounded_by_the_whole():
    """A documented exception: three products are taken for four."""
    z = np.array([1e-9 + 1e9j, 1e9 - 1e-9j, 1.0])

    def program(z):
        return np.convolve(z, z)

    want, got = program(z), npjit.accelerate(program, mode="jit")(z)
    size = np.convolve(np.abs(z), np.abs(z))
    assert (np.abs(got - want) <= 4 * np.finfo(float).eps * size).all()
    assert (np.abs((got - want).real) > 1e-15 * np.abs(want.real)).any()
