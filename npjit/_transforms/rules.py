"""What JAX computes where the recorder leaves it to NumPy.

For the sake of its bits: eigenvectors and singular vectors have no definite signs, and
neither has the order of equal elements. Or of its speed. JAX's have derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["INSTEAD"]

#: Parameters that say how NumPy goes about it, and change no result.
_HOW: Final = frozenset({"kind", "order", "stable", "overwrite_input"})


def _as_numpy_has_it(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function of JAX's that takes lists, and parameters that it does not need."""

    def compute(*args: Any, **kwargs: Any) -> Any:
        given = {k: _as_array(v) for k, v in kwargs.items() if k not in _HOW}
        return func(*map(_as_array, args), **given)

    return compute


def _as_array(x: Any) -> Any:
    if type(x) is not list:
        return x
    is_traced = any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(x))
    return jnp.asarray(x) if is_traced else np.asarray(x)


def _argsort(a: jax.Array, axis: int | None = -1, **how: Any) -> jax.Array:
    return jnp.argsort(a, axis=axis)  # which is stable


def _partition(a: jax.Array, kth: Any, axis: int | None = -1, **how: Any) -> jax.Array:
    return jnp.sort(a, axis=axis)


def _argpartition(
    a: jax.Array, kth: Any, axis: int | None = -1, **how: Any
) -> jax.Array:
    return jnp.argsort(a, axis=axis)


# -- linear algebra ------------------------------------------------------------


def _hermitian(a: jax.Array, half: str) -> jax.Array:
    """The matrices of which NumPy reads one half."""
    low = jnp.tril(jnp.asarray(a) if half.upper() == "L" else _adjoint(a))
    real = jnp.einsum("...ii->...i", low).real
    rest = jnp.tril(low, -1)
    return rest + _adjoint(rest) + real[..., None] * jnp.eye(real.shape[-1])


def _adjoint(a: jax.Array) -> jax.Array:
    return jnp.conj(jnp.swapaxes(a, -1, -2))


def _eigh(a: jax.Array, UPLO: str = "L") -> Any:
    return jnp.linalg.eigh(_hermitian(a, UPLO), symmetrize_input=False)


def _eigvalsh(a: jax.Array, UPLO: str = "L") -> jax.Array:
    return _eigh(a, UPLO)[0]


def _lstsq(a: jax.Array, b: jax.Array, rcond: float | None = None) -> Any:
    """The solution; what is left is for equations of full rank, as NumPy's is."""
    x, left, rank, values = jnp.linalg.lstsq(a, b, rcond=rcond)
    if a.shape[0] <= a.shape[1]:
        left = jnp.zeros(0, left.dtype)
    return x, left, rank, values


def _compress(condition: Any, a: jax.Array, axis: int | None = None) -> jax.Array:
    return jnp.take(jnp.asarray(a), np.flatnonzero(condition), axis)


def _bincount(
    x: Any, weights: jax.Array | None = None, minlength: int = 0
) -> jax.Array:
    length = max(int(np.max(x, initial=-1)) + 1, minlength)  # a shape, which is known
    return jnp.bincount(jnp.asarray(x), weights, length=length)


INSTEAD: Final[dict[Any, Callable[..., Any]]] = {
    np.argsort: _argsort,
    np.argpartition: _argpartition,
    np.partition: _partition,
    np.real: jnp.real,
    np.imag: jnp.imag,
    np.bincount: _bincount,
    np.compress: _compress,
    np.linalg.eigh: _eigh,
    np.linalg.eigvalsh: _eigvalsh,
    np.linalg.lstsq: _lstsq,
    **{
        getattr(np, name): _as_numpy_has_it(getattr(jnp, name))
        for name in (
            *("sort", "lexsort", "median", "quantile", "percentile", "nanmedian"),
            *("nanquantile", "nanpercentile", "interp", "histogram", "insert"),
            *("logspace", "geomspace", "poly", "polyfit", "average"),
            *("nanvar", "nanstd", "nanmax", "nanmin"),
        )
    },
    **{
        getattr(np.linalg, name): getattr(jnp.linalg, name)
        for name in ("qr", "svd", "pinv", "cond", "matrix_rank")
    },
    **{
        getattr(np.fft, name): getattr(jnp.fft, name)
        for name in ("fftn", "ifftn", "rfftn", "irfftn")
    },
    **{
        getattr(np, name).reduceat: _as_numpy_has_it(getattr(jnp, name).reduceat)
        for name in ("add", "multiply", "maximum", "minimum")
    },
}
