"""Microseconds to record an operation, beside NumPy's own time, on small arrays.

Usage: python -m bench.recording [--sizes 8 100] [--repeat 30]

Each row is a function that does one operation `COUNT` times in a loop. It runs under
NumPy and under ``npjit.accelerate(mode="host")``; from both times that of the empty
loop is subtracted. What a recording computes is not part of recording: the time that
the host engine reports in its events is subtracted as well. What is left is conversion,
the stand-ins and the log.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import npjit
from npjit._diagnostics.events import capture

COUNT = 200  # below max_ops: no recording is cut


class State:
    """Arguments of the rows: arrays of one size, as locals and as attributes."""

    def __init__(self, size: int) -> None:
        self.x = np.linspace(0.5, 1.5, size)
        self.y = np.linspace(1.5, 2.5, size)
        self.pairs = np.ones((2, size))
        self.mask = self.x > 1.0


def helper(x):
    """Give back the argument: the cost of the call is measured."""
    return x


def empty_loop(s, x, y):
    for _ in range(COUNT):
        pass


def add(s, x, y):
    for _ in range(COUNT):
        x + y


def multiply_by_float(s, x, y):
    for _ in range(COUNT):
        x * 2.5


def negative(s, x, y):
    for _ in range(COUNT):
        -x


def sin(s, x, y):
    for _ in range(COUNT):
        np.sin(x)


def compare(s, x, y):
    for _ in range(COUNT):
        x < y


def read_slice(s, x, y):
    for _ in range(COUNT):
        x[1:-1]


def add_slices(s, x, y):
    for _ in range(COUNT):
        x[1:] + x[:-1]


def read_element(s, x, y):
    for _ in range(COUNT):
        x[3]


def write_slice(s, x, y):
    for _ in range(COUNT):
        x[1:] = y[1:]


def write_element(s, x, y):
    for _ in range(COUNT):
        x[3] = 1.0


def add_in_place(s, x, y):
    for _ in range(COUNT):
        x += y


def write_to_out(s, x, y):
    for _ in range(COUNT):
        np.add(x, y, out=y)


def total(s, x, y):
    for _ in range(COUNT):
        x.sum()


def mean_of_axis(s, x, y):
    pairs = s.pairs
    for _ in range(COUNT):
        pairs.mean(axis=0)


def reshape(s, x, y):
    for _ in range(COUNT):
        x.reshape(2, -1)


def transpose(s, x, y):
    pairs = s.pairs
    for _ in range(COUNT):
        pairs.T


def where(s, x, y):
    mask = s.mask
    for _ in range(COUNT):
        np.where(mask, x, y)


def concatenate(s, x, y):
    for _ in range(COUNT):
        np.concatenate((x, y))


def zeros(s, x, y):
    for _ in range(COUNT):
        np.zeros(8)


def matmul(s, x, y):
    pairs = s.pairs
    for _ in range(COUNT):
        pairs @ x


def read_attribute(s, x, y):
    for _ in range(COUNT):
        s.x


def read_shape(s, x, y):
    for _ in range(COUNT):
        x.shape


def call_helper(s, x, y):
    for _ in range(COUNT):
        helper(x)


ROWS = [
    add,
    multiply_by_float,
    negative,
    sin,
    compare,
    read_slice,
    add_slices,
    read_element,
    write_slice,
    write_element,
    add_in_place,
    write_to_out,
    total,
    mean_of_axis,
    reshape,
    transpose,
    where,
    concatenate,
    zeros,
    matmul,
    read_attribute,
    read_shape,
    call_helper,
]


def best_us(fn: Callable[..., Any], size: int, repeat: int) -> float:
    """Return the best time of a call, less what an engine took, in microseconds."""
    times_ns = []
    for _ in range(repeat + 1):  # the first call converts
        state = State(size)
        with capture() as events:
            start_ns = time.perf_counter_ns()
            fn(state, state.x, state.y)
            elapsed_ns = time.perf_counter_ns() - start_ns
        engine_ns = sum(e.elapsed_ns for e in events if e.name == "engine")
        times_ns.append(elapsed_ns - engine_ns)
    return min(times_ns[1:]) / 1e3


def us_per_operation(
    fn: Callable[..., Any], wrap: Callable[..., Any], size: int, repeat: int
) -> float:
    """Return the time of one operation, less its share of the empty loop."""
    loop_us = best_us(wrap(empty_loop), size, repeat)
    return (best_us(wrap(fn), size, repeat) - loop_us) / COUNT


def record(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as it is recorded, without JAX."""
    return npjit.accelerate(fn, mode="host", pure=False)


def plain(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function itself."""
    return fn


def main() -> None:
    """Print a table for each size, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 100])
    parser.add_argument("--repeat", type=int, default=30)
    options = parser.parse_args()
    for size in options.sizes:
        print(f"{size} elements{'':<16}{'NumPy us':>10}{'recorded us':>13}")
        times = []
        for fn in ROWS:
            numpy_us = us_per_operation(fn, plain, size, options.repeat)
            recorded_us = us_per_operation(fn, record, size, options.repeat)
            times.append((numpy_us, recorded_us))
            print(f"  {fn.__name__:<24}{numpy_us:>10.2f}{recorded_us:>13.2f}")
        medians = [statistics.median(column) for column in zip(*times, strict=True)]
        print(f"  {'median':<24}{medians[0]:>10.2f}{medians[1]:>13.2f}\n")


if __name__ == "__main__":
    main()
