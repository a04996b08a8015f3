"""Probabilities and loss of a batch, by three dense layers."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(x, layers, labels):
    *hidden, (w, b) = layers
    for weights, bias in hidden:
        x = jax.nn.relu(x @ weights + bias)
    scores = jax.nn.log_softmax(x @ w + b)
    loss = -jnp.take_along_axis(scores, labels[:, None], axis=1).mean()
    right = (scores.argmax(axis=1) == labels).mean(dtype=float)
    return jnp.exp(scores), loss, right
