"""Metropolis' walk of Ising's magnet; the draws are NumPy's in each variant."""

import jax
import jax.numpy as jnp


def neighbours(spins):
    shifted = [jnp.roll(spins, shift, axis) for axis in (0, 1) for shift in (1, -1)]
    return sum(a.astype(jnp.int64) for a in shifted)


@jax.jit
def walk(spins, draws, beta):
    rows, columns = jnp.indices(spins.shape)
    black = (rows + columns) % 2 == 0

    def sweep(spins, draws):
        for colour, draw in ((black, draws[0]), (~black, draws[1])):
            flips = colour & (draw < jnp.exp(-beta * 2 * spins * neighbours(spins)))
            spins = jnp.where(flips, -spins, spins)
        return spins, spins.astype(float).mean()

    spins, magnetization = jax.lax.scan(sweep, spins, draws)
    return spins, list(magnetization), -0.5 * jnp.sum(spins * neighbours(spins))


def by_jax(spins, rng, beta, sweeps):
    return walk(spins, rng.random((sweeps, 2, *spins.shape)), beta)
