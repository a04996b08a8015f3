"""One assertion for all rows: calls of NumPy functions do what NumPy does.

The rows of a test become one function, so that they are compiled together. A row that
must run on XLA fails if any operation of it falls back to NumPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

import npjit
from npjit._diagnostics.values import Tolerance
from npjit.testing.parity import Settings, check_parity
from tests.ids import stable

NUMERIC = "?bhilBHILefdFD"
REAL = "?bhilBHILefd"
INTEGERS = "bhilBHIL"
FLOATS = "efd"
COMPLEX = "FD"


class Row(NamedTuple):
    """One call: `func(*args, **kwargs)`."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __str__(self) -> str:
        given = [*map(repr, self.args)]
        given += [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return stable(f"{self.func.__name__}({', '.join(given)})")


def row(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Row:
    return Row(func, args, kwargs)


def call_rows(rows: list[Row]) -> list[Any]:
    """The program under test; it is converted, and its calls are recorded."""
    return [func(*args, **kwargs) for func, args, kwargs in rows]


def assert_on_xla(
    rows: Iterable[Row], *, calls: int = 3, vary: Any = None, **tolerance: Any
) -> None:
    """Assert equal results and effects, and that XLA computed every row.

    With `strict=True` npjit raises where it would fall back to NumPy.
    """
    strict = functools.partial(npjit.accelerate, strict=True)
    settings = Settings(
        Tolerance(**tolerance), calls, vary=vary, expect_xla=True, accelerate=strict
    )
    _check(list(rows), settings)


def assert_rows(
    rows: Iterable[Row], *, calls: int = 2, vary: Any = None, **tolerance: Any
) -> None:
    """Assert equal results and effects, wherever a row runs."""
    _check(list(rows), Settings(Tolerance(**tolerance), calls, vary=vary))


def _check(rows: list[Row], settings: Settings) -> None:
    assert rows
    try:
        check_parity(call_rows, (rows,), {}, settings)
    except Exception as error:
        for i, (func, args, kwargs) in enumerate(rows):
            if f"[{i}]" in str(error):
                error.add_note(f"row {i}: {func}, {args}, {kwargs}")
        raise


def values(dtype: str) -> np.ndarray:
    """Values of a dtype that rules get wrong: ends, zeros, NaN, halves.

    No subnormals and nothing whose square is one: XLA:CPU flushes them.
    """
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.array([False, True, True, False])
    if kind in "iu":
        info = np.iinfo(dtype)
        ends = [info.min, info.max, info.min + 1, info.max - 1]
        small = [v for v in (-3, -2, -1, 0, 1, 2, 3, 7, 65) if v >= info.min]
        return np.array([*small, *ends], dtype)
    plain = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, -2.5, 3.0, 0.1, -7.3, 100.0]
    if kind == "f":
        return np.array([*plain, np.inf, -np.inf, np.nan], dtype)
    real, imag = np.meshgrid([0.0, -0.0, 1.0, -2.5, 0.1], [0.0, -0.0, 3.0, -0.7])
    z = np.empty(real.size, dtype)
    z.real, z.imag = real.ravel(), imag.ravel()
    return z


def sample(dtype: str, *shape: int, seed: int = 0) -> np.ndarray:
    """Moderate values of a dtype, reproducible."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.random(shape) < 0.5
    if kind in "iu":
        return rng.integers(0 if kind == "u" else -9, 10, shape).astype(dtype)
    x = rng.normal(size=shape) * 3
    if kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


def layouts(dtype: str = "d") -> dict[str, np.ndarray]:
    """Arrays of every memory layout that NumPy's loops tell apart."""
    a, cube = sample(dtype, 4, 6), sample(dtype, 2, 3, 4)
    return {
        "matrix": a,
        "Fortran": np.asfortranarray(a),
        "transposed": a.T,
        "reversed": a[::-1, ::-1],
        "strided": sample(dtype, 8, 12)[::2, ::3],
        "column": a[:, 1],
        "cube": cube,
        "permuted": cube.transpose(1, 2, 0),
        "broadcast": np.broadcast_to(sample(dtype, 6), (4, 6)),
        "empty": sample(dtype, 0),
        "no rows": sample(dtype, 0, 3),
        "one": sample(dtype, 1),
        "0-d": np.array(sample(dtype)),
        "scalar": np.dtype(dtype).type(0.4),
    }
