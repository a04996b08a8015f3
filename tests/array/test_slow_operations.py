"""In mode "auto" what XLA computes slowly is cut out of a program and run in NumPy."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import FallbackError, Reason
from npjit.testing import assert_parity

N = 100_000
INTS = np.random.default_rng(3).integers(1, 1000, N)


def mixed(n):
    shifted = n * 3 + 1
    quotient = shifted // n
    return np.sum(quotient * 2 - n), shifted.max(), quotient[::1000] + 1


def into(n, out):
    np.floor_divide(n * 3, n, out=out)
    return np.sum(out + 1)


def cut(events):
    """The operations that were left to NumPy since it is faster."""
    return [
        (event.name, event.operation)
        for event in events
        if event.reason is Reason.SLOWER
    ]


@pytest.mark.parametrize("strict", [False, True])
def test_auto_cuts_a_slow_operation_out_and_tells_so(strict):
    accelerated = npjit.accelerate(mixed, mode="auto", strict=strict)
    with capture() as events:
        results = accelerated(INTS)
    for result, expected in zip(results, mixed(INTS), strict=True):
        np.testing.assert_array_equal(result, expected)
    assert cut(events) == [("break", "np.floor_divide")]
    assert events[-1].lineno or any(e.lineno for e in events if e.name == "break")


@pytest.mark.parametrize("mode", ["jit", "host"])
def test_other_modes_do_not(mode):
    with capture() as events:
        npjit.accelerate(mixed, mode=mode)(INTS)
    assert cut(events) == []


def test_small_arrays_are_not_cut_out():
    with capture() as events:
        npjit.accelerate(mixed, mode="auto")(INTS[:1000])
    assert cut(events) == []


def test_a_method_of_an_operator_is_cut_out_each_time():
    def several(n):
        for _ in range(3):
            n = n * 7 // n + n
        return n

    with capture() as events:
        result = npjit.accelerate(several, mode="auto")(INTS)
    np.testing.assert_array_equal(result, several(INTS))
    assert cut(events) == [("break", "np.floor_divide")] * 3


@pytest.mark.parametrize("mode", ["auto", "jit", "host"])
def test_parity_of_mixed_programs(mode):
    assert_parity(mixed, INTS, modes=[mode])
    assert_parity(into, INTS, np.zeros(N, np.int64), modes=[mode])


def test_sorting_is_a_choice_in_auto_and_a_fallback_in_jit():
    x = np.random.default_rng(4).random(N)
    expected = np.sort(x * 2)
    program = lambda x: np.sort(x * 2)  # noqa: E731
    result = npjit.accelerate(program, mode="auto", strict=True)(x)
    np.testing.assert_array_equal(result, expected)
    with pytest.raises(FallbackError):
        npjit.accelerate(program, mode="jit", strict=True)(x)
