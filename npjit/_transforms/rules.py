"""What JAX computes where the recorder leaves it to NumPy.

For the sake of its bits: eigenvectors and singular vectors have no definite signs, and
neither has the order of equal elements. Or of its speed. JAX's have derivatives.
"""

from __future__ import annotations

import math
import operator
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


@jax.custom_jvp
def _eig(a: jax.Array) -> Any:
    return tuple(jnp.linalg.eig(a))


@_eig.defjvp
def _eig_jvp(given: Any, along: Any) -> Any:
    """Of distinct eigenvalues; vectors of length one, largest component real.

    So LAPACK chooses them; a change of phase changes no pair of them.
    """
    (a,), (da,) = given, along
    w, v = _eig(a)
    change = jnp.linalg.solve(v, da.astype(w.dtype) @ v)
    gaps = w[..., None, :] - w[..., :, None] + jnp.eye(w.shape[-1])
    off_diagonal = change * (1 - jnp.eye(w.shape[-1]))
    dv = v @ (off_diagonal / gaps)
    largest = jnp.argmax(jnp.abs(v), axis=-2, keepdims=True)
    its_change, its = (jnp.take_along_axis(x, largest, -2) for x in (dv, v))
    turn = (its_change / its).imag
    stretch = (jnp.conj(v) * dv).sum(axis=-2, keepdims=True).real
    dw = jnp.diagonal(change, axis1=-2, axis2=-1)
    return (w, v), (dw, dv - v * (stretch + 1j * turn))


def _poly(roots: Any) -> jax.Array:
    """The coefficients; real if NumPy can tell it by the dtype."""
    if jnp.ndim(roots) == 2 and jnp.isrealobj(roots):
        return jnp.poly(_eig(roots)[0]).real
    return jnp.poly(roots)


def _gradient(
    f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1
) -> jax.Array | tuple[jax.Array, ...]:
    f = jnp.asarray(f)
    axes = range(f.ndim) if axis is None else np.atleast_1d(axis)
    steps = spacing or (1.0,)
    steps = steps * len(axes) if len(steps) == 1 else steps
    if any(f.shape[k] <= edge_order for k in axes):
        raise ValueError(f"np.gradient needs {edge_order + 1} points along each axis")
    found = [
        jnp.moveaxis(_slopes(jnp.moveaxis(f, k, -1), jnp.asarray(h), edge_order), -1, k)
        for k, h in zip(axes, steps, strict=True)
    ]
    return tuple(found) if len(found) > 1 else found[0]


def _slopes(f: jax.Array, h: jax.Array, edge_order: int) -> jax.Array:
    """Those of parabolas through three points in a row; at the ends of lines."""
    h = jnp.diff(h) if h.ndim else jnp.broadcast_to(h, f.shape[-1] - 1)
    between = jnp.diff(f) / h
    before, after = h[:-1], h[1:]
    bend = jnp.diff(between) / (before + after)
    inner = between[..., :-1] + before * bend
    first, last = between[..., :1], between[..., -1:]
    if edge_order > 1:
        first = first - h[:1] * bend[..., :1]
        last = last + h[-1:] * bend[..., -1:]
    return jnp.concatenate([first, inner, last], axis=-1)


def _var(
    a: Any, axis: Any = None, *, mean: Any = None, ddof: int = 0, **how: Any
) -> jax.Array:
    """The variance about a mean that is given."""
    if mean is None:
        return jnp.var(a, axis, ddof=ddof, **how)
    squares = jnp.abs(jnp.asarray(a) - mean) ** 2
    found = jnp.mean(squares, axis, **how)
    where = how.get("where")
    counted = jnp.broadcast_to(True if where is None else where, squares.shape)
    n = counted.sum(axis, keepdims=how.get("keepdims", False))
    return found * n / (n - ddof)


def _std(*args: Any, **kwargs: Any) -> jax.Array:
    return jnp.sqrt(_var(*args, **kwargs))


def _histogramdd(sample: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(sample, (list, tuple)):
        sample = jnp.stack(sample, axis=-1)
    return jnp.histogramdd(sample, *args, **kwargs)


def _compress(condition: Any, a: jax.Array, axis: int | None = None) -> jax.Array:
    return jnp.take(jnp.asarray(a), np.flatnonzero(condition), axis)


def _bincount(
    x: Any, weights: jax.Array | None = None, minlength: int = 0
) -> jax.Array:
    length = max(int(np.max(x, initial=-1)) + 1, minlength)  # a shape, which is known
    return jnp.bincount(jnp.asarray(x), weights, length=length)


INSTEAD: Final[dict[Any, Callable[..., Any]]] = {
    np.argsort: _argsort,
    np.ndarray.argsort: _argsort,
    np.argpartition: _argpartition,
    np.ndarray.argpartition: _argpartition,
    np.partition: _partition,
    np.real: jnp.real,
    np.imag: jnp.imag,
    np.bincount: _bincount,
    np.compress: _compress,
    np.gradient: _gradient,
    np.var: _var,
    np.std: _std,
    np.ndarray.var: _var,
    np.ndarray.std: _std,
    np.histogramdd: _histogramdd,
    np.poly: _poly,
    operator.pow: jnp.power,
    math.erf: jax.scipy.special.erf,
    math.erfc: jax.scipy.special.erfc,
    math.gamma: jax.scipy.special.gamma,
    math.lgamma: jax.scipy.special.gammaln,
    np.linalg.eig: _eig,
    np.linalg.eigvals: jnp.linalg.eigvals,
    np.linalg.eigh: _eigh,
    np.linalg.eigvalsh: _eigvalsh,
    np.linalg.lstsq: _lstsq,
    **{
        getattr(np, name): _as_numpy_has_it(getattr(jnp, name))
        for name in (
            *("sort", "lexsort", "median", "quantile", "percentile", "nanmedian"),
            *("nanquantile", "nanpercentile", "interp", "histogram", "insert"),
            *("logspace", "geomspace", "polyfit", "average", "einsum", "ediff1d"),
            *("nanvar", "nanstd", "nanmax", "nanmin", "nanmean", "nanargmax"),
            *("nanargmin", "pad", "cov", "digitize"),
            *("histogram2d", "histogram_bin_edges", "unravel_index"),
        )
    },
    # Of complex numbers, which are not NumPy's to the last digits.
    **{
        getattr(np, name): getattr(jnp, name)
        for name in (
            *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh"),
            *("tanh", "arcsinh", "arccosh", "arctanh", "exp2", "expm1", "log2"),
            *("log10", "log1p", "power", "float_power"),
        )
    },
    **{
        getattr(np.linalg, name): getattr(jnp.linalg, name)
        for name in ("qr", "svd", "pinv", "cond", "matrix_rank", "multi_dot")
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
