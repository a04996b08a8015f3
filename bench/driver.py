"""Runs `bench.worker` for each program, in processes of its own, and gathers rows.

A process that dies or does not end is run once more without the system that it was
busy with, which counts as failed. Processes for single calls, one for each system,
give what an interpreter that calls the program once takes, in time and in memory.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.timing import Ratio, ratio

__all__ = [
    "GOAL",
    "Request",
    "Result",
    "Row",
    "machine",
    "measure",
    "report",
    "row_of",
]

#: What "never slower" means of a measured ratio; of calls of some microseconds, where
#: no ratio can be promised, how much longer they may take.
GOAL = 0.95
GOAL_OVER_MS = 0.002
#: A process that measures a program ends after this, all its compilers included.
WORKER_SECONDS = 300
ONE_SHOT_SECONDS = 90
#: Systems of which single calls are made in processes of their own.
ONE_SHOTS = ("numpy", "auto", "jit")
_ROOT = Path(__file__).parents[1]

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """How to measure.

    Parameters
    ----------
    size : {"S", "M", "L"}
        Of the programs.
    systems : sequence of str
        Of `bench.systems.SYSTEMS`, NumPy first.
    seconds : float
        How long a program is timed.
    repeat : int
        How many rounds at most.
    device : {"cpu", "gpu"}
        What JAX computes on.
    devices : int
        How many of them, on a CPU.
    """

    size: str = "M"
    systems: Sequence[str] = ("numpy", "auto", "jit", "jax")
    seconds: float = 2.0
    repeat: int = 100
    device: str = "cpu"
    devices: int = 1


@dataclass(slots=True)
class Result:
    """What was found of a system and a program; times in milliseconds.

    Parameters
    ----------
    problem : str
        Why there are no times; empty if there are.
    first_ms : float or None
        The first call, which compiles; JAX was imported before.
    import_ms : float or None
        The import of JAX, in a process of its own.
    engine : str or None
        What mode "auto" chose; None while that is open.
    warm_up_ms : float or None
        All calls before the clock started.
    peak_mb : float or None
        The peak memory of a process that makes one call.
    difference : float or None
        To NumPy's result, of the largest element.
    times_ms : list of float
        Warm calls, round by round.
    ratio : Ratio or None
        NumPy's time divided by this one's, with its 95 % interval.
    """

    problem: str = ""
    first_ms: float | None = None
    import_ms: float | None = None
    engine: str | None = None
    warm_up_ms: float | None = None
    peak_mb: float | None = None
    difference: float | None = None
    times_ms: list[float] = field(default_factory=list)
    ratio: Ratio | None = None

    @property
    def median_ms(self) -> float:
        """Median of warm calls."""
        return statistics.median(self.times_ms)

    @property
    def compile_ms(self) -> float | None:
        """How much longer the first call takes than a warm one."""
        if self.first_ms is None or not self.times_ms:
            return None
        return max(0.0, self.first_ms - self.median_ms)

    @property
    def one_shot_ms(self) -> float | None:
        """One call in a new process, with what it imports."""
        if self.import_ms is None or self.first_ms is None:
            return None
        return self.import_ms + self.first_ms

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, of the median."""
        if len(self.times_ms) < 2:
            return 0.0
        low, middle, high = statistics.quantiles(self.times_ms, n=4)
        return (high - low) / 2 / middle


@dataclass(slots=True)
class Row:
    """All that was found of a program.

    Parameters
    ----------
    name : str
        Of the benchmark.
    elements : int
        Of the largest array among its arguments and results.
    form : str
        How the program by JAX relates to that in NumPy; see `bench.benchmark`.
    results : dict of str to Result
        By system.
    attempts : int
        How often it was measured: once more where mode "auto" missed the goal.
    """

    name: str
    elements: int
    form: str
    results: dict[str, Result]
    attempts: int = 1

    def ratio_of(self, system: str) -> Ratio | None:
        """NumPy's time divided by the system's; None if it was not measured."""
        found = self.results.get(system)
        return found.ratio if found else None

    def to(self, system: str, other: str) -> Ratio | None:
        """Return the time of another system divided by that of this one."""
        pair = [self.results.get(name) for name in (other, system)]
        above, below = (result.times_ms if result else [] for result in pair)
        return ratio(above, below) if above and below else None

    def reaches_goal(self, system: str) -> bool:
        """Whether a system is as fast as NumPy, with 95 % confidence."""
        found = self.ratio_of(system)
        return found is not None and found.low >= GOAL

    def is_close(self, system: str) -> bool:
        """Whether a call takes but a few microseconds longer than NumPy's."""
        numpy, other = (self.results[name] for name in ("numpy", system))
        return other.median_ms - numpy.median_ms <= GOAL_OVER_MS

    def misses_goal(self) -> bool:
        """Whether mode "auto" may be slower than NumPy."""
        if self.ratio_of("auto") is None or self.reaches_goal("auto"):
            return False
        return not self.is_close("auto")


def measure(name: str, request: Request) -> Row:
    """Measure a program, once more if mode "auto" misses the goal.

    Parameters
    ----------
    name : str
        Of the benchmark.
    request : Request
        How.

    Returns
    -------
    Row
        With a result for each system, be it only a problem.
    """
    row = _measure(name, request)
    if row.misses_goal():
        row = _measure(name, request)
        row.attempts = 2
    for system in ONE_SHOTS:
        result = row.results.get(system)
        if result is not None and not result.problem:
            _add_one_shot(name, request, system, result)
    return row


def _measure(name: str, request: Request) -> Row:
    systems, blamed = list(request.systems), {}
    while True:
        found, error = _run(name, request, ["--systems", *systems])
        if not error:
            return row_of(name, request.systems, found, blamed)
        culprit = next(
            (line["system"] for line in reversed(found) if "began" in line), None
        )
        if culprit in (None, "numpy"):
            return row_of(name, request.systems, [], dict.fromkeys(systems, error))
        systems.remove(culprit)
        blamed[culprit] = error


def row_of(
    name: str, systems: Sequence[str], found: Sequence[Found], blamed: dict[str, str]
) -> Row:
    """Make a row of the lines of a worker.

    Parameters
    ----------
    name : str
        Of the benchmark.
    systems : sequence of str
        That were asked for.
    found : sequence of dict
        What `bench.worker` printed.
    blamed : dict of str to str
        What processes died of, by system.
    """
    results = {
        system: Result(problem=blamed.get(system, "not measured")) for system in systems
    }
    for line in found:
        if "system" in line:
            _note(results[line["system"]], line)
    last = found[-1] if found else {}
    for system, times in last.get("times_ns", {}).items():
        results[system].times_ms = [ns / 1e6 for ns in times]
    numpy = results["numpy"]
    for result in results.values():
        if result.times_ms:
            result.ratio = ratio(numpy.times_ms, result.times_ms)
    return Row(name, last.get("elements", 0), last.get("form", ""), results)


def _note(result: Result, line: Found) -> None:
    result.problem = line.get("missing", line.get("failed", ""))
    for name in ("first_ms", "engine", "warm_up_ms"):
        setattr(result, name, line.get(name, getattr(result, name)))
    if "difference" in line:
        result.difference = max(line["difference"], result.difference or 0.0)


def _add_one_shot(name: str, request: Request, system: str, result: Result) -> None:
    found, error = _run(name, request, ["--one-shot", system], ONE_SHOT_SECONDS)
    if not error:
        (line,) = found
        result.import_ms, result.first_ms = line["import_ms"], line["first_ms"]
        result.peak_mb = line["peak_bytes"] / 2**20


def _run(
    name: str,
    request: Request,
    what: Sequence[str],
    limit: float = WORKER_SECONDS,
) -> tuple[list[Found], str]:
    """The lines that a worker prints, and what it died of."""
    command = [sys.executable, "-m", "bench.worker", name, "--size", request.size]
    command += ["--seconds", str(request.seconds), "--repeat", str(request.repeat)]
    try:
        done = subprocess.run(
            [*command, *what],
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            env=_environment(request),
        )
    except subprocess.TimeoutExpired as expired:
        return _lines(expired.stdout or b""), f"took more than {limit} s"
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return _lines(done.stdout), f"exit status {done.returncode}: {last[0]}"
    return _lines(done.stdout), ""


def _environment(request: Request) -> dict[str, str]:
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    platforms = {"cpu": "cpu", "gpu": "cuda"}
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "JAX_PLATFORMS": platforms[request.device],
        "JAX_NUM_CPU_DEVICES": str(request.devices),
    }


def _lines(text: str | bytes) -> list[Found]:
    if isinstance(text, bytes):
        text = text.decode()
    whole = [line for line in text.splitlines() if line[:1] == "{" and line[-1] == "}"]
    return [json.loads(line) for line in whole]


def report(rows: Sequence[Row], request: Request) -> Iterator[tuple[str, Any]]:
    """Yield all that was measured, as the items of a JSON object."""
    yield "machine", machine()
    yield "request", asdict(request)
    yield "rows", [_as_dict(row) for row in rows]


def _as_dict(row: Row) -> dict[str, Any]:
    found = asdict(row)
    for system, result in row.results.items():
        if result.times_ms:
            found["results"][system] |= {
                "median_ms": result.median_ms,
                "spread": result.spread,
                "compile_ms": result.compile_ms,
                "one_shot_ms": result.one_shot_ms,
            }
    return found
