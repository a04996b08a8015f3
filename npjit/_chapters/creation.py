"""Array creation. `np.array` and its kin stand in `npjit/_array/creation.py`."""

from functools import partial

import numpy as np

from npjit._chapters.registry import Kind, composed, host_only, leaf, lowered
from npjit.errors import Reason

__all__ = ["FROM_OBJECT"]

#: Functions that make an array of any object: of a stand-in, a list of them, a list.
FROM_OBJECT = (
    np.array,
    np.asarray,
    np.asanyarray,
    np.ascontiguousarray,
    np.asfortranarray,
)


def _given(*names: str):
    def unless(args, kwargs):
        return Reason.PARAMETER if any(name in kwargs for name in names) else None

    return unless


_LIKE = _given("like")
lowered(np.zeros, np.ones, np.empty, kind=Kind.CREATION, data=(), unless=_LIKE)
lowered(np.eye, np.identity, np.tri, kind=Kind.CREATION, data=(), unless=_LIKE)
lowered(
    np.full,
    kind=Kind.CREATION,
    data=("fill_value",),
    unless=_LIKE,
)
lowered(
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    exact_dims=True,
    unless=_given("shape"),
)
lowered(
    np.full_like,
    data=("a", "fill_value"),
    exact_dims=True,
    unless=_given("shape"),
)


def _spell_meshgrid(*xi, **options):
    # It makes views of its operands writeable before it copies them; the memory of one
    # may have become read-only, which the storage's own array does not show.
    views = (np.broadcast_to(x, np.shape(x)) for x in xi)
    return partial(np.meshgrid, **options), tuple(views)


lowered(
    np.meshgrid,
    data=("xi",),
    exact_dims=True,
    unless=_given("copy"),
    spelling=_spell_meshgrid,
)
lowered(np.vander, exact_dims=True)
# Between numbers NumPy makes it at once, as it makes the leaves below.
lowered(
    np.linspace,
    data=("start", "stop"),
    exact_dims=True,
    unless=_given("retstep", "dtype", "device"),
)
composed(np.diag)
host_only(np.diagflat, reason=Reason.NO_LOWERING)
# Made in NumPy they have its bits, and cost less than what is done with them.
leaf(
    np.arange,
    np.logspace,
    np.geomspace,
    np.indices,
    np.diag_indices,
    np.tril_indices,
    np.triu_indices,
    np.bartlett,
    np.blackman,
    np.hamming,
    np.hanning,
    np.kaiser,
    np.fft.fftfreq,
    np.fft.rfftfreq,
    np.frombuffer,
    np.fromiter,
    np.fromstring,
    np.from_dlpack,
    *FROM_OBJECT,
)
host_only(np.fromfunction, np.mask_indices, reason=Reason.CALLS_PYTHON)
host_only(np.asarray_chkfinite, reason=Reason.CAN_FAIL)
host_only(np.packbits, np.unpackbits, reason=Reason.NO_LOWERING)
