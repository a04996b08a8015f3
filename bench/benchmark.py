"""The programs of `bench.programs`, found and described."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any, Literal, get_args

import numpy as np

from bench import by_jax, by_numexpr, programs

__all__ = ["SIZES", "Args", "Benchmark", "Form", "Program", "find", "load"]

Size = Literal["S", "M", "L"]
#: By JAX: the same array operations; others in place of a Python loop; structured
#: control flow in place of it.
Form = Literal["alike", "rewritten", "loop"]
SIZES: tuple[str, ...] = get_args(Size)
#: Of the largest element: sums in another order, exp and its kin within some ulp.
TOLERANCE = 1e-9

Program = Callable[..., Any]
Args = tuple[Any, ...]


def _result(args: Args, result: Any) -> Any:
    return result


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A program at one size; `bench.programs` describes the rest of the fields.

    Parameters
    ----------
    name : str
        Of the module, with the size in brackets if it is measured at several.
    module : str
        Its name alone.
    size : int
        Of its arguments.
    """

    name: str
    module: str
    size: int
    program: Program
    make: Callable[[np.random.Generator, int], Args]
    observed: Callable[[Args, Any], Any] = _result
    tolerance: float = TOLERANCE

    def arguments(self) -> Args:
        """Make the arguments, the same ones each time."""
        return self.make(np.random.default_rng(0), self.size)

    def by_jax(self) -> Program:
        """Import the program by JAX; `bench.by_jax` describes it."""
        program: Program = self._twin().by_jax
        return program

    def form(self) -> Form:
        """How the program by JAX relates to that in NumPy."""
        twin = self._twin()
        if any(name in _LOOPS for name in _names(twin)):
            return "loop"
        return "rewritten" if hasattr(twin, "REWRITTEN") else "alike"

    def by_numexpr(self) -> Program | None:
        """Return the program by numexpr where it can be said, else None."""
        return by_numexpr.PROGRAMS.get(self.module)

    def _twin(self) -> ModuleType:
        return importlib.import_module(f"{by_jax.__name__}.{self.module}")


#: Names of `jax.lax` that stand for a loop.
_LOOPS = {"fori_loop", "while_loop", "scan", "map", "associative_scan"}


def _names(module: ModuleType) -> Iterator[str]:
    """The names that the functions of a module use."""
    for value in vars(module).values():
        function = getattr(value, "__wrapped__", value)
        code = getattr(function, "__code__", None)
        if code is not None and function.__module__ == module.__name__:
            yield from _names_of(code)


def _names_of(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):  # a nested function
            yield from _names_of(constant)


def load(only: Sequence[str] = (), size: str = "M") -> list[Benchmark]:
    """Return the benchmarks of a size, in the order of their modules.

    Parameters
    ----------
    only : sequence of str
        Names or patterns as of a shell; none is all.
    size : {"S", "M", "L"}
        Which of the sizes of a program.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(programs.__path__))
    every = [benchmark for name in names for benchmark in _benchmarks(name, size)]
    if not only:
        return every
    return [b for b in every if any(_matches(b, pattern) for pattern in only)]


def _matches(benchmark: Benchmark, pattern: str) -> bool:
    # Brackets are part of a name, and a class of characters in a pattern.
    return benchmark.name == pattern or fnmatchcase(benchmark.module, pattern)


def find(name: str, size: str) -> Benchmark:
    """Return the benchmark of this name."""
    (found,) = load([name], size)
    return found


def _benchmarks(name: str, size: str) -> Iterator[Benchmark]:
    module = importlib.import_module(f"{programs.__name__}.{name}")
    sizes = module.SIZES[size]
    several = isinstance(sizes, tuple)
    for number in sizes if several else (sizes,):
        yield Benchmark(
            f"{name}[{number}]" if several else name,
            name,
            number,
            module.program,
            module.arguments,
            getattr(module, "observed", _result),
            getattr(module, "TOLERANCE", TOLERANCE),
        )
