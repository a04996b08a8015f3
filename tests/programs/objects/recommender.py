"""A recommender: factors of users and items by alternating least squares."""

import numpy as np

SIZE = 5
TOLERANCE = 1e-11  # systems of equations by another algorithm, each from the last


def arguments(rng, size):
    ratings = rng.integers(1, 6, (size, size - 1)).astype(float)
    ratings[rng.random(ratings.shape) < 0.4] = 0.0
    ratings[:, 0], ratings[0] = 3.0, 4.0
    return Recommender(3, rng), ratings, 2


class Recommender:
    def __init__(self, rank, rng, penalty=0.1):
        self.rank, self.rng, self.penalty = rank, rng, penalty
        self.errors = []

    def fit(self, ratings, sweeps):
        self.ratings = ratings
        self.known = ratings > 0
        users, items = ratings.shape
        self.users = self.rng.random((users, self.rank))
        self.items = self.rng.random((items, self.rank))
        for _ in range(sweeps):
            self.solve(self.users, self.items, ratings, self.known)
            self.solve(self.items, self.users, ratings.T, self.known.T)
            self.errors.append(self.rmse())
        return self

    def solve(self, target, fixed, ratings, known):
        for i, mask in enumerate(known):
            factors = fixed[mask]
            gram = factors.T @ factors
            gram[np.diag_indices(self.rank)] += self.penalty * mask.sum()
            target[i] = np.linalg.solve(gram, factors.T @ ratings[i, mask])

    @property
    def scores(self):
        return self.users @ self.items.T

    def rmse(self):
        error = (self.scores - self.ratings)[self.known]
        return np.sqrt(np.mean(error**2))

    def recommend(self, user, count=2):
        scores = np.where(self.known[user], -np.inf, self.scores[user])
        best = np.argsort(-scores)[:count]
        return best[np.isfinite(scores[best])]


def program(recommender, ratings, sweeps):
    recommender.fit(ratings, sweeps)
    picks = [recommender.recommend(user).tolist() for user in range(len(ratings))]
    return recommender.errors, picks
