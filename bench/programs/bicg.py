"""The products in a step of biconjugate gradients, and ``A.T @ A @ x``."""

from tests.programs.bicg import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1500, "L": 5000}
