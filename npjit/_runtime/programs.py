"""Programs: cuts of logs that look alike, and their executables.

A program is found by its structure (the log's key and which slots are live). Where its
views begin is first compiled in; positions that turn out to change from one use to the
next become operands, so that the iterations of a loop share one executable.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import Trace, location
from npjit._runtime.background import WORKER
from npjit._runtime.contest import SECOND, Contest
from npjit._xla.compile import Executable
from npjit._xla.looks import Look
from npjit.errors import Reason, Unsupported

__all__ = ["PER_PROGRAM", "PROGRAMS", "Program", "ProgramCache"]

#: Measured with `bench/` on XLA:CPU: 45 operations take 2.6 MB.
_BYTES_PER_OPERATION: Final = 60_000
_MAX_VARIANTS: Final = 8
#: The longest rest of a program, as a power of two.
_MAX_REST: Final = 10
#: Operations that one call has compiled for logs which begin at one line. An operation
#: takes 4 to 16 ms, in short programs as in long ones: what limits the time is their
#: number. Of a loop over shrinking slices no two iterations are alike: 14,000
#: operations of `syrk` took 230 s.
_MAX_AT_PLACE: Final = 1000
#: A program takes as long to compile as so many operations more than it has.
PER_PROGRAM: Final = 20
_TOO_MANY: Final = Reason.LIMIT, "others were compiled that began at the same line"
_FORKED: Final = Reason.DECLINED, "the process was forked from one that had loaded JAX"
_MAX_REFUSED: Final = 100_000


#: The starts that are compiled in, and what serves them.
Draft = tuple[tuple[int | None, ...], Executable]


class Program:
    """One structure, with an executable for each choice of static starts.

    Attributes
    ----------
    failure : tuple of Reason and str, or None
        Why it cannot run through XLA.
    n_reports : int
        How often in a row it met values that NumPy reports.
    rest : int
        How many of its next runs are left to NumPy.
    closely : bool
        NaN or infinity was among its inputs: a program that looks closely serves now.
    contest : Contest
        NumPy against XLA; of mode "auto".
    is_pending : bool
        It is being compiled in the background.
    n_seen : int
        How often mode "auto" met it before it was compiled.
    head : Head or None
        Its first part, if it takes long: tried before the whole.
    """

    failure: tuple[Any, str] | None

    def __init__(self, n_operations: int) -> None:
        self.lock = threading.Lock()
        self.variants: list[Draft] = []
        self.failure = _FORKED if WORKER.is_forked else None
        self.n_reports = 0
        self.rest = 0
        self.closely = False
        self.n_operations = n_operations
        self.contest = Contest()
        self.is_pending = False
        self.n_seen = 0
        self.seen: tuple[int | None, ...] | None = None
        self.head: Any = None

    @property
    def nbytes(self) -> int:
        """An estimate of the memory its executables take, in bytes."""
        return len(self.variants) * self.n_operations * _BYTES_PER_OPERATION

    def find(self, starts: Sequence[int]) -> Executable | None:
        """The executable that serves these starts."""
        for static, executable in self.variants:
            if all(s is None or s == n for s, n in zip(static, starts, strict=True)):
                return executable
        return None

    def generalized(self, starts: Sequence[int]) -> tuple[int | None, ...]:
        """The starts, with None where they have been seen to change."""
        last = self.variants[-1][0] if self.variants else self.seen
        return _common(last, starts)

    def see(self, starts: Sequence[int]) -> None:
        """Note the starts of a run that was left to NumPy: they may be others."""
        self.n_seen += 1
        self.seen = _common(self.seen, starts)

    def on_xla(self, mode: str = "jit") -> bool:
        """Whether an engine of this mode would run it in XLA now.

        In mode "auto" it is taken to be run, so that the clock of the next look at
        NumPy goes on.
        """
        if self.failure is not None or self.rest or not self.variants:
            return False
        if mode != "auto":
            return True
        contest = self.contest
        if contest.winner != SECOND or contest.is_due():
            return False
        contest.spent_ns += int(contest.settled_ns[SECOND])
        return True

    def reports(self) -> None:
        """Note that NumPy had to run it again, to report what it met.

        From the second time in a row on it stays in NumPy for a while, twice as long
        each time.
        """
        self.n_reports += 1
        if self.n_reports > 1:
            self.rest = 2 ** min(self.n_reports, _MAX_REST)

    def rests(self) -> bool:
        """Whether this run is left to NumPy; counts it."""
        if not self.rest:
            return False
        self.rest -= 1
        return True

    def draft(self, log: Log, outs: Sequence[int], look: Look, exact: bool) -> Draft:
        """What is to be compiled for this log's starts; keeps nothing of its data."""
        static = self.generalized(log.starts)
        return static, Executable(log, outs, static, look, exact)

    def build(self, draft: Draft) -> Executable:
        """Compile; call with the lock held."""
        executable = draft[1]
        executable.compile()
        # Known only now: an interrupted compilation leaves nothing behind.
        self.variants = [*self.variants, draft][-_MAX_VARIANTS:]
        return executable


def _common(
    last: Sequence[int | None] | None, starts: Sequence[int]
) -> tuple[int | None, ...]:
    """The starts, with None where they are not the last ones."""
    if last is None:
        return tuple(starts)
    return tuple(
        n if s is not None and s == n else None
        for s, n in zip(last, starts, strict=True)
    )


class ProgramCache:
    """All programs of the process, least recently used first.

    Bounded by number and by estimated bytes. Of those that are not to be compiled it
    keeps a hash: they are many, and would drive the others out.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.programs: OrderedDict[Any, Program] = OrderedDict()
        self.refused: set[int] = set()

    def get(self, log: Log, outs: Sequence[int], look: Look, exact: bool) -> Program:
        """The program of a log, new or known."""
        key = _key(log, outs, look, exact)
        with self.lock:
            program = self.programs.get(key)
            if program is None:
                program = Program(len(log.entries))
                if hash(key) in self.refused:
                    program.failure = _TOO_MANY
                    return program
                self.programs[key] = program
            self.programs.move_to_end(key)
            return program

    def refuse(self, log: Log, outs: Sequence[int], look: Look, exact: bool) -> None:
        """Let the program of a log be left to NumPy for good."""
        key = _key(log, outs, look, exact)
        with self.lock:
            self.programs.pop(key, None)
            if len(self.refused) >= _MAX_REFUSED:
                self.refused.clear()
            self.refused.add(hash(key))

    def trim(self, max_programs: int, max_bytes: int) -> None:
        """Drop what was not used for longest."""
        with self.lock:
            total = sum(p.nbytes for p in self.programs.values())
            while len(self.programs) > 1 and (
                len(self.programs) > max_programs or total > max_bytes
            ):
                _, dropped = self.programs.popitem(last=False)
                total -= dropped.nbytes

    def bound(self, max_programs: int) -> None:
        """Drop what was not used for longest, if there are many not compiled."""
        if len(self.programs) > max_programs:
            with self.lock:
                self.programs.popitem(last=False)

    def clear(self) -> None:
        """Forget all programs."""
        with self.lock:
            self.programs.clear()
            self.refused.clear()

    def renew(self) -> None:
        """In a forked child: JAX and the locks of other threads are of no use there."""
        self.lock = threading.Lock()
        if WORKER.is_forked:
            for program in self.programs.values():
                program.failure = _FORKED


def _key(log: Log, outs: Sequence[int], look: Look, exact: bool) -> Any:
    return tuple(log.key), tuple(outs), look, exact


PROGRAMS: Final = ProgramCache()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROGRAMS.renew)


def executable_for(
    trace: Trace, program: Program, log: Log, outs: Sequence[int], look: Look
) -> tuple[Executable, bool]:
    """The executable for a log, and whether it was there already.

    One thread compiles, others wait for it.

    Raises
    ------
    Unsupported
        If it is new, and the call had enough compiled of what begins at its line.
    """
    found = program.find(log.starts)
    if found is not None:
        return found, True
    with program.lock:
        found = program.find(log.starts)
        if found is not None:
            return found, True
        exact = bool(trace.options.exact)
        if _is_one_too_many(trace, log) and not program.variants:
            PROGRAMS.refuse(log, outs, look, exact)
            raise Unsupported(*_TOO_MANY)
        began = time.perf_counter_ns()
        draft = program.draft(log, outs, look, exact)
        built = program.build(draft)
        elapsed_ns = time.perf_counter_ns() - began
        emit(Event("compile", f"program of {len(log.entries)}", elapsed_ns=elapsed_ns))
        return built, False


def _is_one_too_many(trace: Trace, log: Log) -> bool:
    """Whether a call has had enough compiled for this place; counts what it has."""
    place = location(log.entries[0].line)
    known = trace.n_compiled.get(place, 0)
    trace.n_compiled[place] = known + PER_PROGRAM + len(log.entries)
    return known >= _MAX_AT_PLACE
