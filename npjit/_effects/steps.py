"""Steps: what a replay does, one after the other, to fill its registers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from npjit._array.storage import Storage
from npjit._diagnostics.events import Event
from npjit._effects.guards import Check, Then, same_bits
from npjit._effects.templates import (
    Extracted,
    Figure,
    Input,
    Made,
    Mapping,
    Missed,
    New,
    Registers,
    Same,
    Sequence,
    Several,
    Shared,
    Template,
    View,
    is_same,
)
from npjit._graph.aval import Aval
from npjit._graph.log import Entry, Log
from npjit._graph.trace import Line

__all__ = ["Ask", "Call", "Engine", "Recording", "Run", "Step", "raising", "releases"]


class Engine(Protocol):
    """What a replay asks of the engines."""

    def run(self, step: Run, registers: Registers) -> list[Any]:
        """The values of a log's results."""

    def call(self, step: Call, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call a NumPy function, as if from the user's line."""


class Step(Protocol):
    """One thing that a replay does."""

    def do(self, registers: Registers, engine: Engine) -> None:
        """Do it.

        Raises
        ------
        Missed
            If the call would go on otherwise from here.
        """


def raising(errstate: dict[str, str]) -> Any:
    """An errstate in which a replay ends where NumPy would warn: a recording warns."""
    return _raising(tuple(errstate.items()))


@functools.cache
def _raising(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    # One dict for all that are alike: engines compare them by identity.
    return {name: "raise" if v == "warn" else v for name, v in items}


def _without_warnings(e: Entry) -> Entry:
    state = raising(e.errstate)
    return Entry(e.inferred, e.args, e.kwargs, e.outs, e.target, e.line, state)


class Run:
    """Compute a log.

    Attributes
    ----------
    log : Log
        Without its storages: they hold the caller's arrays.
    n_slots : int
        How many storages it has.
    leaves, outs : list of int
        Registers.
    avals, out_avals : list of Aval
        Of the leaves, of the results.
    slots : list of int
        Those of the results, in the log.
    ready : object
        What the engine keeps for the next time.
    """

    __slots__ = (
        *("avals", "leaves", "log", "n_slots", "out_avals", "outs", "ready", "slots"),
    )

    def __init__(
        self,
        log: Log,
        leaves: list[int],
        live: list[tuple[int, Storage]],
    ) -> None:
        self.log = log.emptied()
        self.log.entries = list(map(_without_warnings, log.entries))
        self.n_slots = len(log.storages)
        self.leaves = leaves
        self.avals = [log.storages[slot].aval for slot in log.leaf_slots]
        self.slots = [slot for slot, _ in live]
        self.outs = [storage.register for _, storage in live]
        self.out_avals = [storage.aval for _, storage in live]
        self.ready: Any = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        mine, its = self.log, other.log
        return (
            mine.key == its.key
            and mine.starts == its.starts
            and all(map(same_bits, mine.values, its.values))
            and [e.errstate for e in mine.entries] == [e.errstate for e in its.entries]
            and (self.leaves, self.slots, self.outs)
            == (other.leaves, other.slots, other.outs)
        )

    __hash__ = None  # type: ignore[assignment]  # compared by what they compute

    def do(self, registers: Registers, engine: Engine) -> None:
        values = registers.values
        results = engine.run(self, registers)
        for register, value in zip(self.outs, results, strict=True):
            values[register] = value


@dataclass(slots=True)
class Call:
    """Call a NumPy function, or draw from a generator."""

    func: Any
    spelling: Any
    holder: Template | None
    args: Template
    kwargs: Template
    targets: list[tuple[int, Aval]]
    errstate: dict[str, str]
    line: Line = field(compare=False)
    result: Made | None = None

    def do(self, registers: Registers, engine: Engine) -> None:
        for register, aval in self.targets:
            registers.to_write(register, aval)
        func = self.func
        if self.holder is not None:
            func = getattr(self.holder.make(registers), func.__name__)
        args, kwargs = self.args.make(registers), self.kwargs.make(registers)
        if self.spelling is not None:
            func, args = self.spelling(*args, **kwargs)
            kwargs = {}
        made = engine.call(self, func, args, kwargs)
        assert self.result is not None
        self.result.take(registers, made)


@dataclass(slots=True, eq=False)
class Ask:
    """See that a question about elements has the answer that it had."""

    operands: list[Template]
    question: Callable[..., Any]
    answer: Any

    def holds(self, registers: Registers) -> bool:
        """Whether the answer is the same."""
        operands = [operand.make(registers) for operand in self.operands]
        return is_same(self.question(*operands), self.answer)

    def asks_as(self, other: Ask) -> bool:
        """Whether another step asks the same."""
        same = self.question is other.question
        return same and self.operands == other.operands

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ask):
            return NotImplemented
        return self.asks_as(other) and is_same(self.answer, other.answer)

    __hash__ = None  # type: ignore[assignment]

    def do(self, registers: Registers, engine: Engine) -> None:
        if not self.holds(registers):
            raise Missed("a branch that was not taken before")


@dataclass(slots=True)
class Recording:
    """One call that can be replayed.

    Attributes
    ----------
    guards : Check
        Finds the objects from outside; None if one has changed.
    guarding : callable
        Puts the guards before another function.
    n_bound : int
        How many objects the guards find.
    result : Template
        Of what the call returns.
    events : list of Event
        The fallbacks and breaks of the call: a replay has them too.
    quick : Check or None
        What the runtime has made of it, once it was replayed.
    told : tuple
        The event of its replays.
    releases : list of tuple
        For each step the registers that nobody asks for after it.
    """

    guards: Check
    guarding: Callable[[Then], Check]
    inputs: list[Input]
    figures: list[Figure]
    steps: list[Step]
    n_registers: int
    n_objects: int
    n_bound: int
    result: Template
    errstate: dict[str, str]
    events: list[Event] = field(default_factory=list)
    quick: Check | None = None
    told: Any = None
    releases: list[tuple[int, ...]] = field(default_factory=list)


def releases(steps: list[Step], kept: set[int]) -> list[tuple[int, ...]]:
    """For each step the registers that nobody asks for after it.

    Parameters
    ----------
    steps : list of Step
    kept : set of int
        Registers that are handed out at the end.
    """
    last: dict[int, int] = {}
    parting = -1  # from there on no other recording can be gone on with
    for i, step in enumerate(steps):
        last |= dict.fromkeys(registers_of(step), i)
        if isinstance(step, Ask):
            parting = i
    found: list[list[int]] = [[] for _ in steps]
    for register, i in last.items():
        if register not in kept:
            found[max(i, parting)].append(register)
    return list(map(tuple, found))


def registers_of(x: Any) -> Iterator[int]:
    """The registers that a step, a template or a result names."""
    match x:
        case Run():
            yield from (*x.leaves, *x.outs)
        case Call():
            yield from (register for register, _ in x.targets)
            for part in (x.args, x.kwargs, x.result):
                yield from registers_of(part)
        case Ask():
            for operand in x.operands:
                yield from registers_of(operand)
        case View() | New():
            yield x.register
        case Sequence() | Several():
            for item in x.items:
                yield from registers_of(item)
        case Mapping():
            for item in x.items.values():
                yield from registers_of(item)
        case Shared():
            yield from registers_of(x.item)
        case Same():
            yield from registers_of(x.view)
        case Extracted():
            yield from registers_of(x.source)
