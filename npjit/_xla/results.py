"""Results: how a program hands out what it has computed.

On the host the results are ndarrays of the geometry foretold, writeable, each with
memory of its own. Small ones travel together, with the program's flags: one array per
dtype, since each output of a program costs 1 us and each look at one 0.8. Large ones
stay where XLA has put them. On a device results are jax.Arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._array.selection import UNKNOWN
from npjit._graph.aval import Aval, fresh_aval
from npjit._xla import IS_INLINE
from npjit._xla.inputs import bytes_type, memory_order
from npjit._xla.selection import Masked
from npjit._xla.spares import REUSED, Lent, Owner

__all__ = ["DeviceResults", "HandOver", "HostResults", "Results", "owned"]

#: Results of so many bytes are handed out where they lie; to copy less takes less.
_LENT: Final = 2**16


class Results(Protocol):
    """The outputs of a program.

    Attributes
    ----------
    spares : list of tuple
        Size and dtype of the arrays that the program is given to write into.
    """

    spares: list[tuple[int, np.dtype]]

    def packed(self, values: Sequence[Any], raised: jax.Array) -> Any:
        """The outputs, while the program is traced."""

    def unpacked(self, outputs: Any) -> tuple[list[Any], int | None]:
        """The results, and the first flag that is raised."""

    def only(self) -> Only | None:
        """The only result, if it is small."""


class Only(NamedTuple):
    """A result that is all that a program gives, but for its flags.

    Attributes
    ----------
    memory_type : ctypes type or None
        What the output is in memory, if it is there as soon as the program returns: to
        have NumPy ask JAX for it takes 0.6 us longer.
    dtype : np.dtype
    flag : int or None
        Where the number is that tells whether a flag is raised.
    flag_byte : int
        A byte of it that is not zero then.
    stretch : slice or None
        Where the result is, if it has one axis.
    take : callable
        Copies the result out of the memory of the output.
    """

    memory_type: Any
    dtype: np.dtype
    flag: int | None
    flag_byte: int
    stretch: slice | None
    take: Callable[[Any], np.ndarray]


class DeviceResults:
    """Results stay on the device."""

    def __init__(self) -> None:
        self.spares: list[tuple[int, np.dtype]] = []

    def packed(self, values: Sequence[Any], raised: jax.Array) -> Any:
        """The outputs, while the program is traced."""
        return list(values), raised

    def unpacked(self, outputs: Any) -> tuple[list[Any], int | None]:
        """The results, and the first flag that is raised."""
        results, raised = jax.block_until_ready(outputs)
        return results, _first(np.asarray(raised)) if raised.size else None

    def only(self) -> Only | None:
        """The only result, if it is small."""
        return None


class _Part(NamedTuple):
    """Where an array lies: the output and its elements there, and the geometry."""

    output: int
    begin: int
    end: int
    aval: Aval
    is_copied: bool


class HostResults:
    """Results become ndarrays.

    Parameters
    ----------
    avals : sequence of Aval
        Of the results. A selection turns out to be two arrays.
    """

    def __init__(self, avals: Sequence[Aval]) -> None:
        self.avals = avals
        self.spares = [(aval.size, aval.dtype) for aval in avals if _is_reused(aval)]
        # Known once the program was traced:
        self.parts: list[list[_Part]] = []
        self.n_flags = 0
        self.flags = 0, 0
        self.lends = False

    def packed(self, values: Sequence[Any], raised: jax.Array) -> list[jax.Array]:
        """The outputs, while the program is traced."""
        outputs = _Outputs()
        self.parts = [
            [outputs.place(*array) for array in _arrays(value, aval)]
            for value, aval in zip(values, self.avals, strict=True)
        ]
        self.lends = any(not part.is_copied for parts in self.parts for part in parts)
        self.n_flags = raised.size
        if self.n_flags:
            if self.n_flags > 1:  # first whether there is any: one number to look at
                raised = jnp.concatenate([jnp.any(raised, keepdims=True), raised])
            dtype = next(iter(outputs.packs), np.dtype(bool))
            self.flags = outputs.add(dtype, raised.astype(dtype))
        return outputs.joined()

    def unpacked(self, outputs: list[jax.Array]) -> tuple[list[Any], int | None]:
        """The results, and the first flag that is raised."""
        if self.lends:
            jax.block_until_ready(outputs)
        # np.asarray waits for a result, and does not copy.
        memories: list[Any] = [*map(np.asarray, outputs)]
        number, first = self.flags
        if self.n_flags and memories[number].item(first):
            return [], _first(memories[number][-self.n_flags :])
        results: list[Any] = []
        for parts in self.parts:
            arrays = [
                _copied(part, memories[part.output])
                if part.is_copied
                else np.asarray(Lent(outputs[part.output], part.aval))
                for part in parts
            ]
            results.append(arrays[0] if len(arrays) == 1 else tuple(arrays))
        return results, None

    def only(self) -> Only | None:
        """The only result, if it is small."""
        placed = [part for parts in self.parts for part in parts]
        if len(placed) != 1 or self.lends:
            return None
        (part,) = placed
        flag = part.end if self.n_flags else None
        stretch = slice(part.begin, part.end) if part.aval.ndim == 1 else None
        dtype = part.aval.dtype
        n_flags = self.n_flags + (self.n_flags > 1)
        nbytes = (part.end + n_flags) * dtype.itemsize
        memory_type = bytes_type(nbytes) if IS_INLINE and nbytes else None
        one = np.flatnonzero(np.ones(1, dtype).view(np.uint8))[0]
        flag_byte = part.end * dtype.itemsize + int(one)
        take = partial(_copied, part)
        return Only(memory_type, dtype, flag, flag_byte, stretch, take)


class _Outputs:
    """Collects flat arrays: those lent, and one for the rest of each dtype."""

    def __init__(self) -> None:
        self.flat: list[list[jax.Array]] = []
        self.packs: dict[np.dtype, int] = {}

    def place(self, x: jax.Array, aval: Aval) -> _Part:
        """Add an array; where it will be found."""
        order = memory_order(aval)
        if order is None:
            aval = fresh_aval(aval.shape, aval.dtype)
            order = tuple(range(aval.ndim))
        x = x.transpose(order)
        is_copied = aval.nbytes < _LENT
        if not is_copied and x.ndim > 1:
            # XLA:CPU would compute what is flat from places it divides out: edges of
            # an image of 1500 by 1500 took 2.4 ms, and 0.3 in its own shape.
            x = lax.optimization_barrier(x)
        flat = x.reshape(-1)
        if is_copied:
            number, begin = self.add(aval.dtype, flat)
        else:
            number, begin = len(self.flat), 0
            self.flat.append([flat])
        return _Part(number, begin, begin + aval.size, aval, is_copied)

    def add(self, dtype: np.dtype, flat: jax.Array) -> tuple[int, int]:
        """Add to the pack of a dtype; its number, and where in it that begins."""
        if dtype not in self.packs:
            self.packs[dtype] = len(self.flat)
            self.flat.append([])
        number = self.packs[dtype]
        begin = sum(x.size for x in self.flat[number])
        self.flat[number].append(flat)
        return number, begin

    def joined(self) -> list[jax.Array]:
        return [x[0] if len(x) == 1 else jnp.concatenate(x) for x in self.flat]


def _is_reused(aval: Aval) -> bool:
    # That of a selection has no true length.
    return aval.nbytes >= REUSED and UNKNOWN not in aval.shape


def _arrays(value: Any, aval: Aval) -> Iterator[tuple[jax.Array, Aval]]:
    """The arrays that a result is, with the geometry that they are to have."""
    if isinstance(value, Masked):
        for x in value:
            yield x, fresh_aval(x.shape, np.dtype(x.dtype))
    else:
        yield value, aval


def _copied(part: _Part, memory: Any) -> np.ndarray:
    """A result, in memory of its own."""
    _, begin, end, aval, _ = part
    if aval.ndim == 1:  # in a third of the time
        return memory[begin:end].copy()
    offset = begin * aval.dtype.itemsize
    view: np.ndarray = np.ndarray(aval.shape, aval.dtype, memory, offset, aval.strides)
    return view.copy("K")


def _first(raised: np.ndarray) -> int | None:
    found = np.flatnonzero(raised)
    return int(found[0]) if len(found) else None


class HandOver:
    """Makes a program's outputs the caller's own ndarrays, large ones where they lie.

    Parameters
    ----------
    inputs : sequence
        The arrays that the program was given: it may hand them on as they are.
    """

    def __init__(self, inputs: Sequence[Any]) -> None:
        self.inputs = inputs
        self.taken: set[int] = set()

    def __call__(self, x: Any) -> Any:
        """An output as an ndarray, without axes as a scalar; others as they are."""
        if not isinstance(x, jax.Array) or isinstance(x, jax.core.Tracer):
            return x
        if x.nbytes < _LENT or jax.default_backend() != "cpu":
            made = np.array(x)
            return made if made.ndim else made[()]
        if not self.taken:
            self.taken = {*map(_address, self.inputs)}
        address = _address(jax.block_until_ready(x))
        if address in self.taken:
            return np.array(x)
        self.taken.add(address)
        return np.asarray(Owner(x, fresh_aval(x.shape, np.dtype(x.dtype))))


def _address(x: Any) -> int:
    if isinstance(x, jax.Array):
        address: int = x.unsafe_buffer_pointer()
        return address
    data: int = x.__array_interface__["data"][0]
    return data


def owned(result: Any) -> Any:
    """A result in memory that NumPy has allocated."""
    base: Any = result.base if type(result) is np.ndarray else None
    return result.copy("K") if type(base) is Lent else result
