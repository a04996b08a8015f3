"""Distances on a sphere, pairwise, and the nearest point of each."""

from tests.programs.arc_distance import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 1000, "L": 3000}
