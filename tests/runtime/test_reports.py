"""What NumPy reports is run in NumPy; what it does not report stays compiled."""

import warnings

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit._runtime.programs import PROGRAMS
from npjit.errors import Reason

NAN = np.nan


@pytest.fixture(autouse=True)
def _empty_cache():
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def divide(x):
    return (1.0 / x) * 2.0


def calls(fn, *inputs, **options):
    """For each call: whether a compiled program served, and how many warnings came."""
    fast = npjit.accelerate(fn, mode="jit", pure=False, **options)
    found = []
    for x in inputs:
        with warnings.catch_warnings(record=True) as caught, capture() as events:
            warnings.simplefilter("always")
            result = fast(x.copy())
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(result, fn(x.copy()))
        compiled = not any(e.reason is Reason.REPORTS for e in events)
        found.append((compiled, len(caught)))
    return found


GOOD, ZERO, MISSING = np.array([1.0, 2.0]), np.array([0.0, 2.0]), np.array([NAN, 2.0])


def test_a_report_is_run_in_numpy_and_told_with_its_line() -> None:
    fast = npjit.accelerate(divide, mode="jit")
    warned = pytest.warns(RuntimeWarning, match="divide by zero")
    with warned as caught, capture() as events:
        fast(ZERO)
    (told,) = [e for e in events if e.reason is Reason.REPORTS]
    assert told.name == "fallback"
    line = divide.__code__.co_firstlineno + 1
    assert (told.filename, told.lineno) == (__file__, line)
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_a_report_is_no_error_in_strict_mode() -> None:
    assert calls(divide, ZERO, strict=True) == [(False, 1)]


def test_after_two_reports_numpy_takes_over_for_a_while() -> None:
    found = calls(divide, ZERO, ZERO, *[GOOD] * 5, ZERO, GOOD)
    assert found[:2] == [(False, 1), (False, 1)]
    assert found[2:6] == [(False, 0)] * 4  # it rests
    assert found[6:] == [(True, 0), (False, 1), (True, 0)]


def test_a_program_without_reports_is_forgiven() -> None:
    found = calls(divide, ZERO, GOOD, ZERO, GOOD)
    assert found == [(False, 1), (True, 0), (False, 1), (True, 0)]


def test_inputs_that_hold_nan_are_looked_at_closely() -> None:
    found = calls(divide, MISSING, MISSING, MISSING, ZERO, MISSING)
    assert found[0][1] == 0  # NumPy ran it, and had nothing to say
    assert found[1:3] == [(True, 0)] * 2
    assert found[3:] == [(False, 1), (True, 0)]


def test_constants_that_are_infinite_are_looked_at_closely() -> None:
    def program(x):
        best = np.full(2, np.inf)
        return np.minimum(best - x, x), best + x

    assert calls(program, GOOD, GOOD, GOOD)[1:] == [(True, 0)] * 2


def test_what_nobody_hears_is_not_run_again() -> None:
    fast = npjit.accelerate(divide, mode="jit")
    with warnings.catch_warnings(), capture() as events:
        warnings.simplefilter("ignore", RuntimeWarning)
        fast(ZERO)
    assert not [e for e in events if e.reason is Reason.REPORTS]


def test_a_filter_for_some_texts_is_left_to_python() -> None:
    fast = npjit.accelerate(divide, mode="jit")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "overflow")
        fast(ZERO)
    assert len(caught) == 1


def test_reports_can_be_switched_off() -> None:
    assert calls(divide, ZERO, ZERO, ZERO, fp_reports=False) == [(True, 0)] * 3


def test_arguments_are_written_once() -> None:
    def program(x):
        x += 1.0
        x[1:] = 1.0 / (x[1:] - 3.0)
        return x

    fast = npjit.accelerate(program, mode="jit")
    for _ in range(3):
        x = np.array([0.0, 2.0])
        with pytest.warns(RuntimeWarning, match="divide"):
            assert fast(x) is x
        np.testing.assert_array_equal(x, [1.0, np.inf])
