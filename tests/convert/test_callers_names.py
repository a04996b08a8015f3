"""Functions that look up names in the frame that calls them."""

import sys

import numpy as np
import pytest

import npjit
from npjit._convert.callers_names import among_callers_names, reads_callers_names
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity

X = np.arange(6.0)


def look(*names):
    frame = sys._getframe(1)
    frame.f_locals.clear()
    return [frame.f_locals[name] for name in names], frame


def test_the_frame_has_the_names_the_globals_and_the_line():
    first, second = 1, [2]
    (one, two), frame = among_callers_names(look)("first", "second")
    assert one is first
    assert two is second
    assert frame.f_globals is globals()
    assert frame.f_code.co_filename == __file__
    here = sys._getframe()
    assert frame.f_lineno == here.f_lineno - 6


def test_arguments_and_errors_pass():
    def add(a, *, b):
        return a + b

    found = among_callers_names(add)
    assert found(1, b=2) == 3
    with pytest.raises(TypeError, match="missing"):
        found(1)


def test_other_functions_do_not_read_names():
    assert not reads_callers_names(np.add)
    assert not reads_callers_names(look)


def evaluate(a, b):
    numexpr = pytest.importorskip("numexpr")
    c = a + b  # noqa: F841 - read by numexpr
    first = numexpr.evaluate("a * b + c + X")
    return first, numexpr.evaluate("2 * c", local_dict={"c": first})


def query(a, b):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"u": a + 1, "v": b})
    least = (a * b).mean()  # noqa: F841 - read by pandas
    found = frame.query("u > @least")
    return found["v"].to_numpy(), frame.eval("u + v * @least").to_numpy() * 2


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("fn", [evaluate, query])
def test_libraries_find_the_users_variables(fn, mode):
    assert_parity(fn, X, X[::-1] + 1, modes=(mode,))
    with capture() as events:
        npjit.accelerate(fn, mode=mode)(X, X)
    assert any(event.name in ("fallback", "break") for event in events)


def builds_by_text(a, b):
    pair = np.stack([a, b])
    return np.r_["pair pair; pair pair"], np.bmat("pair; pair"), pair * 2


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_matrices_given_as_text(mode):
    assert_parity(builds_by_text, X, X + 1, modes=(mode,))
