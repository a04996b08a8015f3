"""Prices of European options."""

import jax
import jax.numpy as jnp

COEFFICIENTS = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530]


def normal_cdf(x):
    k = 1.0 / (1.0 + 0.2316419 * jnp.abs(x))
    poly = jnp.polyval(jnp.array([*COEFFICIENTS, 0.0]), k)
    tail = jnp.exp(-0.5 * x * x) / jnp.sqrt(2 * jnp.pi) * poly
    return jnp.where(x >= 0, 1.0 - tail, tail)


@jax.jit
def by_jax(price, strike, years, rate, volatility):
    scale = volatility * jnp.sqrt(years)
    d1 = (jnp.log(price / strike) + (rate + 0.5 * volatility**2) * years) / scale
    discounted = strike * jnp.exp(-rate * years)
    call = price * normal_cdf(d1) - discounted * normal_cdf(d1 - scale)
    return call, call - price + discounted
