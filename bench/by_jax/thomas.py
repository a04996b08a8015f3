"""Many tridiagonal systems at once: elimination and substitution along one axis."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(a, b, c, d):
    def eliminate(above, row):
        a, b, c, d = row
        pivot = b - a * above[0]
        after = c / pivot, (d - a * above[1]) / pivot
        return after, after

    def substitute(below, row):
        x = row[1] - row[0] * below
        return x, x

    zero = jnp.zeros_like(d[0])
    _, rows = jax.lax.scan(eliminate, (zero, zero), (a.at[0].set(0.0), b, c, d))
    return jax.lax.scan(substitute, zero, rows, reverse=True)[1]
