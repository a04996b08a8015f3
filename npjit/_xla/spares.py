"""Spares: memory of large results that died, for the results of the next programs.

XLA:CPU allocates a result anew at each call, and large memory comes in fresh pages
from the system: x * y + x of 1e7 float64 takes 38 ms, NumPy 14. A program that is given
(*donated*) an array of the size of its result writes into that instead: 7 ms.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final

import jax.numpy as jnp
import numpy as np

from npjit._graph.aval import Aval

__all__ = ["REUSED", "SPARES", "Lent", "Owner", "Spares"]

#: From so many bytes on memory is used again.
REUSED: Final = 2**20


class Spares:
    """Flat arrays that nobody reads any more, the last to die at the end.

    Parameters
    ----------
    max_bytes : int
        What they may hold together.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.lock = threading.Lock()
        self.arrays: deque[Any] = deque()

    def give(self, array: Any) -> None:
        """Take over an array; may be called at any time, by the garbage collector."""
        self.arrays.append(array)
        if self.lock.acquire(blocking=False):  # else who has it trims
            try:
                self._trim()
            finally:
                self.lock.release()

    def take(self, size: int, dtype: np.dtype) -> Any:
        """An array to be donated; call under the settings of calls."""
        with self.lock:
            found = None
            for _ in range(len(self.arrays)):
                array = self.arrays.pop()
                if found is None and (array.size, array.dtype) == (size, dtype):
                    found = array
                else:
                    self.arrays.appendleft(array)
            self._trim()
        return jnp.zeros(size, dtype) if found is None else found

    def provide(self, size: int, dtype: np.dtype) -> None:
        """Have an array at hand; call under the settings of calls."""
        self.give(self.take(size, dtype))

    def _trim(self) -> None:
        held = sum(array.nbytes for array in tuple(self.arrays))
        while held > self.max_bytes:
            held -= self.arrays.popleft().nbytes


#: Three arrays of 1e7 float64: a result, the one before, and an intermediate one.
SPARES: Final = Spares(2**28)


class Owner:
    """What keeps the memory of an ndarray alive that lies in XLA's.

    Attributes
    ----------
    __array_interface__ : dict
        NumPy makes the ndarray of it, which then has this object as its base.
    """

    __slots__ = ("__array_interface__", "__weakref__", "array")

    def __init__(self, array: Any, aval: Aval) -> None:
        self.array = array
        self.__array_interface__ = {
            "version": 3,
            "typestr": aval.dtype.str,
            "data": (array.unsafe_buffer_pointer(), False),
            "shape": aval.shape,
            "strides": aval.strides,
        }


class Lent(Owner):
    """The same of memory that is used again for the results of other programs."""

    __slots__ = ()

    def __del__(self) -> None:
        if self.array.nbytes >= REUSED:
            SPARES.give(self.array)
