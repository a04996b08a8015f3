"""The cache of programs: what shares one, what bounds it, who compiles."""

import threading
import time
import tracemalloc

import numpy as np
import pytest

import npjit
from npjit._diagnostics import events
from npjit._runtime import programs
from npjit._runtime.programs import PROGRAMS
from npjit._xla.compile import Executable

jit = npjit.accelerate(mode="jit")


@pytest.fixture(autouse=True)
def _empty_cache():
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def run(fn, *args):
    """What a call gives, and how often it compiled and hit."""
    with events.capture() as captured:
        result = fn(*args)
    names = [e.name for e in captured]
    return result, names.count("compile"), names.count("hit")


def test_two_functions_that_do_the_same_share_a_program():
    x = np.arange(5.0)
    assert run(jit(lambda x: np.sin(x) * 2.0), x)[1:] == (1, 0)
    assert run(jit(lambda y: np.multiply(np.sin(y), 3.0)), x)[1:] == (0, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.ones(5), np.ones(6)),
        (np.ones(5), np.ones(5, np.float32)),
        (np.ones((4, 5)), np.ones((4, 5), order="F")),
        (np.ones(5), np.ones(10)[::2]),
    ],
    ids=["shape", "dtype", "order", "view"],
)
def test_other_avals_are_other_programs(first, second):
    fast = jit(lambda x: x * 2.0)
    assert run(fast, first)[1] == 1
    assert run(fast, second)[1] == 1
    assert run(fast, first)[1:] == run(fast, second)[1:] == (0, 1)


def test_statics_are_told_apart_by_type_and_bits():
    fast = jit(lambda x, axis: np.concatenate((x, x), axis=axis))
    x = np.ones((3, 3))
    assert run(fast, x, 0)[1] == 1
    assert run(fast, x, 1)[1] == 1
    assert run(fast, x, 0)[1] == 0


def test_numbers_are_operands():
    fast = jit(lambda x, n: x * n + n)
    x = np.arange(3.0)
    assert run(fast, x, 2.0)[1] == 1
    for n in (3.0, -0.0, np.nan):
        result, compiled, _ = run(fast, x, n)
        assert compiled == np.isnan(n)  # it explains what is looked for: once more
        np.testing.assert_array_equal(result, x * n + n)
        assert np.array_equal(np.signbit(result), np.signbit(x * n + n))


def test_what_is_live_tells_programs_apart():
    def both(x):
        y = x + 1
        return y, y * 2

    def last(x):
        y = x + 1
        return y * 2

    x = np.ones(4)
    assert run(jit(both), x)[1] == 1
    assert run(jit(last), x)[1] == 1


def update_rows(a, order):
    for i in order:
        a[i] = a[i - 1] * 0.5 + a[i] * 2.0
    return a


def test_a_loop_with_changing_indices_repeats_from_the_cache():
    a = np.random.default_rng(0).random((50, 8))
    order = np.random.default_rng(1).integers(0, 50, 2000).tolist()
    expected = update_rows(a.copy(), order)
    result, compiled, hits = run(jit(update_rows), a, order)
    assert result is a
    assert np.array_equal(a, expected)
    assert compiled <= 6
    assert hits >= 30


def test_a_loop_over_positions_that_grow():
    def sweep(x):
        for i in range(1, len(x)):
            x[i] = x[i - 1] * 0.5 + x[i]
        return x

    x = np.random.default_rng(0).random(1500)
    expected = sweep(x.copy())
    result, compiled, _ = run(jit(sweep), x)
    assert np.array_equal(result, expected)
    assert compiled <= 6


def test_count_bounds_the_cache():
    fast = npjit.accelerate(lambda x: x + 1, mode="jit", max_programs=3)
    for n in range(1, 8):
        fast(np.ones(n))
    assert len(PROGRAMS.programs) == 3
    assert run(fast, np.ones(7))[1] == 0  # the newest are kept
    assert run(fast, np.ones(5))[1] == 0
    assert run(fast, np.ones(1))[1] == 1
    assert run(fast, np.ones(6))[1] == 1  # and of these, those used last


def test_bytes_bound_the_cache():
    size = programs._BYTES_PER_OPERATION
    fast = npjit.accelerate(
        lambda x: x * 2.0 + 1.0, mode="jit", max_cache_bytes=5 * size
    )
    for n in range(1, 6):
        fast(np.ones(n))
    assert sum(p.nbytes for p in PROGRAMS.programs.values()) <= 5 * size
    assert len(PROGRAMS.programs) == 2


def test_a_program_larger_than_the_cache_still_runs():
    fast = npjit.accelerate(lambda x: x * 2.0 + 1.0, mode="jit", max_cache_bytes=1)
    assert run(fast, np.ones(3))[1] == 1
    assert run(fast, np.ones(3))[1:] == (0, 1)


def test_one_thread_compiles_for_all(monkeypatch):
    compiled = []
    compile_ = Executable.compile

    def slow(self):
        compiled.append(threading.get_ident())
        time.sleep(0.2)
        compile_(self)

    monkeypatch.setattr(Executable, "compile", slow)
    fast = jit(lambda x, n: np.cos(x) * n)
    x, results = np.arange(6.0), {}
    barrier = threading.Barrier(6)

    def call(n):
        barrier.wait()
        results[n] = fast(x, float(n))

    threads = [threading.Thread(target=call, args=(n,)) for n in range(6)]
    with events.capture() as captured:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(compiled) == 1
    assert sum(e.name == "compile" for e in captured) == 1
    assert sum(e.name == "hit" for e in captured) == 5
    for n, result in results.items():
        np.testing.assert_allclose(result, np.cos(x) * n, rtol=1e-15)
    info = fast.cache_info()
    assert (info.hits, info.misses, info.compiled) == (5, 1, 1)


def test_other_programs_compile_meanwhile(monkeypatch):
    began, go_on = threading.Event(), threading.Event()
    compile_ = Executable.compile

    def wait_for_three(self):
        if self.lowering.entries[0].inferred.outs[0].shape == (3,):
            began.set()
            assert go_on.wait(60)
        compile_(self)

    monkeypatch.setattr(Executable, "compile", wait_for_three)
    fast = jit(lambda x: x + 2.5)
    thread = threading.Thread(target=fast, args=(np.ones(3),))
    thread.start()
    assert began.wait(60)
    assert run(fast, np.ones(4))[1] == 1
    go_on.set()
    thread.join(60)
    assert not thread.is_alive()


def test_an_interrupted_compilation_leaves_no_program_behind(monkeypatch):
    compile_ = Executable.compile

    def interrupt(self):
        raise KeyboardInterrupt

    fast = jit(lambda x: np.add(x, 1, out=x) * 3.0)
    monkeypatch.setattr(Executable, "compile", interrupt)
    x = np.zeros(3)
    with pytest.raises(KeyboardInterrupt):
        fast(x)
    assert np.array_equal(x, np.ones(3))
    monkeypatch.setattr(Executable, "compile", compile_)
    result, compiled, _ = run(fast, x)
    assert compiled == 1
    assert np.array_equal(result, np.full(3, 6.0))


# Cuts -------------------------------------------------------------------------------


def many(x):
    y = x
    for i in range(300):
        y = y * 0.5 + x if i % 2 else y + 0.25
    return y


@pytest.mark.parametrize("mode", ["jit", "host"])
def test_max_ops_cuts(mode):
    fast = npjit.accelerate(many, mode=mode, max_ops=40)
    x = np.arange(4.0)
    with events.capture() as captured:
        result = fast(x)
    assert np.array_equal(result, many(x))
    counts = [e.count for e in captured if e.name == "engine"]
    assert max(counts) <= 40
    assert sum(counts) == 450
    cuts = [e for e in captured if e.reason is npjit.Reason.LIMIT]
    assert cuts
    assert {e.name for e in cuts} == {"materialize"}


def draw(rng, n, size):
    total = np.zeros(size)
    for _ in range(n):
        total += rng.standard_normal(size) * 2.0
    return total


@pytest.mark.parametrize("mode", ["jit", "host"])
def test_random_draws_do_not_pile_up(mode):
    size, n = 100_000, 60
    fast = npjit.accelerate(draw, mode=mode, max_pending_bytes=8 * size * 10)
    expected = draw(np.random.default_rng(5), n, size)
    fast(np.random.default_rng(5), 2, size)  # imports and compiles
    tracemalloc.start()
    try:
        result = fast(np.random.default_rng(5), n, size)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.array_equal(result, expected)
    assert peak < 8 * size * 25  # of 60 draws


def triangle(a, b):
    for i in range(1, len(a)):
        for k in range(40):
            a[i, :i] += b[k] * a[0, :i]
    return a


def test_a_loop_over_shrinking_slices_is_compiled_in_part(monkeypatch):
    monkeypatch.setattr(programs, "_MAX_AT_PLACE", 150)
    rng = np.random.default_rng(0)
    a, b = rng.random((8, 8)), rng.random(40)
    fast = npjit.accelerate(triangle, mode="jit")
    expected = triangle(a.copy(), b)
    n_compiled = []
    for _ in range(3):  # recorded, then replayed
        with events.capture() as captured:
            np.testing.assert_array_equal(fast(a.copy(), b), expected)
        n_compiled.append(sum(e.name == "compile" for e in captured))
        fallbacks = [e for e in captured if e.name == "fallback"]
        assert {e.reason for e in fallbacks} == {npjit.Reason.LIMIT}
    assert n_compiled == [2, 0, 0]


def settled(x):
    for _ in range(10):
        x = np.sin(x * 0.5 + 1.0) * x
    return x


def test_what_a_call_compiles_counts_for_that_call(monkeypatch):
    monkeypatch.setattr(programs, "_MAX_AT_PLACE", 60)
    fast = npjit.accelerate(settled, mode="jit")
    with events.capture() as captured:
        for n in range(2, 6):
            fast(np.ones(n))
    assert not [e for e in captured if e.name == "fallback"]
