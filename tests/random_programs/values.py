"""Input arrays of random programs: a shape, a dtype, a layout, values from a seed.

`small` makes integers of at most 4 in magnitude, also for floats: then sums are exact
in any order, and XLA's equal NumPy's bit for bit. `special` has NaN, infinities, zeros
of both signs and extremes too.
"""

import numpy as np

DTYPES = ("float64", "float32", "int64", "int32", "bool", "uint8", "complex128")
LAYOUTS = ("C", "F", "transposed", "reversed", "strided")
_SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 0.0, 1e300, -1e-3, 0.1, 1.5)


def small(rng, shape, dtype, layout="C"):
    return _lay_out(_integers(rng, shape, np.dtype(dtype)), layout)


def special(rng, shape, dtype, layout="C"):
    dtype = np.dtype(dtype)
    a = _integers(rng, shape, dtype)
    if dtype.kind in "fc":
        chosen = rng.random(shape) < 0.3
        with np.errstate(over="ignore"):
            extremes = rng.choice(_SPECIAL, shape).astype(dtype)
        a = np.where(chosen, extremes, a + rng.normal(size=shape).astype(dtype))
    elif dtype.kind in "iu":
        limits = np.iinfo(dtype)
        chosen = rng.random(shape) < 0.1
        a = np.where(chosen, rng.choice([limits.min, limits.max], shape), a)
    return _lay_out(a.astype(dtype), layout)


def coarse(x):
    """Cut to multiples of 1/8: the last digits of a sum or a root are gone.

    The offset keeps the borders away from thirds, fifths and whole numbers.
    """
    return np.floor(x * 8 + 0.137) / 8


def _integers(rng, shape, dtype):
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    low = 0 if dtype.kind == "u" else -4
    a = np.asarray(rng.integers(low, 5, shape)).astype(dtype)
    if dtype.kind == "c":
        a = a + 1j * rng.integers(-4, 5, shape)
    return np.asarray(a)


def _lay_out(a, layout):
    """Copy `a` into an array of the layout; the values stay."""
    a = np.asarray(a)
    if layout == "F":
        return np.array(a, order="F")
    if layout == "transposed":
        return np.array(a.T, order="C").T
    if layout == "reversed":
        return np.array(np.flip(a), order="C")[(..., *[slice(None, None, -1)] * a.ndim)]
    if layout == "strided":
        base = np.zeros([2 * n + 1 for n in a.shape], a.dtype)
        view = base[(..., *[slice(1, None, 2)] * a.ndim)]
        view[...] = a
        return view
    return np.array(a, order="C")
