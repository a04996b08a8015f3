"""Convolution of a batch of images with some filters, pixel by pixel, and a bias."""

from tests.programs.conv2d import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 6, "M": 40, "L": 150}
