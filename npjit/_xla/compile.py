"""Executables: a lowered log, compiled by JAX and called on its leaves."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from npjit._graph.log import Log
from npjit._xla.exactness import compiler_options
from npjit._xla.flags import Flags
from npjit._xla.looks import Look
from npjit._xla.lower import Lowering
from npjit._xla.settings import call_settings, compile_settings

__all__ = ["Executable"]

_ZERO = np.zeros((), np.int64)
_NONE = np.zeros(0, np.intp)


class Executable:
    """A compiled cut of a log.

    Parameters
    ----------
    log : Log
    outs : sequence of int
        The slots whose values are computed.
    static : sequence of int or None
        The starts compiled in; None for those given at each call.
    look : Look
        What is told of the values.
    exact : bool
        Whether elementwise arithmetic keeps NumPy's bits.

    Attributes
    ----------
    flagged : list of int
        For each flag the entry it belongs to.
    """

    def __init__(
        self,
        log: Log,
        outs: Sequence[int],
        static: Sequence[int | None],
        look: Look,
        exact: bool,
    ) -> None:
        shapes = {slot: log.storages[slot].aval.shape for slot in log.leaf_slots}
        flags = Flags(log.entries, outs, static, shapes, look)
        lowering = Lowering(
            log.entries, log.values, log.leaf_slots, outs, static, exact, flags
        )
        self.flagged = flags.lines
        self.dynamic = [i for i, start in enumerate(static) if start is None]
        self.values_by_dtype: dict[str, list[int]] = {}
        for index, (dtype, _) in lowering.places.items():
            self.values_by_dtype.setdefault(dtype, []).append(index)
        self.jitted = jax.jit(lowering, compiler_options=compiler_options(exact))
        self.compiled: Any = None

    def compile(self, log: Log) -> None:
        """Trace, lower and compile for a log's leaves, ahead of the call."""
        with compile_settings(), np.errstate(all="ignore"):
            # In a context of its own: what an interrupt leaves there is forgotten.
            arguments = self.arguments(log)
            lower = contextvars.copy_context().run(self.jitted.lower, *arguments)
            self.compiled = lower.compile()
        del self.jitted  # and with it the log's entries

    def arguments(self, log: Log) -> tuple[Any, ...]:
        """The arguments of the compiled function: leaves, numbers, starts, zero."""
        leaves = [leaf_value(log.storages[slot]) for slot in log.leaf_slots]
        values = {
            dtype: np.array([log.values[i] for i in indices], dtype)
            for dtype, indices in self.values_by_dtype.items()
        }
        starts = np.array([log.starts[i] for i in self.dynamic], np.int64)
        return leaves, values, starts, _ZERO

    def __call__(self, log: Log) -> tuple[list[jax.Array], int | None]:
        """The values of the result slots, and the first entry to be reported."""
        try:
            with np.errstate(all="raise", under="ignore"):
                arguments = self.arguments(log)
        except FloatingPointError:  # a number is too large for the dtype it is given
            return [], 0
        with call_settings():
            results, raised = self.compiled(*arguments)
            # The leaves may lie in buffers that are written next.
            jax.block_until_ready(results)
            found = np.flatnonzero(raised) if self.flagged else _NONE
        return results, self.flagged[int(found[0])] if len(found) else None


def leaf_value(storage: Any) -> Any:
    """What a leaf holds, wherever it lies."""
    return storage.buffer if storage.value is None else storage.value
