"""Programs as users write them do the same under NumPy and npjit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import npjit.testing
from npjit.testing.parity import Settings, check_parity
from tests import user_programs as up

# Sums of a few terms in another order, products of matrices, tanh and exp: each step
# errs by a few units of the last place of its largest term, and some steps follow.
SUMS = 1e-12
# The same, in a system where an error grows with each step.
CHAOTIC = 1e-9


@dataclass(frozen=True)
class Program:
    """A program, its input, and the tolerance of mode "jit" relative to NumPy."""

    fn: Callable[..., Any]
    make: Callable[[np.random.Generator], tuple[Any, ...]]
    tolerance: float = 0.0  # elementwise, integers, or exact sums: every bit

    def __str__(self) -> str:
        return self.fn.__name__


def dominant(rng: np.random.Generator) -> np.ndarray:
    A = rng.random((6, 6))
    return A + A.T + 6 * np.eye(6)


def matrix_and_vector(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return dominant(rng), rng.random(6)


def distances(rng: np.random.Generator) -> tuple[np.ndarray]:
    d = rng.integers(1, 20, (6, 6)).astype(float)
    d[rng.random(d.shape) < 0.4] = np.inf
    np.fill_diagonal(d, 0)
    return (d,)


def bodies(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.random(4), 0.01, 5


PROGRAMS = [
    Program(up.kalman_track, lambda r: (r.normal(size=(6, 2)).cumsum(0),), SUMS),
    Program(up.heat, lambda r: (r.random((6, 7)), 5)),
    Program(up.wave, lambda r: (r.random(12), 6)),
    Program(up.lorenz, lambda r: (r.random(3), 0.01, 8), CHAOTIC),
    Program(up.n_body, bodies, CHAOTIC),
    Program(up.portfolio, lambda r: (r, np.array([0.2, 0.5, 0.3]), 1e-4, 8), SUMS),
    Program(up.monte_carlo_pi, lambda r: (3, 200)),
    Program(up.k_means, lambda r: (r.normal(size=(20, 2)), 3), SUMS),
    Program(
        up.train_network,
        lambda r: (r, r.normal(size=(8, 3)), r.normal(size=(8, 2)), 4),
        CHAOTIC,
    ),
    Program(up.page_rank, lambda r: (r.integers(0, 2, (6, 6)),), SUMS),
    Program(up.equalize, lambda r: (r.integers(0, 256, (8, 9)).astype(np.uint8),)),
    Program(up.convolve, lambda r: (r.integers(0, 256, (7, 8)), r.random((3, 3)) / 4)),
    Program(up.gauss_seidel, lambda r: (*matrix_and_vector(r), 3), SUMS),
    Program(up.lu, lambda r: (r.random((5, 5)),)),
    Program(up.conjugate_gradient, matrix_and_vector, CHAOTIC),
    Program(up.fft, lambda r: (r.random(8),), SUMS),
    Program(up.mandelbrot, lambda r: (12, 8)),
    Program(up.life, lambda r: (r.random((8, 8)) < 0.4, 4)),
    Program(up.automaton, lambda r: (r.integers(0, 2, 12).astype(np.uint8), 110, 6)),
    Program(up.floyd_warshall, distances),
    Program(up.queens, lambda r: (5,)),
    Program(up.knapsack, lambda r: (r.integers(1, 6, 6), r.integers(1, 30, 6), 12)),
    Program(up.smith_waterman, lambda r: (list("GGTTGACTA"), list("TGTTACGG"))),
    Program(up.sieve, lambda r: (60,)),
]


def arguments(program: Program) -> tuple[Any, ...]:
    return program.make(np.random.default_rng(12))


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_program_runs(program):
    def unchanged(fn, **options):
        return fn

    args = arguments(program)
    check_parity(program.fn, args, {}, Settings(accelerate=unchanged, modes=("host",)))
    program.fn(*args)


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_mode_host(program):
    npjit.testing.assert_parity(program.fn, *arguments(program), modes=("host",))


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_mode_jit(program):
    tolerance = program.tolerance
    npjit.testing.assert_parity(
        program.fn,
        *arguments(program),
        modes=("jit",),
        rtol=tolerance,
        atol=tolerance,  # differences of numbers of the order of one
    )
