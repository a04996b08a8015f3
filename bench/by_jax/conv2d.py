"""Convolution of a batch of images with some filters, pixel by pixel, and a bias."""

import jax

REWRITTEN = "one convolution in place of loops over pixels"


@jax.jit
def by_jax(images, weights, bias):
    kinds = "NHWC", "HWIO", "NHWC"
    return bias + jax.lax.conv_general_dilated(
        images, weights, (1, 1), "VALID", dimension_numbers=kinds
    )
