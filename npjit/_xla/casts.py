"""Casts between dtypes with the values of NumPy's ``astype(casting="unsafe")``.

Where a value does not fit, C leaves the cast undefined and NumPy returns what the
processor does. This module gives the results of NumPy on x86-64, on every device:

* float to int64 or int32: NaN and all that does not fit become the smallest int;
* float to 8 or 16 bits: through int32, then the low bits;
* float to uint64: 2**63 and above without the offset, the rest through int64;
* float to uint32: through int64, then the low bits. For values outside of
  (-2**31, 2**32) NumPy disagrees with itself: blocks of four contiguous elements give
  other values than what remains at the end or is strided. The latter are followed.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.exactness import is_exact

_INT64 = np.dtype(np.int64)
_SIGN_BIT_64 = 2.0**63


def cast(x: jax.Array, dtype: Any) -> jax.Array:
    """Return `x` in another dtype, as NumPy's ``x.astype(dtype, casting="unsafe")``.

    Parameters
    ----------
    x : jax.Array
        Any shape and dtype.
    dtype : dtype_like
        A bool, integer, floating or complex dtype of native byte order.

    Returns
    -------
    jax.Array
        Of the same shape; `x` itself if it has the dtype.
    """
    dtype = np.dtype(dtype)
    if x.dtype == dtype:
        return x
    if dtype.kind == "b":
        return x != jnp.zeros((), x.dtype)
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = jnp.real(x)
    if x.dtype.kind == "f" and dtype.kind in "iu":
        return _float_to_integer(x, dtype)
    if x.dtype == np.float64 and dtype == np.float16 and is_exact():
        return _double_to_half(x)
    return lax.convert_element_type(x, dtype)


def _float_to_integer(x: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    if x.dtype == np.float16:
        x = lax.convert_element_type(x, np.float32)
    if dtype == np.uint64:
        return _float_to_uint64(x)
    through = _INT64 if dtype.itemsize == 8 or dtype == np.uint32 else np.dtype("i4")
    return lax.convert_element_type(_truncate(x, through), dtype)


def _truncate(x: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    """Convert to int32 or int64; what does not fit becomes the smallest int."""
    low = np.iinfo(dtype).min
    whole = jnp.trunc(x)
    fits = (whole >= jnp.asarray(low, x.dtype)) & (whole < jnp.asarray(-low, x.dtype))
    inside = lax.convert_element_type(jnp.where(fits, x, jnp.zeros_like(x)), dtype)
    return jnp.where(fits, inside, jnp.asarray(low, dtype))


def _float_to_uint64(x: jax.Array) -> jax.Array:
    offset = jnp.asarray(_SIGN_BIT_64, x.dtype)
    high = x >= offset
    low_bits = _truncate(jnp.where(high, x - offset, x), _INT64)
    bits = lax.bitcast_convert_type(low_bits, np.uint64)
    return jnp.where(high, bits ^ jnp.asarray(2**63, np.uint64), bits)


def _double_to_half(x: jax.Array) -> jax.Array:
    """Round once: XLA goes through float32, which rounds twice.

    What float32 cannot hold is collected in its last bit (rounding to odd). float32 has
    more than two bits over float16, so the second rounding is then right.
    """
    bits = lax.bitcast_convert_type(x, np.uint64)
    rest = jnp.asarray((1 << 29) - 1, np.uint64)
    last, none = jnp.asarray(1 << 29, np.uint64), jnp.asarray(0, np.uint64)
    odd = (bits & ~rest) | jnp.where((bits & rest) != none, last, none)
    single = lax.convert_element_type(
        lax.bitcast_convert_type(odd, np.float64), np.float32
    )
    return lax.convert_element_type(single, np.float16)
