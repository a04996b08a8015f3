"""Watches: stretches of a log compiled such that each operation's result is seen.

They compute what the program of the log computes, and hand out all versions of all
storages on the way, so that each operation can be compared with NumPy's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from npjit._graph.log import Entry, Log, Read
from npjit._xla.exactness import compiler_options
from npjit._xla.flags import Flags
from npjit._xla.looks import Look
from npjit._xla.lower import Lowering
from npjit._xla.settings import call_settings, compile_settings

__all__ = ["Stretch", "Watch", "stretch_of"]

_ZERO = np.zeros((), np.int64)


class Stretch(NamedTuple):
    """Consecutive entries of a log.

    Attributes
    ----------
    start : int
        The number of the first one.
    entries : list of Entry
    leaves : list of int
        The slots whose values are there before.
    starts : list of int
        Where the index primitives of its reads begin.
    values : list
        The numbers among the operands of the log.
    look : Look
    """

    start: int
    entries: list[Entry]
    leaves: list[int]
    starts: list[int]
    values: list[Any]
    look: Look


def stretch_of(log: Log, look: Look, start: int, stop: int) -> Stretch:
    """The entries of a log from `start` up to `stop`.

    Parameters
    ----------
    log : Log
    look : Look
        Of the whole log.
    start, stop : int
    """
    entries = log.entries[start:stop]
    made: set[int] = set()
    leaves: dict[int, None] = {}
    for entry in entries:
        leaves.update((r.slot, None) for r in _reads(entry) if r.slot not in made)
        made.update(entry.outs)
    counts = [sum(r.structure.n_starts for r in _reads(e)) for e in log.entries]
    first, n_starts = sum(counts[:start]), sum(counts[start:stop])
    late = tuple(i - start for i in look.late if start <= i < stop)
    return Stretch(
        start,
        entries,
        list(leaves),
        log.starts[first : first + n_starts],
        log.values,
        Look(look.codes[start:stop], late, look.closely),
    )


def _reads(entry: Entry) -> Iterator[Read]:
    yield from (x for x in entry.operands() if type(x) is Read)
    if entry.target is not None:
        yield entry.target


class Watch:
    """A compiled stretch.

    Parameters
    ----------
    stretch : Stretch
    roots : mapping of int to ndarray
        The values of its leaves by slot.
    static : sequence of int or None
        The starts compiled in; None for those given at each call.
    exact : bool
        Whether elementwise arithmetic keeps NumPy's bits.
    apart : frozenset of int
        Entries of the stretch whose bits depend on what they are compiled with.
    """

    def __init__(
        self,
        stretch: Stretch,
        roots: Mapping[int, np.ndarray],
        static: Sequence[int | None],
        exact: bool,
        apart: frozenset[int],
    ) -> None:
        entries, leaves = stretch.entries, stretch.leaves
        shapes = {slot: roots[slot].shape for slot in leaves}
        flags = Flags(entries, (), static, shapes, stretch.look)
        lowering = Lowering(entries, stretch.values, leaves, (), static, exact, flags)
        self.static = static
        self.places = lowering.places
        versions = functools.partial(lowering.versions, apart=apart)
        jitted = jax.jit(versions, compiler_options=compiler_options(exact))
        with compile_settings(), np.errstate(all="ignore"):
            self.compiled = jitted.lower(*self.arguments(stretch, roots)).compile()

    def arguments(
        self, stretch: Stretch, roots: Mapping[int, np.ndarray]
    ) -> tuple[Any, ...]:
        """The arguments of the compiled function."""
        numbers: dict[str, list[Any]] = {}
        for index, (dtype, _) in self.places.items():
            numbers.setdefault(dtype, []).append(stretch.values[index])
        pairs = zip(self.static, stretch.starts, strict=True)
        starts = [n for s, n in pairs if s is None]
        return (
            [roots[slot] for slot in stretch.leaves],
            {dtype: np.array(given, dtype) for dtype, given in numbers.items()},
            np.array(starts, np.int64),
            _ZERO,
        )

    def serves(self, starts: Sequence[int]) -> bool:
        """Whether it is compiled for these starts."""
        pairs = zip(self.static, starts, strict=True)
        return all(s is None or s == n for s, n in pairs)

    def __call__(
        self, stretch: Stretch, roots: Mapping[int, np.ndarray]
    ) -> list[list[np.ndarray]]:
        """For each entry its results, or the new version of what it wrote."""
        with call_settings(), np.errstate(all="ignore"):
            made = self.compiled(*self.arguments(stretch, roots))
        return [[as_numpys(value) for value in versions] for versions in made]


def as_numpys(value: Any) -> np.ndarray:
    """A result of XLA as NumPy has it: of a selection, the selected elements."""
    if isinstance(value, tuple):
        elements, mask = map(np.asarray, value)
        return elements[mask]
    return np.asarray(value)
