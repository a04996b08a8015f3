"""Trigonometric functions and their inverses, in vectorizable steps.

XLA:CPU calls the C library for one element after the other (8 ns for `sin`, 30 for
`tan`). Here angles are reduced by multiples of pi / 2 in several parts [1]_, which is
exact up to a million; an array that holds a larger one is left to XLA. Coefficients are
those of Taylor's series, as in `npjit/_xla/kernels.py`. float32 is computed in float64.

References
----------
.. [1] Cody, Waite, "Software Manual for the Elementary Functions", 1980.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import exact_sum
from npjit._xla.kernels import polynomial
from npjit._xla.tiles import reduce_tiles

__all__ = ["arccos", "arcsin", "arctan", "arctan2", "cos", "sin", "tan"]

Function = Callable[[jax.Array], jax.Array]
_Parts = tuple[jax.Array, jax.Array, jax.Array]

#: Up to here the multiple of pi / 2 has 20 bits.
_MAX_ANGLE: Final = 1e6
#: To look for large angles in fewer elements takes as long as their sines.
_MIN_SIZE: Final = 512
#: pi / 2 * 2**160.
_HALF_PI: Final = 0x1921FB54442D18469898CC51701B839A252049C11
#: pi / 2 in parts, of 33 bits but the last: a product with 20 bits is exact.
_PARTS: Final = [
    math.ldexp(_HALF_PI >> low & (1 << 33) - 1, low - 160) for low in (128, 95, 62, 29)
]
_HALF_PI_HIGH: Final = math.pi / 2
_HALF_PI_LOW: Final = (_HALF_PI - int(math.ldexp(_HALF_PI_HIGH, 160))) / 2.0**160
#: sin(r) / r - 1 without its factor r**2, and (cos(r) - 1 + r**2 / 2) / r**4.
_OF_SIN: Final = [(-1) ** k / math.factorial(2 * k + 1) for k in range(1, 10)]
_OF_COS: Final = [(-1) ** k / math.factorial(2 * k) for k in range(2, 10)]
#: arctan(s) / s - 1 without its factor s**2, by powers of s * s.
_OF_ARCTAN: Final = [(-1) ** k / (2 * k + 1) for k in range(1, 22)]
_EIGHTH: Final = math.tan(math.pi / 8)


def _full(x: jax.Array, value: float) -> jax.Array:
    return jnp.full_like(x, value)


# -- angles --------------------------------------------------------------------------


def _reduced(x: jax.Array) -> _Parts:
    """Return the nearest multiple of pi / 2 and the rest of an angle, in two parts."""
    k = jnp.rint(x * _full(x, 2 / math.pi))
    first, second, *rest = (k * _full(x, part) for part in _PARTS)
    total, error = exact_sum(x - first, -second)
    low = error - (rest[0] + rest[1])
    high = total + low
    return lax.convert_element_type(k, np.int32), high, (total - high) + low


def _sin_cos(r: jax.Array, low: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return sine and cosine of ``r + low``, at most pi / 4."""
    square = r * r
    sin = r + (r * square * polynomial(_OF_SIN, square) + low)
    half = _full(r, 0.5) * square
    most = jnp.ones_like(r) - half
    rest = square * square * polynomial(_OF_COS, square) - r * low
    return sin, most + ((jnp.ones_like(r) - most - half) + rest)


def _quadrant(k: jax.Array, bit: int) -> jax.Array:
    return (k & jnp.full_like(k, bit)) != jnp.zeros_like(k)


@jax.jit
def _sin(x: jax.Array) -> jax.Array:
    k, r, low = _reduced(x)
    sin, cos = _sin_cos(r, low)
    result = jnp.where(_quadrant(k, 1), cos, sin)
    result = jnp.where(_quadrant(k, 2), -result, result)
    return jnp.where(jnp.abs(x) < _full(x, 2.0**-27), x, result)


@jax.jit
def _cos(x: jax.Array) -> jax.Array:
    k, r, low = _reduced(x)
    sin, cos = _sin_cos(r, low)
    result = jnp.where(_quadrant(k, 1), sin, cos)
    return jnp.where(_quadrant(k + jnp.ones_like(k), 2), -result, result)


@jax.jit
def _tan(x: jax.Array) -> jax.Array:
    k, r, low = _reduced(x)
    sin, cos = _sin_cos(r, low)
    odd = _quadrant(k, 1)
    result = jnp.where(odd, -cos, sin) / jnp.where(odd, sin, cos)
    return jnp.where(jnp.abs(x) < _full(x, 2.0**-27), x, result)


def _unless_large(kernel: Function, xla: Function) -> Function:
    """Return `kernel` for arrays of small angles, `xla` for others."""

    def compute(x: jax.Array) -> jax.Array:
        return cast(kernel(cast(x, np.float64)), x.dtype)

    @wraps(xla)
    def choose(x: jax.Array) -> jax.Array:
        if x.size < _MIN_SIZE:
            return xla(x)
        # Infinity is large, too, and NaN makes NaN in either.
        large = jnp.abs(x) > _full(x, _MAX_ANGLE)
        any_large = reduce_tiles(
            large, np.asarray(False), lax.bitwise_or, tuple(range(x.ndim))
        )
        return lax.cond(any_large, xla, compute, x)

    return choose


sin, cos = _unless_large(_sin, jnp.sin), _unless_large(_cos, jnp.cos)
tan = _unless_large(_tan, jnp.tan)


# -- inverses ------------------------------------------------------------------------


def _arctan_of(above: jax.Array, below: jax.Array) -> jax.Array:
    """Return the inverse tangent of ``above / below``, of positive finite numbers.

    `above` is the smaller one. Of more than 22.5 degrees 45 are taken away.
    """
    far = above > below * _full(above, _EIGHTH)
    s = jnp.where(far, above - below, above) / jnp.where(far, above + below, below)
    square = s * s
    angle = s * square * polynomial(_OF_ARCTAN, square)
    half_low = jnp.where(far, _full(s, _HALF_PI_LOW / 2), jnp.zeros_like(s))
    half_high = jnp.where(far, _full(s, _HALF_PI_HIGH / 2), jnp.zeros_like(s))
    return half_high + (s + (angle + half_low))


def _right_less(angle: jax.Array) -> jax.Array:
    """Return pi / 2 less an angle."""
    return _full(angle, _HALF_PI_HIGH) - (angle - _full(angle, _HALF_PI_LOW))


@jax.jit
def _arctan(x: jax.Array) -> jax.Array:
    size, one = jnp.abs(x), jnp.ones_like(x)
    steep = size > one
    # Beyond 2**60 it is pi / 2; infinity would make NaN.
    size = jnp.minimum(size, _full(x, 2.0**60))
    angle = _arctan_of(jnp.where(steep, one, size), jnp.where(steep, size, one))
    angle = jnp.copysign(jnp.where(steep, _right_less(angle), angle), x)
    return jnp.where(jnp.abs(x) < _full(x, 2.0**-27), x, angle)


@jax.jit
def _arctan2(y: jax.Array, x: jax.Array) -> jax.Array:
    a, b = jnp.abs(y), jnp.abs(x)
    # A sum of two large numbers might overflow.
    scale = jnp.where(jnp.maximum(a, b) > _full(a, 2.0**1000), 0.25, 1.0)
    large, small = jnp.maximum(a, b) * scale, jnp.minimum(a, b) * scale
    # Of two zeros the ratio is 0, of two infinities 1.
    alike = jnp.isinf(small) | (large == jnp.zeros_like(large))
    above = jnp.where(jnp.isinf(small), jnp.ones_like(small), small)
    angle = _arctan_of(above, jnp.where(alike, jnp.ones_like(large), large))
    angle = jnp.where(jnp.isinf(large) & ~jnp.isinf(small), jnp.zeros_like(a), angle)
    angle = jnp.where(a > b, _right_less(angle), angle)
    back = _full(a, math.pi) - (angle - _full(a, 2 * _HALF_PI_LOW))
    angle = jnp.copysign(jnp.where(jnp.signbit(x), back, angle), y)
    return jnp.where(jnp.isnan(x) | jnp.isnan(y), x + y, angle)


@jax.jit
def _arcsin(x: jax.Array) -> jax.Array:
    one = jnp.ones_like(x)
    angle = _arctan(x / (one + jnp.sqrt((one - x) * (one + x))))
    return jnp.where(jnp.abs(x) < _full(x, 2.0**-27), x, angle + angle)


@jax.jit
def _arccos(x: jax.Array) -> jax.Array:
    one = jnp.ones_like(x)
    angle = _arctan(jnp.sqrt((one - x) / (one + x)))
    return angle + angle


def _widened(kernel: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Return `kernel` of float64 for float32 as well."""

    @wraps(kernel)
    def compute(*operands: jax.Array) -> jax.Array:
        result = kernel(*(cast(x, np.float64) for x in operands))
        return cast(result, operands[0].dtype)

    return compute


arctan, arctan2 = _widened(_arctan), _widened(_arctan2)
arcsin, arccos = _widened(_arcsin), _widened(_arccos)
