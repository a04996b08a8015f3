"""JAX rules of array creation.

Shapes and dtypes are static. Ranges are static too and get NumPy's values: each element
is computed from the first one and the step, as NumPy's own loops do.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.exactness import exact_product, runtime_zeros
from npjit._xla.rules import rule
from npjit._xla.rules._apply import apply
from npjit._xla.rules.reductions import accumulated
from npjit.errors import Reason, Unsupported

Shape = tuple[int, ...]

#: Ranges of up to so many elements are constants of the program.
_MAX_EMBEDDED = 4096


@rule(np.zeros, np.zeros_like)
def zeros(*like: jax.Array, shape: Shape, dtype: np.dtype) -> jax.Array:
    """Zeros."""
    return runtime_zeros(shape, np.dtype(dtype))


@rule(np.empty, np.empty_like)
def empty(*like: jax.Array, shape: Shape, dtype: np.dtype) -> jax.Array:
    """Zeros in place of what NumPy leaves undefined."""
    return jnp.zeros(shape, dtype)


@rule(np.ones, np.ones_like)
def ones(*like: jax.Array, shape: Shape, dtype: np.dtype) -> jax.Array:
    """Ones."""
    return jnp.ones(shape, dtype)


@rule(np.full)
def full(value: jax.Array, *, shape: Shape, dtype: np.dtype) -> jax.Array:
    """`value` cast and broadcast."""
    return jnp.broadcast_to(cast(jnp.asarray(value), dtype), shape)


@rule(np.full_like)
def full_like(*operands: jax.Array, shape: Shape, dtype: np.dtype) -> jax.Array:
    """The last operand, the value, cast and broadcast."""
    return full(operands[-1], shape=shape, dtype=dtype)


# -- ranges --------------------------------------------------------------------


@rule(np.arange)
def arange(
    start: Any, stop: Any = None, step: Any = 1, *, dtype: np.dtype
) -> jax.Array:
    """Evenly spaced numbers, of static bounds.

    Parameters
    ----------
    start, stop, step : number
        As for `numpy.arange`; `start` is the end where `stop` is None.
    dtype : np.dtype
        Dtype of the result.

    Returns
    -------
    jax.Array
        ``first + i * (second - first)``, computed in `dtype`.
    """
    if stop is None:
        start, stop = 0, start
    length = max(0, int(np.ceil((stop - start) / step)))
    if length <= _MAX_EMBEDDED:
        with np.errstate(all="ignore"):
            values: np.ndarray = np.arange(*(start, stop, step), dtype=dtype)
            return jnp.asarray(values)
    if np.dtype(dtype).kind not in "iuf":
        raise Unsupported(Reason.DTYPE, f"arange of {length} elements of {dtype}")
    first, second = _ends(start, start + step, dtype)
    place = cast(lax.iota(np.int64, length), first.dtype)
    steps = place * (second - first)
    if first.dtype.kind == "f":
        steps = exact_product(steps)
    return cast(first + steps, dtype)


def _ends(first: Any, second: Any, dtype: np.dtype) -> np.ndarray:
    """Two numbers as elements of `dtype`; float16 in float32, as NumPy computes."""
    ends = np.empty(2, dtype)
    ends[0], ends[1] = first, second
    return ends.astype(np.float32) if ends.dtype == np.float16 else ends


@rule(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    *,
    num: int = 50,
    endpoint: bool = True,
    dtype: np.dtype,
    axis: int = 0,
) -> jax.Array:
    """`num` evenly spaced numbers from `start` to `stop`.

    Parameters
    ----------
    start, stop : number or jax.Array
        Arrays of one shape or that broadcast; ints count as float64.
    num, endpoint, dtype, axis
        As for `numpy.linspace`.

    Returns
    -------
    jax.Array
        The numbers along `axis`.
    """
    is_static = not isinstance(start, jax.Array) and not isinstance(stop, jax.Array)
    if is_static and num * np.size(start) * np.size(stop) <= _MAX_EMBEDDED:
        with np.errstate(all="ignore"):
            return jnp.asarray(
                np.linspace(start, stop, num, endpoint, False, dtype, axis)
            )
    start, stop = (_as_inexact(jnp.asarray(x)) for x in (start, stop))
    inside = np.result_type(start.dtype, stop.dtype)
    start, stop = cast(start, inside), cast(stop, inside)
    values = _spaced(start, stop, num, num - 1 if endpoint else num)
    if endpoint and num > 1:
        values = values.at[-1].set(jnp.broadcast_to(stop, values.shape[1:]))
    if np.issubdtype(dtype, np.integer):
        values = jnp.floor(values)
    return cast(jnp.moveaxis(values, 0, axis), dtype)


def _as_inexact(x: jax.Array) -> jax.Array:
    return x if jnp.issubdtype(x.dtype, np.inexact) else cast(x, np.dtype(np.float64))


def _spaced(start: jax.Array, stop: jax.Array, num: int, intervals: int) -> jax.Array:
    delta = apply(np.subtract, *jnp.broadcast_arrays(stop, start))
    place = cast(lax.iota(np.int64, num), delta.dtype).reshape(-1, *(1,) * delta.ndim)
    place = jnp.broadcast_to(place, (num, *delta.shape))

    def times(x: jax.Array, factor: jax.Array) -> jax.Array:
        return apply(np.multiply, x, jnp.broadcast_to(factor, x.shape))

    if intervals <= 0:
        return times(place, delta) + start
    step = apply(np.divide, delta, jnp.full_like(delta, intervals))
    # Where a step underflows to zero, NumPy divides before it multiplies.
    share = apply(np.divide, place, jnp.full_like(place, intervals))
    is_zero = jnp.any(step == 0)
    return jnp.where(is_zero, times(share, delta), times(place, step)) + start


# -- patterns ------------------------------------------------------------------


def diagonal(k: Any) -> int:
    """The number of a diagonal, which may have come as a bool or an `np.int8`.

    Raises
    ------
    Unsupported
        If it is no integer: NumPy does with it what `np.arange` does.
    """
    if not isinstance(k, (int, np.signedinteger)):
        raise Unsupported(Reason.PARAMETER, f"k={k!r}")
    return int(k)


def _columns(rows: int, columns: int, k: int) -> tuple[jax.Array, jax.Array]:
    """The column of each element, and that of the k-th diagonal in its row."""
    row = lax.broadcasted_iota(np.int64, (rows, columns), 0)
    column = lax.broadcasted_iota(np.int64, (rows, columns), 1)
    return column, row + diagonal(k)


@rule(np.eye)
def eye(*, N: int, M: int | None = None, k: int = 0, dtype: np.dtype) -> jax.Array:
    """Ones on the k-th diagonal."""
    column, wanted = _columns(N, N if M is None else M, k)
    return cast(column == wanted, dtype)


@rule(np.identity)
def identity(*, n: int, dtype: np.dtype) -> jax.Array:
    """Ones on the diagonal of a square."""
    return eye(N=n, dtype=dtype)


@rule(np.tri)
def tri(*, N: int, M: int | None = None, k: int = 0, dtype: np.dtype) -> jax.Array:
    """Ones on and below the k-th diagonal."""
    column, wanted = _columns(N, N if M is None else M, k)
    return cast(column <= wanted, dtype)


@rule(np.indices)
def indices(
    *, dimensions: Shape, dtype: np.dtype, sparse: bool = False
) -> jax.Array | tuple[jax.Array, ...]:
    """The index of each element of an array of shape `dimensions`."""
    axes = range(len(dimensions))
    if sparse:
        return tuple(
            lax.broadcasted_iota(
                dtype, [n if k == axis else 1 for k, n in enumerate(dimensions)], axis
            )
            for axis in axes
        )
    if not dimensions:
        return jnp.zeros((0,), dtype)
    return jnp.stack([lax.broadcasted_iota(dtype, dimensions, axis) for axis in axes])


@rule(np.vander)
def vander(
    x: jax.Array, *, N: int | None = None, increasing: bool = False, dtype: np.dtype
) -> jax.Array:
    """Powers of numbers, each the product of the one before and the number."""
    x = cast(x, dtype)
    n = x.size if N is None else N
    columns = jnp.ones((n, x.size), dtype)
    if n > 1:
        factors = jnp.broadcast_to(x, (n - 1, x.size))
        columns = columns.at[1:].set(accumulated(np.multiply, factors))
    return columns.T if increasing else columns[::-1].T


@rule(np.meshgrid)
def meshgrid(
    *arrays: jax.Array, indexing: str = "xy", sparse: bool = False
) -> list[jax.Array]:
    """Coordinate arrays of the grid that vectors span; dtypes stay as they are."""
    vectors = [a.reshape(-1) for a in arrays]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = 1, 0
    lengths = [vectors[k].size for k in order]
    grids = [
        v.reshape([v.size if source == k else 1 for source in order])
        for k, v in enumerate(vectors)
    ]
    return grids if sparse else [jnp.broadcast_to(g, lengths) for g in grids]
