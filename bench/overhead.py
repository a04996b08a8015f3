"""What npjit itself costs, on arrays too small to compute anything.

Usage: python -m bench.overhead [--rounds 30] [--calls 1000]

Three figures, each of calls that take turns, the median of the rounds:

* a replayed call of mode "jit" on 10 elements, against ``np.asarray(jax.jit(f)(x))``
  under ``with jax.enable_x64(True)``, and both with 64 bits enabled globally;
* a call of mode "auto" on one to three small arrays, against the plain function;
* recording an operation, in microseconds (`bench.recording`).
"""

import argparse
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import npjit
import npjit._xla  # before JAX, as in a program of NumPy's
from bench.recording import ROWS, plain, record, us_per_operation
from bench.timing import Ratio, loop_ns, ratio

__all__ = ["auto", "main", "recording", "replayed"]

Function = Callable[..., Any]
Times = dict[str, list[float]]

ELEMENTS = 10
#: The bounds of the three figures.
MAX_REPLAY_RATIO, MAX_AUTO_US, MAX_RECORDING_US = 1.3, 2.0, 3.0
#: Calls before the clock starts: mode "auto" has chosen, mode "jit" replays.
WARM_UP = 3000


def one(x):
    return (x * 2.0 + 1.0) * x - 0.5


def two(x, y):
    return (x * y + 1.0) * x - y


def three(x, y, z):
    return (x * y + z) * x - y


def turns(variants: Mapping[str, Function], args: Sequence[Any], n: int, calls: int):
    """Nanoseconds of a call of each variant, one for each of n rounds."""
    times: Times = {name: [] for name in variants}
    for fn in variants.values():
        loop_ns(fn, tuple(args), WARM_UP)
    for _ in range(n):
        for name, fn in variants.items():
            times[name].append(loop_ns(fn, tuple(args), calls))
    return times


def by_hand(fn: Function) -> Function:
    """Return a function by JAX, with 64 bits enabled for each call."""
    import jax

    compiled = jax.jit(fn)

    def call(*args):
        with jax.enable_x64(True):
            return np.asarray(compiled(*args))

    return call


def by_hand_global(fn: Function) -> Function:
    """Return a function by JAX, for a process in which 64 bits are enabled."""
    import jax

    compiled = jax.jit(fn)

    def call(*args):
        return np.asarray(compiled(*args))

    return call


def replayed(n: int, calls: int) -> Iterator[tuple[str, Times]]:
    """Yield the times of a replayed call and of JAX by hand, both ways to 64 bits."""
    import jax

    args = arrays(1)
    fn = npjit.accelerate(one, mode="jit")
    with_context = {"npjit": fn, "JAX": by_hand(one)}
    yield "with jax.enable_x64(True)", turns(with_context, args, n, calls)
    everywhere = {"npjit": fn, "JAX": by_hand_global(one)}
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield "64 bits everywhere", turns(everywhere, args, n, calls)
    finally:
        jax.config.update("jax_enable_x64", before)


def auto(n: int, calls: int) -> Iterator[tuple[int, Times]]:
    """Yield the times of mode "auto" and of the plain function, by number of arrays."""
    for count, fn in enumerate((one, two, three), start=1):
        variants = {"auto": npjit.accelerate(fn, mode="auto"), "plain": fn}
        yield count, turns(variants, arrays(count), n, calls)


def arrays(count: int) -> list[np.ndarray]:
    """Return some small arrays."""
    return [np.linspace(0.5, 1.5 + i, ELEMENTS) for i in range(count)]


def recording(repeat: int) -> Iterator[tuple[int, float, float]]:
    """Yield size, and median microseconds of an operation in NumPy and recorded."""
    for size in (8, 100):
        plains = [us_per_operation(fn, plain, size, repeat) for fn in ROWS]
        recorded = [us_per_operation(fn, record, size, repeat) for fn in ROWS]
        yield size, statistics.median(plains), statistics.median(recorded)


def text_of(found: Ratio) -> str:
    """Return a ratio with its 95 % interval."""
    return f"{found.median:.2f} [{found.low:.2f}, {found.high:.2f}]"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the three figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--calls", type=int, default=1000)
    options = parser.parse_args(argv)
    n, calls = options.rounds, options.calls
    print(f"replayed call on {ELEMENTS} elements, bound {MAX_REPLAY_RATIO}")
    for how, times in replayed(n, calls):
        us = {name: statistics.median(column) / 1e3 for name, column in times.items()}
        figures = f"npjit {us['npjit']:.1f} us, JAX by hand {us['JAX']:.1f} us, ratio "
        print(f"  {how:<28}{figures}{text_of(ratio(times['npjit'], times['JAX']))}")
    print(f'mode "auto" over the plain function, bound {MAX_AUTO_US} us')
    for count, times in auto(n, calls):
        pairs = zip(times["auto"], times["plain"], strict=True)
        over_us = statistics.median(a - b for a, b in pairs) / 1e3
        figures = text_of(ratio(times["auto"], times["plain"]))
        print(f"  {f'arrays: {count}':<28}{over_us:.2f} us over, ratio {figures}")
    print(f"recording an operation, bound {MAX_RECORDING_US} us")
    for size, numpy_us, recorded_us in recording(n):
        figures = f"{recorded_us:.2f} us, NumPy {numpy_us:.2f} us, ratio "
        print(f"  {f'elements: {size}':<28}{figures}{recorded_us / numpy_us:.1f}")


if __name__ == "__main__":
    main()
