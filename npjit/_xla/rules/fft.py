"""JAX rules of discrete Fourier transforms (chapter: fft).

Of float32 they are in single precision, of integers in double. XLA transforms up to
three axes at once; NumPy one after the other, which is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.lib.array_utils import normalize_axis_index

from npjit._xla.casts import cast
from npjit._xla.rules import rules_all
from npjit._xla.rules._apply import apply

_MAX_AXES = 3
#: A transform back is normalized as the other one is for the opposite norm.
_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _factor(n: int, norm: str | None, kind: str, dtype: np.dtype) -> Any:
    """What the sums over one axis are multiplied by, computed as NumPy does."""
    norm = norm or "backward"
    norm = _OPPOSITE[norm] if kind.startswith("I") else norm
    if norm == "ortho":
        return np.reciprocal(np.sqrt(n, dtype=dtype))
    return np.reciprocal(n, dtype=dtype) if norm == "forward" else dtype.type(1)


def _fitted(a: jax.Array, axis: int, n: int) -> jax.Array:
    """An axis cut, or padded with zeros, to `n` elements."""
    if a.shape[axis] >= n:
        return lax.slice_in_dim(a, 0, n, axis=axis)
    widths = [(0, n - a.shape[k] if k == axis else 0) for k in range(a.ndim)]
    return jnp.pad(a, widths)


def _scaled(x: jax.Array, factor: Any) -> jax.Array:
    if factor == 1:
        return x
    if x.dtype.kind == "c":
        return lax.complex(_scaled(lax.real(x), factor), _scaled(lax.imag(x), factor))
    return apply(np.multiply, x, jnp.full_like(x, factor))


def _transform(
    a: jax.Array, kind: str, lengths: Sequence[int], axes: Sequence[int], norm: Any
) -> jax.Array:
    """A transform over different axes, at most three.

    Parameters
    ----------
    a : jax.Array
        Any dtype; real for "RFFT".
    kind : {"FFT", "IFFT", "RFFT", "IRFFT"}
        The last axis is the halved one.
    lengths, axes : sequence of int
        The length of each transform, and its axis.
    norm : {"backward", "ortho", "forward"} or None
        As for `numpy.fft.fft`.
    """
    real = np.result_type(jnp.real(a).dtype, 1.0)  # of NumPy's scale, also float16
    wide = np.result_type(a.dtype, 1j)
    x = lax.real(cast(a, wide)) if kind == "RFFT" else cast(a, wide)
    last = len(axes) - 1
    for i, (n, axis) in enumerate(zip(lengths, axes, strict=True)):
        half = kind == "IRFFT" and i == last
        x = _fitted(x, axis, n // 2 + 1 if half else n)
    places = range(a.ndim - len(axes), a.ndim)
    x = lax.fft(jnp.moveaxis(x, axes, places), kind, tuple(lengths))
    x = jnp.moveaxis(x, places, axes)
    for n in lengths:
        factor = _factor(n, norm, kind, real)
        # XLA divides a transform back by its length.
        is_done = kind.startswith("I") and factor == np.reciprocal(n, dtype=real)
        x = x if is_done else _scaled(x, n * factor if kind.startswith("I") else factor)
    return x


def _of_real(a: jax.Array, n: int, axis: int, norm: Any) -> jax.Array:
    """The complex transform of real numbers, of which one half tells the other."""
    half = _transform(a, "RFFT", [n], [axis], norm)
    rest = lax.slice_in_dim(half, 1, (n + 1) // 2, axis=axis)
    mirrored = apply(np.conjugate, jnp.flip(rest, axis))
    return jnp.concatenate([half, mirrored], axis)


def _one_axis(kind: str) -> Callable[..., jax.Array]:
    """The rule of a transform over one axis."""

    def rule(a, *, n=None, axis=-1, norm=None):
        axis = normalize_axis_index(axis, a.ndim)
        if n is None:
            n = 2 * (a.shape[axis] - 1) if kind == "IRFFT" else a.shape[axis]
        if kind == "FFT" and a.dtype.kind != "c":
            return _of_real(a, int(n), axis, norm)
        return _transform(a, kind, [int(n)], [axis], norm)

    return rule


def _several_axes(kind: str, default: Sequence[int] | None) -> Callable[..., jax.Array]:
    """The rule of a transform over several axes; of length -1 is one as it is."""

    def rule(a, *, s=None, axes=default, norm=None):
        axes = range(a.ndim) if axes is None else axes
        axes = [normalize_axis_index(axis, a.ndim) for axis in axes]
        lengths = [a.shape[k] for k in axes]
        if s is not None:
            given = zip(s, lengths, strict=True)
            lengths = [there if n == -1 else int(n) for n, there in given]
        elif kind == "IRFFT":
            lengths[-1] = 2 * (lengths[-1] - 1)
        if len(set(axes)) == len(axes) <= _MAX_AXES:
            return _transform(a, kind, lengths, axes, norm)
        return _one_by_one(a, kind, lengths, axes, norm)

    return rule


def _one_by_one(
    a: jax.Array, kind: str, lengths: list[int], axes: list[int], norm: Any
) -> jax.Array:
    """Transforms over one axis each: real numbers come first, or last."""
    kinds = [kind.replace("R", "")] * (len(axes) - 1) + [kind]
    steps = list(zip(kinds, lengths, axes, strict=True))
    for each, n, axis in steps if kind == "IRFFT" else reversed(steps):
        a = _transform(a, each, [n], [axis], norm)
    return a


_LAST_TWO = (-2, -1)
rules_all(
    {
        np.fft.fft: _one_axis("FFT"),
        np.fft.ifft: _one_axis("IFFT"),
        np.fft.rfft: _one_axis("RFFT"),
        np.fft.irfft: _one_axis("IRFFT"),
        np.fft.fftn: _several_axes("FFT", None),
        np.fft.ifftn: _several_axes("IFFT", None),
        np.fft.rfftn: _several_axes("RFFT", None),
        np.fft.irfftn: _several_axes("IRFFT", None),
        np.fft.fft2: _several_axes("FFT", _LAST_TWO),
        np.fft.ifft2: _several_axes("IFFT", _LAST_TWO),
        np.fft.rfft2: _several_axes("RFFT", _LAST_TWO),
        np.fft.irfft2: _several_axes("IRFFT", _LAST_TWO),
    }
)
