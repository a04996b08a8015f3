"""Integer arithmetic where C and XLA leave the result open and NumPy does not."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast


def _constant(value: int, like: jax.Array) -> jax.Array:
    return jnp.asarray(value, like.dtype)


def divmod_(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return quotient, rounded down, and remainder; 0 and 0 for a zero divisor."""
    quotient, rest = divmod_truncated(a, b)
    if a.dtype.kind == "u":
        return quotient, rest
    zero, one = _constant(0, a), _constant(1, a)
    down = (rest != zero) & ((rest < zero) != (b < zero))
    return jnp.where(down, quotient - one, quotient), jnp.where(down, rest + b, rest)


def divmod_truncated(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return quotient, rounded to zero, and remainder; 0 and 0 for a zero divisor.

    The smallest int divided by -1 is itself.
    """
    a, b = jnp.broadcast_arrays(a, b)
    zero, one = _constant(0, a), _constant(1, a)
    safe = jnp.where(b == zero, one, b)
    if a.dtype.kind == "i":
        minus_one = b == _constant(-1, b)
        safe = jnp.where(minus_one, one, safe)
    quotient, rest = lax.div(a, safe), lax.rem(a, safe)
    if a.dtype.kind == "i":
        quotient = jnp.where(minus_one, -a, quotient)
    return jnp.where(b == zero, zero, quotient), jnp.where(b == zero, zero, rest)


def power(base: jax.Array, exponent: jax.Array) -> jax.Array:
    """Return ``base ** exponent`` modulo 2**bits; exponents must not be negative.

    NumPy raises for negative ones; here they give 1.
    """
    base, exponent = jnp.broadcast_arrays(base, exponent)
    zero, one = _constant(0, base), _constant(1, base)

    def step(
        state: tuple[jax.Array, jax.Array, jax.Array],
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        result, square, rest = state
        result = jnp.where((rest & one) == one, result * square, result)
        return result, square * square, lax.shift_right_logical(rest, one_like)

    one_like = jnp.ones_like(exponent)
    start = (jnp.ones_like(base), base, jnp.maximum(exponent, zero))
    return lax.while_loop(lambda state: jnp.any(state[2] > zero), step, start)[0]


def left_shift(a: jax.Array, count: jax.Array) -> jax.Array:
    """Return ``a << count``; 0 where the count is negative or too large."""
    a, count = jnp.broadcast_arrays(a, count)
    inside, safe = _shift_count(count)
    return jnp.where(inside, lax.shift_left(a, safe), jnp.zeros_like(a))


def right_shift(a: jax.Array, count: jax.Array) -> jax.Array:
    """Return ``a >> count``; 0 or -1 where the count is negative or too large."""
    a, count = jnp.broadcast_arrays(a, count)
    inside, safe = _shift_count(count)
    if a.dtype.kind == "u":
        return jnp.where(inside, lax.shift_right_logical(a, safe), jnp.zeros_like(a))
    filled = jnp.where(a < _constant(0, a), _constant(-1, a), _constant(0, a))
    return jnp.where(inside, lax.shift_right_arithmetic(a, safe), filled)


def _shift_count(count: jax.Array) -> tuple[jax.Array, jax.Array]:
    zero = _constant(0, count)
    inside = (count >= zero) & (count < _constant(count.dtype.itemsize * 8, count))
    return inside, jnp.where(inside, count, zero)


def _magnitude(a: jax.Array) -> jax.Array:
    """Return ``abs(a)`` as unsigned, so that the smallest int has one."""
    unsigned = np.dtype(f"u{a.dtype.itemsize}")
    return lax.convert_element_type(jnp.abs(a) if a.dtype.kind == "i" else a, unsigned)


def gcd(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the greatest common divisor of the absolute values."""
    return cast(_gcd(_magnitude(a), _magnitude(b)), a.dtype)


def _gcd(a: jax.Array, b: jax.Array) -> jax.Array:
    zero = _constant(0, a)

    def step(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        large, small = state
        done = small == zero
        rest = lax.rem(large, jnp.where(done, jnp.ones_like(small), small))
        return jnp.where(done, large, small), jnp.where(done, zero, rest)

    large, small = jnp.broadcast_arrays(a, b)
    return lax.while_loop(
        lambda state: jnp.any(state[1] != zero), step, (large, small)
    )[0]


def lcm(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the least common multiple of the absolute values, modulo 2**bits."""
    x, y = _magnitude(a), _magnitude(b)
    divisor = _gcd(x, y)
    safe = jnp.where(divisor == _constant(0, divisor), jnp.ones_like(divisor), divisor)
    return cast(lax.div(jnp.broadcast_to(x, safe.shape), safe) * y, a.dtype)


def bit_count(a: jax.Array) -> jax.Array:
    """Return the number of one bits of the absolute value, as uint8."""
    if a.dtype.kind == "b":
        return cast(a, np.uint8)
    return cast(lax.population_count(_magnitude(a)), np.uint8)


def reciprocal(a: jax.Array) -> jax.Array:
    """Return ``1 / a`` rounded to zero; for 0 what C makes of an infinity."""
    one = jnp.ones((), np.float64)
    return cast(one / cast(a, np.float64), a.dtype)


def compare_mixed(compare: Callable[..., Any], a: jax.Array, b: jax.Array) -> jax.Array:
    """Compare int64 with uint64 by value.

    Parameters
    ----------
    compare : callable
        A comparison of two arrays of one dtype.
    a, b : jax.Array
        One of int64, the other of uint64.

    Returns
    -------
    jax.Array of bool
        ``compare(a, b)`` in exact integers.
    """
    if a.dtype.kind == "i":
        low = jnp.broadcast_to(
            a < _constant(0, a), jnp.broadcast_shapes(a.shape, b.shape)
        )
        below = compare(_constant(0, b), _constant(1, b))
        return jnp.where(low, below, compare(lax.convert_element_type(a, b.dtype), b))
    low = jnp.broadcast_to(b < _constant(0, b), jnp.broadcast_shapes(a.shape, b.shape))
    above = compare(_constant(1, a), _constant(0, a))
    return jnp.where(low, above, compare(a, lax.convert_element_type(b, a.dtype)))
