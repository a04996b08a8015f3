"""The systems that run a program: NumPy, npjit, JAX by hand, Numba, numexpr, torch.

Each entry of `SYSTEMS` makes a callable of a benchmark, which takes the program's
arguments and returns NumPy arrays, or raises `Unavailable`. A system's library is
imported there, not before: a first call without it is measured as well.
"""

import importlib
import os
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import npjit
from bench.benchmark import Benchmark, Program

__all__ = ["BY_HAND", "NPJIT", "ON_ONE", "SYSTEMS", "Unavailable"]


class Unavailable(Exception):
    """A system that is not installed, or cannot say the program."""


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Unavailable(str(error)) from error


def numpy(benchmark: Benchmark) -> Program:
    return benchmark.program


def auto(benchmark: Benchmark) -> Program:
    return npjit.accelerate(benchmark.program, mode="auto")


def jit(benchmark: Benchmark) -> Program:
    return npjit.accelerate(benchmark.program, mode="jit")


def sharded(benchmark: Benchmark) -> Program:
    """Arguments divided along their first axis among all devices."""
    return npjit.accelerate(benchmark.program, sharding=npjit.shard(axis=0))


def jax(benchmark: Benchmark) -> Program:
    jax = _import("jax")
    to_numpy = _import("numpy").asarray
    with jax.enable_x64(True):
        program = benchmark.by_jax()

    def by_jax(*args: Any) -> Any:
        with jax.enable_x64(True):
            return jax.tree.map(to_numpy, program(*args))

    return by_jax


def numba(benchmark: Benchmark) -> Program:
    njit = _import("numba").njit
    if not isinstance(benchmark.program, FunctionType):
        raise Unavailable("not a Python function")
    return _compiled(benchmark.program, njit, {})


def _compiled(
    function: FunctionType, njit: Callable[..., Any], done: dict[FunctionType, Any]
) -> Any:
    """Compile a function as it is, with the functions of its module that it calls."""
    if function not in done:
        done[function] = None  # where it calls itself, Numba finds it by its name
        namespace = dict(function.__globals__)
        for name in function.__code__.co_names:
            callee = namespace.get(name)
            if isinstance(callee, FunctionType) and callee is not function:
                namespace[name] = _compiled(callee, njit, done)
        copied = FunctionType(
            function.__code__,
            namespace,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        done[function] = njit(copied)
    return done[function]


def numexpr(benchmark: Benchmark) -> Program:
    program = benchmark.by_numexpr()
    if program is None:
        raise Unavailable("not written for it")
    _import("numexpr")
    return program


def torch(benchmark: Benchmark) -> Program:
    # It compiles in processes forked from this one, where JAX runs threads.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    compiled: Program = _import("torch").compile(benchmark.program)
    return compiled


SYSTEMS: dict[str, Callable[[Benchmark], Program]] = {
    made.__name__: made
    for made in (numpy, auto, jit, sharded, jax, numba, numexpr, torch)
}
#: Those that have to return NumPy's types.
NPJIT = {"auto", "jit", "sharded"}
#: Those that are measured where nothing is asked for: on one device.
ON_ONE = [name for name in SYSTEMS if name != "sharded"]
#: Those whose programs return what is observed.
BY_HAND = {"jax", "numexpr"}
