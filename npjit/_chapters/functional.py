"""Functional programming, logic and mathematics that NumPy writes in Python."""

import numpy as np
from numpy.lib import scimath

from npjit._chapters.registry import composed, host_only, lowered, metadata
from npjit.errors import Reason

__all__: list[str] = []


def _interp_unless(args, kwargs):
    # NumPy sorts the points of a period, in whatever order of equal ones.
    return Reason.PARAMETER if "period" in kwargs else None


def _sliding_unless(args, kwargs):
    # Numbers and abbreviations of modes are deprecated.
    modes = ("full", "same", "valid")
    return None if kwargs.get("mode", "full") in modes else Reason.PARAMETER


def _round_unless(args, kwargs):
    # What NumPy rounds in floats may fit the integers no more; it reports that.
    dtype = getattr(args[0], "dtype", None)
    decimals = kwargs.get("decimals", 0)
    is_integer = dtype is not None and dtype.kind in "iu"
    is_whole = type(decimals) is int and decimals >= 0
    return Reason.REPORTS if is_integer and not is_whole else None


def _i0_unless(args, kwargs):
    # NumPy rounds each step of its series to float16.
    dtype = getattr(args[0], "dtype", None)
    return Reason.INEXACT if dtype == np.float16 else None


host_only(np.apply_along_axis, np.piecewise, reason=Reason.CALLS_PYTHON)
lowered(np.round, np.around, unless=_round_unless)
lowered(np.interp, data=("x", "xp", "fp", "left", "right"), unless=_interp_unless)
lowered(
    np.convolve,
    np.correlate,
    data=("a", "v"),
    exact_dims=True,
    unless=_sliding_unless,
)
lowered(np.i0, unless=_i0_unless)
composed(
    np.allclose,
    np.isclose,
    np.array_equal,
    np.angle,
    np.apply_over_axes,
    np.fix,
    np.iscomplex,
    np.isreal,
    np.isneginf,
    np.isposinf,
    np.nan_to_num,
    np.sinc,
    np.unwrap,
)
host_only(np.array_equiv, reason=Reason.NO_LOWERING)
host_only(
    np.real_if_close,
    scimath.arccos,
    scimath.arcsin,
    scimath.arctanh,
    scimath.log,
    scimath.log10,
    scimath.log2,
    scimath.logn,
    scimath.power,
    scimath.sqrt,
    reason=Reason.DTYPE,
)
host_only(
    np.lib.stride_tricks.sliding_window_view,
    np.lib.stride_tricks.as_strided,
    reason=Reason.LAYOUT,
)
metadata(
    np.can_cast,
    np.isdtype,
    np.issubdtype,
    np.isfortran,
    np.mintypecode,
    np.promote_types,
    np.typename,
    np.common_type,
    np.iscomplexobj,
    np.isrealobj,
    np.isscalar,
    np.min_scalar_type,
    np.result_type,
    np.broadcast_shapes,
    np.iterable,
)
host_only(np.may_share_memory, np.shares_memory, reason=Reason.LAYOUT)
