"""A recurrent layer with gates over a batch of sequences."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 8, "M": 128, "L": 512}


def arguments(rng, size):
    x = rng.normal(size=(20, 32, size))
    into, back = rng.normal(0.0, size**-0.5, (2, size, 4 * size))
    return x, into, back, np.zeros(4 * size)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def program(x, into, back, bias):
    width = back.shape[0]
    hidden = cell = np.zeros((x.shape[1], width))
    states = np.empty((*x.shape[:2], width))
    for t in range(len(x)):
        gates = x[t] @ into + hidden @ back + bias
        keep, write, show = (
            sigmoid(gates[:, k * width : (k + 1) * width]) for k in range(3)
        )
        cell = keep * cell + write * np.tanh(gates[:, 3 * width :])
        hidden = show * np.tanh(cell)
        states[t] = hidden
    return states, cell
