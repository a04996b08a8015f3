"""The XLA engine: runs a log as a compiled program, or, if that fails, on the host."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from typing import Any

import jax

from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import Line, Trace, location
from npjit._host.engine import HostEngine
from npjit._runtime.programs import PROGRAMS, Program, executable_for
from npjit._runtime.reports import note_report, program_for
from npjit._xla.compile import Executable
from npjit._xla.looks import Look, may_report
from npjit._xla.results import owned
from npjit._xla.subnormal import holds_subnormal
from npjit.errors import Reason, Unsupported

__all__ = ["XlaEngine", "failure_of"]


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
            self.run_program(trace, log, live, program, look)
        else:
            log.finish()

    def run_program(
        self,
        trace: Trace,
        log: Log,
        live: list[tuple[int, Any]],
        program: Program,
        look: Look,
    ) -> bool:
        """Run a log as its program, or else on the host; whether it was XLA."""
        outs = [slot for slot, _ in live]
        results = self.results(trace, log, outs, program, look)
        if results is None:
            self.host.run(trace, log)
            return False
        if trace.options.results == "owned":
            results = [*map(owned, results)]
        log.results = [
            (storage, value) for (_, storage), value in zip(live, results, strict=True)
        ]
        log.finish()
        return True

    def results(
        self,
        trace: Trace,
        log: Log,
        outs: Sequence[int],
        program: Program,
        look: Look,
    ) -> list | None:
        """The values of live slots; None if the log must run on the host."""
        if program.rests():
            _tell_report(log.entries[0].line, "it did so before")
            return None
        failure = program.failure
        if trace.options.exact == "subnormal" and holds_subnormal(log):
            failure = (Reason.INEXACT, "an input is subnormal")
        if failure is None:
            try:
                executable, found = executable_for(
                    program, log, outs, look, bool(trace.options.exact)
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
                    return results
                if not trace.replays:  # else the call is recorded, and this told then
                    note_report(program, look, log)
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
    if isinstance(error, (jax.errors.JaxRuntimeError, MemoryError)):
        return Reason.COMPILE_FAILED, str(error)
    return Reason.INTERNAL, f"{type(error).__name__}: {error}"
