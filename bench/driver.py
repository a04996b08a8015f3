"""Measures programs in NumPy, under npjit and written for JAX by hand, side by side.

All variants of a program take turns in one process on copies of the same arguments, and
have to agree before they are timed. Copying is not timed, nor the import of JAX; what a
variant does at its first call is. All compute in 64 bits, from NumPy arrays; NumPy and
npjit return NumPy arrays, the programs by JAX those of JAX.
"""

import copy
import importlib
import os
import pkgutil
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

import npjit
from bench import programs
from npjit._demo.compare import Mismatch, difference

__all__ = [
    "Benchmark",
    "Disagreement",
    "Row",
    "geometric_mean",
    "load",
    "machine",
    "measure",
    "report",
    "table",
]

#: Of the largest element: sums in another order, exp and its kin within some ulp.
TOLERANCE = 1e-9
#: One program is repeated no longer than this, and at least once.
MAX_SECONDS = 20.0

Program = Callable[..., Any]
Args = tuple[Any, ...]


class Disagreement(Exception):
    """A variant of a program does not do what NumPy does."""


def _result(args: Args, result: Any) -> Any:
    return result


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A program and the same by JAX; `bench.programs` describes each field."""

    name: str
    program: Program
    by_jax: Program
    arguments: Callable[[np.random.Generator, int], Args]
    sizes: dict[str, int]
    observed: Callable[[Args, Any], Any] = _result
    tolerance: float = TOLERANCE


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one program, in milliseconds.

    Parameters
    ----------
    program : str
        Its name.
    numpy_ms : float
        Median of NumPy.
    cold_ms, warm_ms : float
        First call under npjit, which records and compiles; median of later ones.
    jax_cold_ms, jax_warm_ms : float
        The same of the program written for JAX.
    """

    program: str
    numpy_ms: float
    cold_ms: float
    warm_ms: float
    jax_cold_ms: float
    jax_warm_ms: float

    @property
    def ratio(self) -> float:
        """How many times faster npjit is than NumPy, once warm."""
        return self.numpy_ms / self.warm_ms

    @property
    def jax_ratio(self) -> float:
        """How many times faster JAX by hand is than NumPy, once warm."""
        return self.numpy_ms / self.jax_warm_ms


def load(pattern: str = "") -> list[Benchmark]:
    """Return the benchmarks whose names contain a text, in the order of their names."""
    names = [found.name for found in pkgutil.iter_modules(programs.__path__)]
    return [_benchmark(name) for name in sorted(names) if pattern in name]


def _benchmark(name: str) -> Benchmark:
    module = importlib.import_module(f"{programs.__name__}.{name}")
    return Benchmark(
        name,
        module.program,
        module.by_jax,
        module.arguments,
        module.SIZES,
        getattr(module, "observed", _result),
        getattr(module, "TOLERANCE", TOLERANCE),
    )


def measure(
    benchmark: Benchmark, size: int, repeat: int = 7, mode: str = "auto"
) -> Row:
    """Check that all variants of a program agree, and time them.

    Parameters
    ----------
    benchmark : Benchmark
        What to measure.
    size : int
        Of its arguments.
    repeat : int
        How many calls the medians are of.
    mode : str
        Of `npjit.accelerate`.

    Returns
    -------
    Row
        Times and ratios.

    Raises
    ------
    Disagreement
        If npjit's results are of other types, shapes or values than NumPy's, or those
        of JAX of other shapes or values.
    """
    args = benchmark.arguments(np.random.default_rng(0), size)
    accelerated = npjit.accelerate(benchmark.program, mode=mode)
    accelerated.cache_clear()
    jax.clear_caches()
    variants = [benchmark.program, accelerated, benchmark.by_jax]
    with np.errstate(all="ignore"), jax.enable_x64(True):
        (_, expected), (cold_ns, actual), (jax_cold_ns, by_jax) = (
            _observe(benchmark, variant, args) for variant in variants
        )
        _check_types(benchmark, expected, actual)
        _check_values(benchmark, "npjit", expected, actual)
        _check_values(benchmark, "JAX", expected, by_jax)
        numpy_ns, warm_ns, jax_warm_ns = _medians_ns(variants, args, repeat)
    times_ns = numpy_ns, cold_ns, warm_ns, jax_cold_ns, jax_warm_ns
    return Row(benchmark.name, *(ns / 1e6 for ns in times_ns))


def _timed(fn: Program, args: Args) -> tuple[int, Args, Any]:
    """(nanoseconds, arguments afterwards, result) of a call on a copy of arguments."""
    args = copy.deepcopy(args)
    start_ns = time.perf_counter_ns()
    result = jax.block_until_ready(fn(*args))
    return time.perf_counter_ns() - start_ns, args, result


def _observe(benchmark: Benchmark, fn: Program, args: Args) -> tuple[int, Any]:
    elapsed_ns, args, result = _timed(fn, args)
    if fn is not benchmark.by_jax:
        result = benchmark.observed(args, result)
    return elapsed_ns, result


def _medians_ns(variants: Sequence[Program], args: Args, repeat: int) -> list[float]:
    times: list[list[int]] = [[] for _ in variants]
    start_ns = time.perf_counter_ns()
    for _ in range(repeat):
        for fn, column in zip(variants, times, strict=True):
            column.append(_timed(fn, args)[0])
        if time.perf_counter_ns() - start_ns > MAX_SECONDS * 1e9:
            break
    return [statistics.median(column) for column in times]


def _check_types(benchmark: Benchmark, expected: Any, actual: Any) -> None:
    try:
        difference(expected, actual)
    except Mismatch as mismatch:
        raise Disagreement(f"{benchmark.name}, npjit: {mismatch}") from mismatch


def _check_values(
    benchmark: Benchmark, variant: str, expected: Any, actual: Any
) -> None:
    pairs = [jax.tree.leaves(outcome) for outcome in (expected, actual)]
    try:
        for left, right in zip(*pairs, strict=True):
            scale = np.nanmax(np.abs(left), initial=1.0, where=np.isfinite(left))
            np.testing.assert_allclose(
                np.asarray(right), left, rtol=0, atol=benchmark.tolerance * scale
            )
    except (AssertionError, ValueError) as error:
        raise Disagreement(f"{benchmark.name}, {variant}: {error}") from error


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean, which does not depend on what ratios are taken to."""
    return statistics.geometric_mean(ratios)


_WIDTHS = (24, 10, 12, 10, 12, 10, 10, 10)
_HEADER = (
    "program",
    *("NumPy ms", "npjit cold", "warm", "JAX cold", "warm"),
    *("npjit x", "JAX x"),
)


def table(rows: Iterable[Row]) -> Iterable[str]:
    """Yield the lines of a table, each as soon as its row is there."""
    yield _line(_HEADER)
    seen = []
    for row in rows:
        seen.append(row)
        yield _line([row.program, *(f"{ms:.2f}" for ms in _times(row)), *_ratios(row)])
    if seen:
        means = [geometric_mean(r.ratio for r in seen)]
        means.append(geometric_mean(r.jax_ratio for r in seen))
        blanks = [""] * (len(_HEADER) - 3)
        yield _line(["geometric mean", *blanks, *(f"{mean:.2f}" for mean in means)])


def _times(row: Row) -> tuple[float, ...]:
    return row.numpy_ms, row.cold_ms, row.warm_ms, row.jax_cold_ms, row.jax_warm_ms


def _ratios(row: Row) -> tuple[str, str]:
    return f"{row.ratio:.2f}", f"{row.jax_ratio:.2f}"


def _line(cells: Sequence[str]) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f"{c:>{w}}" for c, w in others)


def machine() -> dict[str, Any]:
    """Return the versions and the machine that results belong to."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "jax": jax.__version__,
        "npjit": npjit.__version__,
        "device": str(jax.devices()[0]),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": len(os.sched_getaffinity(0)),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def report(rows: Sequence[Row], size: str, mode: str) -> dict[str, Any]:
    """Return all that was measured, for a JSON file."""
    return {
        "machine": machine(),
        "size": size,
        "mode": mode,
        "rows": [
            asdict(row) | {"ratio": row.ratio, "jax_ratio": row.jax_ratio}
            for row in rows
        ],
        "geometric_mean": {
            "ratio": geometric_mean(row.ratio for row in rows),
            "jax_ratio": geometric_mean(row.jax_ratio for row in rows),
        },
    }
