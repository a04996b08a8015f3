"""An Asian option by simulation; the draws are NumPy's in each variant."""

import jax
import jax.numpy as jnp


@jax.jit
def price_of(draws):
    steps, paths = draws.shape
    growth = jnp.exp(0.03 / steps + 0.2 / jnp.sqrt(steps) * draws)

    def step(state, factor):
        price, total = state
        price = price * factor
        return (price, total + price), None

    start = jnp.full(paths, 100.0), jnp.zeros(paths)
    (_, total), _ = jax.lax.scan(step, start, growth)
    payoff = jnp.maximum(total / steps - 100.0, 0.0)
    return payoff.mean(), payoff.std() / jnp.sqrt(paths)


def by_jax(rng, paths, steps):
    return price_of(rng.standard_normal((steps, paths)))
