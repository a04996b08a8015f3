"""What a replay keeps of a compiled program, to call it with its leaves alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

from npjit._diagnostics.events import ticker
from npjit._effects.templates import Missed
from npjit._graph.log import Log
from npjit._graph.trace import Trace
from npjit._runtime.programs import Program
from npjit._runtime.replay import HIT
from npjit._runtime.reports import program_for
from npjit._xla.compile import Prepared

__all__ = ["Ready", "Runner", "ready_for"]

#: Gives a program's results for its leaves; None if the engine has to choose anew.
Runner = Callable[[tuple[Any, ...]], list[Any] | None]
_tick_hit: Final = ticker(HIT)


class Ready:
    """A compiled program with its numbers.

    Parameters
    ----------
    program : Program
    closely : bool
        Whether it looks closely at what it computes.
    prepared : Prepared
    mode : str
        Of the calls.

    Attributes
    ----------
    run : Runner
    """

    def __init__(
        self, program: Program, closely: bool, prepared: Prepared, mode: str
    ) -> None:
        self.program = program
        self.closely = closely
        self.prepared = prepared
        self.mode = mode
        # Which of the warnings are heard decides how a program looks at its values.
        self.filters = list(warnings.filters)
        self.run = self.runner(_tick_hit)

    def runner(self, tick: Callable[[], None]) -> Runner:
        """What runs the program.

        Parameters
        ----------
        tick : callable
            Tells that it was run.

        Returns
        -------
        Runner
            It raises `Missed` if NumPy would report what was computed.
        """
        program, closely, prepared = self.program, self.closely, self.prepared
        filters, is_measured, mode = self.filters, self.mode == "auto", self.mode

        def run(leaves: tuple[Any, ...]) -> list[Any] | None:
            if (
                program.rest
                or program.failure is not None
                or program.closely is not closely
                or warnings.filters != filters
                or (is_measured and not program.on_xla(mode))
            ):
                return None
            results = prepared(leaves)
            if results is None:
                raise Missed("NumPy reports")
            program.n_reports = 0
            tick()
            return results

        return run


def ready_for(trace: Trace, log: Log, slots: Sequence[int]) -> Ready | None:
    """What is kept of the program that a log was run by; None if it was not XLA."""
    program, look = program_for(trace, log, slots)
    executable = program.find(log.starts)
    if executable is None or trace.options.exact == "subnormal":
        return None
    owns = trace.options.results == "owned"
    try:
        prepared = executable.prepare(log.values, log.starts, owns=owns)
    except FloatingPointError:  # a number is too large: NumPy reports it each time
        return None
    return Ready(program, look.closely, prepared, trace.options.mode)
