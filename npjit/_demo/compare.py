"""How far a result is from NumPy's, for the demo's column "parity".

Structure, types, dtypes and shapes must be equal; floats may differ by a number of
units in the last place (ulp), which is what `difference` returns.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mismatch", "difference"]

Unit = Literal["element", "largest"]


class Mismatch(Exception):
    """The two results differ in more than the rounding of floats."""


def difference(expected: Any, actual: Any, unit: Unit = "element") -> float:
    """Return the largest difference of two results.

    Parameters
    ----------
    expected, actual : object
        Arrays and scalars, anywhere in tuples, lists, dicts and attributes of objects;
        all else is compared with ``==``.
    unit : {"element", "largest"}
        Measure in the ulp of each element, or of the largest element of its array.

    Returns
    -------
    float
        In ulp; 0.0 if all bits agree, but for the sign of zero.

    Raises
    ------
    Mismatch
        If anything but the value of a float differs; the message says where.
    """
    return max(_walk("result", expected, actual, unit), default=0.0)


def _walk(name: str, expected: Any, actual: Any, unit: Unit) -> Iterator[float]:
    _check(name, "type", type(expected), type(actual))
    if isinstance(expected, (np.ndarray, np.generic)):
        _check(name, "dtype", expected.dtype, actual.dtype)
        _check(name, "shape", expected.shape, actual.shape)
        yield _largest_ulp(name, np.asarray(expected), np.asarray(actual), unit)
    elif isinstance(expected, (list, tuple)):
        _check(name, "length", len(expected), len(actual))
        for i, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from _walk(f"{name}[{i}]", left, right, unit)
    elif isinstance(expected, dict):
        _check(name, "keys", list(expected), list(actual))
        for key in expected:
            yield from _walk(f"{name}[{key!r}]", expected[key], actual[key], unit)
    elif isinstance(expected, np.random.Generator):
        left, right = (g.bit_generator.state for g in (expected, actual))
        yield from _walk(f"{name}.bit_generator.state", left, right, unit)
    elif hasattr(expected, "__dict__"):
        yield from _walk(f"{name}.__dict__", vars(expected), vars(actual), unit)
    else:
        _check(name, "value", expected, actual)


def _check(name: str, what: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise Mismatch(f"{name}: {what} is {actual}, NumPy has {expected}")


def _largest_ulp(
    name: str, expected: NDArray[Any], actual: NDArray[Any], unit: Unit
) -> float:
    if expected.dtype.kind == "c":
        parts = [(expected.real, actual.real), (expected.imag, actual.imag)]
        return max(_largest_ulp(name, left, right, unit) for left, right in parts)
    if expected.dtype.kind != "f":
        if not np.array_equal(expected, actual):
            raise Mismatch(f"{name}: values of dtype {expected.dtype} differ")
        return 0.0
    finite = np.isfinite(expected)
    if not np.array_equal(expected[~finite], actual[~finite], equal_nan=True):
        raise Mismatch(f"{name}: NaN or infinity differ")
    if not np.isfinite(actual[finite]).all():
        raise Mismatch(f"{name}: NaN or infinity where NumPy has a number")
    return _ulp_of_finite(expected[finite], actual[finite], unit)


def _ulp_of_finite(expected: NDArray[Any], actual: NDArray[Any], unit: Unit) -> float:
    if not expected.size:
        return 0.0
    magnitude = np.maximum(np.abs(expected), np.abs(actual))
    if unit == "largest":
        magnitude = magnitude.max()
    return float((np.abs(expected - actual) / np.spacing(magnitude)).max())
