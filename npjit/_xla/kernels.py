"""Functions of float64 that XLA:CPU leaves to scalar code, in vectorizable steps.

XLA calls the C library's `log` and `cbrt` for one element after the other, five to
fifteen times slower than NumPy's vector loops; its own `expm1` is not accurate enough.
These are polynomials with a reduction of the argument [1]_, whose coefficients are
those of Taylor's series: a term or two more than the best ones have, and nothing to
look up. Each is traced once for a shape. tests/xla/test_kernels.py holds them to 2 ulp.

References
----------
.. [1] Muller, "Elementary Functions: Algorithms and Implementation", 3rd ed., 2016.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

__all__ = [
    "as_logarithm",
    "cbrt",
    "expm1",
    "log",
    "log_of",
    "polynomial",
    "power_of_two",
    "split",
]

_FRACTION = 52
_BIAS = 1023
_INFINITE = int(np.float64(np.inf).view(np.int64))
_INT64, _INT32, _FLOAT64 = (np.dtype(t) for t in ("int64", "int32", "float64"))
#: log(2) in two parts: a product of the first with an exponent is exact.
_LOG_2_HIGH = float(np.ldexp(np.rint(np.ldexp(np.log(2.0), 40)), -40))
_LOG_2_LOW = float(np.log(np.longdouble(2)) - np.longdouble(_LOG_2_HIGH))
#: log((1 + s) / (1 - s)) / s - 2, by powers of s * s.
_OF_LOG = [0.0, *(2 / (2 * k + 1) for k in range(1, 11))]
#: (exp(r) - 1 - r) / r**2, by powers of r.
_OF_EXP = [1 / math.factorial(k) for k in range(2, 15)]


def _int64(x: jax.Array) -> jax.Array:
    return lax.bitcast_convert_type(x, _INT64)


def _float64(bits: jax.Array) -> jax.Array:
    return lax.bitcast_convert_type(bits, _FLOAT64)


def polynomial(coefficients: Sequence[float], x: jax.Array) -> jax.Array:
    """Value of a polynomial, the constant coefficient first."""
    total = jnp.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total * x + jnp.full_like(x, c)
    return total


def power_of_two(exponent: jax.Array) -> jax.Array:
    """Return ``2**exponent`` of integral float64 between -1022 and 1023."""
    # Through int32: AVX2 has no conversion of float64 to int64.
    whole = lax.convert_element_type(exponent, _INT32)
    bits = lax.convert_element_type(whole, _INT64) + jnp.full(whole.shape, _BIAS)
    return _float64(lax.shift_left(bits, jnp.full_like(bits, _FRACTION)))


@jax.jit
def split(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return mantissa and exponent of positive finite float64.

    Parameters
    ----------
    x : jax.Array of float64
        Of others the parts are of no use.

    Returns
    -------
    mantissa, exponent : jax.Array of float64
        The mantissa lies between the roots of 1/2 and 2; the exponent is integral.
    """
    bits = _int64(x)
    # XLA:CPU takes subnormal numbers for zero; their bits are an int.
    tiny = bits < jnp.full_like(bits, 1 << _FRACTION)
    scaled = _int64(lax.convert_element_type(bits, _FLOAT64))
    bits = jnp.where(tiny, scaled, bits)
    above = bits - jnp.full_like(bits, int(np.float64(np.sqrt(0.5)).view(np.int64)))
    width = jnp.full_like(bits, _FRACTION)
    exponent = lax.shift_right_arithmetic(above, width)
    mantissa = _float64(bits - lax.shift_left(exponent, width))
    exponent = lax.convert_element_type(
        lax.convert_element_type(exponent, _INT32), _FLOAT64
    )
    less = jnp.where(tiny, jnp.full_like(x, 1022 + _FRACTION), jnp.zeros_like(x))
    return mantissa, exponent - less


def log(x: jax.Array) -> jax.Array:
    """Return the natural logarithm of float64."""
    return as_logarithm(log_of(*split(x)), x)


@jax.jit
def log_of(mantissa: jax.Array, exponent: jax.Array) -> jax.Array:
    """Return the logarithm of ``mantissa * 2**exponent``, parts as of `split`."""
    one = jnp.ones_like(mantissa)
    f = mantissa - one
    s = f / (mantissa + one)
    half = jnp.full_like(f, 0.5) * f * f
    # log(1 + f) is f - half + rest, and f, the largest term, has no error.
    rest = s * (half + polynomial(_OF_LOG, s * s))
    rest = rest + exponent * jnp.full_like(f, _LOG_2_LOW)
    return exponent * jnp.full_like(f, _LOG_2_HIGH) - ((half - rest) - f)


@jax.jit
def as_logarithm(result: jax.Array, x: jax.Array) -> jax.Array:
    """Return `result`, of some base, with what a logarithm is of other than numbers.

    Parameters
    ----------
    result, x : jax.Array of float64
        What was computed of the parts of `x`.
    """
    # By the bits: XLA:CPU takes subnormal numbers for zero.
    bits = _int64(x)
    zero, infinite = jnp.zeros_like(bits), jnp.full_like(bits, _INFINITE)
    usual = (bits > zero) & (bits < infinite)
    other = jnp.where(bits < zero, jnp.full_like(x, np.nan), x)
    is_zero = bits + bits == zero  # the sign is shifted out
    other = jnp.where(is_zero, jnp.full_like(x, -np.inf), other)
    return jnp.where(usual, result, other)


@jax.jit
def expm1(x: jax.Array) -> jax.Array:
    """Return ``exp(x) - 1`` of float64."""
    inside = jnp.clip(x, jnp.full_like(x, -60.0), jnp.full_like(x, 710.0))
    k = jnp.rint(inside * jnp.full_like(x, 1 / np.log(2.0)))
    r = inside - k * jnp.full_like(x, _LOG_2_HIGH)
    r = r - k * jnp.full_like(x, _LOG_2_LOW)
    less_one = r + r * r * polynomial(_OF_EXP, r)
    # Half of 2**k, which may be too large itself.
    half = power_of_two(k - jnp.ones_like(x))
    result = half * less_one + (half - jnp.full_like(x, 0.5))
    # Half of the smallest numbers would be flushed to zero.
    return jnp.where(jnp.abs(x) < jnp.full_like(x, 2.0**-54), x, result + result)


#: A third of an exponent's bits, less the bias, and what makes the estimate best.
_THIRD_OF_BIAS = 2 / 3 * _BIAS - 0.03306235651
#: (1 - d)**(-1/3), by powers of d.
_OF_ROOT = list(
    itertools.accumulate(range(1, 6), lambda c, k: c * (1 - 2 / 3 / k), initial=1.0)
)


@jax.jit
def cbrt(x: jax.Array) -> jax.Array:
    """Return the cube root of float64; exact for cubes."""
    size = jnp.abs(x)
    third = lax.convert_element_type(_int64(size), _FLOAT64) * jnp.full_like(x, 1 / 3)
    shift = jnp.full_like(x, _THIRD_OF_BIAS * 2.0**_FRACTION)
    root = _float64(lax.convert_element_type(third + shift, _INT64))
    # Within 3 percent; in this order nothing gets too large or small.
    d = jnp.ones_like(x) - root / size * root * root
    root = root * polynomial(_OF_ROOT, d)
    # 20 bits are right. Of 23 the square is exact, and Halley's step ends at the last.
    rounded = _int64(root) + jnp.full(x.shape, 1 << 29)
    root = _float64(rounded & jnp.full(x.shape, -1 << 30))
    quotient = size / (root * root)
    root = root + root * ((quotient - root) / (root + root + quotient))
    usual = (size > jnp.zeros_like(x)) & (size < jnp.full_like(x, np.inf))
    return jnp.where(usual, jnp.copysign(root, x), x)
