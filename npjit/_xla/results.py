"""Results: how a program hands out what it has computed.

On the host the results are ndarrays of the geometry foretold, writeable, each with
memory of its own. Small ones travel together, with the program's flags: one array per
dtype, since each output of a program costs 1 us and each look at one 0.8. Large ones
stay where XLA has put them. On a device results are jax.Arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from npjit._array.selection import UNKNOWN
from npjit._graph.aval import Aval, fresh_aval
from npjit._xla.inputs import memory_order
from npjit._xla.selection import Masked
from npjit._xla.spares import REUSED, Lent

__all__ = ["DeviceResults", "HostResults", "Results", "owned"]

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
        self.flags = 0, 0
        self.unraised = b""
        self.lends = False
        self.only: _Part | None = None  # the one result, if it is small

    def packed(self, values: Sequence[Any], raised: jax.Array) -> list[jax.Array]:
        """The outputs, while the program is traced."""
        outputs = _Outputs()
        self.parts = [
            [outputs.place(*array) for array in _arrays(value, aval)]
            for value, aval in zip(values, self.avals, strict=True)
        ]
        placed = [part for parts in self.parts for part in parts]
        self.lends = any(not part.is_copied for part in placed)
        self.only = placed[0] if len(placed) == 1 and not self.lends else None
        self.unraised = b""
        if raised.size:
            dtype = next(iter(outputs.packs), np.dtype(bool))
            self.flags = outputs.add(dtype, raised.astype(dtype))
            self.unraised = bytes(raised.size * dtype.itemsize)
        return outputs.joined()

    def unpacked(self, outputs: list[jax.Array]) -> tuple[list[Any], int | None]:
        """The results, and the first flag that is raised."""
        if self.only is not None:
            memory = np.asarray(outputs[0])
            end = self.only.end
            if not self.unraised or memory[end:].tobytes() == self.unraised:
                return [_copied(self.only, memory)], None
        if self.lends:
            jax.block_until_ready(outputs)
        # np.asarray waits for a result, and does not copy.
        memories: list[Any] = [*map(np.asarray, outputs)]
        if self.unraised:
            number, first = self.flags
            raised = memories[number][first:]
            if raised.tobytes() != self.unraised:  # a fifth of the time of any()
                return [], _first(raised)
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
        flat = x.transpose(order).reshape(-1)
        is_copied = aval.nbytes < _LENT
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


def owned(result: Any) -> Any:
    """A result in memory that NumPy has allocated."""
    base: Any = result.base if type(result) is np.ndarray else None
    return result.copy("K") if type(base) is Lent else result
