"""The first part of a long program, which is tried in XLA before the whole is.

A run in XLA cannot be cancelled. So a program that takes long in NumPy is at first run
in two parts: its beginning in XLA, the rest in NumPy. Only where XLA is not the slower
one there, the whole is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final
from weakref import ref

from npjit._array.selection import UNKNOWN
from npjit._array.storage import Storage
from npjit._chapters import speed
from npjit._graph.log import Log, Read
from npjit._runtime.engine import Run
from npjit._runtime.programs import Program
from npjit._xla.watch import stretch_of

__all__ = ["Head", "head_of"]

#: The share of a program's predicted time that its first part takes, and at most.
_SHARE: Final = 0.1
_MAX_SHARE: Final = 0.5
#: So many runs in which XLA was slower: the first one touches new memory.
_MAX_LOST: Final = 2


class Head:
    """The first part of a program.

    Parameters
    ----------
    n : int
        How many entries it has.

    Attributes
    ----------
    program : Program
        Of these entries.
    numpy_ns : int or None
        What it took in NumPy, at least.
    has_passed : bool
        XLA was not slower.
    n_lost : int
        How often XLA was slower.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.program = Program(n)
        self.numpy_ns: int | None = None
        self.has_passed = False
        self.n_lost = 0

    @property
    def has_failed(self) -> bool:
        """Whether the whole is not worth a try."""
        return self.n_lost >= _MAX_LOST

    def part_of(self, run: Run) -> Run:
        """The first part of a run."""
        part = stretch_of(run.log, run.look, 0, self.n)
        log = run.log.emptied()
        log.storages = run.log.storages
        log.entries, log.starts, log.leaf_slots = part.entries, part.starts, part.leaves
        live = _live(run.log, self.n)
        return run._replace(log=log, live=live, program=self.program, look=part.look)

    def hand_over(self, run: Run, part: Run, results: Sequence[Any]) -> None:
        """Let NumPy go on behind the first part, with what XLA computed of it."""
        log = run.log
        pairs = [(s, value) for (_, s), value in zip(part.live, results, strict=True)]
        for (slot, storage), (_, value) in zip(part.live, pairs, strict=True):
            if log.storages[slot] is not storage and _held(log, slot) is None:
                storage.set_value(value)
                log.scratch[slot] = storage.settle()
        log.take(pairs, self.n)

    def note_numpy(self, elapsed_ns: int) -> None:
        """Take note of a run in NumPy."""
        self.numpy_ns = min(elapsed_ns, self.numpy_ns or elapsed_ns)

    def note_xla(self, elapsed_ns: int, *, is_done: bool) -> None:
        """Take note of a run in XLA, and whether it gave results."""
        if is_done and elapsed_ns <= (self.numpy_ns or 0):
            self.has_passed = True
        else:
            self.n_lost += 1


def head_of(log: Log) -> Head | None:
    """The first part of a log; None where it cannot be cut."""
    costs = [*accumulate(map(speed.numpy_ns, log.entries))]
    n = 1 + next(i for i, cost in enumerate(costs) if cost >= _SHARE * costs[-1])
    if costs[n - 1] > _MAX_SHARE * costs[-1]:
        return None
    # A selection is no array as long as its length is not known.
    known = all(UNKNOWN not in storage.aval.shape for _, storage in _live(log, n))
    return Head(n) if known else None


def _live(log: Log, n: int) -> list[tuple[int, Any]]:
    """The slots that the first entries write, and somebody needs; with storages."""
    made: dict[int, Any] = {}
    for entry in log.entries[:n]:
        made |= zip(entry.outs, entry.inferred.outs, strict=True)
        if entry.target is not None:
            made.setdefault(entry.target.slot, entry.target.aval)
    needed = {slot for entry in log.entries[n:] for slot in _slots(entry)}
    held = {slot: _held(log, slot) for slot in sorted(made)}
    return [
        (slot, Storage(made[slot]) if storage is None else storage)
        for slot, storage in held.items()
        if storage is not None or slot in needed
    ]


def _slots(entry: Any) -> set[int]:
    return {x.slot for x in (*entry.operands(), entry.target) if type(x) is Read}


def _held(log: Log, slot: int) -> Any:
    """The storage of a slot, if somebody holds it."""
    storage = log.storages[slot]
    return storage() if type(storage) is ref else storage
