"""A rehearsal: what NumPy makes of a log, found out on copies.

Nothing is written that anybody sees, nothing is warned of or raised by `np.errstate`;
what NumPy would report is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array.storage import copy_of
from npjit._chapters.infer import noted_warnings
from npjit._chapters.reports import DIVIDE, INVALID, OVER, UNDER
from npjit._graph.log import Log, Read
from npjit._graph.structure import apply
from npjit._graph.trace import Trace
from npjit._host.engine import Replay

__all__ = ["Rehearsal"]

#: NumPy's numbers for what it reports.
_BITS = {1: DIVIDE, 2: OVER, 4: UNDER, 8: INVALID}
#: Their elements are whatever lay in memory; in a rehearsal they are zeros.
_UNFILLED: frozenset[Any] = frozenset({np.empty, np.empty_like})


class Rehearsal(Replay):
    """A replay on copies, entry by entry.

    Parameters
    ----------
    trace, log
        As of any replay; the log stays as it is.
    """

    def __init__(self, trace: Trace, log: Log) -> None:
        super().__init__(trace, log)
        self.scratch = {}

    def step(self, i: int) -> int:
        """Run one entry.

        Parameters
        ----------
        i : int
            Its number.

        Returns
        -------
        int
            The bits of what NumPy would report (`npjit/_chapters/reports.py`).
        """
        entry = self.log.entries[i]
        func, args, kwargs = self.call_of(entry)
        bits = 0

        def note(_: str, flag: int) -> None:
            nonlocal bits
            for number, bit in _BITS.items():
                bits |= bit if flag & number else 0

        with np.errstate(all="call", call=note), noted_warnings():
            result = func(*args, **kwargs)
        if entry.target is None:
            results = result if entry.inferred.container else (result,)
            for slot, value in zip(entry.outs, results, strict=True):
                self.scratch[slot] = _filled(entry.inferred.op.rule, value)
        return bits

    def root(self, slot: int) -> np.ndarray:
        """The root array of a slot, a copy if the log writes it."""
        found = self.scratch.get(slot)
        if found is None:
            buffer = self.log.storages[slot].settle()
            found = copy_of(buffer) if slot in self.log.written else buffer
            self.scratch[slot] = found
        return found

    def view(self, read: Read) -> np.ndarray:
        """The view of a root: a copy need not lie in memory as what it is a copy of."""
        return apply(read.structure, self.root(read.slot), read.starts)

    def forget(self, i: int, kept: set[int]) -> None:
        """Drop what no entry after `i` touches, but for what is to be kept."""
        for slot in self.last_use.get(i, ()):
            if slot not in kept:
                self.scratch.pop(slot, None)


def _filled(rule: Callable[..., Any], value: Any) -> np.ndarray:
    result = np.asarray(value)
    if rule in _UNFILLED:
        result.fill(0)
    return result
