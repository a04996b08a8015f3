"""Flow in a box whose lid moves."""

from tests.programs.cavity_flow import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 40, "M": 300, "L": 1000}


def observed(args, result):
    return args[:3]
