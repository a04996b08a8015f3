"""Wiener's adaptive filter: local mean and variance by running sums."""

from tests.programs.wiener import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 600, "L": 3000}
