"""``python -m bench``: NumPy, npjit cold and warm, and JAX by hand, side by side."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.driver import Benchmark, Disagreement, Row, load, machine, measure, report
from bench.driver import table as lines_of


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--filter", default="", help="programs with this in their name")
    parser.add_argument("--repeat", type=int, default=7, help="calls a median is of")
    parser.add_argument("--size", choices=["small", "medium"], default="medium")
    parser.add_argument("--mode", choices=["auto", "jit", "host"], default="auto")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--list", action="store_true", help="print names and sizes")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    options = parse(argv)
    benchmarks = load(options.filter)
    if not benchmarks:
        print(f"no program has {options.filter!r} in its name", file=sys.stderr)
        return 2
    if options.list:
        for benchmark in benchmarks:
            print(f"{benchmark.name:<24}{benchmark.sizes}")
        return 0
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    rows: list[Row] = []
    failed: list[Disagreement] = []
    for line in lines_of(measured(benchmarks, options, rows, failed)):
        print(line, flush=True)
    for error in failed:
        print(error, file=sys.stderr)
    if options.json and rows:
        text = json.dumps(report(rows, options.size, options.mode), indent=1)
        options.json.write_text(text + "\n")
    return 1 if failed else 0


def measured(
    benchmarks: Sequence[Benchmark],
    options: argparse.Namespace,
    rows: list[Row],
    failed: list[Disagreement],
) -> Iterator[Row]:
    """Yield a row for each program whose variants agree; note the others."""
    for benchmark in benchmarks:
        size = benchmark.sizes[options.size]
        try:
            row = measure(benchmark, size, options.repeat, options.mode)
        except Disagreement as error:
            failed.append(error)
        else:
            rows.append(row)
            yield row


if __name__ == "__main__":
    sys.exit(main())
