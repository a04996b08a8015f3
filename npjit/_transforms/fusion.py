"""Whether XLA:CPU fuses the operations of a program: measured where that is not known.

Fused, the gradient of a simulation takes a tenth of the time: elements stay in
registers. Or ten times as long, since what has several users may be computed anew for
each of them. Where arrays are joined, as by `np.roll`, compiling takes long, too.
(20 steps of Lorenz' equations, 50,000 points: 3.3 ms in place of 38; 120 of a pendulum:
4560 in place of 245; 16 of Burgers' equation: 1517 in place of 116, and 12 s to
compile.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import jax

from npjit._transforms.chain import computed, is_traced
from npjit._xla.exactness import options_without_bits

__all__ = ["Fusible"]

#: So many operations are fused without asking.
_SMALL: Final = 30
#: Fusion is tried when calls have taken so many times as long as compiling did; with
#: small arrays, hence, hardly ever: to compile the gradient of 20 steps of a binomial
#: tree takes 7 s without fusion, and with it 3, to gain 1 ms a call.
_PATIENCE: Final = 1.0
#: Who takes longer than this to be compiled is not called again.
_TOO_LONG_NS: Final = 5_000_000_000


class Fusible:
    """A function that JAX compiles, with fusion or without.

    Parameters
    ----------
    function : callable
    size : int
        How many operations it has, about.
    joins : bool
        There are some that join arrays.
    """

    def __init__(self, function: Callable[..., Any], size: int, *, joins: bool) -> None:
        fused, unfused = options_without_bits(), options_without_bits(fuses=False)
        self.fused = jax.jit(function, compiler_options=fused)
        self.unfused = jax.jit(function, compiler_options=unfused)
        self.chosen = self.unfused if joins else None
        if size <= _SMALL or fused == unfused:
            self.chosen = self.fused
        self.n_unfused = self.n_fused = 0
        self.first_ns = self.spent_ns = self.unfused_ns = 0

    def __call__(self, *args: Any) -> Any:
        chosen = self.chosen
        if chosen is not None:
            return _called(chosen, args)
        is_due = self.n_unfused > 1 and self.spent_ns >= _PATIENCE * self.first_ns
        call = self.fused if is_due else self.unfused
        began = time.perf_counter_ns()
        result = jax.block_until_ready(_called(call, args))
        note = self._note_fused if is_due else self._note_unfused
        note(time.perf_counter_ns() - began)
        return result

    def _note_unfused(self, elapsed_ns: int) -> None:
        self.n_unfused += 1
        if self.n_unfused == 1:
            self.first_ns = elapsed_ns  # most of it is compiling
        else:
            self.unfused_ns = elapsed_ns
            self.spent_ns += elapsed_ns

    def _note_fused(self, elapsed_ns: int) -> None:
        self.n_fused += 1
        if self.n_fused > 1:
            is_faster = elapsed_ns < self.unfused_ns
            self.chosen = self.fused if is_faster else self.unfused
        elif elapsed_ns > _TOO_LONG_NS + self.unfused_ns:
            self.chosen = self.unfused


def _called(function: Any, args: tuple) -> Any:
    """The results, at once also while JAX traces something else.

    It would refuse the compiler's options then, or trace this, too.
    """
    try:
        results = function(*args)
    except ValueError:
        return computed(function, *args)
    return computed(function, *args) if is_traced(results) else results
