"""Largest and smallest elements, with derivatives that survive XLA's fusion.

JAX finds the places of the largest elements by comparing all with it. Where XLA:CPU
fuses what computes the elements into both, the maximum and the comparison, LLVM may
round the two differently (it contracts products with sums in one of them), no element
is equal, and a derivative is lost: in max pooling behind a convolution by slices the
half of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.rules import rule_of
from npjit._xla.tiles import reduce_tiles

__all__ = ["with_derivative"]

_Extreme = Callable[[jax.Array, tuple[int, ...]], jax.Array]


def with_derivative(extreme: _Extreme, *, is_max: bool) -> _Extreme:
    """Give a maximum or minimum along axes its derivative.

    Equal elements share it.

    Parameters
    ----------
    extreme : callable
        Of an array of floats and the axes.
    is_max : bool

    Returns
    -------
    callable
        The same, for at least one element along the axes.
    """

    @functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
    def found(a: jax.Array, axis: tuple[int, ...]) -> jax.Array:
        return extreme(a, axis)

    @found.defjvp
    def along(
        axis: tuple[int, ...], given: tuple[jax.Array], change: tuple[jax.Array]
    ) -> tuple[jax.Array, jax.Array]:
        a = lax.optimization_barrier(given[0])  # which npjit's own programs keep
        rows, changes = _in_rows(a, axis), _in_rows(change[0], axis)
        best = found(a, axis)
        # The first is one of them, however it may be rounded to be compared.
        find: Any = rule_of(np.argmax if is_max else np.argmin)
        last = rows.ndim - 1
        first = find(lax.stop_gradient(rows), axis=last, keepdims=True)
        places = lax.broadcasted_iota(first.dtype, rows.shape, last)
        chosen = (rows == best[..., None]) | (places == first)
        weights = chosen.astype(a.dtype)
        total = _sum_of_rows(jnp.where(chosen, changes, jnp.zeros_like(changes)))
        return best, total / _sum_of_rows(weights)

    return found


def _in_rows(a: jax.Array, axis: tuple[int, ...]) -> jax.Array:
    """The elements along some axes along a last one."""
    kept = [k for k in range(a.ndim) if k not in axis]
    rows = a.transpose(*kept, *axis)
    return rows.reshape(*rows.shape[: len(kept)], -1)


def _sum_of_rows(rows: jax.Array) -> jax.Array:
    return reduce_tiles(rows, np.zeros((), rows.dtype), lax.add, (rows.ndim - 1,))
