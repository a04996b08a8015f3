"""A function called for each row of a batch."""

import jax

REWRITTEN = "one softmax along an axis in place of a loop over rows"


@jax.jit
def by_jax(batch):
    return jax.nn.softmax(batch, axis=1)
