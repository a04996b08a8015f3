"""``python -m bench.ops``: each lowered operation in NumPy and in npjit's program.

The arguments are like those of programs: arrays of about `n` elements, square matrices
of as many. Both take turns in one process; the numbers are medians. "call" is a whole
call under npjit, replayed and results included, "program" the compiled program alone.
The table is sorted by how many times slower than NumPy the program is at the largest
size; `npjit/_chapters/speed.py` holds what is to be learnt from it.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import npjit
from bench.machine import machine
from npjit._chapters.registry import OPERATIONS, Kind
from npjit._chapters.speed import class_of
from npjit._diagnostics.events import Event, subscribe

__all__ = ["Case", "Row", "cases", "main", "measure", "table"]

SIZES = (1_000, 100_000, 3_000_000)
#: NumPy computes in other ways than by its own loops for other dtypes.
UFUNC_DTYPES = ("float64", "float32", "complex128", "int64")
#: No operation is repeated longer than this at one size.
MAX_SECONDS = 0.4
MAX_REPEATS = 31

Make = Callable[[np.random.Generator, int], tuple[Any, ...]]
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One operation with a way to make its arguments."""

    name: str
    function: Function
    make: Make
    group: str


@dataclass(frozen=True, slots=True)
class Row:
    """What one operation took at one size, in nanoseconds.

    Parameters
    ----------
    name, group : str
        The operation with its dtype; its class in `npjit/_chapters/speed.py`.
    size : int
        Elements of its larger arguments, about.
    numpy_ns, call_ns : float
        Medians of a call in NumPy and under npjit, everything included.
    program_ns : float
        Median of the compiled program; NaN where no program ran.
    """

    name: str
    group: str
    size: int
    numpy_ns: float
    call_ns: float
    program_ns: float

    @property
    def slower(self) -> float:
        """How many times longer than NumPy the program takes."""
        return self.program_ns / self.numpy_ns


# -- arguments -----------------------------------------------------------------------


def vector(rng: np.random.Generator, n: int, dtype: str = "float64") -> np.ndarray:
    """Numbers that each function takes and no flag reports."""
    kind = np.dtype(dtype).kind
    if kind in "iu":
        return rng.integers(1, 50, n).astype(dtype)
    if kind == "b":
        return rng.random(n) < 0.5
    x = rng.uniform(0.1, 0.9, n)
    return (
        (x + 1j * rng.uniform(0.1, 0.9, n)).astype(dtype)
        if kind == "c"
        else x.astype(dtype)
    )


def matrix(rng: np.random.Generator, n: int) -> np.ndarray:
    """A regular square matrix of about `n` elements."""
    side = math.isqrt(n)
    return vector(rng, side * side).reshape(side, side) + side * np.eye(side)


def vectors(count: int, dtype: str = "float64") -> Make:
    return lambda rng, n: tuple(vector(rng, n, dtype) for _ in range(count))


def matrices(count: int) -> Make:
    return lambda rng, n: tuple(matrix(rng, n) for _ in range(count))


def small_matrix(rng: np.random.Generator, n: int) -> tuple[np.ndarray]:
    """One of the matrices that decompositions, of cubic cost, are given."""
    return (matrix(rng, min(n, 90_000)),)


def matrix_and_vector(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    a = matrix(rng, n)
    return a, vector(rng, len(a))


def stacks(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """Many matrices of 4 by 4."""
    return tuple(vector(rng, n // 16 * 16).reshape(-1, 4, 4) for _ in range(2))


def triples(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return tuple(vector(rng, n // 3 * 3).reshape(-1, 3) for _ in range(2))


def indexed(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return vector(rng, n), rng.permutation(n)


def masked(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return vector(rng, n), rng.random(n) < 0.5


def sorted_table(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return np.sort(vector(rng, 1000)), vector(rng, n)


# -- what is measured ----------------------------------------------------------------

_ABOVE_ONE = frozenset({np.arccosh})
_BELOW_ONE = frozenset({np.arcsin, np.arccos, np.arctanh})
_SHIFTS = frozenset({np.left_shift, np.right_shift})


def _ufunc_cases() -> Iterator[Case]:
    for func, op in OPERATIONS.items():
        if op.kind is not Kind.UFUNC:
            continue
        for dtype in UFUNC_DTYPES:
            make = _operands(func, dtype)
            if make is not None and _is_lowered(func, make):
                yield _case(func, func, make, dtype)


def _operands(func: Any, dtype: str) -> Make | None:
    if func is np.ldexp:
        of_float = dtype in ("float64", "float32")
        return _float_and_int(dtype) if of_float else None
    if func in _BELOW_ONE and dtype == "int64":
        return None
    if func in _ABOVE_ONE:
        return lambda rng, n: (1 + vector(rng, n, dtype),)
    if func in _SHIFTS:
        return lambda rng, n: (vector(rng, n, dtype), rng.integers(0, 8, n))
    return vectors(func.nin, dtype)


def _float_and_int(dtype: str) -> Make:
    return lambda rng, n: (vector(rng, n, dtype), rng.integers(-3, 4, n, np.int32))


def _is_lowered(func: Any, make: Make) -> bool:
    """Whether NumPy has the loop and npjit compiles it."""
    args = make(np.random.default_rng(0), 8)
    try:
        func(*args)
    except TypeError:  # NumPy has no such loop
        return False
    unless = OPERATIONS[func].unless
    return unless is None or unless(args, {}) is None


def _case(key: Any, function: Function, make: Make, about: str = "") -> Case:
    """The case of a registered callable."""
    op = OPERATIONS[key]
    name = f"{op.name} {about}".strip()
    return Case(name, function, make, class_of(op))


_ONE, _TWO, _MATRIX = vectors(1), vectors(2), matrices(1)


def _other_cases() -> Iterator[Case]:
    reductions = (np.sum, np.prod, np.max, np.min, np.mean, np.var, np.std, np.ptp)
    for func in (*reductions, np.argmax, np.argmin, np.count_nonzero, np.any, np.all):
        yield _case(func, func, _ONE)
        for axis in (0, 1):
            yield _case(
                func, lambda a, f=func, k=axis: f(a, axis=k), _MATRIX, f"axis {axis}"
            )
    for func in (np.median, np.nanmedian):
        yield _case(func, func, _ONE)
    yield _case(np.quantile, lambda x: np.quantile(x, 0.3), _ONE)
    for func in (np.cumsum, np.cumprod):
        yield _case(func, func, _ONE)
        yield _case(func, lambda a, f=func: f(a, axis=0), _MATRIX, "axis 0")
        yield _case(func, lambda a, f=func: f(a, axis=1), _MATRIX, "axis 1")
    yield _case(np.maximum.accumulate, np.maximum.accumulate, _ONE)
    yield from _products()
    for func in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.svdvals):
        yield _case(func, func, small_matrix)
    yield _case(np.linalg.cholesky, lambda a: np.linalg.cholesky(a @ a.T), small_matrix)
    yield _case(np.linalg.solve, lambda a: np.linalg.solve(a, a[0]), small_matrix)
    for func in (np.fft.fft, np.fft.rfft, np.fft.irfft, np.fft.ifft):
        yield _case(func, func, _ONE)
    yield _case(np.fft.fft2, np.fft.fft2, _MATRIX)
    yield from _manipulation()
    yield from _indexing()
    for func in (np.sort, np.argsort):
        yield _case(func, lambda x, f=func: f(x, kind="stable"), _ONE, "stable")
    yield _case(np.searchsorted, np.searchsorted, sorted_table)
    yield _case(np.interp, lambda t, x: np.interp(x, t, t), sorted_table)
    yield _case(np.histogram, lambda x: np.histogram(x, 50)[0], _ONE)
    yield _case(np.isin, lambda x, y: np.isin(x, y[:100]), vectors(2, "int64"))
    kernel = np.linspace(0.0, 1.0, 15)
    yield _case(np.convolve, lambda x: np.convolve(x, kernel), _ONE)
    yield _case(np.correlate, lambda x: np.correlate(x, kernel), _ONE)
    yield _case(np.zeros, lambda x: np.zeros(x.shape) + x, _ONE)
    yield _case(np.linspace, lambda x: np.linspace(0.0, 1.0, x.size) + x, _ONE)


def _products() -> Iterator[Case]:
    yield _case(np.matmul, np.matmul, lambda rng, n: matrices(2)(rng, min(n, 360_000)))
    yield _case(np.matmul, np.matmul, matrix_and_vector, "matrix, vector")
    yield _case(np.matmul, lambda a, x: x @ a, matrix_and_vector, "vector, matrix")
    yield _case(np.matmul, lambda a, x: a.T @ x, matrix_and_vector, "transposed")
    yield _case(np.matmul, np.matmul, stacks, "4 by 4")
    yield _case(np.dot, np.dot, _TWO, "vectors")
    yield _case(
        np.einsum, lambda a, b: np.einsum("ij,ij->i", a, b), matrices(2), "rows"
    )
    yield _case(np.einsum, lambda a, b: np.einsum("nij,nij->n", a, b), stacks, "4 by 4")
    yield _case(np.outer, lambda x, y: np.outer(x[:1000], y[: y.size // 1000]), _TWO)
    yield _case(np.cross, np.cross, triples)
    yield _case(np.trace, np.trace, _MATRIX)


def _manipulation() -> Iterator[Case]:
    yield _case(np.copy, np.copy, _ONE)
    yield _case(np.copy, lambda a: np.copy(a.T, order="C"), _MATRIX, "transposed")
    yield _case(np.concatenate, lambda x, y: np.concatenate([x, y]), _TWO)
    yield _case(np.stack, lambda x, y: np.stack([x, y], axis=-1), _TWO, "last axis")
    yield _case(np.repeat, lambda x: np.repeat(x, 3), _ONE)
    yield _case(np.roll, lambda x: np.roll(x, 5), _ONE)
    yield _case(np.pad, lambda a: np.pad(a, 3), _MATRIX)
    yield _case(np.pad, lambda a: np.pad(a, 3, mode="reflect"), _MATRIX, "reflect")
    yield _case(np.tril, np.tril, _MATRIX)
    yield _case(np.add, lambda a: a[1:-1, 1:-1] + a[:-2, 2:], _MATRIX, "shifted views")
    yield _case(np.add, lambda a: a + a.T, _MATRIX, "transposed")
    yield _case(np.flip, lambda x: x[::-1] + x, _ONE)
    yield _case(
        np.add,
        lambda x: x[::2] + x[1::2],
        lambda rng, n: (vector(rng, n // 2 * 2),),
        "steps",
    )


def _indexing() -> Iterator[Case]:
    yield _case(np.take, lambda x, i: x[i], indexed, "x[i]")
    yield _case(np.take, np.take, indexed)
    yield _case(np.put, _set_at, indexed, "x[i] = y")
    yield _case(np.add.at, _add_at, indexed)
    yield _case(np.where, lambda x, m: np.where(m, x, 0.0), masked)
    yield _case(np.clip, lambda x: np.clip(x, 0.2, 0.7), _ONE)
    yield _case(np.compress, lambda x, m: x[m], masked, "x[mask]")
    yield _case(np.compress, lambda x, m: x[m].sum(), masked, "x[mask].sum()")
    yield _case(np.putmask, _set_mask, masked, "x[mask] = 0")


def _set_at(x: np.ndarray, i: np.ndarray) -> np.ndarray:
    y = np.zeros_like(x)
    y[i] = x
    return y


def _add_at(x: np.ndarray, i: np.ndarray) -> np.ndarray:
    y = np.zeros_like(x)
    np.add.at(y, i, x)
    return y


def _set_mask(x: np.ndarray, m: np.ndarray) -> np.ndarray:
    y = x.copy()
    y[m] = 0.0
    return y


def cases(only: str = "") -> list[Case]:
    """Return the cases whose names contain a text."""
    return [c for c in (*_ufunc_cases(), *_other_cases()) if only in c.name]


# -- measuring -----------------------------------------------------------------------


def as_xla_borrows(a: np.ndarray) -> np.ndarray:
    """A copy at an address that is a multiple of 64."""
    room = np.empty(a.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    copied = room[start : start + a.nbytes].view(a.dtype).reshape(a.shape)
    copied[...] = a
    return copied


def measure(case: Case, size: int, *, aligned: bool = False) -> Row:
    """Time a case in NumPy and under npjit, in turns.

    Parameters
    ----------
    case : Case
    size : int
        Given to what makes the arguments.
    aligned : bool
        Whether the arguments lie where XLA can borrow them.
    """
    args = case.make(np.random.default_rng(0), size)
    if aligned:
        args = tuple(as_xla_borrows(a) for a in args)
    accelerated = npjit.accelerate(case.function, mode="jit")
    recorded = npjit.accelerate(case.function, mode="jit", pure=False)
    programs_ns: list[int] = []

    def note(event: Event) -> None:
        if event.name == "engine" and event.operation == "xla":
            programs_ns.append(event.elapsed_ns)

    unsubscribe = subscribe(note)
    try:
        for _ in range(3):  # compile; and compile with operands for what changes
            accelerated(*args)
            recorded(*args)
        programs_ns.clear()
        numpy_ns, call_ns, _ = _in_turns([case.function, accelerated, recorded], args)
    finally:
        unsubscribe()
    program_ns = statistics.median(programs_ns) if programs_ns else math.nan
    return Row(case.name, case.group, size, numpy_ns, call_ns, program_ns)


def _in_turns(functions: Sequence[Function], args: tuple[Any, ...]) -> list[float]:
    """Medians in nanoseconds."""
    times: list[list[int]] = [[] for _ in functions]
    end = time.perf_counter() + MAX_SECONDS
    for i in range(MAX_REPEATS):
        for function, column in zip(functions, times, strict=True):
            began = time.perf_counter_ns()
            function(*args)
            column.append(time.perf_counter_ns() - began)
        if i >= 4 and time.perf_counter() > end:
            break
    return [statistics.median(column) for column in times]


# -- the table -----------------------------------------------------------------------


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield lines, the operation that is slowest beside NumPy first."""
    yield (
        f"{'operation':<34}{'class':<16}{'size':>9}{'NumPy us':>11}{'call us':>11}"
        f"{'program us':>12}{'slower':>8}"
    )
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    for several in sorted(by_name.values(), key=lambda rs: -_order(rs[-1])):
        for row in several:
            times = row.numpy_ns / 1e3, row.call_ns / 1e3, row.program_ns / 1e3
            yield (
                f"{row.name:<34}{row.group:<16}{row.size:>9}{times[0]:>11.1f}"
                f"{times[1]:>11.1f}{times[2]:>12.1f}{row.slower:>8.2f}"
            )


def _order(row: Row) -> float:
    return 0.0 if math.isnan(row.slower) else row.slower


def _progress(todo: Sequence[Case]) -> Iterable[Case]:
    """The cases, with a bar where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return todo
    bar: Iterable[Case] = tqdm(todo, file=sys.stderr)
    return bar


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ops", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--only", default="", help="operations with this in their name")
    parser.add_argument(
        "--aligned", action="store_true", help="put inputs where XLA can borrow them"
    )
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    options = parse(argv)
    todo = cases(options.only)
    if not todo:
        print(f"no operation has {options.only!r} in its name", file=sys.stderr)
        return 2
    rows = [
        measure(case, size, aligned=options.aligned)
        for case in _progress(todo)
        for size in options.sizes
    ]
    for line in table(rows):
        print(line)
    if options.json:
        found = {"machine": machine(), "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
