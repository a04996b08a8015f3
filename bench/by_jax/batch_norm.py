"""Normalization of a batch of images by channel."""

import jax


@jax.jit
def by_jax(x, scale, shift, running_mean, running_variance):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    running_mean += 0.1 * (mean.ravel() - running_mean)
    running_variance += 0.1 * (variance.ravel() - running_variance)
    x = (x - mean) * jax.lax.rsqrt(variance + 1e-5)
    x = jax.nn.relu(x * scale[:, None, None] + shift[:, None, None])
    return running_mean, running_variance, x
