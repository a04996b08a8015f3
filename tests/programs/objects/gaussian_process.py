"""A Gaussian process regressor with kernels that can be added and multiplied."""

import numpy as np

SIZE = 8
TOLERANCE = 1e-11  # a system of equations times its condition number


def arguments(rng, size):
    x = np.sort(rng.uniform(0.0, 4.0, size))[:, None]
    y = np.sin(x[:, 0]) + 0.05 * rng.normal(size=size)
    kernel = RBF(1.0) * Constant(2.0) + White(0.05)
    return GaussianProcess(kernel), x, y, np.linspace(0.0, 4.0, 5)[:, None]


class Kernel:
    def __add__(self, other):
        return Combined(np.add, self, other)

    def __mul__(self, other):
        return Combined(np.multiply, self, other)


class Combined(Kernel):
    def __init__(self, operation, left, right):
        self.operation, self.left, self.right = operation, left, right

    def __call__(self, a, b=None):
        return self.operation(self.left(a, b), self.right(a, b))


class RBF(Kernel):
    def __init__(self, length):
        self.length = length

    def __call__(self, a, b=None):
        b = a if b is None else b
        square = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        return np.exp(-0.5 * np.maximum(square, 0.0) / self.length**2)


class Constant(Kernel):
    def __init__(self, value):
        self.value = value

    def __call__(self, a, b=None):
        return np.full((len(a), len(a if b is None else b)), self.value)


class White(Kernel):
    def __init__(self, level):
        self.level = level

    def __call__(self, a, b=None):
        return self.level * np.eye(len(a)) if b is None else np.zeros((len(a), len(b)))


class GaussianProcess:
    def __init__(self, kernel):
        self.kernel = kernel

    def fit(self, x, y):
        self.x, self.mean = x, y.mean()
        self.l = np.linalg.cholesky(self.kernel(x))
        half = np.linalg.solve(self.l, y - self.mean)
        self.alpha = np.linalg.solve(self.l.T, half)
        logs = np.log(np.diag(self.l)).sum()
        self.likelihood = -0.5 * half @ half - logs - 0.5 * len(y) * np.log(2 * np.pi)
        return self

    def predict(self, x, return_std=False):
        k = self.kernel(x, self.x)
        mean = k @ self.alpha + self.mean
        if not return_std:
            return mean
        v = np.linalg.solve(self.l, k.T)
        variance = np.diag(self.kernel(x)) - np.einsum("ij,ij->j", v, v)
        return mean, np.sqrt(variance.clip(min=0.0))


def program(process, x, y, new):
    mean, std = process.fit(x, y).predict(new, return_std=True)
    return mean, std, process.likelihood, process.predict(x[:2])
