"""Logs as functions that JAX compiles, for values that are jax.Arrays or traced.

Unlike the programs of `npjit/_xla/compile.py` they are called wherever their arguments
lie, on one device or on many, and may be differentiated. They have neither NumPy's bits
nor its reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import jax
import numpy as np

from npjit._chapters.reports import NONE
from npjit._graph.log import Log
from npjit._xla.exactness import derivable
from npjit._xla.flags import Flags
from npjit._xla.looks import Look
from npjit._xla.lower import Lowering
from npjit._xla.settings import call_settings, tracing_settings

__all__ = ["JittedProgram", "program_of", "settings"]

#: So many programs are kept.
_MAX_PROGRAMS: Final = 512


@contextmanager
def settings() -> Iterator[None]:
    """JAX's settings under which npjit's programs are traced and called."""
    with call_settings(), tracing_settings():
        yield


class JittedProgram:
    """A log as a function of its leaves and numbers, which JAX keeps compiled."""

    def __init__(self, log: Log, outs: Sequence[int], is_pure: bool) -> None:
        self.is_pure = is_pure
        entries = [entry._replace(line=()) for entry in log.entries]
        shapes = {slot: log.storages[slot].aval.shape for slot in log.leaf_slots}
        silent = Look((NONE,) * len(entries), (), closely=False)
        flags = Flags(entries, outs, log.starts, shapes, silent)
        self.lowering = Lowering(
            entries, log.values, log.leaf_slots, outs, [*log.starts], False, flags
        )
        self.jitted = jax.jit(self._results)

    def __call__(self, leaves: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        numbers: dict[str, dict[int, Any]] = {}
        for index, (dtype, place) in self.lowering.places.items():
            numbers.setdefault(dtype, {})[place] = values[index]
        arrays = {
            dtype: np.array([of[i] for i in range(len(of))], dtype)
            for dtype, of in numbers.items()
        }
        return self.jitted([*leaves], arrays)

    def _results(self, leaves: list[Any], numbers: dict[str, Any]) -> list[Any]:
        with derivable(self.is_pure):
            results, _ = self.lowering(leaves, numbers, (), None)
        return results


class _Key:
    """A log as the key of its program; the log itself is forgotten."""

    __slots__ = ("hash", "log", "parts")

    def __init__(self, log: Log, outs: Sequence[int], is_pure: bool) -> None:
        kinds = tuple(map(type, log.values))
        self.parts = tuple(log.key), tuple(log.starts), tuple(outs), kinds, is_pure
        self.hash = hash(self.parts)
        self.log: Log | None = log

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return type(other) is _Key and self.parts == other.parts


def program_of(
    log: Log, outs: Sequence[int], *, is_pure: bool = False
) -> JittedProgram:
    """The program of a log; a pure one becomes part of a JAX program."""
    key = _Key(log, outs, is_pure)
    try:
        return _made(key)
    finally:
        key.log = None


@lru_cache(_MAX_PROGRAMS)
def _made(key: _Key) -> JittedProgram:
    assert key.log is not None
    return JittedProgram(key.log, key.parts[2], key.parts[4])
