"""Prices of European options, with a rational approximation of the error function."""

import numpy as np

SIZE = 50
TOLERANCE = 1e-13  # exp and log, within some units of the last place


def arguments(rng, size):
    price = rng.uniform(10.0, 50.0, size)
    strike = rng.uniform(10.0, 50.0, size)
    return price, strike, rng.uniform(1.0, 2.0, size), 0.1, 0.2


def normal_cdf(x):
    """Abramowitz and Stegun 26.2.17."""
    k = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    coefficients = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530]
    poly = np.zeros_like(k)
    for coefficient in coefficients:
        poly = (poly + coefficient) * k
    tail = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi) * poly
    return np.where(x >= 0, 1.0 - tail, tail)


def program(price, strike, years, rate, volatility):
    scale = volatility * np.sqrt(years)
    d1 = (np.log(price / strike) + (rate + 0.5 * volatility**2) * years) / scale
    d2 = d1 - scale
    discounted = strike * np.exp(-rate * years)
    call = price * normal_cdf(d1) - discounted * normal_cdf(d2)
    put = call - price + discounted
    return call, put
