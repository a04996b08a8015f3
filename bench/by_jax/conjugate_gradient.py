"""A symmetric system by conjugate gradients, until the residual is small."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(a, b, tolerance=1e-8):
    def step(state):
        x, residual, direction, square, steps = state
        image = a @ direction
        alpha = square / (direction @ image)
        x += alpha * direction
        residual -= alpha * image
        new = residual @ residual
        direction = residual + new / square * direction
        return x, residual, direction, new, steps + 1

    def goes_on(state):
        return jnp.sqrt(state[3]) > tolerance

    start = jnp.zeros_like(b), b, b, b @ b, 0
    x, *_, steps = jax.lax.while_loop(goes_on, step, start)
    return x, steps
