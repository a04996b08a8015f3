"""Calls that are one compiled program: most of the replays of most functions.

They need no registers: the guards find the leaves, the program computes, and what it
gave is handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from npjit._effects.steps import Recording, Run
from npjit._effects.templates import Bound, Const, Mapping, Template, View
from npjit._effects.templates import Sequence as Items

__all__ = ["Quick", "quick_of"]

#: Makes the result of the objects that the guards found and of the program's results.
Maker = Callable[[tuple, Sequence[Any]], Any]


class Quick:
    """A recording of one program.

    Parameters
    ----------
    recording : Recording
    step : Run
        Its only step.
    make : callable
        Makes the result.
    """

    __slots__ = ("leaves", "make", "step", "writes")

    def __init__(self, recording: Recording, step: Run, make: Maker) -> None:
        place = {given.register: given.place for given in recording.inputs}
        self.step = step
        self.make = make
        self.leaves = [place[register] for register in step.leaves]
        self.writes = [
            (place[register], i)
            for i, register in enumerate(step.outs)
            if register in place
        ]

    def run(self, bound: tuple, mode: str) -> tuple[Any] | None:
        """The result in a tuple; None if the engine has to choose anew."""
        results = self.step.ready.run([bound[i] for i in self.leaves], mode)
        if results is None:
            return None
        for place, i in self.writes:
            np.copyto(bound[place], results[i])
        return (self.make(bound, results),)


def quick_of(recording: Recording) -> Quick | None:
    """The same recording as a quick one; None if it is none."""
    if len(recording.steps) != 1 or recording.events:
        return None
    (step,) = recording.steps
    if not isinstance(step, Run) or step.ready is None:
        return None
    if any(given.by_owner for given in recording.inputs):
        return None
    given = {given.register for given in recording.inputs}
    outs = {r: i for i, r in enumerate(step.outs) if r not in given}
    make = _maker(recording.result, outs)
    return None if make is None else Quick(recording, step, make)


def _maker(template: Template, outs: dict[int, int]) -> Maker | None:
    """What makes a result; None if that takes registers."""
    if isinstance(template, Const):
        value = template.value
        return lambda bound, results: value
    if isinstance(template, Bound):
        place = template.place
        return lambda bound, results: bound[place]
    if isinstance(template, View):
        return _of_view(template, outs)
    if isinstance(template, Items):
        return _of_items(template, outs)
    return _of_mapping(template, outs) if isinstance(template, Mapping) else None


def _of_view(view: View, outs: dict[int, int]) -> Maker | None:
    """Each result is handed out once, and whole."""
    i = outs.pop(view.register, None)
    if i is None or view.structure.prims or view.is_view or view.is_readonly:
        return None
    if view.aval.scalar:
        return lambda bound, results: np.asarray(results[i])[()]
    return lambda bound, results: results[i]


def _of_items(items: Items, outs: dict[int, int]) -> Maker | None:
    makers = [_maker(item, outs) for item in items.items]
    if items.kind not in (list, tuple) or None in makers:
        return None
    kind: Any = items.kind
    return lambda bound, results: kind([m(bound, results) for m in makers])  # type: ignore[misc]


def _of_mapping(mapping: Mapping, outs: dict[int, int]) -> Maker | None:
    makers = {key: _maker(item, outs) for key, item in mapping.items.items()}
    if None in makers.values():
        return None
    return lambda bound, results: {
        key: m(bound, results)  # type: ignore[misc]
        for key, m in makers.items()
    }
