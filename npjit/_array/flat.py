"""`x.flat`: elements of contiguous arrays are recorded, the rest is NumPy's.

Where JAX traces, all of it is recorded.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from npjit._array.array import SCALARS, Array, is_pinned, lift_array, real_of, sync
from npjit._array.creation import FROM_OBJECT
from npjit._array.entries import is_writeable
from npjit._array.host_node import constant, constants, direct, real_copy
from npjit._array.index_arrays import index_array, is_in_bounds
from npjit._array.needed import need_value
from npjit.errors import Reason

__all__ = ["Flat"]


class Flat:
    """`x.flat`: what is not recorded goes to the real array's."""

    __slots__ = ("_array", "_iterator", "_position")

    def __init__(self, array):
        self._array = array
        self._iterator = None
        self._position = 0

    __class__ = property(lambda self: np.flatiter)

    def __getattr__(self, name):
        return getattr(self._real(), name)

    def _real(self):
        """The real iterator, where this one stands."""
        if self._iterator is None:
            self._iterator = real_of(self._array).flat
        return self._iterator

    def __iter__(self):
        return self

    def __next__(self):
        if self._is_traced():
            return self._next()
        need_value(self._array, "flat")
        real_of(self._array)  # brings the elements up to date
        return next(self._real())

    def _is_traced(self) -> bool:
        trace = self._array._trace
        return trace.is_pure and not trace.direct

    def _next(self) -> Any:
        shape = self._array._aval.shape
        if self._position >= len(self):
            raise StopIteration
        place = np.unravel_index(self._position, shape)
        self._position += 1
        return self._array[tuple(map(int, place))]

    def whole(self):
        """What NumPy makes an array of: the elements, if JAX traces them."""
        return self[:] if self._is_traced() else self

    def __len__(self):
        return self._array._aval.size

    def _vector(self, key: Any) -> Array | None:
        """The array as a vector that takes this key; None if NumPy has to be asked."""
        array, trace = self._array, self._array._trace
        if trace.direct or self._iterator is not None or not array._aval.is_c:
            return None
        if type(key) is not slice:
            index = index_array(trace, key)
            is_number = index is not None and not np.ndim(index)
            if not is_number or not is_in_bounds(index, array._aval.size):
                return None  # its error speaks of no axis
        return None if is_pinned(array) else array.reshape(-1)

    def __getitem__(self, key):
        if self._is_traced():
            return self._array.flatten()[key]
        vector = self._vector(key)
        if vector is not None:
            return vector[key].copy() if type(key) is slice else vector[key]
        need_value(self._array, "flat")
        real_of(self._array)
        result = self._real()[real_copy(key)]
        trace = self._array._trace
        if type(result) is np.ndarray and not trace.direct:
            return lift_array(trace, result, external=False)
        return result

    def __setitem__(self, key, value):
        array, trace = self._array, self._array._trace
        if self._is_traced():
            _put(array, np.arange(len(self))[key], value)
            return
        vector = self._vector(key) if is_writeable(array) else None
        if vector is not None and _fits(value, vector, key):
            vector[key] = value if np.ndim(value) == 0 else value.reshape(-1)
            return
        if not trace.direct:
            sync(trace)
        if trace.tape is not None:
            trace.tape.fail(Reason.WRITES_BUFFER, "flat")
        real_of(array)
        direct(operator.setitem, (self._real(), key, value), {})

    def __array__(self, dtype=None, copy=None):
        return np.array(real_of(self._array).flat, dtype)


def _put(array: Array, places: Any, value: Any) -> None:
    """Write elements by their places, from the beginning again if there are fewer."""
    given = FROM_OBJECT[np.asarray](value).reshape(-1)
    places = np.atleast_1d(places)
    if places.size:
        trace = array._trace
        repeated = constant(trace, np.arange(places.size) % given.size)
        coordinates = np.unravel_index(places, array._aval.shape)
        array[constants(trace, coordinates)] = given[repeated]


def _fits(value: Any, vector: Array, key: Any) -> bool:
    """Whether elements of a vector can be written as they are, one value for each."""
    if type(value) in (int, float):
        return vector.dtype.kind in "fc"
    if type(value) is not Array and type(value) not in SCALARS:
        return False
    if not np.can_cast(value._aval.dtype, vector._aval.dtype):
        return False
    n = len(range(*key.indices(vector.size))) if type(key) is slice else 1
    return not value._aval.ndim or value._aval.size == n
