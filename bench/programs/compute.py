"""Clipped integers, scaled and shifted."""

from tests.programs.compute import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1500, "L": 8000}
