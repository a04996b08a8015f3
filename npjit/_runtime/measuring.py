"""Mode "auto" with JAX at hand: each program runs on the engine that is faster for it.

A program that is new runs in NumPy, at once. When it comes again it is compiled in the
background; then both engines take turns on real runs, and the faster is kept.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Final

from npjit._chapters import speed
from npjit._config import Options
from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import TINY_SIZE, Trace
from npjit._runtime import clock
from npjit._runtime.auto import PROGRESS
from npjit._runtime.background import WORKER
from npjit._runtime.clock import SPENT, Account
from npjit._runtime.contest import FIRST, SECOND
from npjit._runtime.engine import XlaEngine, failure_of
from npjit._runtime.programs import PROGRAMS, Draft, Program
from npjit._xla.looks import Look
from npjit.errors import Reason

__all__ = ["COMPILED", "MeasuringEngine"]

#: What compiling in the background has taken; at first a guess of what one takes.
COMPILED: Final = Account()
#: From here on XLA is tried only where a gain is foretold: a run cannot be cancelled.
_VERY_LONG_NS: Final = 500_000_000
_CERTAIN_GAIN: Final = 1.2
_HOPELESS_GAIN: Final = 0.4


class MeasuringEngine(XlaEngine):
    """Takes turns between NumPy and XLA, and keeps the faster for each program."""

    name = "auto"

    def run_program(
        self,
        trace: Trace,
        log: Log,
        live: list[tuple[int, Any]],
        program: Program,
        look: Look,
    ) -> bool:
        """Run a log on one of the engines; whether it was XLA."""
        side = self.side(trace, log, live, program, look)
        began_ns = clock.now_ns()
        if side == SECOND:
            on_xla = super().run_program(trace, log, live, program, look)
        else:
            self.host.run(trace, log)
            on_xla = False
        if on_xla == (side == SECOND):  # else it was run twice, to report
            self.note(program, side, clock.now_ns() - began_ns)
        return on_xla

    def side(
        self,
        trace: Trace,
        log: Log,
        live: list[tuple[int, Any]],
        program: Program,
        look: Look,
    ) -> int:
        """The engine whose turn it is."""
        if program.failure is not None or program.rest:
            return SECOND  # which tells why it cannot, and leaves it to NumPy
        if program.find(log.starts) is not None:
            PROGRESS.n_unsettled += program.contest.winner is None
            return program.contest.turn()
        program.see(log.starts)
        PROGRAMS.bound(2 * trace.options.max_programs)
        if program.is_pending or self.is_offered(trace, log, live, program, look):
            PROGRESS.n_unsettled += 1
        return FIRST

    def is_offered(
        self,
        trace: Trace,
        log: Log,
        live: list[tuple[int, Any]],
        program: Program,
        look: Look,
    ) -> bool:
        """Whether a program that is not compiled may be soon; has it compiled."""
        is_warm_up = PROGRESS.is_warm_up
        if not _may_gain(program, log):
            return False
        if _is_too_dear(trace.options) and not is_warm_up:
            return False
        if is_warm_up or (program.n_seen > 1 and not WORKER.is_full()):
            job = self.job(trace, log, live, program, look)
            program.is_pending = job() if is_warm_up else WORKER.submit(job)
            trace.misses += 1
        return True

    def job(
        self,
        trace: Trace,
        log: Log,
        live: list[tuple[int, Any]],
        program: Program,
        look: Look,
    ) -> Callable[[], bool]:
        """What compiles a program, wherever it is called."""
        outs, exact = [slot for slot, _ in live], bool(trace.options.exact)
        try:
            draft = program.draft(log, outs, look, exact)
        except Exception as error:  # noqa: BLE001 - the boundary for JAX and XLA
            _note_failure(program, error)
            return lambda: False
        return _Compilation(program, draft, trace.options)

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
        COMPILED.add(elapsed_ns)
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
    sizes = [aval.size for entry in log.entries for aval in entry.inferred.outs]
    if sum(sizes) < TINY_SIZE * len(sizes):
        return False
    elapsed_ns = program.contest.time_ns(FIRST)
    if elapsed_ns is None:
        return True
    least = _CERTAIN_GAIN if elapsed_ns > _VERY_LONG_NS else _HOPELESS_GAIN
    return speed.gain(log.entries) >= least


def _is_too_dear(options: Options) -> bool:
    """Whether compiling has taken more than the work that it is to make faster."""
    return bool(options.warm_up_seconds) and COMPILED.ns > SPENT.ns
