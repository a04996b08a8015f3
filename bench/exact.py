"""What NumPy's bits cost: the programs of `bench.programs` with and without `exact`.

Usage: python -m bench.exact [--size M] [--only name] [--repeat 15]

Each program is compiled twice, with ``exact=True`` and with ``exact=False``; the two
take turns in one process on copies of the same arguments. Counted is the time that the
XLA engine reports in its events: recording is the same for both. A ratio is the time
with NumPy's bits divided by that without; its spread is that of the middle half of the
pairs of neighbouring calls.
"""

import argparse
import copy
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import npjit
from bench.benchmark import SIZES, Benchmark, load
from bench.machine import machine
from bench.timing import geometric_mean
from npjit._diagnostics.events import capture

__all__ = ["Cost", "measure", "table"]


@dataclass(frozen=True, slots=True)
class Cost:
    """The times of one program in milliseconds, call by call."""

    program: str
    exact_ms: Sequence[float]
    free_ms: Sequence[float]

    @property
    def ratio(self) -> float:
        """Median time with NumPy's bits, divided by that without."""
        return statistics.median(self.exact_ms) / statistics.median(self.free_ms)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the ratios of neighbouring calls."""
        pairs = zip(self.exact_ms, self.free_ms, strict=True)
        low, _, high = statistics.quantiles([a / b for a, b in pairs], n=4)
        return low, high


def measure(benchmark: Benchmark, repeat: int) -> Cost:
    """Compile a program both ways and time them in turns.

    Parameters
    ----------
    benchmark : Benchmark
        What to measure.
    repeat : int
        How many pairs of calls, at least 2.

    Returns
    -------
    Cost
        Its times, without those of the first calls, which compile.
    """
    args = benchmark.arguments()
    # Reports would be made by both, and one run in NumPy would count as none. Only
    # recorded calls tell what their programs took.
    common = {"mode": "jit", "fp_reports": False, "pure": False}
    variants = [
        npjit.accelerate(benchmark.program, exact=exact, **common)
        for exact in (True, False)
    ]
    for fn in variants:
        _engine_ms(fn, args)
        _engine_ms(fn, args)  # slices that moved are operands from now on
    pairs = [[_engine_ms(fn, args) for fn in variants] for _ in range(repeat)]
    exact_ms, free_ms = zip(*pairs, strict=True)
    return Cost(benchmark.name, exact_ms, free_ms)


def _engine_ms(fn: Callable[..., Any], args: tuple[Any, ...]) -> float:
    """Time that compiled programs take in one call."""
    args = copy.deepcopy(args)
    with capture() as events, np.errstate(all="ignore"):
        fn(*args)
    engine = [e for e in events if e.name == "engine" and e.operation == "xla"]
    return sum(event.elapsed_ns for event in engine) / 1e6


def table(costs: Iterable[Cost]) -> Iterable[str]:
    """Yield the lines of a table, each as soon as its row is there."""
    yield f"{'program':<24}{'exact ms':>10}{'free ms':>10}{'ratio':>8}{'spread':>16}"
    ratios = []
    for cost in costs:
        ratios.append(cost.ratio)
        low, high = cost.spread
        times = [statistics.median(column) for column in (cost.exact_ms, cost.free_ms)]
        columns = f"{times[0]:>10.2f}{times[1]:>10.2f}{cost.ratio:>8.2f}"
        yield f"{cost.program:<24}{columns}{f'{low:.2f} to {high:.2f}':>16}"
    if ratios:
        yield f"{'geometric mean':<44}{geometric_mean(ratios):>8.2f}"


def main() -> None:
    """Print the machine and a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--only", nargs="+", default=[], help="names or patterns")
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    chosen = load(options.only, options.size)
    costs = (measure(benchmark, options.repeat) for benchmark in chosen)
    for line in table(costs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
