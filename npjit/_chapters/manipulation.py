"""Array manipulation: shape, axes, joining, splitting, tiling, rearranging."""

import numpy as np

from npjit._chapters.registry import (
    checked,
    composed,
    host_only,
    lowered,
    metadata,
    viewing,
)
from npjit.errors import Reason

__all__: list[str] = []


def _repeats_unless(args, kwargs):
    # An array of repeats makes the shape depend on values.
    plain = all(isinstance(kwargs[k], int) for k in ("repeats",) if k in kwargs)
    return None if plain else Reason.DATA_DEPENDENT_SHAPE


def _pad_unless(args, kwargs):
    plain = set(kwargs) <= {"pad_width", "mode", "constant_values"}
    copying = kwargs.get("mode", "constant") in _COPYING and plain
    return None if copying else Reason.PARAMETER


#: Modes of np.pad that compute nothing.
_COPYING = frozenset({"constant", "edge", "reflect", "symmetric", "wrap"})
viewing(
    np.reshape,
    np.ravel,
    np.transpose,
    np.matrix_transpose,
    np.linalg.matrix_transpose,
    np.swapaxes,
    np.moveaxis,
    np.rollaxis,
    np.squeeze,
    np.expand_dims,
    np.flip,
    np.fliplr,
    np.flipud,
    np.rot90,
    np.split,
    np.array_split,
    np.hsplit,
    np.vsplit,
    np.dsplit,
    np.unstack,
    np.broadcast_to,
    np.diagonal,
    np.linalg.diagonal,
    np.real,
    np.imag,
)
lowered(
    np.concatenate,
    np.stack,
    np.hstack,
    np.vstack,
    np.dstack,
    np.column_stack,
    nested=("arrays", "tup"),
    exact_dims=True,
)
lowered(np.copy, np.astype)
lowered(np.tril, np.triu)
lowered(np.repeat, exact_dims=True, unless=_repeats_unless)
lowered(np.roll)
lowered(np.pad, exact_dims=True, unless=_pad_unless)
composed(
    np.append,
    np.atleast_1d,
    np.atleast_2d,
    np.atleast_3d,
    np.fft.fftshift,
    np.tile,
    np.fft.ifftshift,
    np.resize,
)
checked(np.block, np.delete, np.insert)
host_only(np.broadcast_arrays, np.require, reason=Reason.LAYOUT)
host_only(np.trim_zeros, reason=Reason.DATA_DEPENDENT_SHAPE)
metadata(np.shape, np.ndim, np.size)
