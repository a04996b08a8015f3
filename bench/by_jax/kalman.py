"""Kalman's filter of a noisy track in the plane: small matrices, step by step."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(positions, dt=1.0, q=0.01, r=0.25):
    move = jnp.eye(4) + dt * jnp.eye(4, k=2)
    see = jnp.eye(2, 4)

    def step(carry, position):
        state, spread = carry
        state = move @ state
        spread = move @ spread @ move.T + q * jnp.eye(4)
        seen = see @ spread @ see.T + r * jnp.eye(2)
        gain = jnp.linalg.solve(seen, see @ spread).T
        state = state + gain @ (position - see @ state)
        spread = (jnp.eye(4) - gain @ see) @ spread
        return (state, spread), state

    start = jnp.zeros(4), 10.0 * jnp.eye(4)
    (_, spread), states = jax.lax.scan(step, start, positions)
    return states, spread
