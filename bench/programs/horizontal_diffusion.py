"""Fourth-order horizontal diffusion of a field, with limited fluxes."""

from tests.programs.horizontal_diffusion import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 40, "M": 300, "L": 1500}
