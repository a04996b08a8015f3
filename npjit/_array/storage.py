"""Storages: the memory an array shares with its views.

A storage's value lies in its `buffer` (a real ndarray), in `value` (a result of the XLA
engine), or is still to be computed by the entries of the current log. The engine that
needs it elsewhere brings it over.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.lib.array_utils import byte_bounds

from npjit._array.view import address, shadow_of
from npjit._graph.aval import Aval

__all__ = ["Storage"]


class Storage:
    """Memory with one root array, of which all its views are made.

    Attributes
    ----------
    aval : Aval
        Of the root.
    buffer : np.ndarray or None
        The real root array, as an ndarray object of the storage's own: the flags that a
        user sets on his do not reach it.
    origin : np.ndarray or None
        The root as user code has it, once it does; `buffer` is a view of it then.
    value : np.ndarray or jax.Array or None
        The root's value as the XLA engine gave it, as long as nobody may have written
        the buffer since; on the host it is the buffer, where there was none before.
    stale : bool
        The buffer exists, but does not hold the current value.
    external : bool
        Code outside the recording can see the buffer.
    pinned : bool
        Each write is executed on the buffer at once.
    root : weakref or None
        To the stand-in of the root, once there are views of it.
    version : int
        How often it was written, or handed out to be written.
    register : int
        Its number on the tape of the call; -1 as long as it has none.
    visible : bool
        The unconverted code of a block may read and write the buffer at any time.
    """

    __slots__ = (
        "__weakref__",
        "aval",
        "buffer",
        "epoch",
        "external",
        "origin",
        "pinned",
        "register",
        "root",
        "slot",
        "stale",
        "value",
        "version",
        "visible",
    )

    def __init__(self, aval: Aval, buffer: np.ndarray | None = None) -> None:
        self.aval = aval
        self.buffer = buffer
        self.origin: np.ndarray | None = None
        self.value: Any = None
        self.stale = False
        self.external = False
        self.pinned = False
        self.visible = False
        self.epoch = 0
        self.slot = -1
        self.root: Any = None
        self.version = 0
        self.register = -1

    def fits(self, a: np.ndarray) -> bool:
        """Whether a result has the geometry that was foretold."""
        expected = self.aval
        same = a.shape == expected.shape and a.dtype == expected.dtype
        return same and has_layout(a, expected)

    def shell(self) -> np.ndarray:
        """The buffer, made if there is none; what it holds may be stale."""
        if self.buffer is None:
            self.buffer = empty(self.aval)
            self.stale = True
        return self.buffer

    def expose(self) -> np.ndarray:
        """The root for user code."""
        if self.origin is None:
            self.origin = self.shell()
            self.buffer = self.origin[...]
            if self.value is self.origin:
                self.value = self.buffer
        return self.origin

    def own(self) -> None:
        """Let a buffer that XLA has allocated be one of NumPy's: Python looks at it."""
        buffer = self.buffer
        if buffer is None or self.origin is not None:
            return
        if type(buffer.base) not in (type(None), np.ndarray):
            self.buffer = self.settle().copy("K")
            self.value = None

    def settle(self) -> np.ndarray:
        """The buffer, holding the current value; nothing may be pending."""
        buffer = self.shell()
        if self.stale:
            value = self.value
            if value is not None:
                np.copyto(buffer, np.asarray(value))
            self.stale = False
        return buffer

    def set_value(self, value: Any) -> None:
        """Take over a result of the XLA engine."""
        self.value = value
        if self.buffer is None and type(value) is np.ndarray and self.fits(value):
            self.buffer = value
        self.stale = self.buffer is not None and self.buffer is not value

    def set_buffer(self, buffer: np.ndarray) -> None:
        """Take over a result of the host engine."""
        if self.buffer is None:
            if not has_layout(buffer, self.aval):
                buffer = _with_layout(buffer, self.aval)
            self.buffer = buffer
        elif buffer is not self.buffer:
            np.copyto(self.buffer, buffer)
        self.value = None
        self.stale = False


def empty(aval: Aval) -> np.ndarray:
    """A new array of this geometry (that of an array that owns its memory)."""
    if aval.is_c:
        return np.empty(aval.shape, aval.dtype)
    # Order "K" of a prototype; a transposed np.empty would not own its memory.
    return np.empty_like(shadow_of(aval))


#: A copy may take up so much memory, in bytes or as a multiple of its elements', for
#: the sake of the strides.
_GAPS: Final = 2**16, 4


def copy_of(a: np.ndarray) -> np.ndarray:
    """A copy with the strides of the array, on which BLAS's last digits depend."""
    low, high = byte_bounds(a)
    size = high - low
    if a.flags.forc or size > max(_GAPS[0], _GAPS[1] * a.nbytes):
        return a.copy(order="K")
    memory = np.empty(size, np.uint8)
    copy: np.ndarray = np.ndarray(a.shape, a.dtype, memory, address(a) - low, a.strides)
    copy[...] = a
    return copy


def has_layout(a: np.ndarray, aval: Aval) -> bool:
    """Whether strides agree where they mean something."""
    if a.strides == aval.strides or aval.size < 2:
        return True
    return all(
        n == 1 or mine == its
        for n, mine, its in zip(aval.shape, a.strides, aval.strides, strict=True)
    )


def _with_layout(buffer: np.ndarray, aval: Aval) -> np.ndarray:
    result = empty(aval)
    np.copyto(result, buffer)
    return result
