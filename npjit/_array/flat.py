"""`x.flat`."""

from __future__ import annotations

import operator

import numpy as np

from npjit._array.array import lift_array, real_of, sync
from npjit._array.host_node import direct, real_copy
from npjit._array.indexing import need_value

__all__ = ["Flat"]


class Flat:
    """`x.flat`: reads and writes go to the real array's."""

    __slots__ = ("_array", "_iterator")

    def __init__(self, array):
        self._array = array
        self._iterator = None

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
        need_value(self._array, "flat")
        real_of(self._array)  # brings the elements up to date
        return next(self._real())

    def __len__(self):
        return self._array._aval.size

    def __getitem__(self, key):
        need_value(self._array, "flat")
        real_of(self._array)
        result = self._real()[real_copy(key)]
        trace = self._array._trace
        if type(result) is np.ndarray and not trace.direct:
            return lift_array(trace, result, external=False)
        return result

    def __setitem__(self, key, value):
        array = self._array
        if not array._trace.direct:
            sync(array._trace)
        real_of(array)
        direct(operator.setitem, (self._real(), key, value), {})

    def __array__(self, dtype=None, copy=None):
        return np.array(real_of(self._array).flat, dtype)
