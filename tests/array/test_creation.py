"""Arrays made of stand-ins, of lists with stand-ins, of anything else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity

PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "array": lambda x: (y := np.array(x), y is x, y.base),
    "array keeps order": lambda x: np.array(x.T),
    "array in C order": lambda x: np.array(x.T, order="C"),
    "array in Fortran order": lambda x: np.array(x, order="F"),
    "array of dtype": lambda x: np.array(x, np.float32),
    "array without copy": lambda x: np.array(x, copy=False) is x,
    "array copied if needed": lambda x: np.array(x, copy=None) is x,
    "array that needs a copy": lambda x: np.array(x, np.int8, copy=False),
    "array of no order": lambda x: (
        np.array(x.T, order=None),
        np.array(np.broadcast_to(x[:, np.newaxis], (2, 2, 3)), order=None),
    ),
    "array with a copy mode": lambda x: [
        np.array(x, copy=np._CopyMode.IF_NEEDED) is x,
        np.array(x, copy=np._CopyMode.ALWAYS) is x,
        np.array(x, copy=np._CopyMode.NEVER) is x,
    ],
    "array of more axes": lambda x: np.array(x, ndmin=3),
    "array of objects": lambda x: np.array([x[0, 0], None], object),
    "array of strings": lambda x: np.array(x, str),
    "array of dates": lambda x: np.array(x[0].astype(int), "M8[D]"),
    "array of scalars": lambda x: np.array([x[0, 0], 1, x[1, 1]]),
    "array of rows": lambda x: np.array([x[0], x[1] * 2]),
    "array of rows and lists": lambda x: np.array([x[0], [1, 2, 3]]),
    "array of a tuple": lambda x: np.array((x[0], x[1])),
    "array of nested lists": lambda x: np.array([[x[0, 0], 0], [1, x.sum()]]),
    "array of mixed dtypes": lambda x: np.array([x[0, 0], x[0, 1].astype(np.int8), 1j]),
    "array of ragged lists": lambda x: np.array([x[0], [x[0, 0]]]),
    "array of ints and stand-ins": lambda x: np.array([1, 2, x[0].astype(int)[0]]),
    "array of a scalar": lambda x: np.array(x[0, 0]),
    "array of 0-d arrays": lambda x: np.array([np.asarray(x[0, 0]), 2.0]),
    "array of an empty list": lambda x: np.array([]) + x[0, 0],
    "array of numbers": lambda x: np.array([[1, 2], [3, 4.5]]),
    "array of bools": lambda x: np.array([x[0, 0] > 1, True]),
    "array of large integers": lambda x: np.array([2**63, 1]),
    "array of a list": lambda x: np.array([v + 1 for v in x[0]]),
    "array of dtype of list": lambda x: np.array([x[0, 0], 2.7], int),
    "asarray": lambda x: np.asarray(x) is x,
    "asarray of dtype": lambda x: np.asarray(x, np.float32),
    "asarray of list": lambda x: np.asarray([x[0, 0], x[0, 1]], dtype=np.float32),
    "asarray in order": lambda x: (np.asarray(x, order="F"), np.asarray(x, order="C")),
    "asanyarray": lambda x: np.asanyarray(x) is x,
    "asanyarray of matrix": lambda x: type(np.asanyarray(np.matrix(x))),
    "asarray of matrix": lambda x: np.asarray(np.matrix(x)) + 1,
    "ascontiguousarray": lambda x: (np.ascontiguousarray(x.T), x),
    "ascontiguousarray of scalar": lambda x: np.ascontiguousarray(x[0, 0]),
    "asfortranarray": lambda x: np.asfortranarray(x),
    "asfortranarray of column": lambda x: np.asfortranarray(x[:, 0]),
    "asarray_chkfinite": lambda x: np.asarray_chkfinite(x),
    "require": lambda x: np.require(x.T, requirements=["C", "W"]),
    "copy": lambda x: (np.copy(x.T), np.copy(x.T, order="C")),
    "zeros": lambda x: np.zeros(x.shape) + x,
    "zeros of axes": lambda x: np.zeros((x.shape[1], 2), np.int8),
    "zeros in order": lambda x: np.zeros(x.shape, order="F") + 1,
    "ones": lambda x: np.ones(3, complex) * x[0],
    "empty": lambda x: np.empty((0, 3)).sum() + np.empty((2, 3)).shape[0],
    "full": lambda x: np.full(x.shape, x[0, 1]),
    "full of list": lambda x: np.full((2, 3), [1, 2, 3], dtype=np.float32),
    "zeros_like": lambda x: np.zeros_like(x.T),
    "zeros_like of shape": lambda x: np.zeros_like(x, shape=(2, 2), dtype=int),
    "ones_like": lambda x: np.ones_like(x[0, 0]),
    "full_like": lambda x: np.full_like(x, x[1, 1]),
    "empty_like": lambda x: np.empty_like(x[::-1].T).strides,
    "eye": lambda x: np.eye(3) @ x[0],
    "identity": lambda x: np.identity(2) @ x,
    "diag": lambda x: (np.diag(x[0]), np.diag(x)),
    "tri": lambda x: (np.tril(x), np.triu(x, 1), np.tri(2, 3)),
    "arange": lambda x: np.arange(3) * x[0],
    "arange of scalars": lambda x: np.arange(x[0, 0], 6, x[0, 1]),
    "arange of ints": lambda x: np.arange(2, 11, 3, dtype=np.int16),
    "linspace": lambda x: np.linspace(0, 1, 5),
    "linspace of scalars": lambda x: np.linspace(x[0, 0], x[0, 1], 4),
    "linspace of arrays": lambda x: np.linspace(x[0], x[1], 3),
    "linspace with step": lambda x: np.linspace(0, 3, 4, retstep=True, endpoint=False),
    "logspace": lambda x: np.logspace(0, 1, 3),
    "geomspace": lambda x: np.geomspace(1, 8, 4),
    "meshgrid": lambda x: np.meshgrid(x[0], x[1]),
    "mgrid": lambda x: np.mgrid[0:2, 0:3] + x,
    "ogrid": lambda x: [g * 2 for g in np.ogrid[0:2, 0:3]],
    "indices": lambda x: np.indices((2, 2)),
    "r_": lambda x: np.r_[x[0], 0, 4:6],
    "c_": lambda x: np.c_[x[0], x[1]],
    "fromfunction": lambda x: np.fromfunction(lambda i, j: i + j * x[0, 0], (2, 3)),
    "fromiter": lambda x: np.fromiter((v * 2 for v in x[0]), float),
    "fromstring": lambda x: np.fromstring("1 2 3", sep=" ") + x[0],
    "frombuffer": lambda x: np.frombuffer((x + 1).tobytes()) * 2,
    "vander": lambda x: np.vander(x[0], 2),
    "bmat": lambda x: np.bmat([[x, x]]),
    "block": lambda x: np.block([[x, x], [x, x]]),
    "ndarray": lambda x: np.ndarray((2,), float, x) + 1,
    "ndarray of buffer": lambda x: np.ndarray((3,), float, x, offset=24).base is x,
    "fill": lambda x: [y := np.empty(3), y.fill(x[0, 1]), y],
}
X = np.array([[1.0, 2.0, 3.5], [0.0, -1.0, 4.0]])


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, mode):
    assert_parity(PROGRAMS[name], X, modes=[mode], calls=1)


def test_array_of_a_list_of_arrays_is_recorded():
    """The list is an argument: it holds real arrays."""

    def program(rows, nested):
        rows[0] *= 2
        return np.array(rows), np.asarray(nested)

    def arguments():
        rows = [np.arange(3.0), np.ones(3)]
        return rows, [rows, [rows[1], rows[0]]]

    assert_parity(program, *arguments(), modes=["host"])
    result = npjit.accelerate(program, mode="host", strict=True)(*arguments())
    np.testing.assert_array_equal(result[0], [[0, 2, 4], [1, 1, 1]])
