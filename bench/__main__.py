"""``python -m bench``: NumPy, npjit, and other compilers on the same programs.

Each program runs in processes of its own; in one of them all systems take turns on
copies of the same arguments. A table of ratios grows while it runs: NumPy's time
divided by that of each system. For mode "auto" it has the 95 % interval, and N where
NumPy was chosen, X where the accelerated function was, ? where nothing was yet. Of
programs marked with * the form by JAX has structured control flow in place of a Python
loop, of those marked with + operations on whole arrays.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.benchmark import SIZES, Benchmark, load
from bench.driver import Request, Row, machine, measure, report
from bench.plot import plot
from bench.systems import ON_ONE, SYSTEMS
from bench.table import beaten, costs, header, is_wrong, line, problems, summary


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--only", nargs="+", default=[], help="names or patterns")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS)
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument(
        "--devices", type=int, default=1, help="virtual ones of the CPU, for `sharded`"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="of each program")
    parser.add_argument("--repeat", type=int, default=100, help="rounds at most")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--plot", type=Path, help="draw the ratios into this file")
    parser.add_argument("--list", action="store_true", help="print names and sizes")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    options = parse(argv)
    benchmarks = load(options.only, options.size)
    if not benchmarks:
        print(f"no program is called {' or '.join(options.only)}", file=sys.stderr)
        return 2
    if options.list:
        for benchmark in benchmarks:
            print(f"{benchmark.name:<24}{benchmark.size}")
        return 0
    usual = ON_ONE if options.devices == 1 else ["jit", "sharded"]
    request = Request(
        options.size,
        list(dict.fromkeys(["numpy", *(options.systems or usual)])),
        options.seconds,
        options.repeat,
        options.device,
        options.devices,
    )
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    rows: list[Row] = []
    for row in measured(benchmarks, request):
        rows.append(row)
        if options.json:  # each time: a run takes long, and may be interrupted
            text = json.dumps(dict(report(rows, request)), indent=1)
            options.json.write_text(text + "\n")
    for text in lines_of(rows, request):
        print(text)
    if options.plot:
        plot(rows, options.plot)
    return 1 if any(map(is_wrong, rows)) else 0


def lines_of(rows: Sequence[Row], request: Request) -> Iterator[str]:
    """Yield what is printed after the table of ratios."""
    yield from costs(rows, request.systems)
    yield ""
    yield from summary(rows, request.systems)
    yield "programs that npjit is not the fastest on:"
    yield from beaten(rows)


def measured(benchmarks: Sequence[Benchmark], request: Request) -> Iterator[Row]:
    """Yield a row for each program, and print its line."""
    write, bar = _progress(benchmarks)
    write(header(request.systems))
    for benchmark in bar:
        row = measure(benchmark.name, request)
        for text in (line(row, request.systems), *problems(row)):
            write(text)
        yield row
    write("")


def _progress(benchmarks: Sequence[Benchmark]) -> tuple[Any, Iterable[Benchmark]]:
    """A function that prints beside a progress bar, and the bar's iterable."""
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return print, benchmarks
    return tqdm.write, tqdm(benchmarks, unit="program", disable=None)


if __name__ == "__main__":
    sys.exit(main())
