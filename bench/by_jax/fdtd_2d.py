"""Maxwell's equations in the plane on a staggered grid."""

import jax


@jax.jit
def by_jax(ex, ey, hz, source):
    def step(fields, value):
        ex, ey, hz = fields
        ey = ey.at[0].set(value)
        ey = ey.at[1:].add(-0.5 * (hz[1:] - hz[:-1]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        return (ex, ey, hz.at[:-1, :-1].add(-0.7 * curl)), None

    (ex, ey, hz), _ = jax.lax.scan(step, (ex, ey, hz), source)
    return {"ex": ex, "ey": ey, "hz": hz}
