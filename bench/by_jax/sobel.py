"""Edges of a grey image: Sobel's operator, a threshold, and the thinning of lines."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(image, threshold):
    grey = jnp.pad(image, 1, mode="edge").astype(jnp.int32)
    smooth_rows = grey[:-2] + 2 * grey[1:-1] + grey[2:]
    smooth_columns = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]
    gx = smooth_rows[:, 2:] - smooth_rows[:, :-2]
    gy = smooth_columns[2:] - smooth_columns[:-2]
    size = jnp.sqrt((gx * gx + gy * gy).astype(jnp.float64))
    inner = size[1:-1, 1:-1]
    thin = jnp.where(
        (jnp.abs(gx) > jnp.abs(gy))[1:-1, 1:-1],
        (inner >= size[1:-1, :-2]) & (inner > size[1:-1, 2:]),
        (inner >= size[:-2, 1:-1]) & (inner > size[2:, 1:-1]),
    )
    thin = jnp.pad(thin, 1)
    image = jnp.where(~thin | (size < threshold), 0, image).astype(image.dtype)
    return image, size.clip(0, 255).astype(jnp.uint8), thin.sum()
