"""Histogram equalization of a grey image, and its edges."""

from npjit._demo.programs import equalize as program
from npjit._demo.programs import make_image as arguments

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1500, "L": 5000}
