"""Linear algebra: products, and decompositions, which are computed at once."""

import numpy as np
from numpy.linalg import _umath_linalg as IN_C

from npjit._chapters.registry import Kind, composed, host_only, lowered
from npjit.errors import Reason

__all__ = ["GUFUNCS", "IN_C"]

#: Products that NumPy makes as generalized ufuncs.
GUFUNCS = (np.matmul, np.vecdot, np.matvec, np.vecmat)


def _plain_gufunc(args, kwargs):
    return None if set(kwargs) <= {"dtype", "casting"} else Reason.PARAMETER


def _einsum_bind(*operands, out=None, optimize=False, **kwargs):
    given = dict(kwargs) if out is None else {**kwargs, "out": out}
    if optimize is not False:
        given["optimize"] = optimize
    return operands, given


def _einsum_unless(args, kwargs):
    if len(args) == 2 and type(args[0]) is str and _is_view(args[0]):
        return Reason.LAYOUT
    if any(getattr(a, "dtype", None) == np.float16 for a in args):
        return Reason.INEXACT  # some of NumPy's loops add in float16: 2048 + 1 is 2048
    # The form einsum(a, [0, 1], ...) names axes by lists; only text is lowered.
    plain = isinstance(args[0], str) and set(kwargs) <= {"optimize"}
    return None if plain else Reason.PARAMETER


_NO_LABEL = str.maketrans("", "", " .")


def _is_view(subscripts: str) -> bool:
    """Whether NumPy answers with a view: of one operand, no label is summed over."""
    taken, arrow, made = subscripts.translate(_NO_LABEL).partition("->")
    return set(taken) == set(made) if arrow else len(set(taken)) == len(taken)


def _cross_unless(args, kwargs):
    # Vectors of two numbers are deprecated.
    return Reason.PARAMETER if any(map(_holds_two, args)) else None


def _holds_two(a) -> bool:
    return 2 in getattr(a, "shape", (2,))


def _svd_unless(args, kwargs):
    if "hermitian" in kwargs:  # eigenvalues
        return Reason.PARAMETER
    return Reason.INEXACT if kwargs.get("compute_uv", True) else None


lowered(*GUFUNCS, data=("x1", "x2"), unless=_plain_gufunc)
lowered(np.dot, np.vdot, np.inner, data=("a", "b"))
lowered(np.outer, data=("a", "b"), exact_dims=True)
lowered(np.tensordot, data=("a", "b"))
lowered(np.linalg.matmul, np.linalg.vecdot, np.linalg.outer, data=("x1", "x2"))
lowered(np.linalg.tensordot, data=("x1", "x2"))
lowered(np.trace, np.linalg.trace)
lowered(np.cross, data=("a", "b"), exact_dims=True, unless=_cross_unless)
lowered(np.linalg.cross, data=("x1", "x2"), exact_dims=True)
lowered(
    np.einsum,
    kind=Kind.FUNCTION,
    data=("operands",),
    bind=_einsum_bind,
    unless=_einsum_unless,
)
# Of singular matrices rounding decides whether a determinant is zero, and its sign.
lowered(np.linalg.det, np.linalg.slogdet, can_fail=True)
lowered(np.linalg.cholesky, np.linalg.inv, np.linalg.svdvals, can_fail=True)
lowered(np.linalg.solve, data=("a", "b"), can_fail=True)
lowered(np.linalg.svd, can_fail=True, unless=_svd_unless)
# What np.linalg.cond calls in their place; these make NaN and do not raise.
lowered(IN_C.inv, data=("x",), can_fail=True, name="np.linalg._umath_linalg.inv")
lowered(IN_C.svd, data=("x",), can_fail=True, name="np.linalg._umath_linalg.svd")
# Two builds of LAPACK give vectors of other signs, also where nothing but the sign is
# open, and of a null space or equal eigenvalues altogether others.
host_only(np.linalg.eigh, np.linalg.qr, reason=Reason.INEXACT)
host_only(np.linalg.eigvalsh, reason=Reason.SLOWER)  # JAX computes the vectors too
# The values tell whether the results are complex; whether there are residuals.
host_only(np.linalg.eig, np.linalg.eigvals, reason=Reason.CAN_FAIL)
host_only(np.linalg.lstsq, reason=Reason.CAN_FAIL)
composed(
    np.linalg.cond,
    np.linalg.matrix_norm,
    np.linalg.matrix_power,
    np.linalg.matrix_rank,
    np.linalg.multi_dot,
    np.linalg.norm,
    np.linalg.pinv,
    np.linalg.tensorinv,
    np.linalg.tensorsolve,
    np.linalg.vector_norm,
    np.kron,
)
host_only(np.einsum_path, reason=Reason.METADATA)
