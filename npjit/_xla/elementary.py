"""Elementary functions where XLA's own are less accurate than NumPy's.

XLA:CPU 0.10 is off by up to 126 ulp in `log1p` and `arctanh`, 82 in `exp2`, 25 in
`sinh` and `cosh`, 5 in `exp` and `tanh` of float32, and `exp2`, `log2`, `log10` and
`cbrt` miss exact results, which programs feed to `floor`. The functions here are within
4 ulp of the true value, and those four are exact where it is representable. Most of
float32 are computed in float64 and rounded.
"""

from collections.abc import Callable
from functools import wraps

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla import floats, kernels, trigonometry
from npjit._xla.casts import cast
from npjit._xla.exactness import exact_multiply, exact_product, exact_sum

Function = Callable[[jax.Array], jax.Array]

# log10(2) in two parts: a product of the first with an exponent is exact.
_LOG10_OF_2_HIGH = float(np.ldexp(np.rint(np.ldexp(np.log10(2.0), 40)), -40))
_LOG10_OF_2_LOW = float(np.log10(np.longdouble(2)) - np.longdouble(_LOG10_OF_2_HIGH))

# log(2**64) in two parts: the first is subtracted from numbers above 512 exactly.
_LOG_OF_2_64_HIGH = float(np.ldexp(np.rint(np.ldexp(64 * np.log(2.0), 40)), -40))
_LOG_OF_2_64_LOW = float(
    64 * np.log(np.longdouble(2)) - np.longdouble(_LOG_OF_2_64_HIGH)
)

# log(2) in two parts: the first is subtracted from float32 numbers above 64 exactly.
_LOG_OF_2_HIGH = float(np.ldexp(np.rint(np.ldexp(np.log(2.0), 17)), -17))
_LOG_OF_2_LOW = float(np.log(2.0)) - _LOG_OF_2_HIGH


def in_float64(func: Function) -> Function:
    """Return `func` of float64, computing float16 and float32 in it as well."""

    @wraps(func)
    def widened(x: jax.Array) -> jax.Array:
        return cast(func(cast(x, np.float64)), x.dtype)

    return widened


def _constant(value: float, like: jax.Array) -> jax.Array:
    return jnp.asarray(value, like.dtype)


def exp(x: jax.Array) -> jax.Array:
    """Return ``e**x``; XLA's own in float64."""
    if x.dtype != np.float32:
        return jnp.exp(x)
    # Above 88.5 XLA is off by 5 ulp: less log(2), whose first part goes off exactly.
    large = x > _constant(88, x)
    power = jnp.exp(jnp.where(large, x - _constant(_LOG_OF_2_HIGH, x), x))
    twice = power * _constant(2 * np.exp(-_LOG_OF_2_LOW), x)
    return exact_product(jnp.where(large, twice, power))


@in_float64
def exp2(x: jax.Array) -> jax.Array:
    """Return ``2**x``."""
    inside = jnp.clip(x, _constant(-1100, x), _constant(1100, x))
    whole = jnp.rint(inside)
    factor = jnp.exp(exact_product((inside - whole) * _constant(np.log(2), x)))
    # In two steps: 2**1024 is too large, of which the factor may be less than one.
    half = jnp.floor(whole * _constant(0.5, x))
    rest = whole - half
    power = kernels.power_of_two(half)
    return exact_product(factor * power) * kernels.power_of_two(rest)


expm1 = in_float64(kernels.expm1)


def log(x: jax.Array) -> jax.Array:
    """Return the natural logarithm; XLA's own in float32."""
    return kernels.log(x) if x.dtype == np.float64 else jnp.log(x)


@in_float64
def log1p(x: jax.Array) -> jax.Array:
    """Return ``log(1 + x)``, corrected for the rounding of the sum."""
    one = jnp.ones_like(x)
    total = one + x
    lost = jnp.where(jnp.abs(x) > one, one - (total - x), x - (total - one))
    log = kernels.log(total)
    corrected = jnp.where(jnp.isfinite(log), log + lost / total, log)
    return jnp.where(x == jnp.zeros_like(x), x, corrected)


@in_float64
def log2(x: jax.Array) -> jax.Array:
    """Return the logarithm to base 2; exact for powers of 2."""
    mantissa, exponent = kernels.split(x)
    rest = kernels.log_of(mantissa, jnp.zeros_like(x))
    rest = exact_product(rest * _constant(1 / np.log(2), x))
    return kernels.as_logarithm(exponent + rest, x)


@in_float64
def log10(x: jax.Array) -> jax.Array:
    """Return the logarithm to base 10; exact for powers of 10."""
    mantissa, exponent = kernels.split(x)
    rest = kernels.log_of(mantissa, jnp.zeros_like(x))
    rest = exact_product(rest * _constant(1 / np.log(10), x))
    rest = rest + exact_product(exponent * _constant(_LOG10_OF_2_LOW, x))
    result = exact_product(exponent * _constant(_LOG10_OF_2_HIGH, x)) + rest
    return kernels.as_logarithm(result, x)


cbrt = in_float64(kernels.cbrt)


def _half_exp(size: jax.Array) -> jax.Array:
    """Return ``exp(size) / 2``, also where only the half is finite."""
    half = _constant(0.5, size)
    large = size > _constant(700, size)
    # Less 64 * log(2), in two parts: the first difference is exact.
    power = jnp.exp(jnp.where(large, size - _constant(_LOG_OF_2_64_HIGH, size), size))
    back = _constant(2.0**63 * np.exp(-_LOG_OF_2_64_LOW), size)
    return exact_product(power * jnp.where(large, back, half))


@in_float64
def cosh(x: jax.Array) -> jax.Array:
    """Return the hyperbolic cosine."""
    half = _half_exp(jnp.abs(x))
    return half + _constant(0.25, x) / half


@in_float64
def sinh(x: jax.Array) -> jax.Array:
    """Return the hyperbolic sine."""
    size = jnp.abs(x)
    half = _half_exp(size)
    small = kernels.expm1(jnp.minimum(size, _constant(2, x)))
    small = exact_product(
        _constant(0.5, x) * (small + small / (small + jnp.ones_like(x)))
    )
    far = half - _constant(0.25, x) / half
    return jnp.copysign(jnp.where(size < _constant(1, x), small, far), x)


def tanh(x: jax.Array) -> jax.Array:
    """Return the hyperbolic tangent; XLA's own is within 4 ulp around 1 only."""
    if x.dtype == np.float64:
        twice = kernels.expm1(jnp.minimum(jnp.abs(x + x), _constant(50, x)))
        return jnp.copysign(twice / (twice + _constant(2, x)), x)
    one, two = jnp.ones_like(x), _constant(2, x)
    size = jnp.abs(x)
    far = one - two / (exp(size + size) + one)
    result = jnp.where(size > two, jnp.copysign(far, x), jnp.tanh(x))
    square = x * x  # for the first terms of Taylor's series
    near = _constant(2 / 15, x) - square * _constant(17 / 315, x)
    near = square * (_constant(-1 / 3, x) + square * near)
    return jnp.where(size < _constant(0.17, x), x + exact_product(x * near), result)


@in_float64
def arcsinh(x: jax.Array) -> jax.Array:
    """Return the inverse hyperbolic sine."""
    size, one = jnp.abs(x), jnp.ones_like(x)
    # Where the square would overflow, the result is that of twice the number.
    large = size > _constant(1e150, x)
    near = jnp.minimum(size, _constant(1e150, x))
    square = exact_product(near * near)
    near = log1p(near + square / (one + jnp.sqrt(square + one)))
    far = kernels.log(size) + _constant(np.log(2), x)
    angle = jnp.copysign(jnp.where(large, far, near), x)
    return jnp.where(size < _constant(2.0**-27, x), x, angle)


@in_float64
def arccosh(x: jax.Array) -> jax.Array:
    """Return the inverse hyperbolic cosine."""
    more = jnp.maximum(x, jnp.zeros_like(x)) - jnp.ones_like(x)
    root = jnp.sqrt(exact_product(more * (more + _constant(2, x))))
    large = x > _constant(1e150, x)
    far = kernels.log(x) + _constant(np.log(2), x)
    return jnp.where(large, far, log1p(more + root))


@in_float64
def arctanh(x: jax.Array) -> jax.Array:
    """Return the inverse hyperbolic tangent."""
    size, one = jnp.abs(x), jnp.ones_like(x)
    double = exact_product(_constant(0.5, x) * log1p((size + size) / (one - size)))
    return jnp.copysign(double, x)


def complex_exp(z: jax.Array) -> jax.Array:
    """Return the exponential of a complex array, with C's special values."""
    a, b = lax.real(z), lax.imag(z)
    zero = jnp.zeros_like(a)
    size = jnp.exp(a)
    cos, sin = trigonometry.cos(b), trigonometry.sin(b)
    real, imag = exact_product(size * cos), exact_product(size * sin)
    # Where the size overflows alone, half of the exponent is multiplied twice.
    root = jnp.exp(exact_product(a * _constant(0.5, a)))
    over = jnp.isinf(size) & jnp.isfinite(a)
    real = jnp.where(over, exact_product(root * cos) * root, real)
    imag = jnp.where(over, exact_product(root * sin) * root, imag)
    vague = ~jnp.isfinite(b)
    real = jnp.where(vague & (a == -jnp.inf), zero, real)
    imag = jnp.where(vague & (a == -jnp.inf), jnp.copysign(zero, b), imag)
    real = jnp.where(vague & (a == jnp.inf), a, real)
    imag = jnp.where(b == zero, b, imag)
    return lax.complex(real, imag)


def complex_log(z: jax.Array) -> jax.Array:
    """Return the logarithm of a complex array with the branch cut of C."""
    if z.dtype == np.complex64:
        return cast(complex_log(cast(z, np.complex128)), z.dtype)
    a, b = lax.real(z), lax.imag(z)
    size = floats.hypot(a, b)
    # Near the unit circle the logarithm is small: take |z|**2 - 1 without cancellation.
    x, y = jnp.maximum(jnp.abs(a), jnp.abs(b)), jnp.minimum(jnp.abs(a), jnp.abs(b))
    (xx, of_x), (yy, of_y) = exact_multiply(x, x), exact_multiply(y, y)
    less, of_less = exact_sum(xx, -jnp.ones_like(x))
    total, of_total = exact_sum(less, yy)
    high, low = exact_sum(of_x, of_y)
    total, of_high = exact_sum(total + (of_less + of_total), high)
    excess = total + (low + of_high)
    near = (size > _constant(0.5, a)) & (size < _constant(2, a))
    excess = jnp.where(near, excess, jnp.zeros_like(a))
    real = exact_product(_constant(0.5, a) * log1p(excess))
    return lax.complex(
        jnp.where(near, real, kernels.log(size)), trigonometry.arctan2(b, a)
    )


def complex_sqrt(z: jax.Array) -> jax.Array:
    """Return the square root of a complex array with the branch cut of C."""
    if z.dtype == np.complex64:
        return cast(complex_sqrt(cast(z, np.complex128)), z.dtype)
    a, b = lax.real(z), lax.imag(z)
    half, zero = _constant(0.5, a), jnp.zeros_like(a)
    # Scaled by powers of 4, so that the size overflows no more than the parts do.
    large = jnp.maximum(jnp.abs(a), jnp.abs(b)) > _constant(1e150, a)
    scale = jnp.where(large, _constant(0.25, a), _constant(1, a))
    x, y = a * scale, b * scale
    first = jnp.sqrt((jnp.abs(x) + floats.hypot(x, y)) * half)
    second = jnp.where(first == zero, zero, jnp.abs(y) / (first + first))
    back = jnp.where(large, _constant(2, a), _constant(1, a))
    right = ~jnp.signbit(a)
    real = jnp.where(right, first, second) * back
    imag = jnp.where(right, second, first) * back
    nan, infinite = jnp.isnan(a) | jnp.isnan(b), jnp.isinf(b)
    low, high = jnp.isinf(a) & ~right, jnp.isinf(a) & right
    real = jnp.where(nan, jnp.full_like(a, jnp.nan), real)
    imag = jnp.where(nan, jnp.full_like(a, jnp.nan), imag)
    real = jnp.where(low, jnp.where(jnp.isnan(b), b, zero), jnp.where(high, a, real))
    flat = jnp.where(jnp.isnan(b), b, zero)
    imag = jnp.where(low, jnp.full_like(a, jnp.inf), jnp.where(high, flat, imag))
    real = jnp.where(infinite, jnp.full_like(a, jnp.inf), real)
    imag = jnp.where(infinite, jnp.full_like(a, jnp.inf), imag)
    return lax.complex(real, jnp.copysign(imag, b))
