"""Self-attention with several heads and a causal mask."""

from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.jit, static_argnames="heads")
def by_jax(x, projections, output, heads):
    batch, length, width = x.shape
    shape = 3, batch, length, heads, width // heads
    queries, keys, values = jnp.einsum("blw,pwv->pblv", x, projections).reshape(shape)
    scores = jnp.einsum("bqhd,bkhd->bhqk", queries, keys) / jnp.sqrt(width // heads)
    causal = jnp.tril(jnp.ones((length, length), bool))
    weights = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf))
    mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, values)
    return mixed.reshape(batch, length, width) @ output, weights
