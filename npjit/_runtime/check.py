"""Mode "check": both engines run each program, and what differs is warned of.

A call goes on with NumPy's results. Before NumPy runs a log, XLA runs it, and writes
nothing; NumPy rehearses it on copies. Where the results have other bits, each operation
is looked at; what is within the bounds of docs/exactness.md is no difference.
"""

from __future__ import annotations

import threading
import traceback
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from npjit._array.selection import UNKNOWN
from npjit._chapters.reports import DIVIDE, INVALID, OVER, UNDER
from npjit._graph.log import Log
from npjit._graph.trace import Line, Trace
from npjit._host.engine import HostEngine
from npjit._host.rehearsal import Rehearsal
from npjit._runtime.bounds import is_open
from npjit._runtime.engine import XlaEngine, failure_of
from npjit._runtime.findings import Finding, finding_of, warn_of
from npjit._runtime.programs import Program, executable_for
from npjit._runtime.reports import note_report, program_for
from npjit._runtime.walk import Walk, is_other
from npjit._xla.looks import Look, may_report
from npjit._xla.subnormal import holds_subnormal
from npjit._xla.watch import Stretch, Watch, as_numpys, stretch_of
from npjit.errors import Reason, with_detail

__all__ = ["CheckEngine"]

_MAX_WATCHES: Final = 64
_WORDS: Final = {
    DIVIDE: "a division by zero",
    OVER: "an overflow",
    UNDER: "an underflow",
    INVALID: "an invalid value",
}


class CheckEngine:
    """Runs each log in NumPy, and before that through XLA, to compare."""

    name = "check"

    def __init__(self, host: HostEngine) -> None:
        self.host = host
        self.xla = XlaEngine(host)
        self.lock = threading.Lock()
        self.watches: OrderedDict[Any, list[Watch]] = OrderedDict()

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        return self.host.call(line, func, args, kwargs)

    def run(self, trace: Trace, log: Log) -> None:
        """Compute the live storages of a log in NumPy; warn where XLA differs."""
        found = None if log.done or log.damaged else self.checked(trace, log)
        try:
            self.host.run(trace, log)
        finally:
            if found is not None:
                warn_of(found)

    def checked(self, trace: Trace, log: Log) -> Finding | None:
        """What is wrong with a log's program, found before anything is written."""
        live = [slot for slot, _ in log.live()]
        if not (live or log.stacks or may_report(log.entries)):
            return None
        program, look = program_for(trace, log, live)
        failure = program.failure
        if trace.options.exact == "subnormal" and holds_subnormal(log):
            failure = (Reason.INEXACT, "an input is subnormal")
        if failure is None:
            try:
                return self.compared(trace, log, program, look, live)
            except RecursionError as error:  # the user's stack is deep; NumPy's is flat
                failure = (Reason.COMPILE_FAILED, str(error))
            except Exception as error:  # noqa: BLE001 - the boundary for JAX and XLA
                failure = failure_of(error)
                if program.find(log.starts) is None:
                    program.failure = failure
                if failure[0] is Reason.INTERNAL:  # once in full
                    failure = (Reason.INTERNAL, traceback.format_exc())
        line = log.entries[0].line
        trace.tell("fallback", "program", failure[0], line, failure[1])
        if failure[0] not in (Reason.INTERNAL, Reason.COMPILE_FAILED):
            return None
        text = f"a program of {len(log.entries)} operations does not run on XLA: "
        return Finding(line, "program", text + with_detail(*failure))

    def compared(
        self, trace: Trace, log: Log, program: Program, look: Look, live: Sequence[int]
    ) -> Finding | None:
        """What differs between XLA and NumPy."""
        exact = bool(trace.options.exact)
        executable, known = executable_for(trace, program, log, live, look)
        results, reported = self.xla.timed(trace, executable, log, known)
        if reported is None:
            program.n_reports = 0
        else:
            note_report(program, look, log)
        actual = dict(zip(live, map(as_numpys, results), strict=bool(results)))
        rehearsal = Rehearsal(trace, log)
        heard, is_whole = _rehearsed(rehearsal, look, set(live))
        if heard is not None and reported is None:
            return heard
        if not is_whole:  # NumPy raises
            return None
        expected = {slot: rehearsal.root(slot) for slot in actual}
        differing = [slot for slot in actual if is_other(expected[slot], actual[slot])]
        if not differing:
            return None
        walk = Walk(Rehearsal(trace, log), exact)
        for stretch in _stretches(trace, log, look):
            roots = walk.roots(stretch)
            watch = self.watch_for(log, stretch, roots, exact)
            found = walk.stretch(stretch, watch(stretch, roots))
            if found is not None:
                return found
        return walk.only_together(differing, expected, actual)

    def watch_for(
        self, log: Log, stretch: Stretch, roots: dict[int, np.ndarray], exact: bool
    ) -> Watch:
        """A stretch compiled, now or before."""
        look = stretch.look
        key = (tuple(log.key), stretch.start, len(stretch.entries), look, exact)
        with self.lock:
            known = self.watches.setdefault(key, [])
            self.watches.move_to_end(key)
            while len(self.watches) > _MAX_WATCHES:
                self.watches.popitem(last=False)
            for watch in known:
                if watch.serves(stretch.starts):
                    return watch
            # Positions that change from call to call are given at each call.
            static = [None] * len(stretch.starts) if known else stretch.starts
            entries = enumerate(stretch.entries)
            apart = frozenset(i for i, e in entries if is_open(e.inferred.op))
            known.append(Watch(stretch, roots, static, exact, apart))
            return known[-1]


def _stretches(trace: Trace, log: Log, look: Look) -> Iterator[Stretch]:
    """The log in pieces of which all versions can be held at once."""
    limit = trace.options.max_pending_bytes
    start, held, selects = 0, 0, False
    sizes = {slot: log.storages[slot].aval.nbytes for slot in log.leaf_slots}
    for i, entry in enumerate(log.entries):
        made = zip(entry.outs, entry.inferred.outs, strict=False)
        sizes.update((slot, aval.nbytes) for slot, aval in made)
        slots = entry.outs if entry.target is None else (entry.target.slot,)
        size = sum(sizes[slot] for slot in slots)
        # Nobody knows how long a selection is, so it is no leaf.
        if i > start and held + size > limit and not selects:
            yield stretch_of(log, look, start, i)
            start, held = i, 0
        held += size
        selects = selects or any(UNKNOWN in a.shape for a in entry.inferred.outs)
    yield stretch_of(log, look, start, len(log.entries))


def _rehearsed(
    rehearsal: Rehearsal, look: Look, kept: set[int]
) -> tuple[Finding | None, bool]:
    """Run a log in NumPy, on copies.

    Returns
    -------
    tuple
        The first thing that it raises or reports of which XLA's program should tell,
        and whether it came to the end.
    """
    heard = None
    for i, entry in enumerate(rehearsal.log.entries):
        try:
            bits = rehearsal.step(i) & look.codes[i]
        except Exception as error:  # noqa: BLE001 - raised when NumPy runs the log
            # Of a call that can fail the recorder looks at the result.
            if heard is None and not entry.inferred.op.can_fail:
                text = f"NumPy raises {type(error).__name__}: {error}"
                heard = finding_of(entry, f"{text}; XLA's program does not tell")
            return heard, False
        if bits and heard is None:
            words = ", ".join(word for bit, word in _WORDS.items() if bits & bit)
            text = f"NumPy reports {words}; XLA's program does not"
            heard = finding_of(entry, text)
        rehearsal.forget(i, kept)
    return heard, True
