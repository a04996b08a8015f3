"""Structures: chains of view primitives, applied as NumPy would."""

import numpy as np
import pytest

from npjit._graph import structure as module
from npjit._graph.structure import ROOT, apply

A = np.arange(24).reshape(4, 6)
CASES = [
    ((), (), A),
    ((("index", ((2, 1, True), (3, 2, True))),), (1, 0), A[1:3, 0:6:2]),
    ((("index", ((4, -1, True), (1, 1, False))),), (3, 2), A[::-1, 2]),
    ((("index", ((1, 1, False), (1, 1, False))),), (1, 2), A[1, 2, ...]),
    ((("transpose", (1, 0)),), (), A.T),
    ((("reshape", (2, 12)),), (), A.reshape(2, 12)),
    ((("broadcast", (3, 4, 6)),), (), np.broadcast_to(A, (3, 4, 6))),
    ((("diagonal", 1, 0, 1),), (), A.diagonal(1)),
    ((("bitcast", np.dtype("i4")),), (), A.view("i4")),
    (
        (("transpose", (1, 0)), ("index", ((2, 1, True), (4, 1, True)))),
        (3, 0),
        A.T[3:5],
    ),
]


@pytest.mark.parametrize(("prims", "starts", "expected"), CASES)
def test_apply(prims, starts, expected):
    structure = ROOT
    for prim in prims:
        structure = structure.then(prim)
    assert structure.prims == prims
    assert structure.n_starts == len(starts)
    view = apply(structure, A, starts)
    assert np.array_equal(view, expected)
    assert view.strides == expected.strides
    assert view.__array_interface__["data"] == expected.__array_interface__["data"]


def test_a_view_is_never_a_copy():
    structure = ROOT.then(("transpose", (1, 0))).then(("reshape", (24,)))
    with pytest.raises(ValueError, match="copy"):
        apply(structure, A, ())


def test_parts_of_complex_arrays():
    z = np.arange(3) * (1 + 2j)
    assert np.array_equal(apply(ROOT.then(("real",)), z, ()), z.real)
    assert np.array_equal(apply(ROOT.then(("imag",)), z, ()), z.imag)


def test_structures_are_interned():
    prim = ("transpose", (1, 0))
    assert ROOT.then(prim) is ROOT.then(("transpose", (1, 0)))
    assert ROOT.then(prim).then(prim) is not ROOT.then(prim)


def test_the_tree_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "_MAX_CHILDREN", 5)
    root = module.Structure(())
    for n in range(50):
        root.then(("reshape", (n,)))
    assert len(root.children) <= 7
