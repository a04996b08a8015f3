"""A walk over the operations of a log, each compared with what NumPy makes of it.

NumPy is given the operands that XLA had, so that no blame falls on the operations after
the one that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from npjit._array.storage import empty
from npjit._diagnostics.values import describe_difference, values_differ
from npjit._graph.log import Entry, Read
from npjit._graph.structure import apply
from npjit._host.rehearsal import Rehearsal
from npjit._runtime.bounds import Call, beyond, is_open
from npjit._runtime.findings import Finding, finding_of
from npjit._xla.watch import Stretch

__all__ = ["Walk", "is_other"]


class Walk:
    """One walk.

    Attributes
    ----------
    open_slots : set of int
        Those that need not hold the bits that NumPy would have made of the inputs.
    """

    def __init__(self, rehearsal: Rehearsal, exact: bool) -> None:
        self.rehearsal = rehearsal
        self.exact = exact
        self.open_slots: set[int] = set()
        self.writers: dict[int, Entry] = {}

    def roots(self, stretch: Stretch) -> dict[int, np.ndarray]:
        """What a stretch is run on: the values of its leaves by slot."""
        return {slot: self.rehearsal.root(slot) for slot in stretch.leaves}

    def stretch(
        self, stretch: Stretch, made: Sequence[Sequence[np.ndarray]]
    ) -> Finding | None:
        """The first operation of a stretch that differs; `made` is what XLA made."""
        for i, (entry, actual) in enumerate(zip(stretch.entries, made, strict=True)):
            found = self.entry(stretch.start + i, entry, actual)
            if found is not None:
                return found
        return None

    def entry(
        self, i: int, entry: Entry, actual: Sequence[np.ndarray]
    ) -> Finding | None:
        """Compare one operation, and go on with what XLA made."""
        rehearsal, target = self.rehearsal, entry.target
        slots = entry.outs if target is None else (target.slot,)
        args = tuple(map(rehearsal.operand, entry.args))
        kwargs = {k: rehearsal.operand(v) for k, v in entry.kwargs.items()}
        if target is not None:  # its old version is an operand, too
            rehearsal.scratch[target.slot] = rehearsal.root(target.slot).copy("K")
        try:
            rehearsal.step(i)
        except (ArithmeticError, IndexError, ValueError):
            self.take_over(entry, slots, actual)
            return None
        for slot, its in zip(slots, actual, strict=True):
            expected = rehearsal.scratch[slot]
            if text := self.difference(entry, args, kwargs, expected, its):
                return finding_of(entry, text)
            if self.is_open(entry) or is_other(expected, its):
                self.open_slots.add(slot)
            self.writers[slot] = entry
            rehearsal.scratch[slot] = _laid_out(its, expected)
        return None

    def take_over(
        self, entry: Entry, slots: Sequence[int], actual: Sequence[np.ndarray]
    ) -> None:
        """Go on where NumPy raises: it did not of what it computed itself."""
        for k, (slot, its) in enumerate(zip(slots, actual, strict=True)):
            if entry.target is None:
                self.rehearsal.scratch[slot] = empty(entry.inferred.outs[k])
            self.rehearsal.scratch[slot][...] = its
            self.writers[slot] = entry
            self.open_slots.add(slot)

    def is_open(self, entry: Entry) -> bool:
        """Whether what an entry makes may have other bits elsewhere."""
        reads = [x for x in (*entry.operands(), entry.target) if type(x) is Read]
        from_open = any(read.slot in self.open_slots for read in reads)
        return from_open or is_open(entry.inferred.op)

    def difference(
        self, entry: Entry, args: tuple, kwargs: dict, expected: Any, actual: Any
    ) -> str:
        """What is beyond the bounds, of a result or a version; "" if nothing is."""
        if (expected.shape, expected.dtype) != (actual.shape, actual.dtype):
            kinds = (f"{a.dtype}{list(a.shape)}" for a in (actual, expected))
            return "gives {} on XLA, NumPy {}".format(*kinds)
        target = entry.target
        if target is not None:
            whole, elsewhere = expected, actual.copy()
            expected, actual = _view(whole, target), _view(actual, target)
            _view(elsewhere, target)[...] = expected
            differ = values_differ(whole, elsewhere)
            if differ.any():
                text = describe_difference(whole, elsewhere, differ, worst=True)
                return f"writes elsewhere on XLA: {text}"
        call = Call(entry.inferred.op, args, kwargs, expected)
        if entry.inferred.op.can_fail and not np.isfinite(actual).all():
            return ""  # then NumPy is asked
        differ = beyond(call, actual, self.exact)
        if not differ.any():
            return ""
        text = describe_difference(expected, actual, differ, worst=True)
        return f"differs on XLA: {text}"

    def only_together(
        self, differing: list[int], expected: dict, actual: dict
    ) -> Finding | None:
        """A result that differs although each operation that leads to it does not."""
        for slot in differing:
            if slot in self.open_slots or not self.exact:
                continue
            x, y = expected[slot], actual[slot]
            text = describe_difference(x, y, values_differ(x, y), worst=True)
            text = f"differs on XLA where it is compiled with what precedes it: {text}"
            return finding_of(self.writers[slot], text)
        return None


def _view(root: np.ndarray, read: Read) -> np.ndarray:
    return apply(read.structure, root, read.starts)


def is_other(expected: np.ndarray, actual: np.ndarray) -> bool:
    """Whether two arrays differ in anything, but for what a NaN looks like."""
    if (expected.shape, expected.dtype) != (actual.shape, actual.dtype):
        return True
    return bool(values_differ(expected, actual).any())


def _laid_out(a: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A copy with the memory order of another array of its shape."""
    result = np.empty_like(like)
    result[...] = a
    return result
