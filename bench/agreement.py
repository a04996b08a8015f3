"""Whether two variants of a program did the same, and how far apart they are."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from npjit.testing.compare import Comparison, ParityError

__all__ = ["Disagreement", "check_types", "difference", "largest_size", "leaves"]


class Disagreement(Exception):
    """A variant of a program does not do what NumPy does."""


def leaves(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays and numbers in tuples, lists, dicts and attributes."""
    if isinstance(value, Mapping):
        for key in sorted(value):  # as JAX does
            yield from leaves(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif hasattr(value, "__dict__"):
        yield from leaves(vars(value))
    elif hasattr(value, "dtype") or isinstance(value, (int, float, complex)):
        yield np.asarray(value)


def largest_size(value: Any) -> int:
    """Return the number of elements of the largest array."""
    return max((leaf.size for leaf in leaves(value)), default=0)


def difference(expected: Any, actual: Any, tolerance: float) -> float:
    """Return the largest difference, relative to the largest element of its array.

    Parameters
    ----------
    expected, actual : object
        What NumPy and another system returned; shapes count, types do not.
    tolerance : float
        How large the difference may be.

    Raises
    ------
    Disagreement
        If it is larger, or a shape differs, or NaN and infinity are elsewhere.
    """
    try:
        pairs = list(zip(leaves(expected), leaves(actual), strict=True))
    except ValueError as error:
        raise Disagreement(f"another number of arrays: {error}") from error
    largest = max((_difference(x, y) for x, y in pairs), default=0.0)
    if not largest <= tolerance:
        raise Disagreement(f"differs by {largest:.1e} of the largest element")
    return largest


def _difference(x: np.ndarray, y: np.ndarray) -> float:
    if x.shape != y.shape:
        raise Disagreement(f"shape {y.shape}, NumPy has {x.shape}")
    if x.dtype.kind not in "fc":
        return float(np.not_equal(x, y).any())
    finite = np.isfinite(x)
    if not np.array_equal(x[~finite], y[~finite], equal_nan=True):
        raise Disagreement("NaN or infinity differ")
    x, y = x[finite], y[finite]
    largest = np.abs(x).max(initial=0.0)
    return float(np.abs(x - y).max(initial=0.0) / max(largest, np.finfo(x.dtype).tiny))


def check_types(expected: Any, actual: Any) -> None:
    """Compare types, dtypes, shapes and strides; values are for `difference`.

    Raises
    ------
    Disagreement
        If one differs.
    """
    try:
        Comparison(check=("type", "dtype", "shape", "strides")).compare(
            "outcome", expected, actual
        )
    except ParityError as error:
        raise Disagreement(str(error)) from error
