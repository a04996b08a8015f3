"""Agents that walk, meet and infect each other; a class attribute counts them."""

import numpy as np

SIZE = 15


def arguments(rng, size):
    return Population(rng, size), 4


class Population:
    SUSCEPTIBLE, INFECTED, RECOVERED = range(3)

    def __init__(self, rng, size):
        self.rng = rng
        self.place = rng.random((size, 2))
        self.state = np.full(size, self.SUSCEPTIBLE, dtype=np.int8)
        self.state[:3] = self.INFECTED
        self.ill_for = np.zeros(size, dtype=np.int64)

    def __len__(self):
        return len(self.state)

    def walk(self):
        self.place += self.rng.normal(scale=0.05, size=self.place.shape)
        self.place %= 1.0

    def meet(self, reach=0.3, chance=0.5):
        ill = np.flatnonzero(self.state == self.INFECTED)
        offset = np.abs(self.place[:, None] - self.place[ill])
        offset = np.minimum(offset, 1.0 - offset)
        near = ((offset**2).sum(axis=2) < reach**2).any(axis=1)
        caught = near & (self.rng.random(len(self)) < chance)
        self.state[caught & (self.state == self.SUSCEPTIBLE)] = self.INFECTED

    def recover(self, days=2):
        ill = self.state == self.INFECTED
        self.ill_for[ill] += 1
        self.state[ill & (self.ill_for > days)] = self.RECOVERED

    def counts(self):
        return np.bincount(self.state, minlength=3)


def program(population, days):
    curve = []
    for _ in range(days):
        population.walk()
        population.meet()
        population.recover()
        curve.append(population.counts())
    return np.array(curve)
