"""Finite volumes in one dimension; equations and fluxes by inheritance."""

import numpy as np

SIZE = 12
TOLERANCE = 1e-13  # sums of the diagnostics, in another order


def arguments(rng, size):
    u = np.sin(np.linspace(0.0, 6.0, size)) + 0.1 * rng.random(size)
    gas = np.stack([1.0 + 0.5 * rng.random(size), 0.1 * rng.random(size)])
    return Burgers(u), Limited(u.copy()), IsothermalGas(gas), 3


class ConservationLaw:
    def __init__(self, state):
        self.state = state
        self.dx = 1.0 / state.shape[-1]
        self.time = 0.0

    def flux(self, u):
        raise NotImplementedError

    def speed(self, u):
        raise NotImplementedError

    def faces(self):
        return self.state, np.roll(self.state, -1, axis=-1)

    def numerical_flux(self):
        """Rusanov's."""
        left, right = self.faces()
        fastest = np.maximum(self.speed(left), self.speed(right))
        middle = 0.5 * (self.flux(left) + self.flux(right))
        return middle - 0.5 * fastest * (right - left)

    def step(self):
        dt = 0.4 * self.dx / self.speed(self.state).max()
        flux = self.numerical_flux()
        self.state -= dt / self.dx * (flux - np.roll(flux, 1, axis=-1))
        self.time += dt


class Burgers(ConservationLaw):
    def flux(self, u):
        return 0.5 * u * u

    def speed(self, u):
        return np.abs(u)


class Limited(Burgers):
    """Of second order where the solution is smooth."""

    def __init__(self, state):
        super().__init__(state)
        self.limited = 0

    def faces(self):
        left, right = super().faces()
        before, after = self.state - np.roll(self.state, 1), right - self.state
        slope = np.where(np.abs(before) < np.abs(after), before, after)
        slope[before * after <= 0] = 0.0
        self.limited += np.count_nonzero(slope == 0)
        return left + 0.5 * slope, right - 0.5 * np.roll(slope, -1)


class IsothermalGas(ConservationLaw):
    sound = 1.0

    def flux(self, u):
        density, momentum = u
        velocity = momentum / density
        return np.array([momentum, momentum * velocity + self.sound**2 * density])

    def speed(self, u):
        return np.abs(u[1] / u[0]) + self.sound


def program(*equations_and_steps):
    *equations, steps = equations_and_steps
    totals = []
    for equation in equations:
        for _ in range(steps):
            equation.step()
        totals.append(equation.state.sum(axis=-1) * equation.dx)
    return totals, [e.time for e in equations]
