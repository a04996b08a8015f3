"""Avals: interned geometry."""

import numpy as np
import pytest

from npjit._graph import aval as module
from npjit._graph.aval import DTYPES, aval_of, fresh_aval, make_aval


@pytest.mark.parametrize(
    "a",
    [
        np.zeros((2, 3)),
        np.zeros((2, 3), order="F"),
        np.zeros((2, 3))[:, ::2],
        np.zeros((4, 3))[::-1],
        np.zeros((0, 3)),
        np.zeros(()),
        np.broadcast_to(np.float32(1), (2, 2)),
        np.zeros((3, 1, 2), order="F"),
    ],
    ids=str,
)
def test_geometry(a):
    aval = aval_of(a)
    assert (aval.shape, aval.strides, aval.dtype) == (a.shape, a.strides, a.dtype)
    assert (aval.ndim, aval.size, aval.nbytes) == (a.ndim, a.size, a.nbytes)
    assert aval.is_c == a.flags.c_contiguous
    assert not aval.scalar
    assert aval_of(a.view()) is aval


def test_scalars_are_no_arrays():
    assert aval_of(np.float64(1)).scalar
    assert aval_of(np.float64(1)) is not aval_of(np.array(1.0))


def test_c_types_of_one_size_are_one_dtype():
    for dtype in map(np.dtype, "qQ"):
        assert aval_of(np.zeros(2, dtype)) is aval_of(np.zeros(2, DTYPES[dtype]))


def test_foreign_byte_order_has_no_aval():
    assert np.dtype(">f8") not in DTYPES
    assert np.dtype("g") not in DTYPES
    assert np.dtype("O") not in DTYPES


@pytest.mark.parametrize(
    "like",
    [
        np.zeros((2, 3, 4)),
        np.zeros((2, 3, 4), order="F"),
        np.zeros((4, 2, 3)).transpose(1, 2, 0),
        np.zeros((3, 2, 4)).transpose(1, 0, 2),
    ],
)
def test_fresh_avals_follow_memory_order(like):
    expected = np.empty_like(like)
    assert fresh_aval(like.shape, like.dtype, like).strides == expected.strides


def test_interning_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "_MAX_INTERNED", 10)
    monkeypatch.setattr(module, "_interned", {})
    for n in range(100):
        make_aval((n,), (8,), np.dtype("f8"))
    assert len(module._interned) <= 12
