"""Logistic regression by some steps of gradient descent."""

from functools import partial

import jax


def loss_of(weights, x, labels):
    scores = x @ weights
    return (jax.nn.softplus(scores) - labels * scores).mean()


@partial(jax.jit, static_argnames="steps")
def by_jax(x, labels, weights, steps):
    def step(weights, _):
        loss, slope = jax.value_and_grad(loss_of)(weights, x, labels)
        return weights - 0.5 * slope, loss

    return jax.lax.scan(step, weights, length=steps)
