"""Where a compiled program is looked at, for what NumPy would report of its values.

NaN and infinity go on through most of arithmetic. So it is enough to look at results,
and at those values of which a part may get lost before: a walk from the end finds them.
What an elementwise operation would swallow need not be looked at either, which takes a
pass over memory: the operation is *guarded*, and shows it (`black_scholes`, 500,000
elements: 4.7 ms in place of 6.6, without reports 4.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from npjit._array import index_operations as recorded
from npjit._chapters.registry import Kind, operation_of
from npjit._chapters.reports import NONE, carried_operands, is_reporting, narrows
from npjit._graph.log import Entry, Read
from npjit._xla.regions import Region, restricted, spread

__all__ = [
    "INTEGER_DIVISIONS",
    "LOG_SUMS",
    "ORDERINGS",
    "Look",
    "Plan",
    "casts",
    "may_report",
    "ufunc_of",
]

#: Calls that cast what they are given to the dtype of what they make or write.
_CASTING = frozenset(
    {
        *(np.astype, np.copy, np.full, np.full_like, np.copyto, np.putmask, np.place),
        *(np.concatenate, np.stack, np.hstack, np.vstack, np.dstack),
        *(np.column_stack, np.fill_diagonal, np.sum, np.prod, np.mean),
        *(np.cumsum, np.cumprod, np.add.reduce, np.multiply.reduce),
        recorded.ASSEMBLE.rule,
    }
)
_SELECTING = frozenset({recorded.SELECT, recorded.SELECT_AT, recorded.NONZERO})
INTEGER_DIVISIONS = frozenset(
    {np.floor_divide, np.remainder, np.fmod, np.divmod, np.reciprocal}
)
LOG_SUMS = frozenset({np.logaddexp, np.logaddexp2})
ORDERINGS = frozenset(
    {np.less, np.less_equal, np.greater, np.greater_equal}
    | {np.maximum, np.minimum, np.fmax, np.fmin}
)


def ufunc_of(entry: Entry) -> Any:
    """The ufunc that an entry calls, or of which it calls a method."""
    rule: Any = entry.inferred.op.rule
    if rule is recorded.UFUNC_AT.rule:
        return entry.kwargs["ufunc"]
    return rule if isinstance(rule, np.ufunc) else getattr(rule, "__self__", None)


def _dtypes(entry: Entry) -> tuple[np.dtype, ...]:
    """The dtypes in which an entry computes its results."""
    inferred = entry.inferred
    if inferred.loop is not None:
        return inferred.loop[inferred.op.rule.nin :]  # type: ignore[attr-defined]
    if inferred.outs:
        return tuple(aval.dtype for aval in inferred.outs)
    assert entry.target is not None
    return (entry.target.aval.dtype,)


def casts(entry: Entry) -> bool:
    """Whether an entry casts what it is given to the dtype of what it makes."""
    op = entry.inferred.op
    indexing = op.kind is Kind.WRITE and op.rule is op.func
    return op.rule in _CASTING or indexing


def _makes(entry: Entry) -> bool:
    """Whether an entry may make NaN or infinity of other numbers, and report it."""
    dtypes, op = _dtypes(entry), entry.inferred.op
    if op.rule is recorded.UFUNC_AT.rule:
        op = operation_of(entry.kwargs["ufunc"])
    if is_reporting(op, dtypes, entry.inferred.loop):
        return True
    into = dtypes if entry.target is None else (entry.target.aval.dtype,)
    if entry.inferred.op.kind is Kind.UFUNC:
        return any(map(narrows, dtypes, into))
    given = [x.aval.dtype for x in entry.operands() if type(x) is Read]
    return casts(entry) and any(narrows(d, into[0]) for d in given)


def may_report(entries: Sequence[Entry]) -> bool:
    """Whether NumPy may warn of any of these calls."""
    telling = INTEGER_DIVISIONS | ORDERINGS
    return any(_makes(e) or casts(e) or ufunc_of(e) in telling for e in entries)


class Look(NamedTuple):
    """What a program tells of its values.

    Attributes
    ----------
    codes : tuple of int
        For each entry the bits of what its errstate reports.
    late : tuple of int
        The entries that may raise later than they stand: of theirs, indices that may be
        out of bounds are looked at.
    closely : bool
        Whether each operation is looked at with its operands.
    """

    codes: tuple[int, ...]
    late: tuple[int, ...]
    closely: bool


#: So many results are tried to be left out of what is looked at.
_MAX_TRIED: Final = 8


class Plan:
    """Where a program is looked at.

    Parameters
    ----------
    entries : sequence of Entry
    outs : sequence of int
        The slots of the results.
    starts : sequence of int or None
        Where the index primitives begin; None where that changes.
    shapes : dict of int to tuple of int
        The shapes of the slots that are arguments.
    look : Look

    Attributes
    ----------
    entries : frozenset of int
        Entries whose values are looked at.
    outs : dict of int to int
        Slots that are looked at when all is done, and the entries that wrote them last.
    guards : dict of int to set of int
        For entries the operands whose NaN and infinities are to show in the result,
        which NumPy's would not: where they are, NaN takes its place. A raised flag
        discards the results, and to look at an operand is another pass over memory.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        outs: Sequence[int],
        starts: Sequence[int | None],
        shapes: Mapping[int, tuple[int, ...]],
        look: Look,
    ) -> None:
        makes = [
            code != NONE and _makes(e)
            for e, code in zip(entries, look.codes, strict=True)
        ]
        self.entries = frozenset(i for i, made in enumerate(makes) if made)
        self.outs: dict[int, int] = {}
        self.guards: dict[int, set[int]] = {}
        if self.entries and not look.closely:
            walk = _Backwards(entries, outs, starts, shapes, makes)
            for slot in list(walk.looked_outs)[:_MAX_TRIED]:
                rest = [out for out in walk.looked_outs if out != slot]
                without = _Backwards(entries, rest, starts, shapes, makes)
                if without.looked == walk.looked:  # nothing relies on this result
                    walk = without
            self.entries, self.outs = frozenset(walk.looked), walk.looked_outs
            self.guards = walk.guards


class _Backwards:
    """A walk from the end: which elements of each slot are seen by a later look."""

    def __init__(
        self,
        entries: Sequence[Entry],
        outs: Sequence[int],
        starts: Sequence[int | None],
        shapes: Mapping[int, tuple[int, ...]],
        makes: Sequence[bool],
    ) -> None:
        self.shapes = {**shapes, **_made_shapes(entries)}
        self.makes = makes
        self.tainted = _tainted(entries, makes)
        self.selected = _selected(entries)
        self.open_outs = set(outs)
        self.seen: dict[int, Region] = {}
        self.looked: set[int] = set()
        self.looked_outs: dict[int, int] = {}
        self.guards: dict[int, set[int]] = {}
        reads = [_reads_of(e) for e in entries]
        begins = iter(starts)
        places = [[_take(begins, r) for r in its] for its in reads]
        for i in reversed(range(len(entries))):
            self.entry(i, entries[i], reads[i], places[i])

    def of(self, slot: int) -> Region:
        """What is seen of a slot's current version."""
        if slot not in self.seen:
            self.seen[slot] = Region.of(self.shapes[slot], whole=False)
        return self.seen[slot]

    def at_end(self, slot: int, i: int) -> None:
        """The walk meets the last write to a slot: results are looked at if need be."""
        if slot not in self.open_outs:
            return
        self.open_outs.discard(slot)
        if slot in self.tainted and not self.of(slot).is_whole:
            self.looked_outs[slot] = i
            self.seen[slot] = Region.of(self.shapes[slot], whole=True)

    def entry(self, i: int, entry: Entry, reads: list[Read], places: list) -> None:
        target = entry.target
        if target is None:
            for slot in entry.outs:
                self.at_end(slot, i)
            regions = [self.of(slot) for slot in entry.outs]
        else:
            self.at_end(target.slot, i)
            whole = self.of(target.slot)
            part = restricted(whole, target.structure, places[-1])
            if part is None:
                part = Region.of(target.aval.shape, whole=whole.is_whole)
                self.seen[target.slot] = Region.of(whole.shape, whole=False)
            else:
                written = Region.of(target.aval.shape, whole=True)
                self.seen[target.slot] = whole - spread(
                    written, target.structure, places[-1], whole.shape
                )
            regions = [part]
        if self.makes[i] and not all(r.is_whole for r in regions):
            self.looked.add(i)
            regions = [Region.of(r.shape, whole=True) for r in regions]
        if len(regions) == 1:
            where = dict(zip(reads, places, strict=True))
            self.operands(entry, regions[0], where)
            self.guard(i, entry, regions[0], where)

    def operands(self, entry: Entry, region: Region, places: dict[Read, list]) -> None:
        """Note which elements of the operands show in a region of the result."""
        if "where" in entry.kwargs:
            return
        is_selected = any(slot in self.selected for slot in entry.outs)
        for k, read in _carried(entry):
            if is_selected and read.slot not in self.selected:
                continue  # nothing may be selected
            shape = read.aval.shape
            if k is not None and len(shape) <= len(region.cuts):
                shown = region.broadcast_from(shape)
            elif region.is_whole and not region.is_empty:
                shown = Region.of(shape, whole=True)
            else:
                continue
            root = self.of(read.slot)
            self.seen[read.slot] = root | spread(
                shown, read.structure, places[read], root.shape
            )

    def guard(
        self, i: int, entry: Entry, region: Region, places: dict[Read, list]
    ) -> None:
        """Let operands show in the result, of which all is seen, that would not."""
        if not (region.is_whole and _is_guarded(entry)):
            return
        for k, read in enumerate(entry.args):
            if type(read) is not Read or read.aval.shape != region.shape:
                continue
            if read.slot not in self.tainted or read.slot in self.selected:
                continue
            root = self.of(read.slot)
            shown = spread(region, read.structure, places[read], root.shape)
            seen = root | shown
            if read.aval.dtype.kind in "fc" and (seen - root).mask.any():
                self.guards.setdefault(i, set()).add(k)
                self.seen[read.slot] = seen


def _is_guarded(entry: Entry) -> bool:
    """Whether a result is made element by element, and can be NaN."""
    op = entry.inferred.op
    made = entry.inferred.outs[0] if entry.target is None else entry.target.aval
    by_element = op.kind is Kind.UFUNC or op.rule is np.where
    return by_element and made.dtype.kind in "fc" and "where" not in entry.kwargs


def _carried(entry: Entry) -> Iterator[tuple[int | None, Read]]:
    """The operands of an entry that show in its result: in their place if numbered."""
    if _keeps_places(entry):
        yield 0, entry.args[0]
        return
    numbers = carried_operands(entry.inferred.op)
    if numbers is None:
        yield from ((None, x) for x in entry.operands() if type(x) is Read)
        return
    for k in numbers:
        if type(entry.args[k]) is Read:
            yield k, entry.args[k]


def _keeps_places(entry: Entry) -> bool:
    """Whether an entry copies an array as it is, in a dtype that keeps NaN."""
    rule = entry.inferred.op.rule
    copies = (recorded.ASSIGN.rule, recorded.ITEM.rule, np.astype, np.copy)
    if rule not in copies or type(entry.args[0]) is not Read:
        return False
    into = entry.target.aval if entry.target is not None else entry.inferred.outs[0]
    source = entry.args[0].aval.dtype
    return into.dtype.kind in "fc" and (source.kind != "c" or into.dtype.kind == "c")


def _reads_of(entry: Entry) -> list[Read]:
    """The reads of an entry in the order of their starts, its target last."""
    reads = [x for x in entry.operands() if type(x) is Read]
    return reads if entry.target is None else [*reads, entry.target]


def _take(starts: Iterator[int | None], read: Read) -> list[int | None]:
    return [next(starts) for _ in range(read.structure.n_starts)]


def _made_shapes(entries: Sequence[Entry]) -> dict[int, tuple[int, ...]]:
    return {
        slot: aval.shape
        for entry in entries
        for slot, aval in zip(entry.outs, entry.inferred.outs, strict=False)
    }


def _tainted(entries: Sequence[Entry], makes: Sequence[bool]) -> set[int]:
    """The slots that NaN or infinity made by the program may reach."""
    found: set[int] = set()
    for entry, made in zip(entries, makes, strict=True):
        if made or any(type(x) is Read and x.slot in found for x in entry.operands()):
            found.update(entry.outs)
            if entry.target is not None:
                found.add(entry.target.slot)
    return found


def _selected(entries: Sequence[Entry]) -> set[int]:
    """The slots of selections: nobody knows whether they have elements."""
    found: set[int] = set()
    for entry in entries:
        op = entry.inferred.op
        given = any(type(x) is Read and x.slot in found for x in entry.operands())
        if op in _SELECTING or (given and op.kind is not Kind.REDUCTION):
            found.update(entry.outs)
    return found
