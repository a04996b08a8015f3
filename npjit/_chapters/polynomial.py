"""Polynomials in NumPy's older form, and evaluation in the newer one."""

import numpy as np
from numpy.polynomial import polynomial

from npjit._chapters.registry import composed, host_only
from npjit.errors import Reason

__all__: list[str] = []

composed(np.polyadd, np.polysub, np.polyval, np.polyder, np.polyint)
host_only(
    np.poly,
    np.polydiv,
    np.polyfit,
    np.polymul,
    np.roots,
    polynomial.polyval2d,
    polynomial.polygrid2d,
    reason=Reason.NO_LOWERING,
)
if hasattr(polynomial, "polyvalnd"):  # since NumPy 2.5
    host_only(polynomial.polyvalnd, reason=Reason.NO_LOWERING)
