"""Kalman's filter of a noisy track in the plane: small matrices, step by step."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 300, "L": 5000}


def arguments(rng, size):
    track = np.cumsum(rng.normal(0.5, 0.1, (size, 2)), axis=0)
    return (track + rng.normal(0.0, 0.5, track.shape),)


def program(positions, dt=1.0, q=0.01, r=0.25):
    move = np.eye(4) + dt * np.eye(4, k=2)
    see = np.eye(2, 4)
    state, spread = np.zeros(4), 10.0 * np.eye(4)
    states = []
    for position in positions:
        state = move @ state
        spread = move @ spread @ move.T + q * np.eye(4)
        seen = see @ spread @ see.T + r * np.eye(2)
        gain = spread @ see.T @ np.linalg.inv(seen)
        state = state + gain @ (position - see @ state)
        spread = (np.eye(4) - gain @ see) @ spread
        states.append(state)
    return np.array(states), spread
