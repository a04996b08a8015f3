"""`npjit.vmap`: functions of one example, for a batch of them."""

import warnings

import numpy as np
import pytest

import npjit

A = np.arange(12.0).reshape(4, 3) - 5


def distance(a, b):
    return np.sqrt(((a - b) ** 2).sum())


def chooses(a, k):
    return a * k if a.sum() > 0 else -a


def test_along_the_first_axis():
    found = npjit.vmap(distance)(A, A[::-1])
    assert type(found) is np.ndarray
    np.testing.assert_allclose(
        found, [distance(a, b) for a, b in zip(A, A[::-1], strict=True)]
    )
    found[0] = 1.0  # it can be written


def test_axes_of_arguments_and_results():
    found = npjit.vmap(
        lambda p, x: {"s": p["w"] * x, "t": x.sum()},
        in_axes=({"w": None}, 1),
        out_axes={"s": 1, "t": 0},
    )({"w": np.ones(4)}, A)
    np.testing.assert_array_equal(found["s"], A)
    np.testing.assert_array_equal(found["t"], A.sum(axis=0))


def test_branches_run_one_after_the_other_with_one_warning():
    by_rows = npjit.vmap(chooses, in_axes=(0, None))
    expected = np.stack([chooses(a, 2.0) for a in A])
    with pytest.warns(npjit.NpjitWarning, match="chooses needs the values") as caught:
        np.testing.assert_array_equal(by_rows(A, 2.0), expected)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(by_rows(A, 2.0), expected)


def test_results_of_a_loop_go_where_they_are_asked_for():
    by_columns = npjit.vmap(chooses, in_axes=(1, None), out_axes=1)
    with pytest.warns(npjit.NpjitWarning):
        found = by_columns(A, 3.0)
    expected = np.stack([chooses(a, 3.0) for a in A.T], axis=1)
    np.testing.assert_array_equal(found, expected)


def test_of_a_derivative_and_the_other_way_round():
    rows = npjit.vmap(npjit.grad(lambda a: (a**3).sum()))(A)
    np.testing.assert_allclose(rows, 3 * A**2)
    whole = npjit.grad(lambda a: npjit.vmap(distance, (0, None))(a, A[0] + 1).sum())(A)
    expected = [npjit.grad(distance)(a, A[0] + 1) for a in A]
    np.testing.assert_allclose(whole, expected)


def test_numbers_of_examples_must_agree():
    with pytest.raises(ValueError, match="size"):
        npjit.vmap(distance)(A, A[:3])
