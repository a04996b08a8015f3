"""Compiled programs keep NumPy's bits where XLA, left alone, would not."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.exact._rows import quiet

RNG = np.random.default_rng(7)
X, Y, Z = RNG.normal(size=(3, 500))
PROGRAMS = {
    "a sum is not rearranged": (lambda x: (x + 1e16) - 1e16, X),
    "a division stays one": (lambda x: x / 3.0, X),
    "inverses do not cancel": (lambda x: np.log(np.exp(x)), np.array([710.0, -800.0])),
    "roots do not cancel": (lambda x: np.log(np.sqrt(x)), np.abs(X)),
    "-0.0 plus 0.0 is 0.0": (lambda x: x + 0.0, np.array([-0.0, 0.0])),
    "-0.0 times 1 stays": (lambda x: (x * 1.0, x - 0.0, -x), np.array([-0.0, 0.0])),
    "0 times infinity": (lambda x: x * 0.0, np.array([np.inf, np.nan, -1.0])),
    "x - x of infinity": (lambda x: x - x, np.array([np.inf, 1.0])),
    "x / x of zero": (lambda x: x / x, np.array([0.0, np.inf, 3.0])),
    "a square is a product": (lambda x: (x**2, x * x, x**2 - x * x), X),
    "powers": (lambda x: (x**3, x**0.5, x**-1), np.abs(X)),
    "a mean of two": (lambda x: (x + x[::-1]) / 2, X),
    "int division": (lambda x: (x // 3, x % 3, divmod(x, -2)), np.arange(-9, 9)),
    "floor division": (lambda x: (x // 0.3, x % 0.3, np.fmod(x, 0.3)), X * 10),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_of_one_array(name):
    program, x = PROGRAMS[name]
    # exp, log and powers have the bounds of their ufuncs.
    loose = any(word in name for word in ("cancel", "powers"))
    ulp = 2 if loose else 0
    assert_parity(quiet(program), x, expect_xla=True, modes=["jit"], max_ulp=ulp)


def discriminant(a, b, c):
    return np.sqrt(b * b - 4 * a * c)


def polynomial(x, y, z):
    return (x * y + z) * x - y * z


def norms(x, y, z):
    return x * x + y * y + z * z, x * y - y * x, (x * y) + (z * -y)


def in_place(x, y, z):
    x *= y
    x += z
    x -= y * z
    y[1:] += 0.5 * y[:-1]
    return x


def horner(x, y, z):
    total = np.zeros_like(x)
    for k in range(5):
        total = total * x + k * y
    return total


@pytest.mark.parametrize("fn", [polynomial, norms, in_place, horner])
@pytest.mark.parametrize("dtype", ["e", "f", "d", "D"])
def test_products_are_rounded_before_they_are_added(fn, dtype):
    x, y, z = (a.astype(dtype) for a in (X, Y, Z))
    if dtype == "D":
        x, y, z = x + 1j * Y, y - 1j * Z, z + 0.5j * X
    assert_parity(fn, x, y, z, expect_xla=True, modes=["jit"])


def test_equal_products_cancel():
    """Contracted, this is the root of a small negative number: NaN."""
    b = np.full(16, np.sqrt(12.0 * 0.7))
    a, c = np.full(16, 3.0), np.full(16, 0.7)
    assert_parity(discriminant, a, b, c, expect_xla=True, vary=lambda rng, *args: None)
    squares = (np.array([3.0]), np.array([6.0]), np.array([3.0]))
    assert_parity(discriminant, *squares, vary=lambda rng, *args: None)


def test_numbers_are_operands():
    """A literal would be folded into what it meets."""

    def program(x, k, zero):
        return x + zero, x * k, k * x + zero, (x + k) - k

    assert_parity(program, np.array([-0.0, 1.5]), 1e16, 0.0, expect_xla=True)
    assert_parity(program, np.array([-0.0, 1.5]), 3.0, -0.0, expect_xla=True)


def test_large_reductions_keep_their_bound():
    """Beyond 32768 elements the order of additions is XLA's."""

    def program(x, y):
        return (x * y).sum(), x.mean(axis=0), y.var(axis=1), (x > 0).sum(), x.argmax()

    x, y = RNG.normal(size=(2, 300, 400))
    bound = 8 * np.finfo(float).eps * np.abs(x * y).sum()
    assert_parity(program, x, y, expect_xla=True, modes=["jit"], atol=bound)


def test_large_extremes_see_nan():
    def program(x):
        return x.max(), x.min(axis=0), x.argmax(), (x * 2).argmin(axis=1), np.ptp(x)

    x = RNG.normal(size=(300, 400))
    x[299, 399] = np.nan
    assert_parity(program, x, expect_xla=True, modes=["jit"])
