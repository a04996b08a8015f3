"""Measures one program; `bench.driver` runs it in a process of its own.

Usage: python -m bench.worker NAME [--size M] [--systems numpy auto ...]
       python -m bench.worker NAME [--size M] --one-shot SYSTEM

What was found is printed, a JSON object a line: of each system that it begins, then
what its first calls were like; at the end the times of all that agree with NumPy. So
the reader knows who is to blame where this process dies. With ``--one-shot`` one call
is made, with the import of the system, as in a script that calls the program once.
"""

import argparse
import contextlib
import copy
import importlib
import json
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import npjit
from bench.agreement import Disagreement, check_types, difference, largest_size
from bench.benchmark import SIZES, Args, Benchmark, Program, find
from bench.systems import BY_HAND, NPJIT, SYSTEMS, Unavailable
from bench.timing import elapsed_ns, rounds
from npjit._api.accelerated import Accelerated

__all__ = ["main", "measure", "one_shot", "peak_bytes"]

#: A first call that takes longer counts as failed.
FIRST_CALL_SECONDS = 60
#: Warm calls before the clock starts. Mode "auto" chooses from some seconds of calls.
WARM_UP_SECONDS = 0.1
MAX_CHOICE_SECONDS = 6.0
WARM_UP_CALLS = 2
#: Systems of which the import of JAX is told apart from the first call.
NEED_JAX = {"jit", "sharded", "jax"}

Tell = Callable[..., None]


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.worker", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--repeat", type=int, default=100)
    parser.add_argument("--one-shot", choices=SYSTEMS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure a program and print what was found."""
    options = parse(argv)
    benchmark = find(options.name, options.size)
    # What libraries print goes elsewhere: standard output is for the driver.
    output = sys.stdout

    def tell(**what: Any) -> None:
        print(json.dumps(what), file=output, flush=True)

    with contextlib.redirect_stdout(sys.stderr):
        if options.one_shot:
            tell(**one_shot(benchmark, options.one_shot))
        else:
            measure(benchmark, options.systems, options.seconds, options.repeat, tell)


def one_shot(benchmark: Benchmark, system: str) -> dict[str, float]:
    """Return the times of an import and of one call, and the peak memory.

    Parameters
    ----------
    benchmark : Benchmark
        What to measure.
    system : str
        Of `bench.systems.SYSTEMS`; not imported before.

    Returns
    -------
    dict
        Milliseconds, and the peak of the whole process in bytes.
    """
    args = benchmark.arguments()
    start_ns = time.perf_counter_ns()
    call = SYSTEMS[system](benchmark)
    if system in NEED_JAX:
        importlib.import_module("jax").devices()
    imported_ns = time.perf_counter_ns()
    call(*args)
    done_ns = time.perf_counter_ns()
    return {
        "import_ms": (imported_ns - start_ns) / 1e6,
        "first_ms": (done_ns - imported_ns) / 1e6,
        "peak_bytes": peak_bytes(),
    }


def peak_bytes() -> int:
    """Return the largest memory that this process held at any time."""
    # ru_maxrss begins with what the parent held when it started this process.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(
    benchmark: Benchmark,
    systems: Sequence[str],
    seconds: float,
    repeat: int,
    tell: Tell,
) -> None:
    """Check that systems agree with NumPy, and time those that do in turns.

    Parameters
    ----------
    benchmark : Benchmark
        What to measure.
    systems : sequence of str
        Of `bench.systems.SYSTEMS`; the first is NumPy.
    seconds : float
        How long to time.
    repeat : int
        How many rounds at most.
    tell : callable
        Takes what was found as keywords.
    """
    args = benchmark.arguments()
    expected = first_call(benchmark, "numpy", benchmark.program, args)[1]
    check = Check(benchmark, args, expected)
    calls: dict[str, Program] = {}
    for system in systems:
        with noted(system, tell):
            call = SYSTEMS[system](benchmark)
            first_ms, difference = check(system, call)
            difference = max(difference, check(system, call)[1])
            tell(system=system, first_ms=first_ms, difference=difference)
            calls[system] = call
    for system, call in list(calls.items()):
        del calls[system]
        with noted(system, tell):
            warm_up_ms, engine = warm_up(call, args), chosen(call)
            if system in NPJIT:
                check_no_bug()
            difference = check(system, call)[1]  # now it may be replayed
            tell(
                system=system,
                warm_up_ms=warm_up_ms,
                engine=engine,
                difference=difference,
            )
            calls[system] = call
    times = rounds(calls, args, seconds=seconds, least=7, most=repeat)
    sizes = largest_size(args), largest_size(expected)
    tell(times_ns=times, elements=max(sizes), form=benchmark.form())


@contextlib.contextmanager
def noted(system: str, tell: Tell) -> Iterator[None]:
    """Tell that a system begins, and why it fails where it does."""
    tell(system=system, began=True)
    try:
        yield
    except Unavailable as error:
        tell(system=system, missing=str(error))
    except Exception as error:  # noqa: BLE001 - a system that fails is a result
        tell(system=system, failed=f"{type(error).__name__}: {error}"[:500])


@dataclass(frozen=True, slots=True)
class Check:
    """Compares calls of a program with what NumPy does."""

    benchmark: Benchmark
    args: Args
    expected: Any

    def __call__(self, system: str, call: Program) -> tuple[float, float]:
        """Return the milliseconds of a call, and its difference to NumPy."""
        ms, outcome = first_call(self.benchmark, system, call, self.args)
        tolerance = self.benchmark.tolerance
        return ms, compare(system, self.expected, outcome, tolerance)


def first_call(
    benchmark: Benchmark, system: str, call: Program, args: Args
) -> tuple[float, Any]:
    """Milliseconds of a call, and what is observed of it."""
    args = copy.deepcopy(args)
    # npjit would take the error of the limit for one of JAX, and go on in NumPy.
    limit = None if system in NPJIT else FIRST_CALL_SECONDS
    with time_limit(limit) if limit else contextlib.nullcontext():
        start_ns = time.perf_counter_ns()
        result = call(*args)
        elapsed_ms = (time.perf_counter_ns() - start_ns) / 1e6
    if system not in BY_HAND:
        result = benchmark.observed(args, result)
    return elapsed_ms, result


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the body after some seconds, where Python code runs."""

    def ring(*_: Any) -> None:
        raise TimeoutError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def compare(system: str, expected: Any, outcome: Any, tolerance: float) -> float:
    """Compare an outcome with NumPy's; return the difference."""
    if system in NPJIT:
        check_types(expected, outcome)
    return difference(expected, outcome, tolerance)


def check_no_bug() -> None:
    """Raise Disagreement if npjit met an error of its own: NumPy did the work then."""
    for site in npjit.stats().fallbacks:
        if site.reason == "INTERNAL":
            raise Disagreement(f"an error inside npjit at {site.line}")


def warm_up(call: Program, args: Args) -> float:
    """Call until a system has chosen how to run; return the milliseconds of calls."""
    total_ns, count = 0.0, 0
    began = time.perf_counter()
    while True:
        seconds = time.perf_counter() - began
        is_warm = count >= WARM_UP_CALLS and seconds >= WARM_UP_SECONDS
        if is_warm and (chosen(call) is not None or seconds >= MAX_CHOICE_SECONDS):
            return total_ns / 1e6
        total_ns += elapsed_ns(call, args)
        count += 1


def chosen(call: Program) -> str | None:
    """The engine that mode "auto" chose; None while it is open, "" in other modes."""
    if not isinstance(call, Accelerated) or call.options.mode != "auto":
        return ""
    engines = {choice.engine for choice in call.choices()}
    return None if "" in engines or not engines else " and ".join(sorted(engines))


if __name__ == "__main__":
    main()
