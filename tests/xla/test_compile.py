"""Executables: static and dynamic starts, number operands, leaves wherever they lie."""

import gc
import weakref

import jax
import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
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


@pytest.mark.parametrize("size", [3, 300_000])
def test_a_compiled_program_holds_no_arrays(size):
    x, y = np.ones(size), np.ones(size)
    buffers = [weakref.ref(x), weakref.ref(y)]
    result = jit(lambda x, y: x * 2.0 + y)(x, y)
    assert len(variants()) == 1
    del x, y, result
    gc.collect()
    assert [buffer() for buffer in buffers] == [None, None]


def test_an_executable_is_prepared_for_other_leaves():
    fast = jit(lambda x, i: (x[i : i + 2] * 2.5, np.log(x)))
    x = np.arange(1.0, 6.0)
    for i in (0, 1, 2):
        fast(x, i)
    (program,) = PROGRAMS.programs.values()
    _, executable = program.variants[-1]
    prepared = executable.prepare([2.5], [3])
    for a in (x, x + 1):
        results = prepared((a,))
        assert results is not None
        assert results[0].tolist() == (a[3:5] * 2.5).tolist()
        np.testing.assert_allclose(results[1], np.log(a), rtol=1e-15)
    assert prepared((x - 1,)) is None  # the logarithm is to be reported


def test_numbers_that_stay_the_same_are_given_once():
    fast = npjit.accelerate(lambda x, n: x * n + 1.0, mode="jit", pure=False)
    x = np.arange(4.0)
    for n in [0.5, 0.5, 0.5, -0.0, 0.0, 0.0, 0.5]:
        assert fast(x, n).tobytes() == (x * n + 1.0).tobytes()
    assert len(variants()) == 1


def test_it_is_compiled_without_data():
    fast = jit(lambda x: np.sqrt(x) + x[::-1])
    x = np.arange(40_000.0)
    fast(x)
    (program,) = PROGRAMS.programs.values()
    ((_, executable),) = program.variants
    executable.variants.clear()
    executable.compile()
    (result,) = executable.prepare([], [])((x,))
    assert np.array_equal(result, np.sqrt(x) + x[::-1])


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


OTHER_SETTINGS = {
    "precision": lambda: jax.default_matmul_precision("float32"),
    "promotion": lambda: jax.numpy_dtype_promotion("strict"),
    "no jit": jax.disable_jit,
    "no NaN": lambda: jax.debug_nans(True),
}


@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_a_replay_under_other_settings_traces_nothing_anew(name, monkeypatch):
    fast = jit(lambda x: x * 2.0 + 1.0)
    x = np.arange(5.0)
    for _ in range(3):
        fast(x)
    (program,) = PROGRAMS.programs.values()
    ((_, executable),) = program.variants
    monkeypatch.setattr(executable, "lowering", None)  # what tracing would need
    with OTHER_SETTINGS[name](), capture() as events:
        for k in range(3):
            assert fast(x + k).tolist() == ((x + k) * 2.0 + 1.0).tolist()
    assert fast(x).tolist() == (x * 2.0 + 1.0).tolist()
    assert {event.name for event in events} == {"hit", "replay"}


def test_a_call_finds_what_was_compiled_ahead():
    fast, x = jit(lambda x: np.sqrt(x) * 3.0), np.arange(5.0)
    fast(x)
    durations = []

    def listen(event, seconds, **_):
        durations.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    for _ in range(3):
        fast(x)
    assert not [event for event in durations if "compile" in event]
