"""When two numbers are equal: by bits, within a tolerance, or within some ulp.

Only `values_differ` decides; `describe_difference` says what it found.
"""

from dataclasses import dataclass

import numpy as np

__all__ = [
    "EXACT",
    "Tolerance",
    "describe_difference",
    "ulp_distance",
    "values_differ",
]

_UNSIGNED = {2: np.uint16, 4: np.uint32, 8: np.uint64}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a float may be from NumPy's; by default not at all.

    Parameters
    ----------
    rtol, atol : float
        An element passes if ``|actual - expected| <= atol + rtol * |expected|``.
    max_ulp : int
        An element passes within this many units of the last place.
    """

    rtol: float = 0.0
    atol: float = 0.0
    max_ulp: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether only equal bits pass."""
        return not (self.rtol or self.atol or self.max_ulp)


EXACT = Tolerance()


def _parts(a: np.ndarray) -> list[np.ndarray]:
    return [a.real, a.imag] if a.dtype.kind == "c" else [a]


def _ordered(a: np.ndarray) -> np.ndarray:
    """Map floats to float64 integers-in-order: neighbours differ by one."""
    unsigned = _UNSIGNED[a.dtype.itemsize]
    bits = np.asarray(a, order="C").view(unsigned)
    sign = unsigned(1 << (8 * a.dtype.itemsize - 1))
    return np.asarray(np.where(bits & sign, sign - (bits ^ sign), bits | sign))


def ulp_distance(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """How many floats of the dtype lie between two arrays, element by element.

    Parameters
    ----------
    expected, actual : ndarray
        Of one shape and one of float16, float32, float64.

    Returns
    -------
    ndarray of an unsigned integer
        0 for the same number, also for zeros of unlike sign; NaN counts as a number
        beyond infinity.
    """
    x, y = _ordered(expected), _ordered(actual)
    return np.asarray(np.where(x > y, x - y, y - x))


def _floats_differ(x: np.ndarray, y: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    both_nan = np.isnan(x) & np.isnan(y)  # NumPy promises no sign or payload of a NaN
    same = (x == y) & (np.signbit(x) == np.signbit(y))
    if not tolerance.is_exact:
        finite = np.isfinite(x) & np.isfinite(y)
        bound = tolerance.atol + tolerance.rtol * np.abs(x.astype(np.float64))
        difference = np.abs(y.astype(np.float64) - x.astype(np.float64))
        same |= (x == y) | (finite & (difference <= bound))
        if tolerance.max_ulp:
            same |= finite & (ulp_distance(x, y) <= tolerance.max_ulp)
    return np.asarray(~(same | both_nan))


def values_differ(
    expected: np.ndarray, actual: np.ndarray, tolerance: Tolerance = EXACT
) -> np.ndarray:
    """Tell for each element whether it differs from NumPy's.

    Parameters
    ----------
    expected, actual : ndarray
        Of one shape and one dtype, no objects.
    tolerance : Tolerance
        Applied to floats and to each part of a complex number. Without one, the sign
        of a zero counts; a NaN equals any NaN in all cases.

    Returns
    -------
    ndarray of bool
        Of the same shape.
    """
    if expected.dtype.kind not in "fc":
        if expected.dtype.kind in "mM":  # NaT is unequal to itself
            expected, actual = expected.view(np.int64), actual.view(np.int64)
        return np.asarray(expected != actual)
    with np.errstate(all="ignore"):
        pairs = zip(_parts(expected), _parts(actual), strict=True)
        parts = [_floats_differ(x, y, tolerance) for x, y in pairs]
    return np.asarray(np.logical_or.reduce(parts))


def describe_difference(
    expected: np.ndarray,
    actual: np.ndarray,
    differ: np.ndarray,
    worst: bool = False,
) -> str:
    """Tell an element that differs, both values, and how many there are.

    Parameters
    ----------
    expected, actual, differ : ndarray
        Of one shape; `differ` from `values_differ`, with at least one True.
    worst : bool
        Tell the one that differs most, not the first.

    Returns
    -------
    str
        One line.
    """
    index = _worst(expected, actual, differ) if worst else _first(differ)
    where = f"element {list(index)}: " if index else ""
    text = f"{where}{actual[index]!r}, NumPy gives {expected[index]!r}"
    text += _distance(expected[index], actual[index])
    count = int(np.count_nonzero(differ))
    return text if count == 1 else f"{text}; {count} of {differ.size} elements differ"


def _first(differ: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(differ)[0]) if differ.ndim else ()


def _worst(
    expected: np.ndarray, actual: np.ndarray, differ: np.ndarray
) -> tuple[int, ...]:
    """The largest relative difference; before it what is NaN or infinite in one."""
    wide = "D" if expected.dtype.kind == "c" else "d"
    x, y = expected.astype(wide), actual.astype(wide)
    with np.errstate(all="ignore"):
        distance = np.abs(x - y) / np.maximum(np.abs(x), np.finfo(float).tiny)
    distance = np.where(np.isnan(distance), np.inf, distance)
    flat = int(np.argmax(np.where(differ, distance, -1.0)))
    return tuple(int(i) for i in np.unravel_index(flat, differ.shape))


def _distance(expected: np.generic, actual: np.generic) -> str:
    """How far two floats are apart, in parentheses; "" where that means nothing."""
    if expected.dtype.kind not in "fc" or not np.isfinite([expected, actual]).all():
        return ""
    found = []
    if expected.dtype.kind == "f" and expected.dtype.itemsize in _UNSIGNED:
        ulp = ulp_distance(expected.reshape(1), actual.reshape(1))[0]
        found.append(f"{ulp} ulp")
    if expected:
        x, y = np.asarray(expected), np.asarray(actual)
        with np.errstate(all="ignore"):
            relative = np.abs(y - x) / np.abs(x)
        found.append(f"relative {relative:.2g}")
    return f" ({', '.join(found)})" if found else ""
