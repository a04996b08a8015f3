"""A recurrent layer with gates over a batch of sequences."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(x, into, back, bias):
    def step(state, part):
        hidden, cell = state
        keep, write, show, new = jnp.split(part + hidden @ back, 4, axis=1)
        cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(write) * jnp.tanh(new)
        hidden = jax.nn.sigmoid(show) * jnp.tanh(cell)
        return (hidden, cell), hidden

    zero = jnp.zeros((x.shape[1], back.shape[0]))
    (_, cell), states = jax.lax.scan(step, (zero, zero), x @ into + bias)
    return states, cell
