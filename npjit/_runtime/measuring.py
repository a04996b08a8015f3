"""Mode "auto" with JAX at hand: each program runs on the engine that is faster for it.

A program that is new runs in NumPy, at once. When it comes again it is compiled in the
background; then both engines take turns on real runs, and the faster is kept.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Final

from npjit._chapters import speed
from npjit._config import Options
from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import TINY_SIZE
from npjit._runtime import clock
from npjit._runtime.auto import PROGRESS
from npjit._runtime.background import WORKER
from npjit._runtime.clock import SPENT, Account
from npjit._runtime.contest import FIRST, SECOND
from npjit._runtime.engine import Run, XlaEngine, failure_of
from npjit._runtime.head import Head, head_of
from npjit._runtime.programs import PER_PROGRAM, PROGRAMS, Draft, Program
from npjit.errors import Reason

__all__ = ["COMPILED", "MeasuringEngine"]

#: From here on XLA is tried only where a gain is foretold, and on a first part.
_VERY_LONG_NS: Final = 500_000_000
_CERTAIN_GAIN: Final = 1.2
_HOPELESS_GAIN: Final = 0.4
#: Compiling may take this share of what the process spends in accelerated functions.
_COMPILE_SHARE: Final = 0.5


class _Compiled(Account):
    """What compiling takes: at first a guess, 5 ms for an operation."""

    __slots__ = ("known_ns", "n_operations")

    def __init__(self) -> None:
        super().__init__()
        self.known_ns = 200_000_000
        self.n_operations = 2 * PER_PROGRAM

    def expected_ns(self, n_operations: int) -> int:
        """What a program of so many operations should take."""
        return self.known_ns * (n_operations + PER_PROGRAM) // self.n_operations

    def learn(self, n_operations: int, elapsed_ns: int) -> None:
        """Take note of a compilation."""
        self.n_operations += n_operations + PER_PROGRAM
        self.known_ns += elapsed_ns


#: What compiling in the background has taken, or should take where it is under way.
COMPILED: Final = _Compiled()


class MeasuringEngine(XlaEngine):
    """Takes turns between NumPy and XLA, and keeps the faster for each program."""

    name = "auto"

    def run_program(self, run: Run) -> bool:
        """Run a log on one of the engines; whether it was XLA."""
        side = self.side(run)
        began_ns = clock.now_ns()
        if side == SECOND:
            on_xla = is_measured = super().run_program(run)  # else NumPy reports
        else:
            on_xla = False
            is_measured = not self.tries_head(run)
            self.host.run(run.trace, run.log)
        if is_measured:
            self.note(run.program, side, clock.now_ns() - began_ns)
        return on_xla

    def side(self, run: Run) -> int:
        """The engine whose turn it is."""
        program, starts = run.program, run.log.starts
        if program.failure is not None or program.rest:
            return SECOND  # which tells why it cannot, and leaves it to NumPy
        if program.find(starts) is not None:
            PROGRESS.n_unsettled += program.contest.winner is None
            PROGRESS.n_promising += program.contest.winner != FIRST
            return program.contest.turn()
        program.see(starts)
        PROGRAMS.bound(2 * run.trace.options.max_programs)
        if program.is_pending or self.is_offered(run):
            PROGRESS.n_unsettled += 1
            PROGRESS.n_promising += program.n_seen > 1
        return FIRST

    def is_offered(self, run: Run) -> bool:
        """Whether a program that is not compiled may be soon; has it compiled."""
        if not _may_gain(run.program, run.log):
            return False
        part = self.tried_part(run)
        if part.program.is_pending:
            return True
        is_warm_up = PROGRESS.is_warm_up
        is_due = run.program.n_seen > 1 and not WORKER.is_full()
        if is_warm_up or (is_due and not _is_too_dear(part.program, run.trace.options)):
            job = self.job(part)
            part.program.is_pending = job() if is_warm_up else WORKER.submit(job)
            run.trace.misses += 1
        return True

    def job(self, run: Run) -> Callable[[], bool]:
        """What compiles a program, wherever it is called."""
        program = run.program
        try:
            draft = program.draft(run.log, run.outs, run.look, run.exact)
        except Exception as error:  # noqa: BLE001 - the boundary for JAX and XLA
            _note_failure(program, error)
            return lambda: False
        return _Compilation(program, draft, run.trace.options)

    # Long programs -----------------------------------------------------------------

    def tried_part(self, run: Run) -> Run:
        """What of a run is compiled: all, or the first part of a long program."""
        program = run.program
        is_long = (program.contest.time_ns(FIRST) or 0) > _VERY_LONG_NS
        if not is_long or program.variants or PROGRESS.is_warm_up:
            return run
        if program.head is None:
            program.head = head_of(run.log)
        head: Head | None = program.head
        return run if head is None or head.has_passed else head.part_of(run)

    def tries_head(self, run: Run) -> bool:
        """Run the first part of a long program, if it is tried; whether in XLA."""
        head: Head | None = run.program.head
        if head is None or head.has_passed or run.program.contest.winner is not None:
            return False
        part = head.part_of(run)
        found = head.program.find(part.log.starts)
        in_xla = found is not None and head.numpy_ns is not None
        began_ns = clock.now_ns()
        results = self.results(part) if in_xla else None
        if results is None:
            self.host.run(run.trace, run.log, head.n)
        else:
            head.hand_over(run, part, results)
        elapsed_ns = clock.now_ns() - began_ns
        if not in_xla:
            head.note_numpy(elapsed_ns)
        else:
            head.note_xla(elapsed_ns, is_done=results is not None)
            self.conclude(run, head)
        return in_xla

    def conclude(self, run: Run, head: Head) -> None:
        """Have the whole compiled, or leave it to NumPy."""
        run.program.failure = head.program.failure
        if head.has_passed:
            self.is_offered(run)
        elif head.has_failed:
            run.program.contest.settle(FIRST)
            emit(
                Event("choice", "program", detail="NumPy: XLA's first part was slower")
            )

    def note(self, program: Program, side: int, elapsed_ns: int) -> None:
        """Take note of a run, and tell when its engine is found."""
        contest = program.contest
        before = contest.winner
        is_measured = side == SECOND or program.variants
        if before is None and is_measured and WORKER.is_busy():
            return  # a compilation takes a core, and the GIL
        contest.note(side, elapsed_ns)
        if contest.winner is not None and contest.winner != before:
            name = ("NumPy", "XLA")[contest.winner]
            emit(Event("choice", "program", detail=f"{name}: {contest}"))


class _Compilation:
    """A job: compile what was drafted for a program."""

    def __init__(self, program: Program, draft: Draft, options: Options) -> None:
        self.program = program
        self.draft = draft
        self.options = options
        self.expected_ns = COMPILED.expected_ns(program.n_operations)
        COMPILED.add(self.expected_ns)

    def __call__(self) -> bool:
        """Compile; False, as nothing is pending any more."""
        program = self.program
        began_ns = clock.now_ns()
        try:
            with program.lock:
                program.build(self.draft)
        except Exception as error:  # noqa: BLE001 - the boundary for JAX and XLA
            _note_failure(program, error)
        elapsed_ns = clock.now_ns() - began_ns
        COMPILED.add(elapsed_ns - self.expected_ns)
        COMPILED.learn(program.n_operations, elapsed_ns)
        program.contest.forget()  # runs beside a compilation
        program.is_pending = False
        name = f"program of {program.n_operations}"
        emit(Event("compile", name, elapsed_ns=elapsed_ns))
        PROGRAMS.trim(self.options.max_programs, self.options.max_cache_bytes)
        return False


def _note_failure(program: Program, error: Exception) -> None:
    """Remember why a program cannot be compiled; its next run tells."""
    program.failure = failure_of(error)
    if program.failure[0] is Reason.INTERNAL:  # once in full
        detail = traceback.format_exc()
        emit(Event("fallback", "program", Reason.INTERNAL, detail=detail))


def _may_gain(program: Program, log: Log) -> bool:
    """Whether XLA may be faster, by what is known before it is tried."""
    if program.contest.winner == FIRST:  # its first part was slower
        return False
    sizes = [aval.size for entry in log.entries for aval in entry.inferred.outs]
    if sum(sizes) < TINY_SIZE * len(sizes):
        return False
    elapsed_ns = program.contest.time_ns(FIRST)
    if elapsed_ns is None:
        return True
    least = _CERTAIN_GAIN if elapsed_ns > _VERY_LONG_NS else _HOPELESS_GAIN
    return speed.gain(log.entries) >= least


def _is_too_dear(program: Program, options: Options) -> bool:
    """Whether compiling takes too much of the work that it is to make faster."""
    if not options.warm_up_seconds:
        return False
    expected_ns = COMPILED.ns + COMPILED.expected_ns(program.n_operations)
    return expected_ns > _COMPILE_SHARE * SPENT.ns
