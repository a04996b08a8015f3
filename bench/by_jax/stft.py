"""A filtered signal's spectrum over time: windowed frames, each transformed."""

from functools import partial

import jax
import jax.numpy as jnp


def low_pass(x, taps):
    """Filter by a windowed sinc."""
    n = jnp.arange(taps) - (taps - 1) / 2
    weights = jnp.sinc(0.4 * n) * jnp.hamming(taps)
    return jnp.convolve(x, weights / weights.sum(), mode="valid")


@partial(jax.jit, static_argnames=("width", "hop"))
def by_jax(x, width, hop):
    x = low_pass(x, 9)
    window = 0.5 - 0.5 * jnp.cos(2 * jnp.pi * jnp.arange(width) / width)
    starts = jnp.arange(0, len(x) - width + 1, hop)
    spectrum = jnp.fft.rfft(x[starts[:, None] + jnp.arange(width)] * window, axis=1)
    power = jnp.abs(spectrum) ** 2
    return spectrum, 10 * jnp.log10(power + 1e-10), power.argmax(axis=1)
