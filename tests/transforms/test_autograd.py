"""Programs of the kind that HIPS autograd is for: the same gradients, from plain NumPy.

Each takes the NumPy module that it computes with as its first argument.
"""

import functools
import math

import numpy as np
import pytest

import npjit

pytest.importorskip("autograd", reason="compares with HIPS autograd")
import autograd
import autograd.numpy

_rng = np.random.default_rng(11)
X = _rng.normal(size=(20, 4))
LABELS = (X @ [1.0, -2.0, 0.5, 0.0] > 0.1).astype(float)
POINTS = np.linspace(-2, 2, 15)


def logistic_regression(np, w):
    odds = np.dot(X, w[:4]) + w[4]
    chances = 0.5 * (np.tanh(odds / 2) + 1)
    right = chances * LABELS + (1 - chances) * (1 - LABELS)
    return -np.sum(np.log(right)) + 0.01 * np.sum(w**2)


def two_layers(np, w):
    first, second = np.reshape(w[:20], (4, 5)), np.reshape(w[20:30], (5, 2))
    scores = np.dot(np.tanh(np.dot(X, first) + 0.1), second)
    top = np.max(scores, axis=1, keepdims=True)
    logs = scores - top - np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
    return -np.mean(logs[:, 0] * LABELS + logs[:, 1] * (1 - LABELS))


def recurrent(np, w):
    inner, outer = np.reshape(w[:9], (3, 3)), w[9:12]
    state, loss = np.zeros(3), 0.0
    for value in POINTS:
        state = np.tanh(np.dot(inner, state) + value * w[12:15])
        loss = loss + (np.dot(outer, state) - np.sin(value)) ** 2
    return loss / len(POINTS)


def mixture(np, w):
    shares, means, widths = w[:3], w[3:6], np.exp(w[6:9])
    shares = shares - np.log(np.sum(np.exp(shares)))
    scaled = (POINTS[:, None] - means) / widths
    logs = shares - 0.5 * scaled**2 - np.log(widths) - 0.5 * np.log(2 * np.pi)
    top = np.max(logs, axis=1)
    return np.sum(top + np.log(np.sum(np.exp(logs - top[:, None]), axis=1)))


def gaussian_process(np, w):
    scale, length, noise = np.exp(w[0]), np.exp(w[1]), np.exp(w[2])
    apart = (POINTS[:, None] - POINTS[None, :]) / length
    covariance = scale * np.exp(-0.5 * apart**2) + noise * np.eye(len(POINTS))
    values = np.cos(POINTS)
    _, logdet = np.linalg.slogdet(covariance)
    return -0.5 * np.dot(values, np.linalg.solve(covariance, values)) - 0.5 * logdet


def by_cholesky(np, w):
    apart = (POINTS[:, None] - POINTS[None, :]) * w[0]
    covariance = np.exp(-(apart**2)) + np.exp(w[1]) * np.eye(len(POINTS))
    factor = np.linalg.cholesky(covariance)
    white = np.linalg.solve(factor, np.sin(POINTS) - w[2])
    return np.sum(white**2) + 2 * np.sum(np.log(np.diag(factor)))


def fluid(np, w):
    u, v = np.reshape(w[:36], (6, 6)), np.reshape(w[36:72], (6, 6))
    smoke = np.reshape(w[72:108], (6, 6))
    for _ in range(3):
        out = np.roll(u, 1, axis=0) - np.roll(u, -1, axis=0)
        out = out + np.roll(v, 1, axis=1) - np.roll(v, -1, axis=1)
        pressure = np.zeros((6, 6))
        for _ in range(4):
            pressure = 0.25 * (
                out
                + np.roll(pressure, 1, axis=0)
                + np.roll(pressure, -1, axis=0)
                + np.roll(pressure, 1, axis=1)
                + np.roll(pressure, -1, axis=1)
            )
        u = u - 0.5 * (np.roll(pressure, 1, axis=0) - np.roll(pressure, -1, axis=0))
        v = v - 0.5 * (np.roll(pressure, 1, axis=1) - np.roll(pressure, -1, axis=1))
        smoke = smoke - 0.1 * u * (smoke - np.roll(smoke, 1, axis=0))
    return np.mean((smoke - 1) ** 2)


def orbit(np, w):
    def slope(y):
        far = (y[0] ** 2 + y[1] ** 2) ** 1.5
        return np.array([y[2], y[3], -y[0] / far, -y[1] / far])

    y, h = w[:4], 0.1
    for _ in range(5):
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y**2)


def quadratic_in_complex_numbers(np, w):
    z = w[:4] + 1j * w[4:8]
    matrix = X[:4] @ X[:4].T + 1j * (X[4:8] - X[4:8].T)
    return np.real(np.dot(np.conj(z), np.dot(matrix, z))) + np.sum(np.abs(z - 1) ** 2)


def rosenbrock(np, w):
    return np.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)


def option_price(np, w):
    stock, strike, rate, spread, years = np.exp(w[:5])
    noise = spread * np.sqrt(years)
    ahead = (np.log(stock / strike) + (rate + spread**2 / 2) * years) / noise

    def normal(x):  # the logistic approximation of its distribution function
        return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    later = strike * np.exp(-rate * years) * normal(ahead - noise)
    return stock * normal(ahead) - later


def kalman_filter(np, w):
    drift, noise = np.array([[1.0, 0.1], [0.0, 1.0]]), np.exp(w[0]) * np.eye(2)
    state, spread, total = w[1:3], np.eye(2), 0.0
    for seen in np.sin(POINTS):
        state, spread = np.dot(drift, state), drift @ spread @ drift.T + noise
        size = spread[0, 0] + np.exp(w[3])
        gain = spread[:, 0] / size
        miss = seen - state[0]
        total = total - 0.5 * (miss**2 / size + np.log(2 * np.pi * size))
        state = state + gain * miss
        spread = spread - np.outer(gain, spread[0])
    return total


def springs(np, w):
    places, speeds = np.concatenate((np.zeros(1), w[:6])), np.zeros(7)
    for _ in range(10):
        pull = np.diff(places) - 1
        force = np.concatenate((np.zeros(1), pull[1:] - pull[:-1], -pull[-1:]))
        speeds = 0.99 * (speeds + 0.1 * force)
        places = places + 0.1 * speeds
    return np.sum(speeds**2) + np.sum(np.diff(places) ** 2)


def spectrum(np, w):
    power = np.abs(np.fft.fft(w[:16])) ** 2
    values = np.linalg.eigh(np.outer(w[:3], w[:3]) + np.diag(np.arange(3.0)))[0]
    return np.sum(np.log(1 + power)) + values[0] * values[2]


def sorted_and_chosen(np, w):
    ordered = np.sort(w[:8])
    kept = np.where(w[:8] > 0, w[:8] ** 2, -w[:8])
    return np.dot(ordered, np.arange(8.0)) + np.sum(np.cumsum(kept) / np.arange(1, 9.0))


PROGRAMS = [
    *(logistic_regression, two_layers, recurrent, mixture, gaussian_process),
    *(by_cholesky, fluid, orbit, quadratic_in_complex_numbers, rosenbrock),
    *(option_price, kalman_filter, springs, spectrum, sorted_and_chosen),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_gradients_are_those_of_autograd(program):
    weights = np.random.default_rng(2).normal(size=108) / 2
    value, expected = autograd.value_and_grad(
        functools.partial(program, autograd.numpy)
    )(weights)
    found, gradient = npjit.value_and_grad(lambda w: program(np, w))(weights)
    assert np.any(expected)
    np.testing.assert_allclose(found, value, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)
