"""An Asian option by simulation; the draws are NumPy's in each variant."""

from npjit._demo.programs import make_generator as arguments
from npjit._demo.programs import option_price as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 2000, "M": 200_000, "L": 2_000_000}
