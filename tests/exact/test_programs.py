"""Programs that live on errors, warnings, overflow and dtypes do as under NumPy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from npjit._diagnostics.values import Tolerance
from npjit.testing.parity import Settings, check_parity
from tests.blocks import in_block
from tests.exact import programs as ep

# Matrix products, means and transforms of a few numbers, taken in another order.
SUMS = 1e-12


@dataclass(frozen=True)
class Program:
    """A program, its input, and the tolerance of compiled modes relative to NumPy."""

    fn: Callable[..., Any]
    make: Callable[[np.random.Generator], tuple[Any, ...]]
    tolerance: float = 0.0

    def __str__(self) -> str:
        return self.fn.__name__


def measurements(rng):
    return rng.normal(size=(4, 2)), np.array([0.0, 0.5, 0.2, 0.0])


def systems(rng):
    A = np.stack([np.eye(3) * 4, np.zeros((3, 3)), -np.eye(3), np.ones((3, 3))])
    A[0] += rng.random((3, 3))
    A[0] += A[0].T
    return A, rng.random((4, 3))


def with_gaps(rng):
    data = rng.normal(size=(9, 4))
    data[rng.random(data.shape) < 0.3] = np.nan
    data[:, 2] = np.nan
    data[0, 1] = 1e6
    return (data,)


def signals(rng):
    return np.array([0.0, 3.0, -1.0, np.nan, 2.0]), rng.integers(0, 2, 5) * 1.0


def samples(rng):
    x = (rng.random(40) * 2.5 - 1.25).astype(np.float32)
    x[:4] = np.nan, np.inf, -np.inf, -0.0
    return (x,)


def of_bytes(*shape):
    return lambda r: (r.integers(0, 256, shape).astype(np.uint8),)


def int16s(rng):
    x = rng.integers(-32768, 32768, 40).astype(np.int16)
    y = rng.integers(-300, 300, 40).astype(np.int16)
    x[:2], y[:3] = -32768, (-1, 0, 0)
    return x, y


PROGRAMS = [
    Program(ep.adaptive_steps, lambda r: (r.random(5) * 1e3, 1e-3, 2.0)),
    Program(ep.kalman_with_recovery, measurements, SUMS),
    Program(ep.solve_each, systems, SUMS),
    Program(ep.newton_of_cube, lambda r: (np.append(r.normal(size=6), [0.0, -0.0]),)),
    Program(ep.robust_statistics, with_gaps),
    Program(ep.signal_to_noise, signals),
    Program(ep.sharpen, lambda r: (*of_bytes(7, 9)(r), 2)),
    Program(ep.fixed_point, int16s),
    Program(
        ep.equalize_tiles,
        lambda r: (r.integers(0, 1 << 16, (6, 8)).astype(np.uint16), 4),
    ),
    Program(ep.life_with_ages, lambda r: (r.random((8, 8)) < 0.4, 4)),
    Program(ep.checksums, of_bytes(5, 12)),
    Program(
        ep.money, lambda r: (r.integers(-(10**6), 10**6, 9), r.random(9) / 8), SUMS
    ),
    Program(ep.low_pass, lambda r: (r.random(16), 3), 1e-6),
    Program(ep.quantize, samples),
    Program(ep.calendar, lambda r: (r.integers(0, 90, 12), r.random(12)), SUMS),
    Program(ep.inventory, lambda r: (r.integers(0, 3, 9), r.random(9)), SUMS),
]


def assert_program_has_parity(program, mode, *, seeds=(12,), **options):
    """Three calls for each seed; programs choose their values, so these stay."""
    tolerance = 0.0 if mode == "host" else program.tolerance
    settings = Settings(
        Tolerance(tolerance, tolerance),
        modes=(mode,),
        vary=lambda rng, *args: None,
        **options,
    )
    for seed in seeds:
        args = program.make(np.random.default_rng(seed))
        check_parity(program.fn, args, {}, settings)


each_program = pytest.mark.parametrize("program", PROGRAMS, ids=str)


@each_program
def test_mode_host(program):
    assert_program_has_parity(program, "host", seeds=(12, 13, 14))


@each_program
def test_mode_jit(program):
    assert_program_has_parity(program, "jit")


@each_program
def test_mode_auto(program):
    assert_program_has_parity(program, "auto")


@each_program
def test_in_a_block(program):
    assert_program_has_parity(program, "host", accelerate=in_block)


def test_the_programs_take_the_ways_they_are_made_for():
    rng = np.random.default_rng(12)
    made = {str(program): program.fn(*program.make(rng)) for program in PROGRAMS}
    assert made["adaptive_steps"][2] in range(1, 40)
    assert made["kalman_with_recovery"][2][0] == (0, "Singular matrix")
    assert list(made["solve_each"][1]) == [1, 2, 3]
    assert made["newton_of_cube"][1].any()
    assert made["robust_statistics"][5]
    assert np.isinf(made["signal_to_noise"][0]).any()
    assert made["low_pass"][3]
    assert "sold out" in made["inventory"][2]
