"""Arithmetic of complex numbers with the bits of NumPy's loops.

XLA's own complex operations use other formulas. Here each is written in real and
imaginary parts, in NumPy's order of operations. Where the processor has a fused
multiply-add, NumPy's vector loops use it for products and absolute values; NumPy is
asked whether it does. (It does not for complex64 operands with negative strides: there
NumPy's result depends on the layout, and the contiguous one is followed.)
"""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.exactness import exact_product, fused_multiply_add
from npjit._xla.floats import hypot


@cache
def numpy_fuses(dtype: np.dtype[Any]) -> bool:
    """Whether NumPy's complex loops round ``a * b + c`` once.

    Parameters
    ----------
    dtype : np.dtype
        complex64 or complex128.

    Returns
    -------
    bool
        True if the real part of ``(0.1 + 0.1j) ** 2`` is not 0 but a rounding error.
    """
    return bool(np.square(np.full(8, 0.1 + 0.1j, dtype)).real.all())


def _multiply_add(a: jax.Array, b: jax.Array, c: jax.Array) -> jax.Array:
    """Return ``a * b + c`` with the rounding of NumPy's complex loops."""
    if numpy_fuses(np.result_type(a.dtype, np.complex64)):
        return fused_multiply_add(a, b, c)
    return exact_product(a * b) + c


def parts(z: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the real and the imaginary part.

    Parameters
    ----------
    z : jax.Array
        Complex.

    Returns
    -------
    tuple of jax.Array
        Both of the real dtype of half the size.
    """
    return lax.real(z), lax.imag(z)


def add(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the sum of two complex arrays of one dtype.

    In parts, as the difference is: MLIR takes ``(x + y) - y`` of complex numbers for
    ``x``.
    """
    (a, b), (c, d) = parts(x), parts(y)
    return lax.complex(a + c, b + d)


def subtract(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the difference of two complex arrays of one dtype."""
    (a, b), (c, d) = parts(x), parts(y)
    return lax.complex(a - c, b - d)


def multiply(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the product of two complex arrays of one dtype."""
    (a, b), (c, d) = parts(x), parts(y)
    a, b, c, d = jnp.broadcast_arrays(a, b, c, d)
    real = _multiply_add(a, c, -exact_product(b * d))
    imag = _multiply_add(a, d, exact_product(b * c))
    return lax.complex(real, imag)


def multiply_by_real(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the product of two complex arrays, one of which was real.

    Each part is a product, to which a zero is added (NaN, where a number is not
    finite): it is all the same whether that is rounded once or twice.
    """
    (a, b), (c, d) = parts(x), parts(y)
    return lax.complex(a * c - b * d, a * d + b * c)


def square(z: jax.Array) -> jax.Array:
    """Return ``z * z`` of a complex array."""
    a, b = parts(z)
    cross = exact_product(a * b)
    return lax.complex(_multiply_add(a, a, -exact_product(b * b)), cross + cross)


def divide(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the quotient of two complex arrays of one dtype (Smith's algorithm)."""
    (a, b), (c, d) = parts(x), parts(y)
    wide = jnp.abs(c) >= jnp.abs(d)
    large, small = jnp.where(wide, c, d), jnp.where(wide, d, c)
    ratio = small / large
    size = large + exact_product(small * ratio)
    # The reciprocal of a huge number is subnormal: XLA:CPU would flush it to zero.
    limit = jnp.asarray(0.25 * float(np.finfo(size.dtype).max), size.dtype)
    less = jnp.where(jnp.abs(size) > limit, 2.0**-9, 1.0).astype(size.dtype)
    scale = jnp.ones_like(size) / (size * less)
    first, second = jnp.where(wide, a, b), jnp.where(wide, b, a)
    cross = exact_product(first * ratio)
    real = (first + exact_product(second * ratio)) * less * scale
    imag = jnp.where(wide, second - cross, cross - second) * less * scale
    by_zero = (c == jnp.zeros_like(c)) & (d == jnp.zeros_like(d))
    size = jnp.abs(c)
    real = jnp.where(by_zero, a / size, real)
    imag = jnp.where(by_zero, b / size, imag)
    return lax.complex(exact_product(real), exact_product(imag))


def reciprocal(z: jax.Array) -> jax.Array:
    """Return ``1 / z`` of a complex array."""
    a, b = parts(z)
    wide = jnp.abs(a) >= jnp.abs(b)
    large, small = jnp.where(wide, a, b), jnp.where(wide, b, a)
    ratio = small / large
    size = large + exact_product(small * ratio)
    unit, share = jnp.ones_like(size) / size, ratio / size
    return lax.complex(jnp.where(wide, unit, share), -jnp.where(wide, share, unit))


def absolute(z: jax.Array) -> jax.Array:
    """Return the absolute value of a complex array, as a real one."""
    a, b = (jnp.abs(part) for part in parts(z))
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    zero, one = jnp.zeros_like(large), jnp.ones_like(large)
    ratio = jnp.where(large == zero, zero, small / large)
    size = exact_product(jnp.sqrt(_multiply_add(ratio, ratio, one)) * large)
    infinite = jnp.isinf(a) | jnp.isinf(b)
    return jnp.where(infinite, jnp.full_like(size, jnp.inf), size)


def sign(z: jax.Array) -> jax.Array:
    """Return ``z / abs(z)``, 0 for 0 and a unit for a part that is infinite alone."""
    a, b = parts(z)
    size = hypot(a, b)
    zero, nan = jnp.zeros_like(a), jnp.full_like(a, jnp.nan)
    unknown = jnp.isnan(size) | (jnp.isinf(a) & jnp.isinf(b))

    def component(part: jax.Array) -> jax.Array:
        unit = jnp.where(jnp.isinf(part), jnp.copysign(jnp.ones_like(part), part), zero)
        value = jnp.where(jnp.isinf(size), unit, part / size)
        value = jnp.where(size == zero, zero, value)
        return jnp.where(unknown, nan, value)

    return lax.complex(component(a), component(b))


def less(x: jax.Array, y: jax.Array) -> jax.Array:
    """Whether ``x < y`` in NumPy's order: real parts first; NaN as NumPy's loops."""
    (a, b), (c, d) = parts(x), parts(y)
    known = ~jnp.isnan(b) & ~jnp.isnan(d)
    return ((a < c) & known) | ((a == c) & (b < d))


def less_equal(x: jax.Array, y: jax.Array) -> jax.Array:
    """Whether ``x <= y`` in NumPy's order: real parts first; NaN as NumPy's loops."""
    (a, b), (c, d) = parts(x), parts(y)
    known = ~jnp.isnan(b) & ~jnp.isnan(d)
    return ((a < c) & known) | ((a == c) & (b <= d))
