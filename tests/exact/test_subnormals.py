"""XLA:CPU takes subnormal numbers for zero: an exception, and how to get around it."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from npjit.testing import assert_parity
from npjit.testing.parity import Settings, check_parity

TINY = np.finfo(float).tiny
SUBNORMAL = np.array([TINY / 4, 1.0, -TINY / 8, 5e-324])


def double(x):
    return x * 2.0 + x


def products(x):
    return x * x


def test_subnormal_inputs_are_taken_for_zero():
    got = npjit.accelerate(double, mode="jit")(SUBNORMAL)
    assert got.tolist() == [0.0, 3.0, 0.0, 0.0]
    assert double(SUBNORMAL)[0] > 0


def test_subnormal_results_are_zero():
    x = np.array([1e-160, 1.0, -1e-150])
    got = npjit.accelerate(products, mode="jit")(x)
    assert products(x)[0] > 0
    assert got.tolist() == [0.0, 1.0, products(x)[2]]


def test_comparisons_take_them_for_zero():
    """functional_algorithms-52: they equal zero."""
    accelerated = npjit.accelerate(lambda x: (x == 0, x > 0), mode="jit")
    same, more = accelerated(SUBNORMAL)
    assert same.tolist() == [True, False, True, True]
    assert more.tolist() == [False, True, False, False]


def test_logarithms_of_float32_flush_them():
    def program(x):
        with np.errstate(all="ignore"):
            return np.log(x)

    x = np.array([1e-40, 1.0, 0.0], np.float32)
    assert program(x)[0] > -100
    log = npjit.accelerate(program, mode="jit")(x)
    assert log[0] < -100  # of the smallest subnormal number, or of zero
    assert log[1:].tolist() == [0.0, -np.inf]


def test_logarithms_of_float64_are_right_for_them():
    def program(x):
        return np.log(np.abs(x)), np.log2(np.abs(x)), np.log10(np.abs(x))

    assert_parity(program, SUBNORMAL, modes=["jit"], expect_xla=True, max_ulp=4)


def test_what_is_only_moved_keeps_them():
    def program(x):
        return x[::-1].copy(), np.concatenate([x, x]), np.roll(x, 1), x.reshape(2, 2).T

    assert_parity(program, SUBNORMAL, modes=["jit"], expect_xla=True)


def test_bits_of_numbers_are_right_for_them():
    """jax-19689: frexp; what works on the bits does not flush."""

    def program(x):
        return np.frexp(x), np.nextafter(x, 1.0), np.signbit(x), np.spacing(x)

    assert_parity(program, SUBNORMAL, modes=["jit"], expect_xla=True)


def test_float16_has_them():
    """It is computed in float32, where they are normal."""
    x = np.array([6e-8, 1e-5, -3e-7, 2e-5], np.float16)
    assert_parity(double, x, modes=["jit"], expect_xla=True)
    assert_parity(products, x * 300, modes=["jit"], expect_xla=True)


ROWS = {
    "float64": SUBNORMAL,
    "float32": np.array([1e-40, 1.0], np.float32),
    "a real part": np.array([1e-310 + 1j, 2.0]),
    "an imaginary part": np.array([1 + 1e-40j], np.complex64),
    "strided": SUBNORMAL[::-2],
    "of two dimensions": np.full((3, 2), 5e-324).T,
}


@pytest.mark.parametrize("name", ROWS)
def test_option_keeps_programs_in_numpy(name):
    assert_exact_parity(double, ROWS[name])
    with capture() as events:
        npjit.accelerate(double, mode="jit", exact="subnormal")(ROWS[name])
    (fallback,) = [event for event in events if event.name == "fallback"]
    assert fallback.reason is Reason.INEXACT
    assert "subnormal" in fallback.detail


def assert_exact_parity(fn, *args):
    """Assert parity with the option in mode "jit"."""

    def accelerate(fn, mode):
        return npjit.accelerate(fn, mode=mode, exact="subnormal")

    check_parity(fn, args, {}, Settings(modes=["jit"], accelerate=accelerate))


def test_option_looks_at_numbers():
    assert_exact_parity(lambda x: x + 1e-310, np.array([0.0, TINY]))
    assert_exact_parity(lambda x: x + 1e-40, np.array([0.0, 1e-38], np.float32))


@pytest.mark.parametrize(
    "x",
    [
        np.array([0.0, -0.0, TINY, -TINY, np.inf, -np.inf, np.nan, 1.0]),
        np.array([0.0, np.finfo("f").tiny, np.inf], np.float32),
        np.array([1e-7, 1.0], np.float16),
        np.array([0.0 + 1j, np.nan - 0.0j]),
        np.array([1, 0, -1]),
        np.array([]),
    ],
    ids=lambda x: str(x.dtype),
)
def test_option_leaves_others_to_xla(x):
    with capture() as events:
        npjit.accelerate(double, mode="jit", exact="subnormal", fp_reports=False)(x)
    assert "fallback" not in {event.name for event in events}


def test_a_number_counts_in_the_dtype_it_enters_in():
    """1e-40 is subnormal in float32, not in float64."""
    with capture() as events:
        npjit.accelerate(lambda x: x + 1e-40, mode="jit", exact="subnormal")(np.ones(3))
    assert "fallback" not in {event.name for event in events}
    with capture() as events:
        npjit.accelerate(lambda x: x + 1e-40, mode="jit", exact="subnormal")(
            np.ones(3, np.float32)
        )
    assert "fallback" in {event.name for event in events}
