"""Inputs: how a program reads the arrays of the user's, without copying them.

XLA:CPU borrows memory that begins at a multiple of 64 bytes; other memory JAX copies,
into fresh pages. Large NumPy arrays begin 16 bytes behind such a multiple. So a large
leaf is given as a *window*: the same memory as a flat array, from the multiple of 64
before it. The program drops what does not belong to the leaf; XLA fuses that with the
first use (sum(x * y) of 1e7 elements takes 3.7 ms, as with aligned arrays; copied by
JAX 78, copied into kept buffers 22, NumPy 14). Windows never reach into a page of which
the leaf has no part.

How far the leaf lies behind the window's beginning, the *pad*, is compiled in. Where it
turns out to change, elements are first copied into buffers that have the right one,
then, if that goes on, a further variant is compiled that is told the pad at each call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import jax
import numpy as np
from jax import lax

from npjit._array.view import address
from npjit._graph.aval import Aval, make_aval

__all__ = [
    "ALIGNMENT",
    "DYNAMIC",
    "Form",
    "Input",
    "bytes_type",
    "common",
    "dynamic_size",
    "elements_before",
    "memory_order",
]

ALIGNMENT: Final = 64
#: Smaller ones are copied by JAX. From here on (the C library then asks the system for
#: memory) that takes 70 us and more, a window 3.
_LARGE: Final = 2**17
#: The pad of an input that is told it at each call.
DYNAMIC: Final = -1
_PAGE: Final = 4096
#: A pad in elements; 0 for the leaf alone, `DYNAMIC`.
Form = int


class Input:
    """One leaf of a program.

    Parameters
    ----------
    aval : Aval
    is_shifted : bool
        The program reads several views of it that are shifted against each other.

    Attributes
    ----------
    order : tuple of int or None
        The axes as they lie in memory, the outermost first; None if there are gaps.
    is_large : bool
        It may be given as a window.
    is_plain : bool
        It is given as it is.
    """

    def __init__(self, aval: Aval, is_shifted: bool) -> None:
        self.aval = aval
        self.is_shifted = is_shifted
        self.order = memory_order(aval)
        self.is_large = self.order is not None and aval.nbytes >= _LARGE
        self.is_plain = aval.is_c and not self.is_large
        order = self.order or tuple(range(aval.ndim))
        self.stored = tuple(aval.shape[i] for i in order)
        self.axes = tuple(map(order.index, range(aval.ndim)))
        self.kept: list[np.ndarray] = []

    def address_of(self, a: Any) -> int:
        """Where an array begins; 0 for those that are given as they are."""
        return address(a) if self.is_large else 0  # to ask takes 0.9 us

    def form_at(self, first: int) -> Form | None:
        """The form that needs no copy of an array there; None if there is none."""
        pad, rest = divmod(first % ALIGNMENT, self.aval.dtype.itemsize)
        return None if rest else pad

    # Outside of the program ----------------------------------------------------------

    def specs(self, form: Form) -> list[jax.ShapeDtypeStruct]:
        """The arguments that the program is compiled for."""
        spec, dtype = jax.ShapeDtypeStruct, self.aval.dtype
        if form == DYNAMIC:
            return [spec((dynamic_size(self.aval),), dtype), spec((), np.int64)]
        shape = (self.aval.size + form,) if form else self.stored
        return [spec(shape, dtype)]

    def given(
        self, a: np.ndarray, first: int, form: Form, kept: list[Any]
    ) -> tuple[Any, ...]:
        """The arguments for an array, which is copied if its form is another.

        Parameters
        ----------
        a : np.ndarray
        first : int
            Its address.
        form : int
            What the program was compiled for.
        kept : list
            Gets the function that takes a buffer back after the call.
        """
        if self.order is None:
            return (a,)
        if form == DYNAMIC:
            return self._dynamic(a, first, kept)
        if self.is_large and self.form_at(first) != form:
            a, first = self._copied(a, form * self.aval.dtype.itemsize, kept)
        if form:
            return (self._window(a, first, form, 0),)
        return (a if self.aval.is_c else a.transpose(self.order),)

    def _dynamic(self, a: np.ndarray, first: int, kept: list[Any]) -> tuple[Any, ...]:
        before = None
        if self.form_at(first) is not None:
            before = elements_before(first, self.aval)
        if before is None:
            before = 1
            a, first = self._copied(a, self.aval.dtype.itemsize, kept)
        after = dynamic_size(self.aval) - self.aval.size - before
        return self._window(a, first, before, after), np.int64(before)

    def _window(self, a: np.ndarray, first: int, before: int, after: int) -> np.ndarray:
        """The memory of an array and some elements around it, as a flat array."""
        itemsize = self.aval.dtype.itemsize
        kind = bytes_type((self.aval.size + before + after) * itemsize)
        memory = kind.from_address(first - before * itemsize)
        memory.owner = a  # lives on while JAX reads the window
        return np.frombuffer(memory, self.aval.dtype)

    def _copied(
        self, a: np.ndarray, offset: int, kept: list[Any]
    ) -> tuple[np.ndarray, int]:
        """A copy, so many bytes behind a multiple of 64, and its address."""
        try:
            buffer = self.kept.pop()  # no other thread gets it
        except IndexError:
            # A dynamic window of it stays inside.
            buffer = np.empty(self.aval.nbytes + 4 * ALIGNMENT, np.uint8)
        begin = address(buffer)
        start = ALIGNMENT + (offset - begin) % ALIGNMENT
        copy: np.ndarray = np.ndarray(
            self.aval.shape, self.aval.dtype, buffer, start, self.aval.strides
        )
        np.copyto(copy, a)
        kept.append(lambda: self.kept.append(buffer))
        return copy, begin + start

    # Inside --------------------------------------------------------------------------

    def taken(self, arguments: Any, form: Form) -> jax.Array:
        """The leaf, while the program is traced, from its arguments."""
        x = next(arguments)
        if form == DYNAMIC:
            x = lax.dynamic_slice(x, (next(arguments),), (self.aval.size,))
            if self.is_shifted:  # else each view would move its own way: 3 times slower
                x = lax.optimization_barrier(x)
        elif form:
            x = x[form:]
        return x.reshape(self.stored).transpose(self.axes)


@lru_cache(maxsize=4096)
def memory_order(aval: Aval) -> tuple[int, ...] | None:
    """The axes as they lie in memory, the outermost first; None if there are gaps.

    Parameters
    ----------
    aval : Aval

    Returns
    -------
    tuple of int or None
        So transposed, an array of this geometry is C-contiguous.
    """
    if aval.is_c:
        return tuple(range(aval.ndim))
    order = tuple(sorted(range(aval.ndim), key=lambda i: -aval.strides[i]))
    shape, strides = ([of[i] for i in order] for of in (aval.shape, aval.strides))
    stored = make_aval(tuple(shape), tuple(strides), aval.dtype)
    return order if stored.is_c else None


@lru_cache(maxsize=4096)
def bytes_type(nbytes: int) -> Any:
    """What so many bytes of memory are for `ctypes`."""
    return ctypes.c_ubyte * nbytes


def dynamic_size(aval: Aval) -> int:
    """The elements of a window that fits wherever the leaf begins."""
    n_lines = aval.nbytes // ALIGNMENT + 2
    return n_lines * ALIGNMENT // aval.dtype.itemsize


def elements_before(first: int, aval: Aval) -> int | None:
    """How many elements a window of that size has before the leaf.

    Parameters
    ----------
    first : int
        The leaf's address.
    aval : Aval

    Returns
    -------
    int or None
        None if the window would reach into a page of which the leaf has no part.
    """
    itemsize = aval.dtype.itemsize
    size_bytes = dynamic_size(aval) * itemsize
    last = first + aval.nbytes
    lowest = first // _PAGE * _PAGE
    highest = -(-last // _PAGE) * _PAGE
    start = first // ALIGNMENT * ALIGNMENT
    if start + size_bytes > highest:
        start -= ALIGNMENT
    if lowest <= start and last <= start + size_bytes <= highest:
        return (first - start) // itemsize
    return None


def common(last: Sequence[Form], forms: Sequence[Form | None]) -> tuple[Form, ...]:
    """The forms of a further variant: those that have changed are told at each call."""
    return tuple(
        old if new is None or old == new else DYNAMIC
        for old, new in zip(last, forms, strict=True)
    )
