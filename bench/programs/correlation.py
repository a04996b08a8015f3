"""Correlation matrix of columns."""

from tests.programs.correlation import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 200, "L": 500}
