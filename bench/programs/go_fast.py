"""The trace of a matrix through tanh, element by element, added to all of it."""

from tests.programs.go_fast import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 2000, "L": 8000}
