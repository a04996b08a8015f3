"""Linear algebra: products here; decompositions, which can fail, run in NumPy."""

import numpy as np

from npjit._chapters.registry import Kind, composed, host_only, lowered
from npjit.errors import Reason

__all__ = ["GUFUNCS"]

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
    # The form einsum(a, [0, 1], ...) names axes by lists; only text is lowered.
    plain = isinstance(args[0], str) and set(kwargs) <= {"optimize"}
    return None if plain else Reason.PARAMETER


def _is_view(subscripts: str) -> bool:
    """Whether NumPy answers with a view: of one operand, no label is summed over."""
    taken, arrow, made = subscripts.replace(" ", "").partition("->")
    return set(taken) == set(made) if arrow else len(set(taken)) == len(taken)


lowered(*GUFUNCS, data=("x1", "x2"), unless=_plain_gufunc)
lowered(np.dot, np.vdot, np.inner, data=("a", "b"))
lowered(np.outer, data=("a", "b"), exact_dims=True)
lowered(np.tensordot, data=("a", "b"))
lowered(np.linalg.matmul, np.linalg.vecdot, np.linalg.outer, data=("x1", "x2"))
lowered(np.linalg.tensordot, data=("x1", "x2"))
lowered(np.trace, np.linalg.trace)
lowered(
    np.einsum,
    kind=Kind.FUNCTION,
    data=("operands",),
    bind=_einsum_bind,
    unless=_einsum_unless,
)
host_only(
    np.linalg.cholesky,
    np.linalg.cond,
    np.linalg.det,
    np.linalg.eig,
    np.linalg.eigh,
    np.linalg.eigvals,
    np.linalg.eigvalsh,
    np.linalg.inv,
    np.linalg.lstsq,
    np.linalg.matrix_rank,
    np.linalg.pinv,
    np.linalg.qr,
    np.linalg.slogdet,
    np.linalg.solve,
    np.linalg.svd,
    np.linalg.svdvals,
    np.linalg.tensorinv,
    np.linalg.tensorsolve,
    reason=Reason.CAN_FAIL,
)
composed(
    np.linalg.norm,
    np.linalg.matrix_norm,
    np.linalg.vector_norm,
    np.linalg.multi_dot,
    np.linalg.matrix_power,
)
host_only(np.kron, reason=Reason.NO_LOWERING)
host_only(np.einsum_path, reason=Reason.METADATA)
