"""Korteweg and de Vries' equation by Fourier modes and an integrating factor."""

from tests.programs.spectral_kdv import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 64, "M": 4096, "L": 65_536}


def observed(args, result):
    return args[0], result
