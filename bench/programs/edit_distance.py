"""Levenshtein's distance of two words, a row at a time by a running minimum."""

from tests.programs.edit_distance import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 1000, "L": 10_000}
