"""Gradients of functions written in NumPy: npjit, HIPS autograd, JAX by hand.

Usage: python -m bench.gradients [--seconds 3]

Each function is written once, for a module that has NumPy's functions: npjit is given
NumPy itself, autograd and JAX their own. All get and return NumPy arrays. JAX by hand
is `jax.jit(jax.grad(f))` with 64 bits: its Python code runs once, that of the two
others at each call. Autograd is left out where it is not installed.
"""

import argparse
import importlib.util
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import npjit
import npjit._xla  # before JAX, as in a program of NumPy's
from bench.timing import geometric_mean, ratio, rounds

__all__ = ["PROGRAMS", "gradients", "main"]

Function = Callable[..., Any]
RNG = np.random.default_rng(0)


def least_squares(xp: Any) -> Function:
    """Make a function of (w, x, y)."""

    def loss(w, x, y):
        return ((xp.dot(x, w) - y) ** 2).mean()

    return loss


def rosenbrock(xp: Any) -> Function:
    """Make a function of (x,)."""

    def loss(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return loss


def perceptron(xp: Any) -> Function:
    """Make a function of (layers, x, y)."""

    def loss(layers, x, y):
        for w, b in layers:
            x = xp.tanh(xp.dot(x, w) + b)
        return ((x - y) ** 2).mean()

    return loss


def pendulum(xp: Any) -> Function:
    """Make a function of (angle, damping): where pendulums are after 30 steps."""

    def loss(angle, damping):
        speed = 0.0
        for _ in range(30):
            speed = speed - 0.05 * (xp.sin(angle) + damping * speed)
            angle = angle + 0.05 * speed
        return (angle**2).sum()

    return loss


def likelihood(xp: Any) -> Function:
    """Make a function of (log_scale, x, y): that of a Gaussian process."""

    def loss(log_scale, x, y):
        distance = x[:, None] - x[None, :]
        k = xp.exp(-((distance / xp.exp(log_scale)) ** 2)) + 0.1 * xp.eye(len(y))
        return xp.dot(y, xp.linalg.solve(k, y)) + xp.linalg.slogdet(k)[1]

    return loss


def _layers(*sizes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    pairs = itertools.pairwise(sizes)
    return [(RNG.normal(size=(m, n)) / m, np.zeros(n)) for m, n in pairs]


#: Name, what makes the function, its arguments.
PROGRAMS: list[tuple[str, Callable[[Any], Function], tuple[Any, ...]]] = [
    ("least_squares 200", least_squares, (np.zeros(5), RNG.normal(size=(200, 5)), 1.0)),
    ("rosenbrock 50", rosenbrock, (RNG.normal(size=50),)),
    ("rosenbrock 1e6", rosenbrock, (RNG.normal(size=1_000_000),)),
    (
        "perceptron 200x32",
        perceptron,
        (_layers(5, 32, 32, 1), RNG.normal(size=(200, 5)), 0.5),
    ),
    (
        "perceptron 2000x256",
        perceptron,
        (_layers(64, 256, 256, 1), RNG.normal(size=(2000, 64)), 0.5),
    ),
    ("pendulum 10000", pendulum, (RNG.normal(size=10_000), 0.1)),
    ("likelihood 100", likelihood, (0.3, RNG.normal(size=100), RNG.normal(size=100))),
]


def gradients(make: Callable[[Any], Function]) -> dict[str, Function]:
    """Return the gradient of a function by each system that is installed."""
    import jax

    found: dict[str, Function] = {"npjit": npjit.grad(make(np))}
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy

        found["autograd"] = autograd.grad(make(autograd.numpy))
    compiled = jax.jit(jax.grad(make(jax.numpy)))

    def by_hand(*args):
        with jax.enable_x64(True):
            return jax.tree.map(np.asarray, compiled(*args))

    found["JAX"] = by_hand
    return found


def times_of(
    systems: Mapping[str, Function], args: tuple[Any, ...], seconds: float
) -> dict[str, list[float]]:
    """Return the nanoseconds of each round; all have compiled before.

    npjit tries XLA's fusion when calls have taken as long as compiling did.
    """
    for gradient in systems.values():
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            gradient(*args)
    return rounds(systems, args, seconds=seconds, least=10, most=1000)


def main(argv: Sequence[str] | None = None) -> None:
    """Print a line for each program, and geometric means."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args(argv)
    others: dict[str, list[float]] = {}
    print("time of the others over that of npjit.grad, with its 95 % interval")
    for name, make, args in PROGRAMS:
        times = times_of(gradients(make), args, options.seconds)
        line = f"  {name:<22}npjit {np.median(times['npjit']) / 1e3:9.1f} us"
        for system in [system for system in times if system != "npjit"]:
            found = ratio(times[system], times["npjit"])
            others.setdefault(system, []).append(found.median)
            line += f"  {system} {found.median:.2f} [{found.low:.2f}, {found.high:.2f}]"
        print(line, flush=True)
    for system, ratios in others.items():
        print(f"  geometric mean, {system}: {geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
