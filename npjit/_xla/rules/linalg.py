"""JAX rules of NumPy's products of vectors, matrices and tensors.

Operands arrive cast to the result dtype. Floats are multiplied in full precision on
every device; ints wrap around; a product of bools is "and", its sum "or".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla.casts import cast
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules.reductions import sum_of

_FLOAT32, _INT32 = np.dtype(np.float32), np.dtype(np.int32)


def _wide(dtype: np.dtype) -> np.dtype:
    """Dtype to multiply and add in: float16 in float32 as NumPy, bools are counted."""
    return {"e": _FLOAT32, "?": _INT32}.get(dtype.char, dtype)


def _full_precision(product: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """`product` of operands of one dtype, with a result of that dtype."""

    def compute(*operands: jax.Array, **params: Any) -> jax.Array:
        dtype = operands[0].dtype
        wide = _wide(dtype)
        result = product(
            *(cast(x, wide) for x in operands),
            precision=lax.Precision.HIGHEST,
            preferred_element_type=wide,
            **params,
        )
        return cast(result, dtype)

    return compute


_dot = _full_precision(jnp.dot)
_einsum = _full_precision(
    lambda *operands, subscripts, **params: jnp.einsum(subscripts, *operands, **params)
)

rules_all(
    {
        np.matmul: _full_precision(jnp.matmul),
        np.inner: _full_precision(jnp.inner),
        np.vdot: _full_precision(jnp.vdot),
        np.tensordot: _full_precision(jnp.tensordot),
        np.vecdot: _full_precision(jnp.vecdot),
    }
)


@rule(np.matvec)
def matvec(matrix: jax.Array, vector: jax.Array) -> jax.Array:
    """Products of matrices and vectors."""
    return einsum(matrix, vector, subscripts="...ij,...j->...i")


@rule(np.vecmat)
def vecmat(vector: jax.Array, matrix: jax.Array) -> jax.Array:
    """Products of vectors, conjugated, and matrices."""
    conjugate = apply(np.conjugate, vector)
    return einsum(conjugate, matrix, subscripts="...i,...ij->...j")


@rule(np.dot)
def dot(a: jax.Array, b: jax.Array) -> jax.Array:
    """Sum over the last axis of `a` and the last but one of `b`."""
    if a.ndim == 0 or b.ndim == 0:
        return apply(np.multiply, *jnp.broadcast_arrays(a, b))
    return _dot(a, b)


@rule(np.einsum)
def einsum(*operands: jax.Array, subscripts: str) -> jax.Array:
    """Sum of products named by a string of subscripts."""
    return _einsum(*operands, subscripts=subscripts)


@rule(np.outer)
def outer(a: jax.Array, b: jax.Array) -> jax.Array:
    """Product of each element of `a` with each of `b`."""
    rows, columns = a.reshape(-1, 1), b.reshape(1, -1)
    return apply(np.multiply, *jnp.broadcast_arrays(rows, columns))


@rule(np.trace)
def trace(
    a: jax.Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: np.dtype
) -> jax.Array:
    """Sum along a diagonal."""
    first = min(axis1 % a.ndim, axis2 % a.ndim)
    diagonal = jnp.diagonal(a, offset, axis1, axis2)
    # NumPy's loops walk long strides outside of short ones, which puts the diagonal
    # where the first of its axes was.
    diagonal = jnp.moveaxis(diagonal, -1, first)
    return sum_of(diagonal, axis=(first,), keepdims=False, dtype=dtype)
