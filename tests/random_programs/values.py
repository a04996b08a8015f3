"""Input arrays of random programs: a shape, a dtype, a layout, values from a seed.

`small` makes integers of at most 4 in magnitude, also for floats: then sums are exact
in any order, and XLA's equal NumPy's bit for bit. `unusual` puts NaN, infinities and
zeros of both signs between them, and the limits of integers, at the same places for
all seeds: sums keep to one result. `special` has extremes and other fractions too.
"""

import numpy as np

DTYPES = ("float64", "float32", "int64", "int32", "bool", "uint8", "complex128")
DTYPES += ("int8", "int16", "uint16", "uint32", "uint64", "float16", "complex64")
LAYOUTS = ("C", "F", "transposed", "reversed", "strided")
READ_ONLY = ("broadcast", "read-only")
_UNUSUAL = (np.nan, np.inf, -np.inf, -0.0, 0.0)
_SPECIAL = (*_UNUSUAL, 1e300, -1e-3, 0.1, 1.5, "max", "tiny")


def small(rng, shape, dtype, layout="C"):
    return _lay_out(_integers(rng, shape, np.dtype(dtype)), layout)


def unusual(rng, shape, dtype, layout="C"):
    fixed = np.random.default_rng(len(shape))
    a = _integers(rng, shape, np.dtype(dtype))
    return _lay_out(_with_extremes(a, fixed, _UNUSUAL), layout)


def special(rng, shape, dtype, layout="C"):
    a = _integers(rng, shape, np.dtype(dtype))
    if a.dtype.kind in "fc":
        a = a + rng.normal(size=shape).astype(a.dtype)
    return _lay_out(_with_extremes(a, rng, _SPECIAL), layout)


def _with_extremes(a, rng, options):
    """Put extremes of its dtype at some places of an array."""
    if a.dtype.kind == "c":
        a = np.array(a)
        a.real, a.imag = (_with_extremes(x, rng, options) for x in (a.real, a.imag))
        return a
    if a.dtype.kind == "f":
        chosen = rng.random(a.shape) < 0.3
        limits = np.finfo(a.dtype)
        known = {"max": limits.max, "tiny": limits.tiny}
        with np.errstate(over="ignore"):
            extremes = np.array([known.get(x, x) for x in options]).astype(a.dtype)
        return np.where(chosen, rng.choice(extremes, a.shape), a)
    if a.dtype.kind in "iu":
        chosen = rng.random(a.shape) < 0.1
        limits = np.array([np.iinfo(a.dtype).min, np.iinfo(a.dtype).max], a.dtype)
        return np.where(chosen, rng.choice(limits, a.shape), a)
    return a


def coarse(x):
    """Cut to multiples of 1/8: the last digits of a sum or a root are gone.

    The offset keeps the borders away from thirds, fifths and whole numbers.
    """
    return np.floor(x * 8 + 0.137) / 8


def _integers(rng, shape, dtype):
    if dtype.kind == "b":
        return np.asarray(rng.integers(0, 2, shape)).astype(bool)
    low = 0 if dtype.kind == "u" else -4
    a = np.asarray(rng.integers(low, 5, shape)).astype(dtype)
    if dtype.kind == "c":
        a = a + 1j * np.asarray(rng.integers(-4, 5, shape)).astype(a.real.dtype)
    return np.asarray(a)


def _lay_out(a, layout):
    """Copy `a` into an array of the layout; the values stay, but where it repeats."""
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
    if layout == "broadcast":
        return np.broadcast_to(np.array(a[:1] if a.ndim else a), a.shape)
    a = np.array(a, order="C")
    a.flags.writeable = layout != "read-only"
    return a
