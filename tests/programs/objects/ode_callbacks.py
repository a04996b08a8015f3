"""An integrator that chooses its steps, with callbacks that watch and may stop it."""

import numpy as np

SIZE = 4
TOLERANCE = 1e-12  # errors decide on the next step; the root of their mean is reordered


def arguments(rng, size):
    angles = rng.uniform(0.5, 1.0, size)
    return (np.concatenate([angles, np.zeros(size)]),)


class Integrator:
    """Bogacki and Shampine's pair of orders 2 and 3."""

    def __init__(self, slope, tolerance=1e-3, callbacks=()):
        self.slope = slope
        self.tolerance = tolerance
        self.callbacks = list(callbacks)
        self.rejected = 0

    def attempt(self, t, y, k1, h):
        k2 = self.slope(t + h / 2, y + h / 2 * k1)
        k3 = self.slope(t + 3 * h / 4, y + 3 * h / 4 * k2)
        new = y + h * (2 * k1 + 3 * k2 + 4 * k3) / 9
        k4 = self.slope(t + h, new)
        error = h * (-5 * k1 / 72 + k2 / 12 + k3 / 9 - k4 / 8)
        return new, k4, np.sqrt(np.mean(error**2))

    def run(self, y, t, end, h=0.1):
        k1 = self.slope(t, y)
        while t < end:
            h = min(h, end - t)
            new, k4, error = self.attempt(t, y, k1, h)
            if error <= self.tolerance:
                t, y, k1 = t + h, new, k4
                if any(callback(t, y) for callback in self.callbacks):
                    break
            else:
                self.rejected += 1
            h *= min(
                3.0, max(0.3, 0.9 * (self.tolerance / max(error, 1e-12)) ** (1 / 3))
            )
        return t, y


class Recorder:
    def __init__(self):
        self.times, self.states = [], []

    def __call__(self, t, y):
        self.times.append(t)
        self.states.append(y.copy())
        return False

    @property
    def trajectory(self):
        return np.column_stack([self.times, np.array(self.states)])


def pendulums(t, y):
    angle, speed = np.split(y, 2)
    return np.concatenate([speed, -np.sin(angle) - 0.1 * speed])


def program(start):
    recorder = Recorder()
    all_below = lambda t, y: bool((y[: len(y) // 2] < 0).all())  # noqa: E731
    integrator = Integrator(pendulums, callbacks=[recorder, all_below])
    t, y = integrator.run(start, 0.0, 4.0)
    return t, y, recorder.trajectory, integrator.rejected
