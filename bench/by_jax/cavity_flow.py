"""Flow in a box whose lid moves."""

import jax
import jax.numpy as jnp

DT, VISCOSITY = 1e-3, 0.1


def around(a):
    return a[1:-1, 2:] + a[1:-1, :-2] + a[2:, 1:-1] + a[:-2, 1:-1]


def across(a):
    return a[1:-1, 2:] - a[1:-1, :-2]


def down(a):
    return a[2:, 1:-1] - a[:-2, 1:-1]


def relaxed(p, source, d):
    def sweep(_, p):
        p = p.at[1:-1, 1:-1].set(around(p) / 4 - d * d / 4 * source)
        p = p.at[:, -1].set(p[:, -2])
        p = p.at[:, 0].set(p[:, 1])
        return p.at[0].set(p[1]).at[-1].set(0.0)

    return jax.lax.fori_loop(0, 4, sweep, p)


def moved(w, u, v, slope, d):
    inner = w[1:-1, 1:-1]
    new = (
        inner
        - u[1:-1, 1:-1] * DT / d * (inner - w[1:-1, :-2])
        - v[1:-1, 1:-1] * DT / d * (inner - w[:-2, 1:-1])
        - DT / (2 * d) * slope
        + VISCOSITY * DT / d**2 * (around(w) - 4 * inner)
    )
    return jnp.pad(new, 1)


@jax.jit
def by_jax(u, v, p, steps):
    d = 2.0 / (len(u) - 1)

    def step(_, state):
        u, v, p = state
        ux, vy = across(u) / (2 * d), down(v) / (2 * d)
        shear = down(u) / (2 * d) * (across(v) / (2 * d))
        p = relaxed(p, (ux + vy) / DT - ux * ux - 2 * shear - vy * vy, d)
        new_u, new_v = moved(u, u, v, across(p), d), moved(v, u, v, down(p), d)
        return new_u.at[-1].set(1.0), new_v, p

    return jax.lax.fori_loop(0, steps, step, (u, v, p))
