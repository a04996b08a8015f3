"""What the run-time flags cost: programs with and without them, side by side.

Usage: python -m bench.flags [--size 1000000] [--repeat 15] [--only sum ...]

A compiled program looks at its values for what NumPy would report (see
docs/exactness.md). Each row is a function under ``mode="jit"``, with
``fp_reports=True`` and ``False``, in turn; its ratio is the median over pairs of calls.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import npjit

Function = Callable[..., Any]


def add(x, y):
    return x + y


def chain(x, y):
    return (x * y + 2.0) * (x - y) / (y + 3.0) - x


def exponential(x, y):
    return np.exp(-x) * y


def trigonometry(x, y):
    return np.sin(x) ** 2 + np.cos(y) ** 2


def power(x, y):
    return x**y


def threshold(x, y):
    return np.where(x * y > 0.5, x, y)


def total(x, y):
    return (x + y).sum()


def sum_of_products(x, y):
    return (x * y).sum()


def standard_deviation(x, y):
    return x.std()


def norm(x, y):
    return np.sqrt(((x - y) ** 2).sum())


def log_likelihood(x, y):
    return (-0.5 * ((x - y) / (1.0 + y)) ** 2 - np.log(1.0 + y)).mean()


def running_sum(x, y):
    return np.cumsum(x)


def minimum(x, y):
    return (x * y).min()


def row_sums(x, y):
    n = int(x.size**0.5)
    return x[: n * n].reshape(n, n).sum(axis=1)


def matrix_product(x, y):
    n = int(x.size**0.5)
    return x[: n * n].reshape(n, n) @ y[: n * n].reshape(n, n)


def stencil(x, y):
    n = int(x.size**0.5)
    u = x[: n * n].reshape(n, n).copy()
    for _ in range(10):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
    return u


def stencil_of_copies(x, y):
    for _ in range(10):
        new = x.copy()
        new[1:-1] = x[1:-1] + 0.1 * (x[2:] - 2.0 * x[1:-1] + x[:-2])
        x = new
    return x


def integers(x, y):
    i, j = (1000 * x).astype(np.int64), (10 * y).astype(np.int64) + 1
    return i // j + i % j


BANDWIDTH = [add, chain, threshold, stencil, stencil_of_copies, running_sum, integers]
REDUCTIONS = [
    total,
    sum_of_products,
    standard_deviation,
    norm,
    log_likelihood,
    minimum,
    row_sums,
]
COMPUTE = [exponential, trigonometry, power, matrix_product]
GROUPS = {
    "bandwidth-bound": BANDWIDTH,
    "reductions": REDUCTIONS,
    "compute-bound": COMPUTE,
}


def timed_ms(fn: Function, args: tuple[Any, ...]) -> float:
    start_ns = time.perf_counter_ns()
    fn(*args)
    return (time.perf_counter_ns() - start_ns) / 1e6


def measure(fn: Function, args: tuple[Any, ...], repeat: int) -> tuple[float, ...]:
    """Return the median time without flags, the median ratio and its quartiles."""
    plain = npjit.accelerate(fn, mode="jit", fp_reports=False)
    flagged = npjit.accelerate(fn, mode="jit")
    for variant in (plain, flagged):
        variant(*args)
    pairs = [(timed_ms(plain, args), timed_ms(flagged, args)) for _ in range(repeat)]
    low, ratio, high = statistics.quantiles([b / a for a, b in pairs], n=4)
    return statistics.median(a for a, _ in pairs), ratio, low, high


def main() -> None:
    """Print a row for each function, and each group's geometric mean."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--only", nargs="+", default=None)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    args = rng.random(options.size) + 0.1, rng.random(options.size) + 0.1
    print(f"{options.size} elements{'':<12}{'no flags ms':>12}{'ratio':>8}  quartiles")
    for name, group in GROUPS.items():
        print(name)
        ratios = []
        for fn in group:
            if options.only and fn.__name__ not in options.only:
                continue
            ms, ratio, low, high = measure(fn, args, options.repeat)
            ratios.append(ratio)
            quartiles = f"{low:.2f} to {high:.2f}"
            print(f"  {fn.__name__:<24}{ms:>10.3f}{ratio:>8.2f}  {quartiles}")
        if ratios:
            print(f"  {'geometric mean':<34}{statistics.geometric_mean(ratios):>8.2f}")


if __name__ == "__main__":
    main()
