"""A checksum of a message of bytes, bit by bit and by a table: loops over scalars."""

from tests.programs.crc16 import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 1000, "L": 20_000}
