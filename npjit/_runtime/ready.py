"""What a replay keeps of a compiled program, to call it with its leaves alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from npjit._effects.templates import Missed
from npjit._graph.log import Log
from npjit._graph.trace import Trace
from npjit._runtime.programs import Program
from npjit._runtime.reports import program_for
from npjit._xla.compile import Prepared

__all__ = ["Ready", "ready_for"]


class Ready:
    """A compiled program with its numbers.

    Parameters
    ----------
    program : Program
    closely : bool
        Whether it looks closely at what it computes.
    prepared : Prepared
    """

    __slots__ = ("closely", "filters", "prepared", "program")

    def __init__(self, program: Program, closely: bool, prepared: Prepared) -> None:
        self.program = program
        self.closely = closely
        self.prepared = prepared
        # Which of the warnings are heard decides how a program looks at its values.
        self.filters = list(warnings.filters)

    def run(self, leaves: Sequence[Any], mode: str) -> list[Any] | None:
        """The results; None if the engine has to choose anew.

        Raises
        ------
        Missed
            If NumPy would report what was computed.
        """
        program = self.program
        if (
            not program.on_xla(mode)
            or program.closely is not self.closely
            or warnings.filters != self.filters
        ):
            return None
        results, reported = self.prepared(leaves)
        if reported is not None:
            raise Missed("NumPy reports")
        program.n_reports = 0
        return results


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
    return Ready(program, look.closely, prepared)
