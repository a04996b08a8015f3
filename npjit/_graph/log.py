"""The log: the NumPy calls of a recording since its last cut, in program order.

Storages are numbered as the log meets them (slots), views are a structure with starts,
Python numbers are operands. So two stretches of a program that look alike give equal
keys, and share an executable.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import ref

if TYPE_CHECKING:
    from npjit._chapters.infer import Inferred
    from npjit._graph.aval import Aval
    from npjit._graph.structure import Structure

__all__ = ["Entry", "Log", "Read", "StorageLike", "Value"]

_epochs = itertools.count(1)
_LEAF = -1


class StorageLike(Protocol):
    """What the log needs to know of a storage."""

    aval: Aval
    epoch: int
    slot: int
    __weakref__: Any


class Read:
    """A view of the current version of a slot, as an operand or as a target."""

    __slots__ = ("aval", "epoch", "offset", "pair", "slot", "starts", "structure")

    def __init__(self, epoch, slot, structure, starts, offset, aval):
        self.epoch: int = epoch
        self.slot: int = slot
        self.structure: Structure = structure
        self.starts: tuple[int, ...] = starts
        self.offset: int = offset
        self.aval: Aval = aval
        self.pair: tuple[int, int] = (slot, structure.id)


class Value:
    """A Python or NumPy number as an operand: `Log.values[index]`."""

    __slots__ = ("index",)

    def __init__(self, index: int):
        self.index = index


_VALUES = tuple(map(Value, range(256)))


class Entry(NamedTuple):
    """One recorded call: `func(*args, **kwargs)`, into new slots or into `target`."""

    inferred: Inferred
    args: tuple
    kwargs: dict[str, Any]
    outs: tuple[int, ...]
    target: Read | None
    line: tuple
    errstate: dict[str, str]

    def operands(self) -> Iterator[Any]:
        """Positional and keyword arguments, lists of arrays opened."""
        for arg in itertools.chain(self.args, self.kwargs.values()):
            if type(arg) is list:
                yield from arg
            else:
                yield arg


class Log:
    """Entries, and what their key, their leaves and their results are.

    Attributes
    ----------
    key : list of int
        Grows with the entries; with `starts` and the live slots it tells programs
        apart.
    starts : list of int
        Where the index primitives of all reads begin, in order.
    values : list
        The numbers among the operands.
    nbytes : int
        What the leaves hold, in bytes; intermediate results are the engines' business.
    storages : list
        For each slot the storage itself if it is a leaf (its data is needed), else a
        weak reference: who dies before the cut is not computed for its own sake.
    done : int
        How many entries have been run.
    stacks : dict
        For entries that may raise: the lines of the user's that led to them.
    n_computed : int
        Of how many entries XLA has given results.
    damaged : bool
        Recording was interrupted in mid-entry, so that the key does not fit the
        entries: the log is for the host only.
    """

    __slots__ = (
        "damaged",
        "done",
        "entries",
        "epoch",
        "key",
        "leaf_slots",
        "n_computed",
        "nbytes",
        "results",
        "scratch",
        "stacks",
        "starts",
        "storages",
        "values",
        "written",
    )

    def __init__(self) -> None:
        self.epoch = next(_epochs)
        self.entries: list[Entry] = []
        self.key: list[int] = []
        self.starts: list[int] = []
        self.values: list[Any] = []
        self.storages: list[Any] = []
        self.leaf_slots: list[int] = []
        self.written: set[int] = set()
        self.nbytes = 0
        self.done = 0
        self.stacks: dict[int, tuple[Any, ...]] = {}
        self.damaged = False
        self.results: list[tuple[Any, Any]] = []  # (storage, value) from XLA
        self.n_computed = 0
        self.scratch: dict[int, Any] = {}  # the host engine's, kept if interrupted

    def emptied(self) -> Log:
        """The same calls, to be run on other storages."""
        log = Log()
        log.entries, log.key, log.starts = self.entries, self.key, self.starts
        log.values, log.stacks, log.nbytes = self.values, self.stacks, self.nbytes
        log.leaf_slots, log.written = self.leaf_slots, self.written
        return log

    def leaf(self, storage: StorageLike) -> int:
        """Number a storage whose data exists already."""
        slot = len(self.storages)
        self.storages.append(storage)
        self.leaf_slots.append(slot)
        self.key.append(_LEAF)
        self.key.append(storage.aval.id)
        self.nbytes += storage.aval.nbytes
        storage.epoch = self.epoch
        storage.slot = slot
        return slot

    def fresh(self, storage: StorageLike) -> int:
        """Number a storage that an entry makes."""
        slot = len(self.storages)
        self.storages.append(ref(storage))
        self.written.add(slot)
        storage.epoch = self.epoch
        storage.slot = slot
        return slot

    def use(self, read: Read) -> None:
        """Let a read take part in the key."""
        self.key += read.pair
        if read.starts:
            self.starts.extend(read.starts)

    def value(self, value: Any) -> Value:
        """Note a number operand."""
        index = len(self.values)
        self.values.append(value)
        return _VALUES[index] if index < len(_VALUES) else Value(index)

    def take(self, results: list[tuple[Any, Any]], n: int | None = None) -> None:
        """Take over results of XLA: pairs of a storage and its value.

        Parameters
        ----------
        results : list of tuple
        n : int, optional
            Of so many entries, from the first on; else of all.
        """
        self.n_computed = len(self.entries) if n is None else n
        self.results = results
        self.finish()

    def finish(self) -> None:
        """Give storages their results; goes on where it was interrupted."""
        for storage, value in self.results:
            storage.set_value(value)
        self.done = self.n_computed or len(self.entries)
        self.results = []

    def live(self) -> list[tuple[int, Any]]:
        """The slots written here whose storages somebody still holds."""
        found = []
        for slot in sorted(self.written):
            storage = self.storages[slot]
            if type(storage) is ref:
                storage = storage()
            if storage is not None:
                found.append((slot, storage))
        return found
