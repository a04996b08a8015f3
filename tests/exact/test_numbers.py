"""Elementwise arithmetic has NumPy's bits, alone and in chains; nothing is rewritten.

Floating-point reports are off in these programs: a program that reports is run again in
NumPy, and then shows nothing.
"""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.conftest import examples
from tests.exact._rows import quiet

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, 3.0, 1e-300])
RNG = np.random.default_rng(11)
X = np.concatenate([SPECIAL, RNG.normal(size=200) * 10.0 ** RNG.integers(-6, 7, 200)])
Y = np.concatenate([RNG.normal(size=200), SPECIAL])

#: What a compiler that takes floats for real numbers would change.
REWRITES = {
    "a-log-of-an-exponential": lambda x, y: np.log(np.exp(np.copysign(1000.0, x))),
    "an-exponential-of-a-log": lambda x, y: np.exp(np.log(0.0 * np.abs(x))),
    "jax-faq-a-log-of-a-root": lambda x, y: np.log(np.sqrt(-np.abs(x))),
    "a-division-by-a-constant": lambda x, y: (x / 3.0, x / 10, (x / 7) / 3, x / 0.1),
    "a-difference-of-squares": lambda x, y: (x**2 - x**2, x**2 - x * x),
    "xla-41579-a-product-less-itself": lambda x, y: x * y - x * y,
    "jax-22881-products-that-feed-sums": lambda x, y: (x * y + x, y - x * y, x * x + y),
    "a-huge-number-and-back": lambda x, y: ((x + 1e16) - 1e16, (x - 1e16) + 1e16),
    "a-number-and-back": lambda x, y: ((x + y) - y, x - (x - y), (x - y) + y),
    "x-minus-x": lambda x, y: x - x,
    "x-times-zero": lambda x, y: (x * 0, x * 0.0, -0.0 * x, 0 / x),
    "x-over-x": lambda x, y: x / x,
    "zero-times-infinity": lambda x, y: (0.0 * x) * np.inf,
    "a-root-squared": lambda x, y: (np.sqrt(np.abs(x)) ** 2, np.sqrt(x * x)),
    "x-equals-x": lambda x, y: (x == x, x != x, x <= x, ~(x < y), x >= y),
    "minus-minus": lambda x, y: (
        -np.negative(x),
        0 - x,
        0.0 - x,
        -(x - y),
        x * -1,
        x / -1,
    ),
    "plus-zero": lambda x, y: (x + 0.0, x - 0.0, x + -0.0, 0.0 + x, x + 0),
    "one-over-one-over-x": lambda x, y: 1 / (1 / (x * 1e-30)),
    "a-product-divided": lambda x, y: ((x * y) / y, (x / y) * y, x * 2 / 2, x * 3 / 3),
    "a-common-factor": lambda x, y: (x * 0.1 + x * 0.2, 2 * x + x, x * y + x * x),
    "factors-in-order": lambda x, y: (x * 7 * 3, x * 1e200 * 1e-200, x * x * x),
    "an-absolute-value": lambda x, y: (np.abs(x) - x, np.abs(-x), np.abs(x * y) - x),
    "small-powers": lambda x, y: (x**2, x**1, x**0, x**0.5, x**-1, np.power(x, 2)),
    "roots-by-a-power": lambda x, y: (np.power(x, 0.5), np.power(x, 0.5) - y),
    "complex-by-real": lambda x, y: (
        (x + 1j * y) * y,
        0.3 * (y - 1j * x),
        (1j * x) * 3,
    ),
    "a-remainder-of-one": lambda x, y: (x % 1.0, x // 1.0, x % -0.5, np.fmod(x, 1)),
    "narrow-and-back": lambda x, y: x.astype("f4").astype("f8") - x,
    "a-choice-of-equals": lambda x, y: (np.where(x > 0, x, x), np.maximum(x, x)),
    "a-sum-with-zeros": lambda x, y: (np.zeros_like(x) + x, x + np.zeros(x.shape)),
    "a-product-with-ones": lambda x, y: (np.ones_like(x) * x, x / np.ones_like(x)),
    "halves": lambda x, y: ((x + y) / 2, x * 0.5 + y * 0.5, (x + y) * 0.5),
    "scaled-by-a-constant": lambda x, y: (np.deg2rad(x) + y, np.degrees(x) - y),
    "sums-of-products": lambda x, y: (np.square(x) - y, np.reciprocal(x) * y + x),
    "functions-of-products": lambda x, y: (np.floor(x * y + 0.5), np.rint(x * y) - x),
}


@pytest.mark.parametrize("name", REWRITES)
def test_no_rewrite(name):
    assert_parity(quiet(REWRITES[name]), X, Y, modes=["jit"], expect_xla=True)


def all_rewrites(x, y):
    return [fn(x, y) for fn in REWRITES.values()]


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_no_rewrite_of_narrower_floats(dtype):
    with np.errstate(all="ignore"):
        x, y = X.astype(dtype), Y.astype(dtype)
    assert_parity(quiet(all_rewrites), x, y, modes=["jit"], expect_xla=True)


def complex_rewrites(z, w):
    """MLIR takes ``(z + w) - w`` of complex numbers for ``z``."""
    return (
        *(
            (z + w) - w,
            (z - w) + w,
            z - (z - w),
            z - z,
            -np.negative(z),
            z + 0.0,
            z * 0.0,
        ),
        *(z * w - z * w, z * w + z, z / w * w, z / 3.0, z / z, z**2 - z * z),
        *(np.conj(np.conj(z)), z.real + 1j * z.imag, z == z, np.zeros_like(z) + z),
    )


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_no_rewrite_of_complex_numbers(dtype):
    z = (X[10:] + 1j * Y[:200]).astype(dtype)
    z[:4] = [0, complex(-0.0, 0.0), complex(0.0, -0.0), complex(-0.0, -0.0)]
    assert_parity(
        quiet(complex_rewrites), z, z[::-1].copy(), modes=["jit"], expect_xla=True
    )


# -- chains --------------------------------------------------------------------

FLOAT_STEPS = [
    *(lambda a, x: a + x, lambda a, x: x - a, lambda a, x: a * x + a),
    *(lambda a, x: a / x, lambda a, x: x * x - a * x, lambda a, x: a * x),
]
REAL_STEPS = [
    *(lambda a, x: np.sqrt(np.abs(a)), lambda a, x: np.floor(a) + x),
    *(lambda a, x: np.ceil(a * x), lambda a, x: np.rint(a) - x),
    *(lambda a, x: np.trunc(a) * x + x, lambda a, x: np.where(a < x, a, x)),
    *(lambda a, x: np.maximum(a, x) + a, lambda a, x: np.minimum(a, -x)),
    *(lambda a, x: np.copysign(a, x) * x, lambda a, x: a % x, lambda a, x: a // x),
]
COMPLEX_STEPS = [
    *(lambda a, x: np.conj(a) * x, lambda a, x: np.abs(a) + x, lambda a, x: -a),
    *(lambda a, x: a.real * x + a.imag, lambda a, x: np.square(a) / x),
    *(lambda a, x: np.where(a == x, a, x + a), lambda a, x: np.reciprocal(x) + a),
]
INTEGER_STEPS = [
    *(lambda a, x: a + x, lambda a, x: a - x, lambda a, x: a * x, lambda a, x: -a),
    *(lambda a, x: a & x, lambda a, x: a | x, lambda a, x: a ^ x, lambda a, x: ~a),
    *(lambda a, x: np.where(a < x, a, x), lambda a, x: np.maximum(a, x) * a),
    *(lambda a, x: np.abs(a) - x, lambda a, x: np.square(a) + x),
]
STEPS = {"f": FLOAT_STEPS + REAL_STEPS, "c": FLOAT_STEPS + COMPLEX_STEPS}
CHAINED = "efdFDbBhHiIqQ"


def operands(rng, size):
    """Two arrays per dtype; products of a dozen of them are no subnormals."""
    drawn = []
    for char in CHAINED:
        if char in "efdFD":
            parts = rng.uniform(0.2, 5, (4, size)) * rng.choice([-1, 1], (4, size))
            real, imag = parts[:2], parts[2:] * (char in "FD")
            drawn.append((real + 1j * imag if char in "FD" else real).astype(char))
        else:
            info = np.iinfo(char)
            drawn.append(rng.integers(info.min, info.max, (2, size), char, True))
    return drawn


def chains(seed, length=6):
    """A program that takes each dtype through steps of its own."""
    rng = np.random.default_rng(seed)
    plans = []
    for char in CHAINED:
        steps = STEPS.get(np.dtype(char).kind, INTEGER_STEPS)
        plans.append([steps[k] for k in rng.integers(0, len(steps), length)])

    def program(*pairs):
        results = []
        for (x, y), plan in zip(pairs, plans, strict=True):
            a, between = y, x
            for k, step in enumerate(plan):
                a, between = step(a, (x, y)[k % 2]), a
            results.append((a, between, a == between))
        return results

    return quiet(program)


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 100_001])
@pytest.mark.parametrize("seed", range(examples(1, 40)))
def test_chains(size, seed):
    arrays = operands(np.random.default_rng(size + seed), size)
    assert_parity(chains(size + 1000 * seed), *arrays, modes=["jit"], expect_xla=True)


# -- complex products and quotients at the ends of the range -------------------


def products(z, w):
    return z * w, z * w - w, np.square(z), np.conj(z) * w


def test_complex_numbers_of_unlike_size():
    """The error of a product is taken of numbers whose halves are no subnormals."""
    sizes = 10.0 ** np.arange(-300, 301, 20)
    parts = np.random.default_rng(3).normal(size=(4, len(sizes), len(sizes)))
    z = parts[0] * sizes + 1j * parts[1] * sizes[:, None] * 1e-5
    w = parts[2] / sizes[:, None] + 1j * parts[3] / sizes
    with np.errstate(all="ignore"):
        found = [a for r in products(z, w) for a in (r.real, r.imag)]
    tiny = np.finfo(float).tiny
    normal = np.all([(a == 0) | (np.abs(a) >= tiny) for a in found], axis=0)
    assert np.count_nonzero(normal) > 300
    z, w = z[normal], w[normal]
    # Two calls: the third would pair them otherwise.
    assert_parity(quiet(products), z, w, modes=["jit"], expect_xla=True, calls=2)


def test_quotients_of_huge_complex_numbers():
    """The reciprocal of a huge number would be flushed to zero.

    NumPy's has few digits: it is subnormal.
    """
    z = np.array([1e308 + 1e308j, -1.5e308 + 3e307j, 1e308 - 1e300j])

    def quotients(z):
        return z / z, z / z[::-1], 1e300 / z

    assert_parity(quiet(quotients), z, modes=["jit"], expect_xla=True, rtol=1e-14)
