"""JAX rules of mathematical functions that are no ufuncs (chapter: functional).

Rules receive one array and canonical keywords; `dtype` is that of NumPy's result.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import is_derivable
from npjit._xla.rules import rule
from npjit._xla.rules._apply import apply
from npjit._xla.rules.linalg import full_precision


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
        real, imag = (round_(x, decimals=decimals, dtype=x.dtype) for x in _parts(a))
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


@rule(np.i0)
def i0(x: jax.Array) -> jax.Array:
    """Modified Bessel function of order zero, by the series that NumPy sums up."""
    wide = x if x.dtype.kind == "f" else cast(x, np.dtype(np.float64))
    return jax.scipy.special.i0(wide)


# Sliding products -------------------------------------------------------------------


def _sliding(a: jax.Array, v: jax.Array, mode: str) -> jax.Array:
    """Sums of products of `v` with each stretch of `a`, which is not shorter."""
    n = v.shape[0]
    left, right = {"full": (n - 1, n - 1), "same": (n // 2, n - 1 - n // 2)}.get(
        mode, (0, 0)
    )
    result = full_precision(lax.conv_general_dilated)(
        a[None, None], v[None, None], window_strides=(1,), padding=[(left, right)]
    )
    return result[0, 0]


@rule(np.convolve)
def convolve(a: jax.Array, v: jax.Array, *, mode: str = "full") -> jax.Array:
    """Convolution of two vectors of one dtype."""
    longer, shorter = (a, v) if a.size >= v.size else (v, a)
    return _sliding(jnp.ravel(longer), jnp.flip(jnp.ravel(shorter)), mode)


@rule(np.correlate)
def correlate(a: jax.Array, v: jax.Array, *, mode: str = "valid") -> jax.Array:
    """Correlation of two vectors of one dtype."""
    a, v = jnp.ravel(a), apply(np.conjugate, jnp.ravel(v))
    if a.size >= v.size:
        return _sliding(a, v, mode)
    return jnp.flip(_sliding(v, a, mode))


# Interpolation ----------------------------------------------------------------------


@rule(np.interp)
def interp(
    x: jax.Array,
    xp: jax.Array,
    fp: jax.Array,
    *,
    left: jax.Array | None = None,
    right: jax.Array | None = None,
) -> jax.Array:
    """Values between the points of a piecewise linear function, in double precision.

    Parameters
    ----------
    x : jax.Array
        Any shape.
    xp, fp : jax.Array
        Shape (n,), `xp` in ascending order; of another order NumPy's result depends on
        where its search begins.
    left, right : jax.Array, optional
        What stands before the first point, and beyond the last.
    """
    x, xp = (cast(a, np.dtype(np.float64)) for a in (x, xp))
    dtype = np.dtype(np.complex128 if fp.dtype.kind == "c" else np.float64)
    fp = cast(fp, dtype)
    last = xp.shape[0] - 1
    ends = [fp[0] if left is None else left, fp[-1] if right is None else right]
    before, beyond = (cast(jnp.asarray(end), dtype) for end in ends)  # or bools
    if last and is_derivable():
        return _with_slopes(x, xp, fp, before, beyond)
    y = fp[0]
    if last:
        k = _intervals(x.reshape(-1), xp).reshape(x.shape)
        y = jnp.where(k == last, fp[-1], _between(x, xp, fp, jnp.clip(k, 0, last - 1)))
    y = jnp.where(x < xp[0], before, jnp.where(x > xp[-1], beyond, y))
    return jnp.where(jnp.isnan(x), cast(x, dtype), y) if last else y


def _with_slopes(x: jax.Array, xp: jax.Array, *values: jax.Array) -> jax.Array:
    """The function, which at a point has the slope of a line next to it."""
    if values[0].dtype.kind != "c":
        return jnp.interp(x, xp, *values)
    both = zip(*map(_parts, values), strict=True)
    return lax.complex(*(jnp.interp(x, xp, *part) for part in both))


def _intervals(x: jax.Array, xp: jax.Array) -> jax.Array:
    """For each number the last point that does not lie beyond it."""

    def halve() -> jax.Array:
        return jnp.searchsorted(xp, x, side="right") - 1

    def merge() -> jax.Array:  # 1e6 numbers and 100 points: 5 ms, by halving 20
        starts = jnp.searchsorted(x, xp, side="left")
        counts = jnp.zeros(x.size + 1, starts.dtype).at[starts].add(1)
        return jnp.cumsum(counts, dtype=starts.dtype)[:-1] - 1

    if xp.size > x.size:
        return halve()
    return lax.cond(jnp.all(x[1:] >= x[:-1]), merge, halve)


def _between(x: jax.Array, xp: jax.Array, fp: jax.Array, k: jax.Array) -> jax.Array:
    """The line through a point and the next one, as NumPy's loops compute it."""
    run = xp[1:] - xp[:-1]
    if fp.dtype.kind != "c":
        return _on_line(x, xp, fp, k, apply(np.divide, fp[1:] - fp[:-1], run))
    share = apply(np.divide, jnp.ones_like(run), run)
    return lax.complex(
        *(
            _on_line(x, xp, part, k, apply(np.multiply, part[1:] - part[:-1], share))
            for part in _parts(fp)
        )
    )


def _parts(z: jax.Array) -> list[jax.Array]:
    return [lax.real(z), lax.imag(z)]


def _on_line(
    x: jax.Array, xp: jax.Array, fp: jax.Array, k: jax.Array, slopes: jax.Array
) -> jax.Array:
    slope, low, high = slopes[k], fp[k], fp[k + 1]
    y = apply(np.multiply, slope, x - xp[k]) + low
    # An infinite slope gives NaN at one end, perhaps not at the other.
    other = apply(np.multiply, slope, x - xp[k + 1]) + high
    other = jnp.where(jnp.isnan(other) & (low == high), low, other)
    y = jnp.where(jnp.isnan(y), other, y)
    return jnp.where(x == xp[k], low, y)
