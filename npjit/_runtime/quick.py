"""Calls that are one compiled program: most of the replays of most functions.

They need no registers: the guards find the leaves, the program computes, and what it
gave is handed out. A replay of a small call takes little longer than JAX's own call
(bench/overhead.py), so that each step counts here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from npjit._diagnostics.events import ticker
from npjit._effects.guards import Check, Then
from npjit._effects.steps import Recording, Run
from npjit._effects.templates import Bound, Const, Extracted, Mapping, Template, View
from npjit._effects.templates import Sequence as Items
from npjit._runtime.replay import HIT

__all__ = ["quick_of"]

#: Makes the result of the objects that the guards found and of the program's results.
Maker = Callable[[tuple, Sequence[Any]], Any]


def quick_of(recording: Recording, again: Then) -> Check | None:
    """What replays a recording of one program; None if it is none.

    Parameters
    ----------
    recording : Recording
    again : callable
        Replays it where the engine has to choose anew.

    Returns
    -------
    callable or None
        It gives the result as an item, or None where the guards do not hold.
    """
    if len(recording.steps) != 1 or recording.events:
        return None
    (step,) = recording.steps
    if not isinstance(step, Run) or step.ready is None:
        return None
    if any(given.by_owner for given in recording.inputs):
        return None
    place = {given.register: given.place for given in recording.inputs}
    outs = {r: i for i, r in enumerate(step.outs) if r not in place}
    make = _maker(recording.result, outs)
    if make is None:
        return None
    writes = [(place[r], i) for i, r in enumerate(step.outs) if r in place]
    figures = recording.figures  # they come behind what is bound
    place |= {x.register: i for i, x in enumerate(figures, recording.n_bound)}
    places = [place[r] for r in step.leaves]
    run, pick = step.ready.runner(ticker(HIT, recording.told)), _picker(places)

    def replay(bound: tuple) -> Sequence[Any]:
        given = bound
        if figures:
            given = (*bound, *[figure.of(bound) for figure in figures])
        results = run(pick(given))
        if results is None:
            return (again(bound),)
        made = make(bound, results)
        for target, i in writes:
            np.copyto(bound[target], results[i])
        return (made,)

    def replay_leaves(leaves: tuple) -> Sequence[Any]:
        return run(leaves) or (again(leaves),)

    is_one = make is _first and len(step.outs) == 1
    if is_one and not figures and places == [*range(recording.n_bound)]:
        return recording.guarding(replay_leaves)
    return recording.guarding(replay)


def _picker(places: list[int]) -> Callable[[tuple], tuple]:
    """What gives the objects at these places, in a tuple."""
    if len(places) > 1:
        return operator.itemgetter(*places)
    return lambda bound: tuple([bound[i] for i in places])


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
    if isinstance(template, Extracted):
        return _of_extracted(template, outs)
    if isinstance(template, Items):
        return _of_items(template, outs)
    return _of_mapping(template, outs) if isinstance(template, Mapping) else None


def _first(bound: tuple, results: Sequence[Any]) -> Any:
    return results[0]


def _of_view(view: View, outs: dict[int, int]) -> Maker | None:
    """Each result is handed out once, and whole."""
    i = outs.pop(view.register, None)
    if i is None or view.structure.prims or view.is_view or view.is_readonly:
        return None
    if view.aval.scalar:
        return lambda bound, results: np.asarray(results[i])[()]
    return _first if i == 0 else lambda bound, results: results[i]


def _of_extracted(extracted: Extracted, outs: dict[int, int]) -> Maker | None:
    of, make = extracted.of, _maker(extracted.source, dict(outs))
    return None if make is None else lambda bound, results: of(make(bound, results))


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
