"""Indexing routines. `x[...]` itself stands in `npjit/_array/indexing.py`."""

import numpy as np

from npjit._chapters.registry import (
    checked,
    composed,
    host_only,
    lowered,
    writing,
)
from npjit.errors import Reason

__all__: list[str] = []


def _where_unless(args, kwargs):
    return Reason.DATA_DEPENDENT_SHAPE if len(args) == 1 else None


def _clip_unless(args, kwargs):
    plain = set(kwargs) <= {"a_min", "a_max", "min", "max"}
    return None if plain and kwargs else Reason.PARAMETER


lowered(np.where, data=("condition", "x", "y"), unless=_where_unless)
lowered(np.clip, data=("a", "a_min", "a_max", "min", "max"), unless=_clip_unless)
checked(np.take, np.compress, np.nonzero, np.choose, np.select, np.ix_)
checked(np.put, writes=("a",))
composed(
    np.diag_indices_from,
    np.extract,
    np.flatnonzero,
    np.put_along_axis,
    np.take_along_axis,
    np.tril_indices_from,
    np.triu_indices_from,
)
host_only(np.argwhere, reason=Reason.DATA_DEPENDENT_SHAPE)
# Their indices are checked in NumPy, which computes the result beside.
host_only(np.ravel_multi_index, np.unravel_index, reason=Reason.CAN_FAIL)


# What writes an argument, with it as `out` ------------------------------------------


def _copyto(src, *, out, casting="same_kind", where=True):
    np.copyto(out, src, casting, where)


def _bind_copyto(dst, src, casting="same_kind", where=True):
    given = {"out": dst}
    if casting != "same_kind":
        given["casting"] = casting
    if where is not True:
        given["where"] = where
    return (src,), given


def _putmask(mask, values, *, out):
    np.putmask(out, mask, values)


def _bind_putmask(a, mask, values):
    return (mask, values), {"out": a}


def _fill_diagonal(val, *, out, wrap=False):
    np.fill_diagonal(out, val, wrap)


def _bind_fill_diagonal(a, val, wrap=False):
    return (val,), {"out": a, "wrap": True} if wrap else {"out": a}


def _spell_copyto(src, *, out, casting="same_kind", where=True):
    return np.copyto, (out, src, casting, where)


def _spell_putmask(mask, values, *, out):
    return np.putmask, (out, mask, values)


writing(
    np.copyto,
    _copyto,
    _bind_copyto,
    data=("src", "where"),
    spelling=_spell_copyto,
)
writing(
    np.putmask,
    _putmask,
    _bind_putmask,
    data=("mask", "values"),
    spelling=_spell_putmask,
)
writing(np.fill_diagonal, _fill_diagonal, _bind_fill_diagonal, data=("val",))


def _place(mask, vals, *, out):
    np.place(out, mask, vals)


def _bind_place(arr, mask, vals):
    return (mask, vals), {"out": arr}


def _place_unless(args, kwargs):
    # Of no values NumPy can insert none; it says so where it has to.
    return None if np.size(args[1]) else Reason.CAN_FAIL


writing(
    np.place,
    _place,
    _bind_place,
    data=("mask", "vals"),
    unless=_place_unless,
    spelling=lambda mask, vals, *, out: (np.place, (out, mask, vals)),
)
