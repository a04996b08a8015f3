"""How costs grow: with the size of arrays, and with the number of operations.

Usage: python -m bench.scaling [--seconds 2] [--json out] [--plot out.png]

NumPy and npjit's modes take turns on copies of the same arguments.
"""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.benchmark import Args, Benchmark, Program
from bench.machine import machine
from bench.programs import chain
from bench.systems import SYSTEMS
from bench.timing import elapsed_ns, rounds
from bench.worker import warm_up

__all__ = ["Point", "by_operations", "by_size", "main", "measure"]

SYSTEM_NAMES = ("numpy", "auto", "jit")
SIZES = tuple(10**k for k in range(1, 8))
OPERATIONS = (1, 10, 100, 1000, 10_000)
#: Of the arrays whose number of operations grows.
ELEMENTS = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """Median and first times in milliseconds, by system, at one size or number."""

    x: int
    median_ms: dict[str, float]
    first_ms: dict[str, float]


def sums(x, y, operations):
    """Do so many operations, each on the result of the one before."""
    for _ in range(operations):
        x = x + y
    return x


def measure(program: Program, args: Args, x: int, seconds: float) -> Point:
    """Time a program in each system.

    Parameters
    ----------
    program : callable
        In NumPy.
    args : tuple
        Its arguments.
    x : int
        What the point is called by.
    seconds : float
        How long to time.
    """
    benchmark = Benchmark(program.__name__, "", x, program, lambda rng, size: args)
    calls = {name: SYSTEMS[name](benchmark) for name in SYSTEM_NAMES}
    first_ms = {name: elapsed_ns(call, args) / 1e6 for name, call in calls.items()}
    for call in calls.values():
        warm_up(call, args)
    times = rounds(calls, args, seconds=seconds, least=7, most=100)
    medians = {name: statistics.median(column) / 1e6 for name, column in times.items()}
    return Point(x, medians, first_ms)


def by_size(sizes: Sequence[int], seconds: float) -> Iterator[Point]:
    """Yield the cost of six operations on arrays that grow."""
    for size in sizes:
        args = chain.arguments(np.random.default_rng(0), size)
        yield measure(chain.program, args, size, seconds)


def by_operations(numbers: Sequence[int], seconds: float) -> Iterator[Point]:
    """Yield the cost of more and more operations on arrays of one size."""
    for number in numbers:
        args = (*np.random.default_rng(0).random((2, ELEMENTS)), number)
        yield measure(sums, args, number, seconds)


def line(point: Point) -> str:
    """Return a row of the tables."""
    numpy_ms = point.median_ms["numpy"]
    cells = [f"{point.x:>12}{numpy_ms:>12.4f}"]
    for name in SYSTEM_NAMES[1:]:
        ms = point.median_ms[name]
        cells.append(f"{ms:>12.4f}{numpy_ms / ms:>8.2f}{point.first_ms[name]:>12.1f}")
    return "".join(cells)


def plot(found: dict[str, list[Point]], path: Path) -> None:
    """Draw both tables with logarithmic axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (what, points) in zip(figure.subplots(1, 2), found.items(), strict=True):
        for name in SYSTEM_NAMES:
            medians = [point.median_ms[name] for point in points]
            axes.plot([point.x for point in points], medians, "o-", label=name)
        axes.set(xscale="log", yscale="log", xlabel=what, ylabel="ms a call")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=150)


def main(argv: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each row")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args(argv)
    found: dict[str, list[Point]] = {}
    tables = {
        "elements": by_size(SIZES, options.seconds),
        "operations": by_operations(OPERATIONS, options.seconds),
    }
    for what, points in tables.items():
        titles = f"{'auto ms':>12}{'x':>8}{'first ms':>12}{'jit ms':>12}{'x':>8}"
        print(f"{what:>12}{'NumPy ms':>12}{titles}{'first ms':>12}")
        found[what] = []
        for point in points:
            found[what].append(point)
            print(line(point), flush=True)
    if options.json:
        options.json.write_text(json.dumps(_as_dict(found), indent=1) + "\n")
    if options.plot:
        plot(found, options.plot)


def _as_dict(found: dict[str, list[Point]]) -> dict[str, Any]:
    tables = {what: [asdict(p) for p in points] for what, points in found.items()}
    return {"machine": machine(), **tables}


if __name__ == "__main__":
    main()
