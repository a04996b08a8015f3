"""Which program runs a log: what it has to report of the values it computes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np

from npjit._chapters.reports import ALL, NONE, reported
from npjit._graph.log import Log
from npjit._graph.trace import Trace
from npjit._runtime.programs import PROGRAMS, Program
from npjit._xla.compile import leaf_value
from npjit._xla.looks import Look

__all__ = ["note_report", "program_for"]


def program_for(trace: Trace, log: Log, outs: Sequence[int]) -> tuple[Program, Look]:
    """The program of a log, and how it looks at its values.

    From afar, as long as NaN and infinity in its inputs give no reason to look closely:
    they would be taken for what the program itself has made.
    """
    codes = _codes(trace, log)
    is_uniform = len({*codes}) == 1 and codes[0] in (NONE, ALL)
    closely = not is_uniform or not all(map(_is_finite, log.values))
    look = Look(codes, tuple(log.stacks), closely)
    program = PROGRAMS.get(log, outs, look, bool(trace.options.exact))
    if program.closely and not look.closely:
        look = look._replace(closely=True)
        program = PROGRAMS.get(log, outs, look, bool(trace.options.exact))
    return program, look


def _codes(trace: Trace, log: Log) -> tuple[int, ...]:
    """For each entry the bits of what is reported of it."""
    if not trace.options.fp_reports:
        return (NONE,) * len(log.entries)
    states = [entry.errstate for entry in log.entries]
    unheard = _are_warnings_ignored()
    by_state = {id(state): state for state in states}
    found = {key: _code(state, unheard) for key, state in by_state.items()}
    if len(found) == 1:
        return tuple(found.values()) * len(states)
    return tuple(found[id(state)] for state in states)


def _code(errstate: dict[str, str], unheard: bool) -> int:
    if unheard:
        errstate = {k: "ignore" if v == "warn" else v for k, v in errstate.items()}
    return reported(errstate)


def _are_warnings_ignored() -> bool:
    """Whether `warnings` drops each RuntimeWarning, whatever its text and place."""
    for action, message, category, module, lineno in warnings.filters:
        if issubclass(RuntimeWarning, category):
            anywhere = message is None and module is None and not lineno
            return action == "ignore" and anywhere
    return False


def note_report(program: Program, look: Look, log: Log) -> None:
    """Note that a program met a value that NumPy may report."""
    if look.closely or all(map(_is_finite, _inputs(log))):
        program.reports()
    else:
        program.closely = True


def _inputs(log: Log) -> list:
    return [*(leaf_value(log.storages[slot]) for slot in log.leaf_slots), *log.values]


def _is_finite(x: object) -> bool:
    if isinstance(x, int):
        return True
    if isinstance(x, float):
        return math.isfinite(x)
    a = np.asarray(x)
    return a.dtype.kind not in "fc" or bool(np.isfinite(a).all())
