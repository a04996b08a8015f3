"""Levinson and Durbin's recursion for a symmetric Toeplitz system."""

from tests.programs.durbin import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 500, "L": 4000}
