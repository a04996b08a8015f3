"""Logs as functions that JAX compiles, for values that are jax.Arrays or traced.

Unlike the programs of `npjit/_xla/compile.py` they are called wherever their arguments
lie, on one device or on many, and may be differentiated. They have neither NumPy's bits
nor its reports.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import jax
import numpy as np

from npjit._chapters.registry import Operation
from npjit._chapters.reports import NONE
from npjit._graph.log import Log
from npjit._xla.exactness import derivable, options_without_bits
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
        options = options_without_bits()
        self.compiled = jax.jit(self._results, compiler_options=options)
        # A part of a JAX program is compiled with the user's options.
        self.jitted = jax.jit(self._results) if is_pure else self.compiled
        self.dtypes = tuple(dict.fromkeys(d for d, _ in self.lowering.places.values()))
        self._leaves = [
            jax.ShapeDtypeStruct(log.storages[slot].aval.shape, dtype)
            for slot in log.leaf_slots
            for dtype in [log.storages[slot].aval.dtype]
        ]

    def __call__(self, leaves: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        arrays = dict(zip(self.dtypes, self.numbers(values), strict=True))
        return self.jitted([*leaves], arrays)

    def flat(self, *arrays: Any) -> list[Any]:
        """The arrays of the results; the numbers come behind the leaves, by dtype."""
        n = len(self._leaves)
        is_part = any(isinstance(x, jax.core.Tracer) for x in arrays)
        call = self.jitted if is_part else self.compiled
        with settings():
            results = call(
                [*arrays[:n]], dict(zip(self.dtypes, arrays[n:], strict=True))
            )
        return jax.tree.leaves(results)

    @functools.cached_property
    def specs(self) -> list[Any]:
        """The shapes and dtypes of the results, of selections pairs of them.

        Raises
        ------
        Unsupported
        """
        counts = Counter(dtype for dtype, _ in self.lowering.places.values())
        numbers = {d: jax.ShapeDtypeStruct((counts[d],), d) for d in self.dtypes}
        with settings():
            return jax.eval_shape(self._results, self._leaves, numbers)

    @property
    def operations(self) -> Iterator[Operation]:
        """What was recorded."""
        return (entry.inferred.op for entry in self.lowering.entries)

    def numbers(self, values: Sequence[Any]) -> list[np.ndarray]:
        """The numbers of a log, an array for each dtype."""
        numbers: dict[str, dict[int, Any]] = {d: {} for d in self.dtypes}
        for index, (dtype, place) in self.lowering.places.items():
            numbers[dtype][place] = values[index]
        return [
            np.array([of[i] for i in range(len(of))], dtype)
            for dtype, of in numbers.items()
        ]

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


@functools.lru_cache(_MAX_PROGRAMS)
def _made(key: _Key) -> JittedProgram:
    assert key.log is not None
    return JittedProgram(key.log, key.parts[2], key.parts[4])
