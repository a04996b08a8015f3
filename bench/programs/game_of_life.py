"""Conway's game on a torus."""

from npjit._demo.programs import game_of_life as program
from npjit._demo.programs import make_board as arguments

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1000, "L": 3000}
