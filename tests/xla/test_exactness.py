"""Compiled arithmetic keeps NumPy's bits, and would not without the two remedies."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from npjit._xla import exactness
from npjit._xla.rules import rule_of
from tests.xla._harness import as_complex, assert_same, bits, draws, run

multiply, divide = rule_of(np.multiply), rule_of(np.divide)


def operands(dtype, count=3, size=2000):
    dtype = np.dtype(dtype)
    if dtype.kind == "c":
        half = f"f{dtype.itemsize // 2}"
        parts = [draws(half, size, seed, 2) for seed in range(2 * count)]
        return [as_complex(*parts[k : k + 2], dtype) for k in range(0, len(parts), 2)]
    return [draws(dtype, size, seed, 2) for seed in range(count)]


def polynomial(x, y, z, times):
    return times(times(x, y) + z, x) - times(z, z)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
def test_products_that_feed_sums(dtype):
    x, y, z = operands(dtype)
    want = polynomial(x, y, z, np.multiply)
    assert_same(run(polynomial, x, y, z, times=multiply), want)


def test_contraction_happens_without_the_runtime_zero():
    x, y, z = operands("f8")
    got = run(polynomial, x, y, z, times=multiply, exact=False)
    assert (bits(got) != bits(polynomial(x, y, z, np.multiply))).any()


def test_equal_products_cancel():
    a, b, c = 3.0, np.sqrt(12.0 * 0.7), 0.7
    x = np.full(16, b), np.full(16, 4 * a), np.full(16, c)

    def discriminant(b, a, c):
        return multiply(b, b) - multiply(a, c)

    want = x[0] * x[0] - x[1] * x[2]
    assert_same(run(discriminant, *x), want)


def test_division_by_a_constant_stays_a_division():
    x = draws("f8", 500)
    three = np.float64(3)
    assert_same(run(lambda a: a / jnp.asarray(three), x), x / 3.0)
    rewritten = run(lambda a: a / jnp.asarray(three), x, exact=False)
    assert (rewritten != x / 3.0).any()


def test_sums_are_not_rearranged():
    x, big = draws("f8", 500, decades=2), np.float64(1e16)
    assert_same(run(lambda a: (a + big) - big, x), (x + 1e16) - 1e16)
    # The zero is an operand: a literal one is folded in spite of the options.
    zeros = np.array([-0.0]), np.array([0.0])
    assert_same(run(lambda a, b: a + b, *zeros), np.array([0.0]))


def test_inverse_functions_are_not_cancelled():
    x = np.array([710.0, -800.0])
    with np.errstate(all="ignore"):
        want = np.log(np.exp(x))
    assert_same(run(lambda a: jnp.log(jnp.exp(a)), x), want)


def test_exact_product_is_the_product():
    for dtype in ("f2", "f4", "f8", "c8", "c16"):
        (x,) = operands(dtype, 1)
        assert_same(run(exactness.exact_product, x), x)
        assert_same(run(exactness.exact_product, x, exact=False), x)


def test_options_leave_xla_alone_unless_exact():
    name = "xla_disable_hlo_passes"
    assert "algsimp" not in exactness.compiler_options(exact=False)[name]
    assert "algsimp" in exactness.compiler_options(exact=True)[name]


def test_operations_on_transposed_arrays_stay_few():
    """Else the compiler runs out of stack: some 300 operations were 8,000."""

    def program(x, mask):
        a, m = x.T, mask.T
        for _ in range(3):
            y = -2 / (jnp.exp(jnp.abs(a)) + 1)
            y = jnp.where(jnp.abs(a) > 2, jnp.copysign(y, a), jnp.tanh(a))
            a = jnp.where(m, y, a)
        return a.T

    options = exactness.compiler_options(exact=True)
    x = jnp.ones((6, 5))
    compiled = jax.jit(program, compiler_options=options).lower(x, x > 0).compile()
    assert compiled.as_text().count(" transpose(") < 20


def rounded(exact, dtype):
    """Round a Fraction to nearest even; int / int in Python is correctly rounded."""
    double = exact.numerator / exact.denominator
    if dtype == np.float64:
        return double
    near = np.float32(double)
    around = [near, np.nextafter(near, np.inf), np.nextafter(near, -np.inf)]
    even = [int(v.view(np.uint32)) & 1 for v in around]
    distance = [abs(Fraction(float(v)) - exact) for v in around]
    return min(zip(distance, even, around, strict=True))[2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_multiply_add_rounds_once(dtype):
    rng = np.random.default_rng(4)
    a, b, c = (draws(dtype, 3000, seed, 1) for seed in (1, 2, 3))
    c[:1000] = -(a * b)[:1000]
    # Few digits at many distances: ties, which a second rounding gets wrong.
    for x in (a, b, c):
        x[1000:2000] = rng.integers(-(2**12), 2**12, 1000)
    c[1000:2000] *= (2.0 ** rng.integers(-40, 40, 1000)).astype(dtype)
    exact = [
        Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        for x, y, z in zip(a, b, c, strict=True)
    ]
    want = np.array([rounded(value, dtype) for value in exact], dtype)
    got = run(exactness.fused_multiply_add, a, b, c)
    assert (got == want).all()
    plain = run(exactness.fused_multiply_add, a, b, c, exact=False)
    assert plain.dtype == want.dtype


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_multiply_add_of_zeros_and_infinities(dtype):
    values = np.array([0.0, -0.0, 1.0, -2.0, np.inf, -np.inf, np.nan], dtype)
    a, b, c = (grid.ravel() for grid in np.meshgrid(values, values, values))
    # Products of these are exact, so that one rounding and two are the same.
    assert_same(run(exactness.fused_multiply_add, a, b, c), a * b + c)


def test_fused_multiply_add_survives_an_overflow_against_infinity():
    a, b = np.array([1e200, 1e200]), np.array([1e200, -1e200])
    c = np.array([-np.inf, np.inf])
    assert_same(run(exactness.fused_multiply_add, a, b, c), c)


def test_runtime_zero_is_restored_after_an_error():
    def failing():
        with exactness.runtime_zero(jnp.zeros((), np.int32)):
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    product = jnp.ones(2, np.float32)
    assert exactness.exact_product(product) is product


@pytest.mark.parametrize("exact", [True, False])
def test_what_is_behind_a_barrier_is_computed_once(exact):
    def smoothed(x):
        for _ in range(3):
            x = lax.optimization_barrier(x[1:] + x[:-1])
        return x

    options = exactness.compiler_options(exact=exact)
    jitted = jax.jit(smoothed, compiler_options=options)
    text = jitted.lower(jnp.zeros(2**17)).compile().as_text()
    assert text.count(" fusion(") >= 3
