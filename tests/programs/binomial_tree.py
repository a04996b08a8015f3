"""An American put on a tree of prices, rolled back from its end."""

import numpy as np

SIZE = 8
TOLERANCE = 1e-13  # exp and powers, within some units of the last place


def arguments(rng, size):
    return 100.0, rng.uniform(80.0, 120.0, 3), 0.05, 0.2, 1.0, size


def program(spot, strikes, rate, volatility, years, steps):
    dt = years / steps
    up = np.exp(volatility * np.sqrt(dt))
    chance = (np.exp(rate * dt) - 1 / up) / (up - 1 / up)
    discount = np.exp(-rate * dt)
    prices = spot * up ** np.arange(-steps, steps + 1, 2, dtype=float)
    values = np.maximum(strikes[:, None] - prices, 0.0)
    for step in range(steps - 1, -1, -1):
        held = discount * (chance * values[:, 1:] + (1 - chance) * values[:, :-1])
        prices = prices[:-1] * up
        values = np.maximum(held, strikes[:, None] - prices)
        assert values.shape == (len(strikes), step + 1)
    return values.squeeze()
