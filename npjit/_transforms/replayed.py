"""Replays of transformed calls, for which Python code need not run again.

The chain of a call is kept with guards over what its Python code has read, as a replay
of an accelerated call is (`npjit/_effects`). Where they hold, its program is called
with the arrays that stand in the same places now. What Python has asked about elements
is asked again before; where the answer is another, the call is recorded.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, Final

import jax
import numpy as np

from npjit._effects.guards import Check
from npjit._effects.templates import is_same
from npjit._runtime.replays import Replays
from npjit._transforms.chain import ChainProgram, computed
from npjit._transforms.whole import Filling, Transformation, Whole, as_numpy, whole_of

__all__ = ["Again", "DerivedCalls", "Question", "Replay", "Source", "calls_of"]

#: Finds an array among the objects that guards have found.
Source = Callable[[tuple], Any]
#: So many functions without closures share their recordings with all that is made of
#: them: `npjit.grad(loss)(x)` in a loop is one function.
_MAX_FUNCTIONS: Final = 64


@dataclass(slots=True)
class Question:
    """What Python has asked about elements.

    Parameters
    ----------
    operands : list of tuple
        The number of a value in the chain, and whether it was a scalar; or None, and a
        constant.
    question : callable
    answer : object
    """

    operands: list[tuple[int | None, Any]]
    question: Callable[..., Any]
    answer: Any

    @property
    def numbers(self) -> list[int]:
        """The values of the chain that it is about."""
        return [number for number, _ in self.operands if number is not None]

    def holds(self, values: dict[int, Any]) -> bool:
        """Whether the answer is the same."""
        found = [
            x if number is None else _operand(values[number], is_scalar=x)
            for number, x in self.operands
        ]
        return is_same(self.question(*found), self.answer)


def _operand(value: Any, *, is_scalar: bool) -> Any:
    array = np.asarray(value)
    return array[()] if is_scalar else array


class Replay:
    """A call that can be replayed; see `npjit._runtime.replays.Replayable`."""

    __slots__ = ("quick",)

    def __init__(self, quick: Check) -> None:
        self.quick: Check | None = quick


@dataclass(slots=True)
class Again:
    """Calls the program of a chain with what guards have found.

    Parameters
    ----------
    program : ChainProgram
    filling : Filling
    transformed : tuple of int
        The inputs that are transformed,
    given : list of tuple
        and where the arguments are found that hold them; the dtypes of their leaves,
        none for an array.
    sources : dict
        Where the other inputs come from.
    asked : ChainProgram
        Of the values that
    questions : list
        are about.
    examples : dict
        Of a batch: what stands for one in `asked`.
    tick : callable
        Tells of a replay.
    last : callable
        What was called last, if it is still kept.
    """

    program: ChainProgram
    filling: Filling
    transformed: tuple[int, ...]
    given: list[tuple[int, list[Any]]]
    sources: dict[int, Source]
    asked: ChainProgram
    questions: list[Question]
    examples: dict[int, Any]
    tick: Callable[[], None]
    last: Callable[[], Whole | None] = lambda: None

    def __call__(self, bound: tuple) -> tuple[Any] | None:
        values = dict(zip(self.transformed, self._arrays(bound), strict=True))
        for number, source in self.sources.items():
            values[number] = source(bound)
        if self.questions and not self._has_same_answers(values):
            return None
        self.tick()
        whole = self.last()
        if whole is None:
            whole = whole_of(self.program, self.filling.form)
            self.last = weakref.ref(whole)
        inputs = [values[number] for number in self.program.inputs]
        return (as_numpy(whole, self.filling, inputs, whole.on_arrays(inputs)),)

    def _arrays(self, bound: tuple) -> Iterator[Any]:
        for place, dtypes in self.given:
            x = bound[place]
            if not dtypes:
                yield x
                continue
            for leaf, dtype in zip(jax.tree.leaves(x), dtypes, strict=True):
                yield leaf if type(leaf) is np.ndarray else np.asarray(leaf, dtype)

    def _has_same_answers(self, values: dict[int, Any]) -> bool:
        values = values | self.examples
        given = [values[number] for number in self.asked.inputs]
        found = computed(self.asked, *given)
        known = dict(zip(self.asked.outputs, found, strict=True))
        return all(question.holds(known) for question in self.questions)


class DerivedCalls(Replays):
    """What is known of the calls of one function under one transformation."""

    max_recordings = 16

    def __init__(self) -> None:
        super().__init__()
        self.n_calls = 0

    def quick_of(self, recording: Any) -> Check:
        """What replays a recording; each has it from the beginning."""
        quick: Check = recording.quick
        return quick

    def are_worth_taping(self, args: tuple, kwargs: dict) -> bool:
        """Whether a replay is to be made of a call; of the first it is not."""
        self.n_calls += 1
        if self.n_calls == 1 or not self.is_patient:
            return False
        given = jax.tree.leaves((args, kwargs))
        return not any(isinstance(x, jax.Array) for x in given)


def calls_of(fn: Callable[..., Any], transformation: Transformation) -> DerivedCalls:
    """What is known of the calls of a function.

    One with a closure is held no longer than the caller holds what was made of it.
    """
    f = fn.__func__ if isinstance(fn, MethodType) else fn
    if type(f) is FunctionType and f.__closure__ is None:
        return _shared_calls_of(f, transformation)
    return DerivedCalls()


@functools.lru_cache(_MAX_FUNCTIONS)
def _shared_calls_of(f: FunctionType, transformation: Transformation) -> DerivedCalls:
    return DerivedCalls()
