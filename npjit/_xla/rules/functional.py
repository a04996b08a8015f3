"""JAX rules of mathematical functions that are no ufuncs (chapter: functional).

Rules receive one array and canonical keywords; `dtype` is that of NumPy's result.
"""

from __future__ import annotations

import jax
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.rules import rule
from npjit._xla.rules._apply import apply


@rule(np.round, np.around)
def round_(a: jax.Array, *, decimals: int = 0, dtype: np.dtype) -> jax.Array:
    """Numbers rounded to a place after, or before, the decimal point.

    Parameters
    ----------
    a : jax.Array
        Any shape; complex numbers are rounded part by part.
    decimals : int
        As for `numpy.round`.
    dtype : np.dtype
        That of `a`, float16 for bools.

    Returns
    -------
    jax.Array
        ``rint(a * 10**decimals) / 10**decimals``, as NumPy computes it.
    """
    if a.dtype.kind == "c":
        parts = [lax.real(a), lax.imag(a)]
        real, imag = (round_(x, decimals=decimals, dtype=x.dtype) for x in parts)
        return lax.complex(real, imag)
    if dtype.kind in "iu" and decimals >= 0:
        return a
    inside = np.dtype(np.float64) if dtype.kind in "iu" else dtype
    x = cast(a, inside)
    if decimals == 0:
        return apply(np.rint, x)
    with np.errstate(over="ignore"):  # 1e5 is infinite in float16, for NumPy too
        scale = np.asarray(10.0 ** abs(decimals)).astype(inside)
    there, back = (np.multiply, np.divide) if decimals > 0 else (np.divide, np.multiply)
    scales = lax.broadcast(scale, x.shape)
    return cast(apply(back, apply(np.rint, apply(there, x, scales)), scales), dtype)
