"""Iterations that points of the complex plane stay near the origin."""

from npjit._demo.programs import make_complex_plane as arguments
from npjit._demo.programs import mandelbrot as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 60, "M": 600, "L": 1500}
