"""Polynomials in NumPy's older form, and evaluation in the newer one."""

import numpy as np
from numpy.polynomial import polynomial

from npjit._chapters.registry import host_only
from npjit.errors import Reason

__all__: list[str] = []

host_only(
    np.poly,
    np.polyadd,
    np.polyder,
    np.polydiv,
    np.polyfit,
    np.polyint,
    np.polymul,
    np.polysub,
    np.polyval,
    np.roots,
    polynomial.polyval2d,
    polynomial.polygrid2d,
    reason=Reason.NO_LOWERING,
)
