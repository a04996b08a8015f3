"""A filtered signal's spectrum over time: windowed frames, each transformed."""

from tests.programs.stft import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 1000, "M": 100_000, "L": 1_000_000}
