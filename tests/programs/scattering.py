"""Self-energies of scattered electrons: sums of products of small matrices."""

import numpy as np

SIZE = 3
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    def random(*shape):
        return rng.random(shape) + 1j * rng.random(shape)

    atoms, energies, phonons, momenta, n = 2, size, 2, 2, 3
    neighbours = rng.integers(0, atoms, (atoms, 2))
    green = random(momenta, energies, atoms, n, n)
    hopping = random(atoms, 2, 2, n, n)
    displacement = random(momenta, phonons, atoms, 2, 2, 2)
    return neighbours, hopping, green, displacement


def program(neighbours, hopping, green, displacement):
    sigma = np.zeros_like(green)
    momenta, energies, atoms = green.shape[:3]
    phonons = displacement.shape[1]
    for k in range(momenta):
        for q in range(momenta):
            for w in range(min(phonons, energies)):
                for a in range(atoms):
                    for b, neighbour in enumerate(neighbours[a]):
                        for i in range(2):
                            weighted = np.tensordot(
                                displacement[q, w, a, b, i], hopping[a, b], axes=1
                            )
                            sigma[k, w:, a] += (
                                green[k - q, : energies - w, neighbour]
                                @ hopping[a, b, i]
                                @ weighted
                            )
    return sigma
