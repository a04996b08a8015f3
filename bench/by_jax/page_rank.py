"""Ranks of pages by their links."""

from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.jit, static_argnames="pages")
def by_jax(source, target, pages, steps):
    links = jnp.bincount(source, length=pages)

    def step(_, rank):
        given = jnp.where(links > 0, rank / jnp.maximum(links, 1), 0.0)
        lost = jnp.sum(rank, where=links == 0)
        passed = jnp.zeros(pages).at[target].add(given[source])
        return 0.15 / pages + 0.85 * (passed + lost / pages)

    return jax.lax.fori_loop(0, steps, step, jnp.full(pages, 1.0 / pages))
