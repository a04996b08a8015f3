"""The XLA engine: runs a log as a compiled program, or, if that fails, on the host."""

from __future__ import annotations

import time
import traceback
from typing import Any, NamedTuple

from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import Line, Trace, location
from npjit._host.engine import HostEngine
from npjit._runtime.programs import PROGRAMS, Program, executable_for
from npjit._runtime.reports import note_report, program_for
from npjit._xla.compile import Executable, XlaError
from npjit._xla.looks import Look, may_report
from npjit._xla.results import owned
from npjit._xla.subnormal import holds_subnormal
from npjit.errors import Reason, Unsupported

__all__ = ["Run", "XlaEngine", "failure_of"]


class Run(NamedTuple):
    """A log that is to be run, and its program.

    Parameters
    ----------
    trace : Trace
    log : Log
    live : list of tuple
        The slots that are computed, each with its storage.
    program : Program
    look : Look
    """

    trace: Trace
    log: Log
    live: list[tuple[int, Any]]
    program: Program
    look: Look

    @property
    def outs(self) -> list[int]:
        """The slots that are computed."""
        return [slot for slot, _ in self.live]

    @property
    def exact(self) -> bool:
        """Whether elementwise arithmetic keeps NumPy's bits."""
        return bool(self.trace.options.exact)


class XlaEngine:
    """Compiles each structure once; a failure inside JAX never reaches the user."""

    name = "xla"

    def __init__(self, host: HostEngine) -> None:
        self.host = host

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        return self.host.call(line, func, args, kwargs)

    def run(self, trace: Trace, log: Log) -> None:
        """Compute the live storages of a log."""
        if log.done or log.damaged:  # interrupted, on the host or while recording
            self.host.run(trace, log)
            return
        live = log.live()
        if live or log.stacks or may_report(log.entries):
            program, look = program_for(trace, log, [slot for slot, _ in live])
            self.run_program(Run(trace, log, live, program, look))
        else:
            log.finish()

    def run_program(self, run: Run) -> bool:
        """Run a log as its program, or else on the host; whether it was XLA."""
        results = self.results(run)
        if results is None:
            self.host.run(run.trace, run.log)
            return False
        values = zip(run.live, results, strict=True)
        run.log.take([(storage, value) for (_, storage), value in values])
        return True

    def results(self, run: Run) -> list | None:
        """The values of live slots; None if the log must run on the host."""
        trace, log, program = run.trace, run.log, run.program
        if program.rests():
            _tell_report(log.entries[0].line, "it did so before")
            return None
        failure = program.failure
        if trace.options.exact == "subnormal" and holds_subnormal(log):
            failure = (Reason.INEXACT, "an input is subnormal")
        if failure is None:
            try:
                executable, found = executable_for(
                    trace, program, log, run.outs, run.look
                )
                results, reported = self.timed(trace, executable, log, found)
            except RecursionError as error:  # the user's stack is deep; NumPy's is flat
                failure = (Reason.COMPILE_FAILED, str(error))
            except Exception as error:  # noqa: BLE001 - the boundary for JAX and XLA
                failure = program.failure = failure_of(error)
                if failure[0] is Reason.INTERNAL:  # once in full
                    failure = (Reason.INTERNAL, traceback.format_exc())
            else:
                if reported is None:
                    program.n_reports = 0
                    owns = trace.options.results == "owned"
                    return [*map(owned, results)] if owns else results
                if not trace.replays:  # else the call is recorded, and this told then
                    note_report(program, run.look, log)
                    _tell_report(log.entries[reported].line)
                return None
        reason, detail = failure
        trace.tell("fallback", "program", reason, log.entries[0].line, detail)
        return None

    def timed(
        self, trace: Trace, executable: Executable, log: Log, found: bool
    ) -> tuple[list, int | None]:
        """Run an executable and tell so."""
        began = time.perf_counter_ns()
        results = executable(log)
        elapsed_ns = time.perf_counter_ns() - began
        if found:
            trace.hits += 1
            emit(Event("hit", "program"))
        else:
            trace.misses += 1
            options = trace.options
            PROGRAMS.trim(options.max_programs, options.max_cache_bytes)
        emit(Event("engine", "xla", count=len(log.entries), elapsed_ns=elapsed_ns))
        return results


def _tell_report(line: Line, detail: str = "") -> None:
    """Tell that NumPy runs a program, to warn or raise; no error in strict mode."""
    filename, lineno = location(line)
    emit(Event("fallback", "program", Reason.REPORTS, filename, lineno, detail))


def failure_of(error: Exception) -> tuple[Reason, str]:
    """Why a program cannot run through XLA, and the particulars."""
    if isinstance(error, Unsupported):
        return error.reason, error.detail
    if isinstance(error, (XlaError, MemoryError)):
        return Reason.COMPILE_FAILED, str(error)
    return Reason.INTERNAL, f"{type(error).__name__}: {error}"
