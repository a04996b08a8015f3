"""An extended Kalman filter for radar tracks, and its smoother backwards in time."""

from dataclasses import dataclass, field

import numpy as np

SIZE = 5
TOLERANCE = 1e-12  # systems of equations by another algorithm, step after step


def arguments(rng, size):
    path = np.array([3.0, 4.0]) + np.cumsum(rng.normal(0.5, 0.05, (size, 2)), axis=0)
    radar = np.stack([np.hypot(*path.T), np.arctan2(path[:, 1], path[:, 0])], axis=1)
    return Filter(np.array([3.0, 4.0, 0.5, 0.5])), radar


@dataclass
class Filter:
    x: np.ndarray
    p: np.ndarray = field(default_factory=lambda: np.eye(4))
    dt: float = 1.0
    states: list = field(default_factory=list)

    def __post_init__(self):
        self.f = np.eye(4) + np.diag([self.dt] * 2, k=2)
        self.q = 0.01 * np.diag([0.25, 0.25, 1.0, 1.0])
        self.r = np.diag([0.1, 0.01])

    def measured(self):
        px, py = self.x[:2]
        return np.array([np.sqrt(px**2 + py**2), np.arctan2(py, px)])

    def jacobian(self):
        px, py, _, _ = self.x
        square = px**2 + py**2
        distance = np.sqrt(square)
        return np.array(
            [
                [px / distance, py / distance, 0.0, 0.0],
                [-py / square, px / square, 0.0, 0.0],
            ]
        )

    def predict(self):
        self.x = self.f @ self.x
        self.p = self.f @ self.p @ self.f.T + self.q
        return self.x, self.p

    def update(self, z):
        h = self.jacobian()
        innovation = z - self.measured()
        innovation[1] = (innovation[1] + np.pi) % (2 * np.pi) - np.pi
        s = h @ self.p @ h.T + self.r
        gain = np.linalg.solve(s, h @ self.p).T
        self.x = self.x + gain @ innovation
        self.p = (np.eye(4) - gain @ h) @ self.p

    def run(self, measurements):
        for z in measurements:
            predicted = self.predict()
            self.update(z)
            self.states.append((*predicted, self.x, self.p))
        return self

    def smooth(self):
        x = self.states[-1][2]
        smoothed = [x]
        for now, after in zip(self.states[-2::-1], self.states[:0:-1], strict=True):
            gain = now[3] @ self.f.T @ np.linalg.inv(after[1])
            x = now[2] + gain @ (x - after[0])
            smoothed.insert(0, x)
        return np.array(smoothed)


def program(kalman, measurements):
    track = kalman.run(measurements).smooth()
    return track, kalman.x, np.trace(kalman.p)
