"""Azimuthal integration: the mean brightness in rings around a centre, by masks."""

from tests.programs.azimint import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 10_000, "M": 1_000_000, "L": 10_000_000}
