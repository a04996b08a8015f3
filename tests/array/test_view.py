"""`infer_view` finds the way to any view NumPy makes, and leads to its elements."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, basic_indices

from npjit._array.view import address, infer_view, shadow_of, view_of_shadow
from npjit._graph.aval import aval_of, make_aval
from npjit._graph.structure import ROOT, apply


def follow(a: np.ndarray, child: np.ndarray) -> np.ndarray | None:
    """The child as reached by the primitives; None if none were found."""
    offset = address(child) - address(a) if child.size else 0
    found = infer_view(aval_of(a), aval_of(child), offset)
    if found is None:
        return None
    structure = ROOT
    for prim in found[0]:
        structure = structure.then(prim)
    assert structure.n_starts == len(found[1])
    return apply(structure, a, found[1])


@st.composite
def parents(draw):
    shape = draw(array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    a = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    axes = draw(st.permutations(range(a.ndim)))
    signs = draw(st.lists(st.sampled_from([1, -1]), min_size=a.ndim, max_size=a.ndim))
    return a.transpose(axes)[tuple(slice(None, None, s) for s in signs)]


@given(parents(), st.data())
def test_basic_indices_are_found(a, data):
    key = data.draw(basic_indices(a.shape, allow_newaxis=True))
    child = a[(*key, ...) if type(key) is tuple and Ellipsis not in key else key]
    if not isinstance(child, np.ndarray):
        child = a[(*key, ...) if type(key) is tuple else (key, ...)]
    if child.size and data.draw(st.booleans()):
        child = child.transpose(data.draw(st.permutations(range(child.ndim))))
    found = follow(a, child)
    assert found is not None
    assert found.shape == child.shape
    assert (found == child).all()
    if child.size:
        assert address(found) == address(child)


@pytest.mark.parametrize(
    "make",
    [
        lambda a: np.broadcast_to(a, (2, *a.shape)),
        lambda a: a.diagonal(),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, axis=0),
        lambda a: a.view(np.int32),
    ],
    ids=["broadcast", "diagonal", "windows", "other dtype"],
)
def test_what_is_no_slice_is_not_found(make):
    a = np.arange(12).reshape(3, 4)
    assert follow(a, make(a)) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a.reshape(-1),
        lambda a: a.reshape(4, 3)[1:],
        lambda a: a.reshape(-1)[5:11].reshape(3, 1, 2),
        lambda a: a[1:].reshape(2, 2, 2),
    ],
)
def test_contiguous_parts_are_found_in_any_shape(make):
    for a in (np.arange(12).reshape(3, 4), np.arange(12)[None].reshape(3, 2, 2)):
        child = make(a)
        found = follow(a, child)
        assert found is not None
        assert (found == child).all()
        assert address(found) == address(child)
        assert np.shares_memory(found, a)
    assert follow(np.arange(12).reshape(3, 4).T, np.arange(12)) is None


def test_the_part_of_another_array_is_not_found():
    a = np.arange(12).reshape(3, 4)
    assert infer_view(aval_of(a[:2]), aval_of(a), 0) is None
    assert infer_view(aval_of(a[:, :2]), aval_of(a[:, 1:3]), 8) is None


def test_shadows_have_the_geometry_and_no_memory_of_their_own():
    aval = make_aval((1000, 1000, 1000), (8, 8000, 8000000), np.dtype(float))
    shadow = shadow_of(aval)
    assert (shadow.shape, shadow.strides) == (aval.shape, aval.strides)
    view = view_of_shadow(aval, shadow, shadow[3, ::2])
    assert view is not None
    assert view.aval.shape == (500, 1000)
    assert view.offset == 3 * 8
