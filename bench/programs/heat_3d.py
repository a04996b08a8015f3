"""Heat flow in a box."""

from tests.programs.heat_3d import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 16, "M": 100, "L": 250}
