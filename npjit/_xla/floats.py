"""Functions of real floats that NumPy defines bit by bit: division, parts, neighbours.

Those that take a number apart work on its bits, so they are right for subnormals too,
which XLA:CPU's arithmetic flushes to zero.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import exact_multiply, exact_product, is_derivable

_HALF_KEEPS_FIRST = bool(np.signbit(np.nextafter(np.float16(-0.0), np.float16(0.0))))


def _zero(x: jax.Array) -> jax.Array:
    return jnp.zeros((), x.dtype)


def divmod_(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the quotient, rounded down, and the remainder with the sign of `b`."""
    if a.dtype == np.float16:
        wide = divmod_(cast(a, np.float32), cast(b, np.float32))
        return cast(wide[0], np.float16), cast(wide[1], np.float16)
    a, b = jnp.broadcast_arrays(a, b)
    one, half = jnp.ones((), a.dtype), jnp.asarray(0.5, a.dtype)
    rest = lax.rem(a, b)
    quotient = (a - rest) / b
    down = (rest != _zero(a)) & ((b < _zero(b)) != (rest < _zero(rest)))
    quotient = jnp.where(down, quotient - one, quotient)
    floor = jnp.floor(quotient)
    floor = jnp.where(quotient - floor > half, floor + one, floor)
    floor = jnp.where(
        quotient == _zero(a), jnp.copysign(jnp.zeros_like(a), a / b), floor
    )
    floor = jnp.where(b == _zero(b), a / b, floor)
    remainder = jnp.where(down, rest + b, rest)
    exact = jnp.where(rest == _zero(a), jnp.copysign(jnp.zeros_like(b), b), remainder)
    return floor, jnp.where(b == _zero(b), rest, exact)


def fmod(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the remainder with the sign of `a`; exact."""
    if a.dtype == np.float16:
        return cast(fmod(cast(a, np.float32), cast(b, np.float32)), np.float16)
    return lax.rem(*jnp.broadcast_arrays(a, b))


def maximum(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the larger, or NaN if one is; the zero of NumPy's vector loops."""
    return jnp.where(_ahead(a > b, a, b) | jnp.isnan(a), a, b)


def minimum(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the smaller, or NaN if one is; the zero of NumPy's vector loops."""
    return jnp.where(_ahead(a < b, a, b) | jnp.isnan(a), a, b)


def fmax(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the larger of those that are no NaN."""
    return jnp.where(_ahead(a > b, a, b) | jnp.isnan(b), a, b)


def fmin(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the smaller of those that are no NaN."""
    return jnp.where(_ahead(a < b, a, b) | jnp.isnan(b), a, b)


def _ahead(strictly: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    # Of 0.0 and -0.0 NumPy's loops return the second, for float16 the first.
    return strictly | (a == b) if a.dtype == np.float16 else strictly


def sign(x: jax.Array) -> jax.Array:
    """Return -1, 0 (never -0) or 1, or NaN."""
    return jnp.where(x == _zero(x), _zero(x), jnp.sign(x))


def heaviside(x: jax.Array, at_zero: jax.Array) -> jax.Array:
    """Return 0 below and 1 above zero, `at_zero` at zero, NaN for NaN."""
    step = jnp.where(x < _zero(x), _zero(x), jnp.ones((), x.dtype))
    step = jnp.where(x == _zero(x), at_zero, step)
    return jnp.where(jnp.isnan(x), x, step)


def modf(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the fraction and the whole part, both with the sign of `x`."""
    whole = jnp.trunc(x)
    fraction = jnp.where(jnp.isinf(x), jnp.zeros_like(x), x - whole)
    return jnp.copysign(fraction, x), whole


def _layout(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], int, int]:
    """Return the int of that size, the width of the fraction, the top exponent."""
    fraction = {2: 10, 4: 23, 8: 52}[dtype.itemsize]
    return (
        np.dtype(f"i{dtype.itemsize}"),
        fraction,
        2 ** (dtype.itemsize * 8 - fraction - 1) - 1,
    )


def nextafter(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the neighbour of `x` in the direction of `y`."""
    x, y = jnp.broadcast_arrays(x, y)
    ints, _, _ = _layout(x.dtype)
    low = jnp.asarray(np.iinfo(ints).min, ints)
    zero, one = jnp.zeros((), ints), jnp.ones((), ints)

    def ordered(value: jax.Array) -> jax.Array:
        bits = lax.bitcast_convert_type(value, ints)
        return jnp.where(bits < zero, low - bits, bits)

    here, there = ordered(x), ordered(y)
    moved = jnp.where(here < there, here + one, here - one)
    negative = (moved < zero) | ((moved == zero) & (here < zero))
    bits = jnp.where(negative, low - moved, moved)
    # Of equal zeros C returns the second, as NumPy 2.5 does for float16, 2.4 the first.
    equal = x if x.dtype == np.float16 and _HALF_KEEPS_FIRST else y
    result = jnp.where(here == there, equal, lax.bitcast_convert_type(bits, x.dtype))
    if is_derivable():
        result = _moved(x, result)
    nan = jnp.isnan(x) | jnp.isnan(y)
    return jnp.where(nan, jnp.full_like(x, jnp.nan), result)


def _moved(x: jax.Array, result: jax.Array) -> jax.Array:
    """`result`, with the derivative of `x`."""
    distance = jnp.where(jnp.isfinite(x), x - lax.stop_gradient(x), _zero(x))
    return result + distance


def spacing(x: jax.Array) -> jax.Array:
    """Return the distance to the next number away from zero, with the sign of `x`.

    For float16 NumPy gives the distance to the next larger number.
    """
    if x.dtype == np.float16:
        infinity = jnp.full_like(x, jnp.inf)
        step = nextafter(x, infinity) - x
        return jnp.where(jnp.isinf(x), jnp.full_like(x, jnp.nan), step)
    ints, fraction, _ = _layout(x.dtype)
    bits = lax.bitcast_convert_type(jnp.abs(x), ints)
    shift, zero = jnp.full_like(bits, fraction), jnp.zeros_like(bits)
    exponent = lax.shift_right_logical(bits, shift)
    normal = lax.shift_left(exponent - shift, shift)
    one = jnp.ones_like(bits)
    subnormal = lax.shift_left(one, jnp.maximum(exponent - one, zero))
    step = jnp.where(exponent > shift, normal, subnormal)
    step = lax.bitcast_convert_type(step, x.dtype)
    limit = jnp.asarray(np.finfo(x.dtype).max, x.dtype)
    step = jnp.where(jnp.abs(x) == limit, jnp.full_like(step, jnp.inf), step)
    step = jnp.where(bits == zero, step, jnp.copysign(step, x))
    return jnp.where(jnp.isfinite(x), step, jnp.full_like(x, jnp.nan))


def frexp(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return mantissa in [0.5, 1) and int32 exponent; inf and NaN with exponent 0."""
    ints, fraction, top = _layout(x.dtype)
    bits = lax.bitcast_convert_type(x, ints)
    sign = bits & jnp.asarray(np.iinfo(ints).min, ints)
    size = bits ^ sign
    # A subnormal is shifted until its leading bit is where that of a normal is implied.
    shift = lax.clz(size) - jnp.asarray(ints.itemsize * 8 - fraction - 1, ints)
    shift = jnp.maximum(shift, jnp.zeros((), ints))
    exponent = lax.shift_right_logical(size, jnp.full_like(size, fraction))
    subnormal = exponent == jnp.zeros((), ints)
    size = jnp.where(subnormal, lax.shift_left(size, shift), size)
    exponent = jnp.where(subnormal, jnp.ones((), ints) - shift, exponent)
    half = top // 2 - 1
    digits = size & jnp.asarray(2**fraction - 1, ints)
    mantissa = sign | jnp.asarray(half << fraction, ints) | digits
    plain = jnp.isfinite(x) & (bits != sign)
    mantissa = lax.bitcast_convert_type(mantissa, x.dtype)
    exponent = cast(exponent, np.int32) - jnp.asarray(half, np.int32)
    if is_derivable():
        mantissa = ldexp(x, -exponent)
    mantissa = jnp.where(plain, mantissa, x)
    return mantissa, jnp.where(plain, exponent, jnp.zeros((), np.int32))


def ldexp(x: jax.Array, exponent: jax.Array) -> jax.Array:
    """Return ``x * 2**exponent``, rounded once."""
    if x.dtype == np.float16:
        return cast(ldexp(cast(x, np.float32), exponent), np.float16)
    ints, fraction, top = _layout(x.dtype)
    most = jnp.asarray(top // 3, exponent.dtype)
    # Factors of one direction: an early overflow is a final one. Two may not suffice.
    for _ in range(3):
        part = jnp.clip(exponent, -most, most)
        exponent = exponent - part
        biased = cast(part, ints) + jnp.asarray(top // 2, ints)
        bits = lax.shift_left(biased, jnp.full_like(biased, fraction))
        x = x * lax.bitcast_convert_type(bits, x.dtype)
    return x


def hypot(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return ``sqrt(a**2 + b**2)`` of real arrays; C's `hypot`, within one ulp.

    Integers that form a Pythagorean triple give an exact result.
    """
    if a.dtype != np.float64:
        return _wide_hypot(a, b)
    a, b = jnp.abs(a), jnp.abs(b)
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    infinite = jnp.isinf(a) | jnp.isinf(b)
    # A power of two: scaling rounds nothing and keeps the squares in range.
    bits = lax.bitcast_convert_type(large, np.int64) & jnp.asarray(
        0x7FF << 52, np.int64
    )
    scale = lax.bitcast_convert_type(bits, np.float64)
    scale = jnp.where(scale == jnp.zeros_like(scale), jnp.ones_like(scale), scale)
    x, y = large / scale, small / scale
    (xx, of_x), (yy, of_y) = exact_multiply(x, x), exact_multiply(y, y)
    size = jnp.sqrt(xx + yy)
    # One step of Newton's method, with all errors, gets the last bit right.
    square, of_square = exact_multiply(size, size)
    rest = ((xx - square) + yy) + ((of_x + of_y) - of_square)
    size = jnp.where(size == jnp.zeros_like(size), size, size + rest / (size + size))
    return jnp.where(
        infinite, jnp.full_like(size, jnp.inf), exact_product(size * scale)
    )


def _wide_hypot(a: jax.Array, b: jax.Array) -> jax.Array:
    x, y = (lax.convert_element_type(part, np.float64) for part in (a, b))
    size = jnp.sqrt(exact_product(x * x) + exact_product(y * y))
    infinite = jnp.isinf(x) | jnp.isinf(y)
    size = jnp.where(infinite, jnp.full_like(size, jnp.inf), size)
    return lax.convert_element_type(size, a.dtype)
