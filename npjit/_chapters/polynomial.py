"""Polynomials: their values on XLA, their coefficients, which are few, in NumPy."""

import numpy as np
from numpy.polynomial import (
    chebyshev,
    hermite,
    hermite_e,
    laguerre,
    legendre,
    polynomial,
    polyutils,
)
from numpy.polynomial._polybase import ABCPolyBase

from npjit._chapters.registry import composed, host_only
from npjit.errors import Reason

__all__: list[str] = []

composed(np.polyadd, np.polysub, np.polyval, np.polyder, np.polyint, np.polyfit)
composed(
    np.poly1d.__call__,
    vars(np.poly1d)["coeffs"].fget,
    vars(np.poly1d)["_coeffs"].fget,
    ABCPolyBase.__call__,
    polyutils.mapdomain,
    polyutils.mapparms,
    polynomial.polyval,
    chebyshev.chebval,
    hermite.hermval,
    hermite_e.hermeval,
    laguerre.lagval,
    legendre.legval,
)
# Zeros among the coefficients are left out.
host_only(np.polydiv, np.polymul, np.roots, reason=Reason.DATA_DEPENDENT_SHAPE)
host_only(
    np.poly,
    polynomial.polyval2d,
    polynomial.polygrid2d,
    reason=Reason.NO_LOWERING,
)
if hasattr(polynomial, "polyvalnd"):  # since NumPy 2.5
    host_only(polynomial.polyvalnd, reason=Reason.NO_LOWERING)
