"""Prices of European options."""

from tests.programs.black_scholes import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 10_000, "M": 500_000, "L": 5_000_000}
