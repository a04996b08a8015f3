"""Self-attention with several heads and a causal mask."""

from tests.programs.attention import arguments, program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 32, "M": 400, "L": 1200}
