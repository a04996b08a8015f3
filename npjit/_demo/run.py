"""Runs the demo's programs under NumPy and npjit, and prints a table."""

import copy
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from npjit._demo.compare import Mismatch, difference
from npjit._demo.programs import PROGRAMS, Program
from npjit._diagnostics.events import Event, capture

__all__ = ["Row", "run_demo", "run_program"]

SEEDS = (1, 2)
# Best of so many calls, or fewer once so much time is used: the demo takes a minute.
MAX_CALLS = 5
MAX_SECONDS = 0.6

Accelerate = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """What the demo found out about one program.

    Parameters
    ----------
    name : str
        Of the program.
    ulp : float
        Largest difference to NumPy over all calls; infinite after a mismatch.
    problem : str
        Empty if the parity is as promised.
    numpy_ms, first_ms, warm_ms : float
        Best time of NumPy; the first call of npjit; the best of its later calls.
    on_xla, in_numpy : int
        Operations of the last call, by where they ran.
    reasons : tuple of str
        Why operations ran in NumPy, as ``numpy.bincount: NO_LOWERING``.
    """

    name: str
    ulp: float
    problem: str
    numpy_ms: float
    first_ms: float
    warm_ms: float
    on_xla: int
    in_numpy: int
    reasons: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the parity is as promised."""
        return not self.problem

    @property
    def ratio(self) -> float:
        """How many times faster a warm call is than NumPy."""
        return self.numpy_ms / self.warm_ms


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a program.

    Parameters
    ----------
    outcome : tuple
        What it returned, and its arguments afterwards.
    elapsed_ns : int
        Time it took.
    """

    outcome: tuple[Any, tuple[Any, ...]]
    elapsed_ns: int


def run_demo(
    accelerate: Accelerate,
    write: Callable[[str], object],
    programs: Sequence[Program] = PROGRAMS,
    *,
    small: bool = False,
) -> bool:
    """Run programs and write the table, row by row.

    Parameters
    ----------
    accelerate : callable
        Makes an accelerated function from a plain one.
    write : callable
        Takes a line of text.
    programs : sequence of Program
        The rows.
    small : bool
        Use the small sizes.

    Returns
    -------
    bool
        Whether every program has parity.
    """
    start_ns = time.perf_counter_ns()
    write(HEADER)
    write("-" * len(HEADER))
    failed = 0
    for program in programs:
        row = run_program(program, accelerate, small=small)
        failed += not row.is_ok
        for line in lines_of(row):
            write(line)
    seconds = (time.perf_counter_ns() - start_ns) / 1e9
    for line in LEGEND:
        write(line)
    write(f"{len(programs)} programs in {seconds:.0f} s, {failed} without parity")
    return not failed


def run_program(
    program: Program, accelerate: Accelerate, *, small: bool = False
) -> Row:
    """Run one program under NumPy and accelerated, and compare.

    Parameters
    ----------
    program : Program
        What to run.
    accelerate : callable
        Makes an accelerated function from a plain one.
    small : bool
        Use the small size.

    Returns
    -------
    Row
        Also if the results differ.
    """
    size = program.small_size if small else program.size
    # The second input differs in its values only: whatever the first call keeps of
    # values, instead of shapes, shows as a difference.
    args, other_args = (
        program.make_args(np.random.default_rng(seed), size) for seed in SEEDS
    )
    accelerated = accelerate(program.fn)
    with np.errstate(all="ignore"):
        first = _call(accelerated, args)
        checked = _compare(program, _call(program.fn, args), first)
        with capture() as events:
            other = _call(accelerated, other_args)
        checked_again = _compare(program, _call(program.fn, other_args), other)
        numpy_ns = _best_ns(program.fn, args)
        warm_ns = _best_ns(accelerated, args)
    on_xla, in_numpy, reasons = _tally(events)
    return Row(
        name=program.name,
        ulp=max(checked[0], checked_again[0]),
        problem=checked[1] or checked_again[1],
        numpy_ms=numpy_ns / 1e6,
        first_ms=first.elapsed_ns / 1e6,
        warm_ms=warm_ns / 1e6,
        on_xla=on_xla,
        in_numpy=in_numpy,
        reasons=reasons,
    )


def lines_of(row: Row) -> list[str]:
    """Return the lines of the table that show a row.

    Parameters
    ----------
    row : Row
        One program.

    Returns
    -------
    list of str
        One line with the numbers; below it a problem and the reasons of fallbacks.
    """
    parity = f"{row.ulp:.3g} {'ok' if row.is_ok else 'FAIL'}"
    numbers = (
        f"{row.name:<28}{parity:>12}{row.numpy_ms:>10.2f}{row.first_ms:>10.1f}"
        f"{row.warm_ms:>10.2f}{row.ratio:>8.2f}{row.on_xla:>8}{row.in_numpy:>8}"
    )
    notes = [row.problem] if row.problem else []
    if row.reasons:
        notes.append("in NumPy: " + ", ".join(row.reasons))
    return [numbers, *(f"    {note}" for note in notes)]


HEADER = (
    f"{'program':<28}{'ulp parity':>12}{'NumPy ms':>10}{'first ms':>10}"
    f"{'warm ms':>10}{'ratio':>8}{'on XLA':>8}{'NumPy':>8}"
)
LEGEND = (
    "",
    "ulp: largest difference to NumPy's result, in units of the last place. Times: the",
    "first call records and compiles (that of the first program also imports JAX);",
    "NumPy and warm are the best of some calls on copies of one input. ratio: NumPy",
    "/ warm. Last columns: operations of one call, by where they ran.",
)


def _call(fn: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    own_args = copy.deepcopy(args)
    start_ns = time.perf_counter_ns()
    result = fn(*own_args)
    elapsed_ns = time.perf_counter_ns() - start_ns
    return Call((result, own_args), elapsed_ns)


def _best_ns(fn: Callable[..., Any], args: tuple[Any, ...]) -> int:
    times_ns: list[int] = []
    while len(times_ns) < MAX_CALLS and sum(times_ns) < MAX_SECONDS * 1e9:
        times_ns.append(_call(fn, args).elapsed_ns)
    return min(times_ns)


def _compare(program: Program, expected: Call, actual: Call) -> tuple[float, str]:
    try:
        ulp = difference(expected.outcome, actual.outcome, program.unit)
    except Mismatch as mismatch:
        return float("inf"), str(mismatch)
    if ulp > program.max_ulp:
        return ulp, f"at most {program.max_ulp:g} ulp was promised: {program.why}"
    return ulp, ""


def _tally(events: Sequence[Event]) -> tuple[int, int, tuple[str, ...]]:
    on_xla = sum(
        event.count
        for event in events
        if event.name == "engine" and event.operation == "xla"
    )
    reasons = Counter(
        f"{event.operation} ({event.reason})"
        for event in events
        if event.name == "fallback"
        for _ in range(event.count)
    )
    return on_xla, reasons.total(), tuple(reasons)
