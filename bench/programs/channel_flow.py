"""Flow through a periodic channel under a force, until it hardly changes."""

from tests.programs.channel_flow import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 20, "M": 300, "L": 1500}


def observed(args, result):
    return args[0], args[1], *result
