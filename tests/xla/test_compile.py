"""Executables: static and dynamic starts, number operands, leaves wherever they lie."""

import numpy as np
import pytest

import npjit
from npjit._runtime.programs import PROGRAMS

jit = npjit.accelerate(mode="jit")


@pytest.fixture(autouse=True)
def _empty_cache():
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def variants():
    (program,) = PROGRAMS.programs.values()
    return [static for static, _ in program.variants]


def pick(x, i, j):
    return x[i : i + 2] * 2.0 + x[j : j + 2]


def test_starts_that_change_become_operands():
    x = np.arange(10.0)
    fast = jit(pick)
    for i, j, count in [
        (0, 3, 1),
        (0, 3, 1),
        (1, 3, 2),
        (5, 3, 2),
        (5, 4, 3),
        (8, 0, 3),
    ]:
        assert np.array_equal(fast(x, i, j), pick(x, i, j))
        assert len(variants()) == count
    assert [static.count(None) for static in variants()] == [0, 1, 2]


def test_variants_are_bounded():
    fast = jit(lambda x, *at: sum(x[i] for i in at))
    x = np.arange(40.0)
    at = [0] * 12
    for k in range(12):
        at[k] = k + 1
        assert fast(x, *at) == x[at].sum()
        at[: k + 1] = [0] * (k + 1)
    assert len(variants()) <= 8


def test_a_compiled_program_holds_no_arrays():
    fast = jit(lambda x: x * 2.0 + 1)
    fast(np.ones(3))
    (program,) = PROGRAMS.programs.values()
    ((_, executable),) = program.variants
    assert not hasattr(executable, "jitted")


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i1", "i8", "u8", "?"])
def test_leaves_from_buffers_and_from_results(dtype):
    def program(x):
        y = x[::-1] | x if dtype == "?" else x[::-1] + x
        if y.any():
            y = y ^ x if dtype == "?" else y - x  # y comes from XLA now, x from NumPy
        return y

    x = np.arange(6).astype(dtype)
    assert np.array_equal(jit(program)(x), program(x))


def test_exact_false_is_another_program():
    fn = lambda x: x / 3.0  # noqa: E731
    x = np.arange(1.0, 100.0)
    assert np.array_equal(jit(fn)(x), x / 3.0)
    loose = npjit.accelerate(fn, mode="jit", exact=False)(x)
    np.testing.assert_allclose(loose, x / 3.0, rtol=1e-15)
    assert len(PROGRAMS.programs) == 2
