"""JAX rules of NumPy's linear algebra: products, decompositions, equations.

The operands of products arrive cast to the result dtype. Floats are multiplied in full
precision on every device; ints wrap around; a product of bools is "and", its sum "or".

Decompositions are computed in double precision, as NumPy computes those of float32 too.
Where NumPy raises they give NaN, also where rounding decides whether it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._chapters.linalg import IN_C
from npjit._xla.casts import cast
from npjit._xla.exactness import is_derivable, runtime_zeros
from npjit._xla.rules import rule, rules_all
from npjit._xla.rules._apply import apply
from npjit._xla.rules.reductions import sum_of
from npjit._xla.tiles import reduce_tiles

_FLOAT32, _INT32 = np.dtype(np.float32), np.dtype(np.int32)


def _wide(dtype: np.dtype) -> np.dtype:
    """Dtype to multiply and add in: float16 in float32 as NumPy, bools are counted."""
    return {"e": _FLOAT32, "?": _INT32}.get(dtype.char, dtype)


def full_precision(product: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
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


def _summed(product: jax.Array, axis: tuple[int, ...], **params: Any) -> jax.Array:
    """The sum of what was multiplied element by element, fused with it."""
    return reduce_tiles(product, np.zeros((), product.dtype), lax.add, axis)


def _matmul(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    if min(a.ndim, b.ndim) == 1 and max(a.ndim, b.ndim) <= 2:
        return _dot_with_vector(a, b, **params)
    if not _are_small_stacks(a, b):
        return jnp.matmul(a, b, **params)
    return jnp.sum(a[..., :, :, None] * b[..., None, :, :], axis=-2, dtype=a.dtype)


#: XLA:CPU calls a routine for each matrix of a stack: 132 ns, which for 4 by 4 is 13
#: times what the products take, summed up in a loop over the whole stack.
_MAX_MULTIPLIED = 1000


def _are_small_stacks(a: jax.Array, b: jax.Array) -> bool:
    if min(a.ndim, b.ndim) < 2 or max(a.ndim, b.ndim) < 3 or not _is_summed(a):
        return False
    return 0 < a.shape[-2] * a.shape[-1] * b.shape[-1] <= _MAX_MULTIPLIED


def _is_summed(a: jax.Array) -> bool:
    """Whether sums of products are quick: not of XLA's products of complex numbers."""
    return a.dtype.kind != "c" and jax.default_backend() == "cpu"


def _dot_of_vectors(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    # XLA:CPU's own runs on one core: of 3e6 elements 3.6 ms, and 2.4.
    if a.shape != b.shape or not _is_summed(a):
        return jnp.dot(a, b, **params)
    return _summed(a * b, (0,))


def _dot_with_vector(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    """Product of a vector with another or a matrix.

    XLA:CPU's own is as fast, but of a matrix that lies in memory as it wants it: it
    first writes out what is computed, and what NumPy has not aligned. Of 4000 by 4000
    unaligned numbers that took 50 ms, and this 5.
    """
    if a.ndim == b.ndim == 1:
        return _dot_of_vectors(a, b, **params)
    if not _is_summed(a):
        return jnp.matmul(a, b, **params)
    if b.ndim == 1:
        return _summed(a * b, (1,))
    return _summed(a[:, None] * b, (0,))


def _dot_of_arrays(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    is_matmul = min(a.ndim, b.ndim) == 1 and max(a.ndim, b.ndim) <= 2
    return (_dot_with_vector if is_matmul else jnp.dot)(a, b, **params)


def _inner_of_arrays(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    both_vectors = a.ndim == b.ndim == 1
    return (_dot_of_vectors if both_vectors else jnp.inner)(a, b, **params)


def _einsum_of(*operands: jax.Array, subscripts: str, **params: Any) -> jax.Array:
    axis = _axes_summed(subscripts, operands)
    if axis is None or not _is_summed(operands[0]):
        return jnp.einsum(subscripts, *operands, **params)
    return _summed(operands[0] * operands[1], axis)


def _axes_summed(
    subscripts: str, operands: tuple[jax.Array, ...]
) -> tuple[int, ...] | None:
    """The axes that `ij,ij->i` sums over: labels alike, the kept ones in their order.

    XLA:CPU makes small products of matrices of it, twice as slow.
    """
    taken, arrow, made = subscripts.replace(" ", "").partition("->")
    labels, _, others = taken.partition(",")
    plain = labels == others and len(set(labels)) == len(labels) and labels.isalpha()
    kept = "".join(label for label in labels if label in made)
    if not (arrow and plain and kept == made and len(operands) == 2):
        return None
    if operands[0].shape != operands[1].shape:
        return None
    return tuple(k for k, label in enumerate(labels) if label not in made)


def _vecdot(a: jax.Array, b: jax.Array, **params: Any) -> jax.Array:
    if not _is_summed(a):
        return jnp.vecdot(a, b, **params)
    product = a * b
    return _summed(product, (product.ndim - 1,))


_dot, _inner = full_precision(_dot_of_arrays), full_precision(_inner_of_arrays)
_einsum = full_precision(_einsum_of)

rules_all(
    {
        np.matmul: full_precision(_matmul),
        np.vdot: full_precision(jnp.vdot),
        np.tensordot: full_precision(jnp.tensordot),
        np.vecdot: full_precision(_vecdot),
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
    return _dot(a, b) if a.ndim and b.ndim else _multiple(a, b)


@rule(np.inner)
def inner(a: jax.Array, b: jax.Array) -> jax.Array:
    """Sum over the last axes."""
    return _inner(a, b) if a.ndim and b.ndim else _multiple(a, b)


def _multiple(a: jax.Array, b: jax.Array) -> jax.Array:
    """Product with a number; BLAS adds it to zero, so that none is -0.0."""
    product = apply(np.multiply, *jnp.broadcast_arrays(a, b))
    if a.ndim == b.ndim or a.dtype.char not in "fdFD":
        return product
    return apply(np.add, product, runtime_zeros(product.shape, product.dtype))


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


@rule(np.cross)
def cross(
    a: jax.Array,
    b: jax.Array,
    *,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> jax.Array:
    """Vector product of vectors of three numbers, of one dtype."""
    if axis is not None:
        axisa = axisb = axisc = axis
    vectors = jnp.broadcast_arrays(
        *(jnp.moveaxis(a, axisa, -1), jnp.moveaxis(b, axisb, -1))
    )
    x, y = ([v[..., i] for i in range(3)] for v in vectors)

    def component(i: int, j: int) -> jax.Array:
        products = apply(np.multiply, x[i], y[j]), apply(np.multiply, x[j], y[i])
        return apply(np.subtract, *products)

    parts = [component(1, 2), component(2, 0), component(0, 1)]
    return jnp.stack(parts, axisc)


# Decompositions ---------------------------------------------------------------------


def _double(*operands: jax.Array) -> list[jax.Array]:
    """The dtype in which NumPy calls LAPACK."""
    is_complex = any(x.dtype.kind == "c" for x in operands)
    dtype = np.dtype(np.complex128 if is_complex else np.float64)
    return [cast(x, dtype) for x in operands]


def _adjoint(a: jax.Array) -> jax.Array:
    return apply(np.conjugate, jnp.swapaxes(a, -1, -2))


def _diagonal(a: jax.Array) -> jax.Array:
    return jnp.diagonal(a, axis1=-2, axis2=-1)


def _norm(a: jax.Array) -> jax.Array:
    """The largest sum of absolute values in a row, for each matrix."""
    return jnp.max(jnp.sum(jnp.abs(a), axis=-1), axis=-1, initial=0.0)


def _is_small(values: jax.Array, scale: jax.Array, size: int) -> jax.Array:
    """For each matrix whether a pivot or singular value may be zero for NumPy.

    Those of a singular matrix are made of rounding errors, which need not be those of
    NumPy's LAPACK.

    Parameters
    ----------
    values : jax.Array
        Shape (..., k).
    scale : jax.Array
        Shape (...): what rounding errors are in proportion to.
    size : int
        The longer side of the matrices.
    """
    smallest = jnp.min(jnp.abs(values), axis=-1, initial=np.inf)
    return smallest <= 8 * size * np.finfo(np.float64).eps * scale


def _unless(is_doubtful: jax.Array, x: jax.Array) -> jax.Array:
    """A stack of results, NaN where NumPy has to decide."""
    if is_derivable():  # NumPy is not asked again
        return x
    extra = tuple(range(is_doubtful.ndim, x.ndim))
    return jnp.where(jnp.expand_dims(is_doubtful, extra), jnp.full_like(x, np.nan), x)


@rule(np.linalg.solve)
def solve(a: jax.Array, b: jax.Array) -> jax.Array:
    """Solution of linear equations by LU factors, as LAPACK's `gesv` has it.

    Parameters
    ----------
    a : jax.Array
        Shape (..., m, m).
    b : jax.Array
        Shape (m,) or (..., m, k).
    """
    a, b = _double(a, b)
    columns = b[:, None] if b.ndim == 1 else b
    stack = jnp.broadcast_shapes(a.shape[:-2], columns.shape[:-2])
    lu, _, permutation = lax.linalg.lu(jnp.broadcast_to(a, stack + a.shape[-2:]))
    columns = jnp.broadcast_to(columns, stack + columns.shape[-2:])
    x = jnp.take_along_axis(columns, permutation[..., None], axis=-2)
    for triangle in ({"lower": True, "unit_diagonal": True}, {"lower": False}):
        x = lax.linalg.triangular_solve(lu, x, left_side=True, **triangle)
    x = _unless(_is_small(_diagonal(lu), _norm(a), a.shape[-1]), x)
    return x[..., 0] if b.ndim == 1 else x


@rule(np.linalg.inv)
def inv(a: jax.Array) -> jax.Array:
    """Inverses of a stack of matrices."""
    return solve(a, jnp.eye(a.shape[-1]))


@rule(np.linalg.slogdet)
def slogdet(a: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Sign, or phase, and logarithm of the determinants of regular matrices."""
    (a,) = _double(a)
    if is_derivable():
        return tuple(jnp.linalg.slogdet(a))
    lu, pivots, _ = lax.linalg.lu(a)
    diagonal = _diagonal(lu)
    size = apply(np.absolute, diagonal)
    n_swaps = jnp.sum(pivots != lax.iota(pivots.dtype, a.shape[-1]), axis=-1)
    if a.dtype.kind == "c":
        signs = apply(np.divide, diagonal, cast(size, a.dtype))
    else:
        signs = jnp.where(diagonal < 0, -1.0, 1.0)
    sign = jnp.prod(signs, axis=-1)
    sign = jnp.where(n_swaps % 2 == 1, -sign, sign)
    total = sum_of(
        apply(np.log, size), axis=(size.ndim - 1,), keepdims=False, dtype=size.dtype
    )
    return sign, _unless(_is_small(diagonal, _norm(a), a.shape[-1]), total)


@rule(np.linalg.det)
def det(a: jax.Array) -> jax.Array:
    """Determinants, of their logarithms as NumPy makes them; not subnormal ones."""
    if is_derivable():  # also where the matrix is singular
        return jnp.linalg.det(*_double(a))
    sign, logarithm = slogdet(a)
    size = apply(np.exp, logarithm)
    result = a.dtype if a.dtype.kind in "fc" else np.dtype(np.float64)
    size = _unless(size < float(np.finfo(result).tiny), size)
    return apply(np.multiply, sign, cast(size, sign.dtype))


@rule(np.linalg.cholesky)
def cholesky(a: jax.Array, *, upper: bool = False) -> jax.Array:
    """Triangular factors of positive definite matrices, of which one half is read."""
    (a,) = _double(a)
    half = jnp.tril(_adjoint(a) if upper else a)
    whole = half + _adjoint(jnp.tril(half, -1))  # what the derivative is of
    lower = lax.linalg.cholesky(whole, symmetrize_input=False)
    pivots = jnp.square(jnp.real(_diagonal(lower)))
    scale = jnp.max(jnp.abs(_diagonal(a)), axis=-1, initial=0.0)
    factor = _unless(_is_small(pivots, scale, a.shape[-1]), jnp.tril(lower))
    return _adjoint(factor) if upper else factor


@rule(np.linalg.svdvals)
def svdvals(x: jax.Array) -> jax.Array:
    """Singular values, where rounding does not decide on the rank."""
    (x,) = _double(x)
    values = lax.linalg.svd(x, compute_uv=False)
    largest = jnp.max(values, axis=-1, initial=0.0)
    return _unless(_is_small(values, largest, max(x.shape[-2:])), values)


rules_all(
    {
        IN_C.inv: lambda x, signature: inv(x),
        np.linalg.svd: lambda a, compute_uv, full_matrices=True: svdvals(a),
        IN_C.svd: lambda x, signature: svdvals(x),
    }
)
