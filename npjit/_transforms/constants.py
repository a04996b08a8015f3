"""What a call computes of constants alone.

Under `jax.jit` JAX traces this, too: no values are known. But they can be computed
where Python asks for one: the middle of an image, a mask of every other row.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from npjit._graph.log import Log, Read

__all__ = ["Constants", "dependent_slots", "placeholder"]


class Constants:
    """Values that JAX traces, and how to compute them."""

    def __init__(self) -> None:
        self._recipes: dict[int, tuple[Any, Callable[[], Sequence[Any]], int]] = {}

    def knows(self, value: Any) -> bool:
        """Whether a value can be told."""
        return not isinstance(value, jax.core.Tracer) or id(value) in self._recipes

    def note(
        self,
        results: Sequence[Any],
        function: Callable[..., Sequence[Any]],
        inputs: Sequence[Any],
    ) -> None:
        """Take note of the results of a function of values that can be told."""
        recipe = functools.cache(lambda: self._computed(function, inputs))
        for i, result in enumerate(results):
            if isinstance(result, jax.core.Tracer):
                self._recipes[id(result)] = result, recipe, i

    def value(self, value: Any) -> Any:
        """A value as it is known: computed, if it can be."""
        if id(value) not in self._recipes:
            return value
        _, recipe, i = self._recipes[id(value)]
        return recipe()[i]

    def _computed(
        self, function: Callable[..., Sequence[Any]], inputs: Sequence[Any]
    ) -> Sequence[Any]:
        given = [*map(self.value, inputs)]
        with jax.ensure_compile_time_eval():
            return function(*given)


def dependent_slots(log: Log, unknown: set[int]) -> set[int]:
    """The slots of a log whose values depend on those of others."""
    found = {*unknown}
    for entry in log.entries:
        reads = [x.slot for x in entry.operands() if type(x) is Read]
        if not found.isdisjoint(reads):
            found.update(entry.outs)
            if entry.target is not None:
                found.add(entry.target.slot)
    return found


def placeholder(value: Any) -> np.ndarray:
    """Stands for an input on which nothing depends that is computed."""
    return np.zeros(value.shape, value.dtype)
