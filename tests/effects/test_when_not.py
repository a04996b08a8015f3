"""When nothing is replayed though it could be, and calls from several threads."""

import copy
import pickle
import sys
import threading

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from tests.effects.worlds import replays_in

X = np.arange(12.0).reshape(3, 4) - 4
MODES = pytest.mark.parametrize("mode", ["host", "jit"])
rate = 2.0


def halved(a):
    return a * 0.5


def branching(a):
    b = a * rate
    if b.sum() > 0:
        b = b + 1
    elif b.max() > 0:
        b = b - 1
    for i in range(3):
        b = halved(b) + i
    return b


FUNCTIONS = (halved, branching)


def warm(fn, *args, calls=3):
    for _ in range(calls):
        fn(*args)
    return fn


def lines_traced(fn, *args):
    """The lines of this file that a trace function sees, in order."""
    lines = []

    def trace(frame, event, arg):
        if frame.f_code.co_filename != __file__:
            return None
        if event == "line":
            lines.append((frame.f_code.co_name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        fn(*args)
    finally:
        sys.settrace(before)
    return [line for line in lines if line[0] != "lines_traced"]


def lines_monitored(fn, *args):
    """The lines of this file that a tool of `sys.monitoring` sees, in order."""
    lines = []
    monitoring = sys.monitoring
    tool = monitoring.PROFILER_ID

    def line(code, number):
        if code.co_filename == __file__:
            lines.append((code.co_name, number))

    monitoring.use_tool_id(tool, "test")
    monitoring.register_callback(tool, monitoring.events.LINE, line)
    monitoring.set_events(tool, monitoring.events.LINE)
    try:
        fn(*args)
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)
    return [line for line in lines if line[0] != "lines_monitored"]


WATCHERS = [
    lines_traced,
    pytest.param(
        lines_monitored,
        marks=pytest.mark.skipif(
            not hasattr(sys, "monitoring"), reason="python: sys.monitoring is of 3.12"
        ),
    ),
]


@MODES
@pytest.mark.parametrize("watch", WATCHERS)
def test_lines_are_hit_while_somebody_watches(watch, mode):
    fast = warm(npjit.accelerate(branching, mode=mode), X)
    with capture() as events:
        lines = watch(fast, X)
    # converted code begins on the line of its `def`
    definitions = {(fn.__name__, fn.__code__.co_firstlineno) for fn in FUNCTIONS}
    assert set(lines) - definitions == set(watch(branching, X))
    assert not replays_in(events)


@MODES
def test_replay_goes_on_when_nobody_watches(mode):
    fast = warm(npjit.accelerate(branching, mode=mode), X)
    lines_traced(fast, X)
    with capture() as events:
        result = fast(X)
    assert replays_in(events) == ["branching"]
    np.testing.assert_array_equal(result, branching(X))


@MODES
def test_pure_false_records_each_call(mode):
    fast = npjit.accelerate(branching, mode=mode, pure=False)
    with capture() as events:
        warm(fast, X, calls=5)
    assert not replays_in(events)
    assert [e.operation for e in events if e.name == "record"] == ["branching"] * 5


@MODES
def test_pure_true_vouches_for_effects(mode):
    calls = []

    def counted(a):
        calls.append(len(calls))
        return a * 2

    fast = warm(npjit.accelerate(counted, mode=mode, pure=True), X)
    noted = len(calls)
    with capture() as events:
        result = fast(X + 1)
    assert replays_in(events) == [counted.__qualname__]
    assert len(calls) == noted
    np.testing.assert_array_equal(result, (X + 1) * 2)


@MODES
def test_pure_true_reads_arrays_anew(mode):
    w = np.ones(4)

    def weighted(a):
        print(end="")
        return a * w

    fast = warm(npjit.accelerate(weighted, mode=mode, pure=True), X)
    w[:] = 5
    np.testing.assert_array_equal(fast(X), X * 5)
    np.testing.assert_array_equal(fast(X[:2]), X[:2] * 5)


@MODES
def test_copies_and_pickles_share_what_their_original_reads(mode, monkeypatch):
    fast = warm(npjit.accelerate(branching, mode=mode), X)
    module = sys.modules[__name__]
    twins = [copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))]
    for value in (3.0, -1.0, 3.0):
        monkeypatch.setattr(module, "rate", value)
        for twin in (fast, *twins):
            np.testing.assert_array_equal(twin(X), branching(X))


@MODES
def test_cache_clear_forgets_recordings(mode):
    fast = warm(npjit.accelerate(branching, mode=mode), X)
    fast.cache_clear()
    with capture() as events:
        fast(X)
    assert not replays_in(events)


@MODES
def test_two_functions_of_one_code(mode):
    def scaled_by(k):
        @npjit.accelerate(mode=mode)
        def scaled(a):
            return a * k

        return scaled

    twice, thrice = scaled_by(2.0), scaled_by(3.0)
    for _ in range(3):
        np.testing.assert_array_equal(twice(X), X * 2)
        np.testing.assert_array_equal(thrice(X), X * 3)


@MODES
def test_threads_call_at_once(mode):
    fast = npjit.accelerate(branching, mode=mode)
    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for i in range(30):
            a = rng.integers(-9, 9, (3, 4 + i % 2)).astype(float)
            if not np.array_equal(fast(a), branching(a)):
                wrong.append((seed, i))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@MODES
def test_threads_write_arrays_of_their_own(mode):
    @npjit.accelerate(mode=mode)
    def step(u, n):
        u[1:] += u[:-1]
        u %= 97
        return u.sum() * n

    def story(call):
        found = {}

        def work(seed):
            u = np.arange(5.0) + seed
            found[seed] = [call(u, 2.0) for _ in range(20)], u

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    expected, actual = story(step.__wrapped__), story(step)
    for seed, (totals, u) in expected.items():
        assert totals == actual[seed][0]
        np.testing.assert_array_equal(u, actual[seed][1])


@MODES
def test_a_function_that_calls_itself_in_another_thread(mode):
    @npjit.accelerate(mode=mode)
    def f(a, n=2):
        if n == 0:
            return a * 2
        found = []
        thread = threading.Thread(target=lambda: found.append(f(a + n, n - 1)))
        thread.start()
        thread.join()
        return found[0] + 1

    for k in (1.0, 2.0, 2.0, 3.0):
        np.testing.assert_array_equal(f(X * k), (X * k + 3) * 2 + 2)


@MODES
def test_state_changed_by_another_thread_between_calls(mode):
    class Model:
        k = 1.0

    model = Model()

    @npjit.accelerate(mode=mode)
    def f(a):
        return a * model.k

    for k in (1.0, 2.0, 2.0, 3.0, 1.0):
        thread = threading.Thread(target=setattr, args=(model, "k", k))
        thread.start()
        thread.join()
        np.testing.assert_array_equal(f(X), X * k)
