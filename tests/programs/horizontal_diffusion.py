"""Fourth-order horizontal diffusion of a field, with limited fluxes."""

import numpy as np

SIZE = 8


def arguments(rng, size):
    shape = size, size + 1, 3
    return rng.random(shape), 0.1 * rng.random((size - 4, size - 3, 3))


def program(field, coefficient):
    laplacian = 4.0 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    across = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    flux_x = np.where(across * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, across)
    down = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    flux_y = np.where(down * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, down)
    inner = field[2:-2, 2:-2]
    inner -= coefficient * (flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1])
    return inner
