"""Executables: a lowered log, compiled by JAX and called on its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from npjit._graph.log import Log
from npjit._xla.exactness import compiler_options
from npjit._xla.lower import Lowering
from npjit._xla.settings import call_settings, compile_settings

__all__ = ["Executable"]

_ZERO = np.zeros((), np.int64)


class Executable:
    """A compiled cut of a log.

    Parameters
    ----------
    log : Log
    outs : sequence of int
        The slots whose values are computed.
    static : sequence of int or None
        The starts compiled in; None for those given at each call.
    exact : bool
        Whether elementwise arithmetic keeps NumPy's bits.
    """

    def __init__(
        self, log: Log, outs: Sequence[int], static: Sequence[int | None], exact: bool
    ) -> None:
        lowering = Lowering(
            log.entries, log.values, log.leaf_slots, outs, static, exact
        )
        self.dynamic = [i for i, start in enumerate(static) if start is None]
        self.values_by_dtype: dict[str, list[int]] = {}
        for index, (dtype, _) in lowering.places.items():
            self.values_by_dtype.setdefault(dtype, []).append(index)
        self.jitted = jax.jit(lowering, compiler_options=compiler_options(exact))
        self.compiled: Any = None

    def compile(self, log: Log) -> None:
        """Trace, lower and compile for a log's leaves, ahead of the call."""
        with compile_settings():
            self.compiled = self.jitted.lower(*self.arguments(log)).compile()
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

    def __call__(self, log: Log) -> list[jax.Array]:
        """The values of the result slots, computed."""
        with call_settings():
            results = self.compiled(*self.arguments(log))
            # The leaves may lie in buffers that are written next.
            return jax.block_until_ready(results)


def leaf_value(storage: Any) -> Any:
    """What a leaf holds, wherever it lies."""
    return storage.buffer if storage.value is None else storage.value
