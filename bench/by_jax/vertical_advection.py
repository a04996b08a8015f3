"""A tridiagonal system in each column of the air."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(u, u_pos, wind, tendency, dtr):
    gradient = 0.25 * (wind + jnp.roll(wind, 1, axis=0))
    below = gradient.at[:, :, 0].set(0.0)
    above = jnp.roll(gradient, -1, axis=2).at[:, :, -1].set(0.0)
    down = jnp.concatenate([u[:, :, :1], u[:, :, :-1]], axis=2)
    up = jnp.concatenate([u[:, :, 1:], u[:, :, -1:]], axis=2)
    correction = below * (down - u) - above * (up - u)
    a, b, c = -0.5 * below, dtr + 0.5 * (below - above), 0.5 * above
    right = dtr * u_pos + tendency + 0.5 * correction

    def eliminate(before, level):
        a, b, c, right = level
        scale = 1.0 / (b - before[0] * a)
        after = c * scale, (right - before[1] * a) * scale
        return after, after

    def substitute(after, level):
        d = level[1] - level[0] * after
        return d, d

    levels = [jnp.moveaxis(x, 2, 0) for x in (a, b, c, right)]
    zero = jnp.zeros(u.shape[:2])
    _, (c, d) = jax.lax.scan(eliminate, (zero, zero), levels)
    _, d = jax.lax.scan(substitute, zero, (c, d), reverse=True)
    d = jnp.moveaxis(d, 0, 2)
    return d, dtr * (d - u_pos)
