"""Programs that use the standard library and other libraries do as under NumPy.

What a row needs is skipped where it is not installed (`pip install npjit[test-foreign]`
brings the libraries).
"""

import os
import warnings

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests import foreign_programs as programs

X = np.array([[0.3, 1.2, -0.7], [2.2, 0.9, -1.1], [0.5, 0.25, 3.0], [1.0, -2.0, 0.125]])
ROWS = [(name, f) for name, found in programs.LIBRARIES.items() for f in found]
#: Where recorded work lies between the calls: compiled, too.
COMPILED = [
    *(programs.copies, programs.shuffled, programs.threads_and_closures),
    *(programs.scipy_optimize, programs.scipy_integrate, programs.numba_writes),
]


def _check(program, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries themselves
        assert_parity(program, X, modes=[mode], calls=2, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("program", programs.STANDARD, ids=lambda f: f.__name__)
def test_standard_library(program):
    _check(program, "host")


@pytest.mark.parametrize(
    ("library", "program"), ROWS, ids=lambda v: getattr(v, "__name__", v)
)
def test_library(library, program, monkeypatch):
    monkeypatch.setitem(os.environ, "MPLBACKEND", "Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(library)
    _check(program, "host")


@pytest.mark.parametrize("program", COMPILED, ids=lambda f: f.__name__)
def test_compiled(program):
    if program is programs.numba_writes:
        pytest.importorskip("numba")
    _check(program, "jit")


def test_processes():
    _check(programs.pool_of_processes, "host")
