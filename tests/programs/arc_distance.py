"""Distances on a sphere, pairwise, and the nearest point of each."""

import numpy as np

SIZE = 12
TOLERANCE = 1e-13  # sin, cos and arctan2, of differences


def arguments(rng, size):
    theta = rng.uniform(0.1, 1.5, (2, size))
    phi = rng.uniform(-3.0, 3.0, (2, size))
    return theta[0], phi[0], theta[1], phi[1]


def program(theta_1, phi_1, theta_2, phi_2):
    dtheta = theta_2 - theta_1[:, np.newaxis]
    dphi = phi_2 - phi_1[:, np.newaxis]
    cosines = np.cos(theta_1)[:, np.newaxis] * np.cos(theta_2)
    chord = np.sin(dtheta / 2) ** 2 + cosines * np.sin(dphi / 2) ** 2
    distance = 2 * np.arctan2(np.sqrt(chord), np.sqrt(1 - chord))
    nearest = distance.argmin(axis=1)
    return distance, nearest, np.take_along_axis(distance, nearest[:, None], axis=1)
