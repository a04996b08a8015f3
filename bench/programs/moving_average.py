"""Averages of a sliding window, and how far they fall from their maximum."""

from npjit._demo.programs import make_signal as arguments
from npjit._demo.programs import moving_average as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 10_000, "M": 1_000_000, "L": 10_000_000}
