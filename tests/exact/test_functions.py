"""Functions are within 4 ulp of the true value, and exact where NumPy is.

The true value is NumPy's in long double. Floating-point reports are off: a program that
reports is run again in NumPy, and then shows nothing.
"""

from typing import NamedTuple

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.exact._rows import quiet

MAX_ULP = 4
#: XLA:CPU flushes subnormals.
NORMAL = {char: float(np.finfo(char).tiny) for char in "efd"}
HAS_LONG_DOUBLE = np.finfo(np.longdouble).nmant >= 63


def uniform(low, high, size=2000):
    return np.random.default_rng(5).uniform(low, high, size)


def decades(low, high, size=2000):
    return 10.0 ** uniform(low, high, size)


def both(*points):
    points = np.concatenate(points)
    return np.concatenate([points, -points])


def joined(*points):
    return np.concatenate(points)


NEAR_ONE = 1 + both(decades(-16, -1))
ANGLES = both(
    *(uniform(0, 10), uniform(0, 1e4), decades(-300, 0), decades(0, 300)),
    *(np.arange(1, 500) * np.pi / 4, [1e5, 1e10, 1e22, 1e300]),
)
LOGARITHMS = joined(NEAR_ONE, uniform(0.5, 2), decades(-307, 308), decades(-37, 38))
UNIT = both(uniform(0, 1), decades(-300, 0), 1 - decades(-16, 0))
WIDE = both(uniform(0, 10), decades(-300, 300), decades(-37, 38))
HYPERBOLIC = both(uniform(0, 710.4), uniform(0, 89.4), uniform(0, 2), decades(-300, 0))
SIZES = both(decades(-300, 300), decades(-37, 38))
#: For each function, where it is finite and no subnormal.
POINTS = {
    np.exp: joined(uniform(-708, 709.78), uniform(-87, 88.72), both(decades(-18, 0))),
    np.exp2: joined(uniform(-1021, 1024), uniform(-126, 128), both(decades(-18, 0))),
    np.expm1: joined(
        *(uniform(-40, 709.78), uniform(-40, 88.72), uniform(-2, 2)),
        both(decades(-300, 0)),
    ),
    np.log: LOGARITHMS,
    np.log2: LOGARITHMS,
    np.log10: LOGARITHMS,
    np.log1p: joined(both(decades(-300, -0.001)), uniform(-1, 1), decades(0, 308)),
    np.sin: ANGLES,
    np.cos: ANGLES,
    np.tan: ANGLES,
    np.arcsin: UNIT,
    np.arccos: UNIT,
    np.arctan: WIDE,
    np.sinh: HYPERBOLIC,
    np.cosh: HYPERBOLIC,
    np.tanh: HYPERBOLIC,
    np.arcsinh: WIDE,
    np.arccosh: joined(1 + decades(-16, 0), uniform(1, 10), decades(0, 307)),
    np.arctanh: UNIT,
    np.cbrt: SIZES,
    np.sqrt: np.abs(SIZES),
}


def bases_and_exponents():
    """Pairs whose power fills the range, and small integers."""
    rng = np.random.default_rng(6)
    bases = joined(decades(-300, 300), decades(-37, 38), NEAR_ONE)
    with np.errstate(all="ignore"):
        logs = np.log(bases)
        exponents = rng.uniform(-87, 88, bases.size) / np.where(logs == 0, 1, logs)
    exponents[::3] *= 8
    exponents[1::3] = rng.integers(-8, 9, exponents[1::3].size)
    return bases, exponents


X, Y = both(decades(-10, 10), decades(-150, 150)), both(decades(-10, 10), SIZES[:2000])
Y = np.random.default_rng(7).permutation(Y)
PAIRS = {
    np.arctan2: (X, Y),
    np.hypot: (X, Y),
    np.power: bases_and_exponents(),
    np.float_power: bases_and_exponents(),
}


def normal(char, *points):
    """The points as that dtype, less what is then infinite or subnormal."""
    with np.errstate(all="ignore"):
        arrays = [p.astype(char) for p in points]
    usable = [np.isfinite(a) & (np.abs(a) >= NORMAL[char]) for a in arrays]
    return [a[np.logical_and.reduce(usable)] for a in arrays]


def errors(got, true):
    """Distance from the true values in units of the last place of their roundings."""
    rounded = true.astype(got.dtype)
    step = np.spacing(np.abs(rounded)).astype(np.longdouble)
    error = np.abs(got.astype(np.longdouble) - true) / step
    size = np.abs(rounded)
    counts = np.isfinite(rounded) & (size >= NORMAL[got.dtype.char])
    return np.where(counts, np.where(np.isnan(error), np.inf, error), 0.0)


def of_all(table):
    """A program that applies each function to its own arrays."""

    def program(cases):
        return [ufunc(*arrays) for ufunc, arrays in zip(table, cases, strict=True)]

    return quiet(program)


@pytest.mark.skipif(not HAS_LONG_DOUBLE, reason="long double is float64 here")
@pytest.mark.parametrize("char", "efd")
@pytest.mark.parametrize("table", [POINTS, PAIRS], ids=["one", "two"])
def test_ulps_of_the_true_value(table, char):
    cases = [
        normal(char, *(points if isinstance(points, tuple) else (points,)))
        for points in table.values()
    ]
    compiled = npjit.accelerate(of_all(table), mode="jit", strict=True)(cases)
    with np.errstate(all="ignore"):
        for ufunc, arrays, got in zip(table, cases, compiled, strict=True):
            true = ufunc(*(a.astype(np.longdouble) for a in arrays))
            error = errors(got, true)
            worst = int(error.argmax())
            at = [a[worst] for a in arrays]
            assert error[worst] <= MAX_ULP, (ufunc.__name__, at, got[worst])
            # Beyond the range both are infinite, or too small.
            infinite = np.isinf(true.astype(got.dtype))
            assert np.array_equal(np.isinf(got), infinite), ufunc.__name__


def test_the_last_float32_numbers_whose_exponential_is_finite():
    """XLA's own is off by 5 units there."""
    x = np.linspace(88, 88.7228, 20_000, dtype=np.float32)
    true = np.exp(x.astype(float))
    got = npjit.accelerate(np.exp, mode="jit")(x)
    assert errors(got, true).max() <= 2


SPECIALS = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, np.inf, -np.inf, np.nan, 3e4, -3e4, 3.5]
)


@pytest.mark.parametrize("char", "efd")
def test_special_values(char):
    """Zeros with their signs, infinities, NaN, and arguments outside of the domain."""
    with np.errstate(all="ignore"):
        one = SPECIALS.astype(char)
        x, y = (grid.ravel().astype(char) for grid in np.meshgrid(one, one))

    def program(one, x, y):
        return [f(one) for f in POINTS], [f(x, y) for f in PAIRS]

    assert_parity(
        quiet(program), one, x, y, modes=["jit"], expect_xla=True, max_ulp=MAX_ULP
    )


class Exact(NamedTuple):
    """Arguments for which NumPy gives the exact result, which is representable."""

    ufunc: np.ufunc
    args: tuple[np.ndarray, ...]
    true: np.ndarray
    chars: str = "df"


LEGS = [[3, 4, 5], [5, 12, 13], [8, 15, 17], [20, 21, 29], [9, 40, 41], [119, 120, 169]]
TRIPLES = np.multiply.outer([1.0, 2.0**10, 2.0**-20], LEGS).reshape(-1, 3).T
BASES, EXPONENTS = (a.ravel() for a in np.meshgrid(np.arange(-9.0, 10), np.arange(8.0)))
TWOS, TWOS_32 = np.arange(-1022.0, 1024), np.arange(-126.0, 128)
TENS = np.arange(0.0, 23)
EXACT = {
    "exp2-of-integers": Exact(np.exp2, (TWOS,), 2.0**TWOS, "d"),
    "exp2-of-integers-float32": Exact(np.exp2, (TWOS_32,), 2.0**TWOS_32),
    "log2-of-powers-of-2": Exact(np.log2, (2.0**TWOS,), TWOS, "d"),
    "log2-of-powers-of-2-float32": Exact(np.log2, (2.0**TWOS_32,), TWOS_32),
    "log10-of-powers-of-10": Exact(np.log10, (10.0**TENS,), TENS, "d"),
    "log10-of-powers-of-10-float32": Exact(np.log10, (10.0 ** TENS[:11],), TENS[:11]),
    "cbrt-of-cubes": Exact(
        np.cbrt, (np.arange(-250.0, 251) ** 3,), np.arange(-250.0, 251)
    ),
    "hypot-of-pythagorean-triples": Exact(np.hypot, tuple(TRIPLES[:2]), TRIPLES[2]),
    "powers-of-small-integers": Exact(
        np.power,
        (BASES, EXPONENTS),
        np.prod([BASES ** (k < EXPONENTS) for k in range(8)], axis=0),
    ),
    "powers-of-2": Exact(np.power, (np.full(TWOS.size, 2.0), TWOS), 2.0**TWOS, "d"),
    "jax-10692-powers-of-2-float32": Exact(
        np.power, (np.full(TWOS_32.size, 2.0), TWOS_32), 2.0**TWOS_32
    ),
    "roots-of-squares": Exact(np.sqrt, (np.arange(999.0) ** 2,), np.arange(999.0)),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_where_numpy_is(name):
    row = EXACT[name]
    for char in row.chars:
        args = [a.astype(char) for a in row.args]
        numpys, got = row.ufunc(*args), npjit.accelerate(row.ufunc, mode="jit")(*args)
        is_exact = numpys == row.true.astype(char)
        assert is_exact.mean() > 0.3
        assert np.array_equal(got[is_exact], row.true.astype(char)[is_exact])


def test_squares_by_a_power_are_products():
    """NumPy has a loop for the exponent 2; XLA's power is off in the last place."""
    x = np.random.default_rng(8).normal(size=2000)

    def program(x, y):
        return np.power(x, 2) - x * x, np.power(x, 2.0) - x * x, np.power(y, 2) - y * y

    assert_parity(program, x, x.astype("f4"), modes=["jit"], expect_xla=True)


@pytest.mark.parametrize("char", "fd")
@pytest.mark.parametrize("n", [0, 1, 3, 4])
def test_small_powers_by_a_number_are_products(n, char):
    x = np.random.default_rng(9).normal(size=4000).astype(char)
    true = np.power(x.astype(np.longdouble), n)
    got = npjit.accelerate(np.power, mode="jit")(x, float(n))
    assert got.dtype == x.dtype
    assert errors(got, true).max() <= 2
    whole = np.arange(-50, 51).astype(char)  # exact where NumPy is
    got = npjit.accelerate(np.power, mode="jit")(whole, float(n))
    assert np.array_equal(got, whole.astype(int) ** n)


def test_a_cube_root_of_a_tiny_number():
    """The correction by Newton's step was lost where its products are subnormals."""
    x = both(decades(-307, -280))
    true = np.cbrt(x.astype(np.longdouble))
    got = npjit.accelerate(np.cbrt, mode="jit")(x)
    assert errors(got, true).max() <= 1


# -- complex -------------------------------------------------------------------

COMPLEX_COMPILED = {np.exp: 3, np.log: 4, np.sqrt: 3}
COMPLEX_IN_NUMPY = [
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh),
    *(np.tanh, np.arcsinh, np.arccosh, np.arctanh, np.exp2, np.expm1, np.log2),
    *(np.log10, np.log1p),
]


def complex_points(char):
    rng = np.random.default_rng(9)
    z = rng.normal(size=(2, 2000)) * 10.0 ** rng.integers(-3, 2, (2, 2000))
    special = np.array([0.0, -0.0, 1.0, -2.0, np.inf, -np.inf, np.nan])
    real, imag = (
        np.concatenate([a, b.ravel()])
        for a, b in zip(z, np.meshgrid(special, special), strict=True)
    )
    points = np.empty(real.size, char)
    points.real, points.imag = real, imag
    return points


@pytest.mark.parametrize("char", "FD")
@pytest.mark.parametrize("ufunc", COMPLEX_COMPILED, ids=lambda f: f.__name__)
def test_complex_functions(ufunc, char):
    """Each part within a bound of NumPy's, which has that error itself."""
    assert_parity(
        quiet(ufunc),
        complex_points(char),
        modes=["jit"],
        expect_xla=True,
        max_ulp=COMPLEX_COMPILED[ufunc],
    )


def test_the_logarithm_of_complex_numbers_near_the_unit_circle():
    """Beside its diagonals half of the digits were lost."""
    angles = np.concatenate([uniform(-3, 3), np.pi / 4 + uniform(-1e-3, 1e-3)])
    z = np.exp(1j * angles) * (1 + uniform(-1e-3, 1e-3, angles.size))
    assert_parity(np.log, z, modes=["jit"], expect_xla=True, max_ulp=4)


def test_other_complex_functions_are_numpys_own():
    """XLA's differ in special values and near zeros of the result."""

    def program(z):
        return [f(z) for f in COMPLEX_IN_NUMPY], np.power(z, 1.5), z**3

    assert_parity(quiet(program), complex_points("D"))


# -- sums of exponentials ------------------------------------------------------


@pytest.mark.parametrize("char", "fd")
@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
def test_logaddexp(ufunc, char):
    """Where terms cancel, NumPy too is only as exact as the larger of them."""
    x, y = uniform(-80, 80), uniform(-20, 90)[::-1]
    x, y = (np.concatenate([a, a / 40]).astype(char) for a in (x, y))
    true = ufunc(x.astype(np.longdouble), y.astype(np.longdouble))
    got = npjit.accelerate(ufunc, mode="jit")(x, y)
    scale = np.maximum(1, np.maximum(np.abs(x), np.abs(y)))
    assert (np.abs(got - true) <= 4 * np.finfo(char).eps * scale).all()
