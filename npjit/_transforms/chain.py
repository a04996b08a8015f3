"""Chains: what a call computes, as one function that JAX transforms and compiles.

While a call is recorded nothing is computed: each program that it would run becomes a
step of its chain. Where Python asks for an element, the steps that it needs are taken.
In the end the chain is a function of its inputs. Two calls that took the same way have
equal ones, which are differentiated and compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import jax

__all__ = ["Chain", "ChainProgram", "Function", "Step", "computed", "is_traced"]

#: Takes and returns arrays; equal ones compute the same.
Function = Callable[..., Sequence[Any]]
_PENDING: Final = object()


def is_traced(*trees: Any) -> bool:
    """Whether JAX traces an array in pytrees."""
    return any(isinstance(x, jax.core.Tracer) for x in jax.tree.leaves(trees))


def computed(function: Callable[..., Any], *args: Any) -> Any:
    """The results, at once where all arguments are known.

    JAX would make a call inside of the user's own `jax.jit` a part of that program.
    """
    if is_traced(args):
        return function(*args)
    with jax.ensure_compile_time_eval():
        return function(*args)


class Step(NamedTuple):
    """A function, and the numbers of the values that it takes and makes."""

    function: Function
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Chain:
    """The steps of a call, and the values that are known.

    Attributes
    ----------
    specs : list of jax.ShapeDtypeStruct
        Of all values.
    makers : list of int
        For each value the number of the step that makes it; -1 for an input.
    size : int
        How many operations the steps have.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.specs: list[jax.ShapeDtypeStruct] = []
        self.makers: list[int] = []
        self.size = 0
        self._values: list[Any] = []

    def given(self, value: Any, spec: jax.ShapeDtypeStruct) -> int:
        """The number of an input."""
        self.makers.append(-1)
        self.specs.append(spec)
        self._values.append(value)
        return len(self._values) - 1

    def add(
        self,
        function: Function,
        inputs: Sequence[int],
        specs: Sequence[jax.ShapeDtypeStruct],
        size: int = 1,
    ) -> tuple[int, ...]:
        """Take a step later: the numbers of the values that it makes."""
        first = len(self._values)
        outputs = tuple(range(first, first + len(specs)))
        self.makers += [len(self.steps)] * len(specs)
        self.specs += specs
        self._values += [_PENDING] * len(specs)
        self.steps.append(Step(function, tuple(inputs), outputs))
        self.size += size
        return outputs

    def input(self, number: int) -> Any:
        """The value of an input."""
        return self._values[number]

    def value(self, number: int, resolve: Callable[[Any], Any]) -> Any:
        """A value, for which the steps are taken that it needs.

        `resolve` says what an input stands for.
        """
        values = self._values
        for step in self.leading_to([number], lambda i: values[i] is _PENDING):
            given = [resolve(values[i]) for i in step.inputs]
            made = computed(step.function, *given)
            for i, value in zip(step.outputs, made, strict=True):
                values[i] = value
        return resolve(values[number])

    def leading_to(
        self, numbers: Iterable[int], is_open: Callable[[int], bool] = lambda i: True
    ) -> list[Step]:
        """The steps that make values, in order; no further than to those not open."""
        found: set[int] = set()
        pending = [*numbers]
        while pending:
            number = pending.pop()
            maker = self.makers[number]
            if maker >= 0 and maker not in found and is_open(number):
                found.add(maker)
                pending += self.steps[maker].inputs
        return [self.steps[i] for i in sorted(found)]

    def program(self, inputs: Sequence[int], outputs: Sequence[int]) -> ChainProgram:
        """The function of inputs, and of others that it needs, to outputs."""
        steps = self.leading_to(outputs)
        used = {i for step in steps for i in step.inputs}.union(outputs)
        rest = sorted(i for i in used.difference(inputs) if self.makers[i] < 0)
        return ChainProgram(tuple(steps), (*inputs, *rest), tuple(outputs), self.size)


@dataclass(frozen=True, slots=True)
class ChainProgram:
    """Steps as a function of arrays.

    Parameters
    ----------
    steps : tuple of Step
    inputs, outputs : tuple of int
        The numbers of the values that it takes and makes.
    size : int
        How many operations it has.
    """

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    size: int

    def __call__(self, *arrays: Any) -> list[Any]:
        values = dict(zip(self.inputs, arrays, strict=True))
        for step in self.steps:
            made = step.function(*[values[i] for i in step.inputs])
            values |= zip(step.outputs, made, strict=True)
        return [values[i] for i in self.outputs]
