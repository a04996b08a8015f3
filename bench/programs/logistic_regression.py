"""Logistic regression by some steps of gradient descent, in place."""

import numpy as np

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 100, "M": 20_000, "L": 500_000}


def arguments(rng, size):
    x = rng.normal(size=(size, 20))
    labels = (x @ rng.normal(size=20) + rng.normal(size=size) > 0).astype(np.float64)
    return x, labels, np.zeros(20), 10


def program(x, labels, weights, steps, rate=0.5):
    losses = np.empty(steps)
    for i in range(steps):
        chance = 1.0 / (1.0 + np.exp(-(x @ weights)))
        sure = np.where(labels > 0, chance, 1.0 - chance)
        losses[i] = -np.log(np.clip(sure, 1e-12, None)).mean()
        weights -= rate * (x.T @ (chance - labels)) / len(labels)
    return losses


def observed(args, result):
    return args[2], result
