"""Avals: shape, strides and dtype of an array, without its data.

Avals are interned, so that equal ones are one object: they are compared and hashed by
identity on the hot path, and `Aval.id` stands for all of one in a program's key.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

__all__ = ["DTYPES", "Aval", "aval_of", "fresh_aval", "make_aval"]

#: The dtypes XLA has, in native byte order; every other array stays a real ndarray.
DTYPES: Final[dict[np.dtype, np.dtype]] = {
    # q and Q first: where they equal l and L, these are the canonical ones.
    dtype: dtype
    for dtype in map(np.dtype, "qQ?bhilBHILefdFD")
}
_MAX_INTERNED: Final = 200_000
_ids = itertools.count()
_interned: dict[tuple, Aval] = {}


class Aval:
    """Shape, strides and dtype of an array; `scalar` marks a NumPy scalar."""

    __slots__ = (
        "dtype",
        "id",
        "is_c",
        "is_contiguous",
        "nbytes",
        "ndim",
        "scalar",
        "shape",
        "size",
        "strides",
    )

    def __init__(self, shape, strides, dtype, scalar):
        self.shape: tuple[int, ...] = shape
        self.strides: tuple[int, ...] = strides
        self.dtype: np.dtype = dtype
        self.scalar: bool = scalar
        self.ndim: int = len(shape)
        size = 1
        for n in shape:
            size *= n
        self.size: int = size
        self.nbytes: int = size * dtype.itemsize
        self.is_c: bool = _is_c(shape, strides, dtype.itemsize, size)
        self.is_contiguous: bool = self.is_c or _is_c(
            shape[::-1], strides[::-1], dtype.itemsize, size
        )
        self.id: int = next(_ids)

    def __repr__(self) -> str:
        return f"{self.dtype.name}{list(self.shape)}"


def _is_c(shape, strides, itemsize, size) -> bool:
    if size == 0:
        return True
    expected = itemsize
    for n, stride in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and stride != expected:
            return False
        expected *= n
    return True


def make_aval(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype,
    scalar: bool = False,
) -> Aval:
    """The interned aval of this geometry (`strides` in bytes)."""
    key = (shape, strides, dtype, scalar)
    found = _interned.get(key)
    if found is None:
        if len(_interned) > _MAX_INTERNED:
            _interned.clear()
        found = Aval(shape, strides, DTYPES[dtype], scalar)
        _interned[key] = found
    return found


def aval_of(a: np.ndarray | np.generic) -> Aval:
    """The aval of a real array or scalar of one of `DTYPES`."""
    return make_aval(a.shape, a.strides, a.dtype, isinstance(a, np.generic))


def fresh_aval(shape: tuple[int, ...], dtype: np.dtype, like=None) -> Aval:
    """The aval of a new array whose axes lie in memory as those of `like` do.

    Parameters
    ----------
    shape : tuple of int
    dtype : np.dtype
    like : np.ndarray, optional
        An array of the same number of axes; C order without it.
    """
    if like is None or len(shape) < 2:
        # NumPy knows the strides of empty arrays; np.empty touches no memory.
        a = np.empty(shape, dtype)
    else:
        # An axis of length one lies inside of the axis that has its stride.
        order = sorted(
            range(len(shape)), key=lambda i: (-abs(like.strides[i]), shape[i] == 1, i)
        )
        a = np.empty([shape[i] for i in order], dtype)
        a = a.transpose(sorted(range(len(order)), key=order.__getitem__))
    return make_aval(a.shape, a.strides, a.dtype)
