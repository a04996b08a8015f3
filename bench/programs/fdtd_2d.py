"""Maxwell's equations in the plane on a staggered grid."""

from tests.programs.fdtd_2d import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 800, "L": 2500}
