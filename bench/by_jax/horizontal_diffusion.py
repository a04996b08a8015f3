"""Fourth-order horizontal diffusion of a field, with limited fluxes."""

import jax
import jax.numpy as jnp


def limited(flux, difference):
    return jnp.where(flux * difference > 0, 0.0, flux)


@jax.jit
def by_jax(field, coefficient):
    laplacian = 4.0 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    x = limited(
        laplacian[1:, 1:-1] - laplacian[:-1, 1:-1],
        field[2:-1, 2:-2] - field[1:-2, 2:-2],
    )
    y = limited(
        laplacian[1:-1, 1:] - laplacian[1:-1, :-1],
        field[2:-2, 2:-1] - field[2:-2, 1:-2],
    )
    return field[2:-2, 2:-2] - coefficient * (x[1:] - x[:-1] + y[:, 1:] - y[:, :-1])
