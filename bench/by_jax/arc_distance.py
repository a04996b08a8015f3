"""Distances on a sphere, pairwise, and the nearest point of each."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(theta_1, phi_1, theta_2, phi_2):
    dtheta = theta_2 - theta_1[:, None]
    dphi = phi_2 - phi_1[:, None]
    cosines = jnp.cos(theta_1)[:, None] * jnp.cos(theta_2)
    chord = jnp.sin(dtheta / 2) ** 2 + cosines * jnp.sin(dphi / 2) ** 2
    distance = 2 * jnp.arctan2(jnp.sqrt(chord), jnp.sqrt(1 - chord))
    nearest = distance.argmin(axis=1)
    return distance, nearest, distance.min(axis=1, keepdims=True)
