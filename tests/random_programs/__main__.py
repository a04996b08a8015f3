"""Command line of the random-program test, for long runs and for one seed again."""

import argparse
import collections
import multiprocessing
import sys
import time

from tests.random_programs.check import PLACED
from tests.random_programs.choices import from_seed
from tests.random_programs.program import draw_program
from tests.random_programs.seeds import FAILURE, XLA_MODES, run_seed


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.show:
        choices = from_seed(options.seed)
        print(draw_program(choices, exact=options.mode in XLA_MODES))
        return 0
    seeds = range(options.seed, options.seed + options.count)
    tasks = [(seed, options.mode, options.reduce) for seed in seeds]
    started = time.monotonic()
    outcomes: collections.Counter[str] = collections.Counter()
    for seed, outcome, text in _results(tasks, options.jobs):
        outcomes[outcome] += 1
        if text:
            print(f"=== seed {seed} ===\n{text}", flush=True)
        if outcomes[FAILURE] >= options.max_failures:
            break
    _report(outcomes, time.monotonic() - started)
    return 1 if outcomes[FAILURE] else 0


def _results(tasks, jobs):
    if jobs == 1:
        yield from map(run_seed, tasks)
        return
    # spawn, not fork: JAX starts threads
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=500) as pool:
        yield from pool.imap_unordered(run_seed, tasks, chunksize=20)


def _report(outcomes: collections.Counter[str], elapsed_s: float) -> None:
    total = sum(outcomes.values())
    print(f"{total} programs in {elapsed_s:.1f} s")
    for outcome, count in outcomes.most_common():
        print(f"{count:8d}  {100 * count / max(total, 1):5.1f} %  {outcome}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.random_programs")
    parser.add_argument(
        "--mode",
        choices=["host", "jit", "numpy", "auto", "check", *PLACED],
        default="host",
    )
    parser.add_argument("--count", type=int, default=1000, help="number of programs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--show", action="store_true", help="print the first program")
    parser.add_argument("--reduce", action="store_true", help="shorten what fails")
    parser.add_argument("--max-failures", type=int, default=20, help="then stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
