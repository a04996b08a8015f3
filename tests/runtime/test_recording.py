"""One call from outside: exceptions, interrupts, threads, and that nothing leaks."""

import asyncio
import contextvars
import dis
import functools
import gc
import signal
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import npjit
from npjit._array.array import STAND_INS
from npjit._diagnostics import events
from npjit._graph import trace as trace_module
from npjit._graph.trace import Trace, current
from npjit._host.engine import HostEngine
from npjit._runtime import recording

MODES = ["host", "jit"]


def accelerate(fn, mode, **options):
    return npjit.accelerate(fn, mode=mode, **options)


class State:
    def __init__(self):
        self.u = np.zeros(4)
        self.log = []


# Exceptions -------------------------------------------------------------------------


def half_way(x, state, error):
    x += 1
    state.u = x * 2
    state.log.append(state.u[1:])
    x[1:] *= state.u[:-1]
    if error is not None:
        raise error
    x[...] = -1.0


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)]
)
@pytest.mark.parametrize("mode", MODES)
def test_after_an_exception_all_is_as_under_numpy(mode, error):
    x, state = np.arange(4.0), State()
    expected, expected_state = x.copy(), State()
    with pytest.raises(type(error)):
        half_way(expected, expected_state, error)
    with pytest.raises(type(error)) as raised:
        accelerate(half_way, mode)(x, state, error)
    assert raised.value is error
    assert np.array_equal(x, expected)
    assert type(state.u) is np.ndarray
    assert np.array_equal(state.u, expected_state.u)
    assert type(state.log[0]) is np.ndarray
    assert state.log[0].base is state.u
    assert current.trace is None


@pytest.mark.parametrize("mode", MODES)
def test_an_exception_starts_no_compilation(mode):
    with events.capture() as captured, pytest.raises(ValueError, match="no"):
        accelerate(half_way, mode)(np.arange(11.0), State(), ValueError("no"))
    names = [e.name for e in captured]
    assert "compile" not in names
    assert [e.count for e in captured if e.name == "record"] == [3]


def test_tracebacks_have_no_frame_of_npjit_among_the_users():
    def outer(x, state):
        return [half_way(x, state, ValueError("no")) for _ in range(1)]

    try:
        accelerate(outer, "host")(np.arange(4.0), State())
    except ValueError as error:
        tb = error.__traceback__
    modules = []
    while tb is not None:
        modules.append(tb.tb_frame.f_globals["__name__"])
        tb = tb.tb_next
    border = [name for name in modules if name.startswith("npjit.")]
    assert modules[: 1 + len(border)] == [__name__, *border]
    assert set(modules[1 + len(border) :]) == {__name__}
    assert len(border) <= 5


def alive(*types):
    """The ids of all objects of these types; tracebacks of other tests hold some."""
    gc.collect()
    return {id(obj) for obj in gc.get_objects() if type(obj) in types}


def returns(x, state):
    state.u = x + 1
    state.log.append([state.u * 2, {"a": x[1:]}])
    return x * 3


def raises(x, state):
    returns(x, state)
    raise ValueError("no")


@pytest.mark.parametrize("fn", [returns, raises])
@pytest.mark.parametrize("mode", MODES)
def test_nothing_stays_alive_after_a_call(monkeypatch, mode, fn):
    made = []

    class Watched(Trace):
        def __init__(self, *args):
            super().__init__(*args)
            made.append(weakref.ref(self))

    monkeypatch.setattr(recording, "Trace", Watched)
    before = alive(*STAND_INS)
    state, kept = State(), None
    try:
        kept = accelerate(fn, mode)(np.arange(4.0), state)
    except ValueError:
        assert fn is raises
    gc.collect()
    assert [ref() for ref in made] == [None]
    assert kept is None or type(kept) is np.ndarray
    assert current.trace is None
    assert alive(*STAND_INS) <= before
    assert type(state.u) is np.ndarray
    assert type(state.log[0][0]) is np.ndarray


def test_memory_of_intermediates_is_freed_without_the_collector():
    before = alive(Trace)
    gc.disable()
    try:
        made = []
        fast = npjit.accelerate(
            lambda x: (made.append(weakref.ref(npjit.realize(x * 2))), x + 1)[1],
            mode="host",
        )
        fast(np.ones(10))
        assert made[0]() is None
        assert not [
            obj
            for obj in gc.get_objects()
            if type(obj) is Trace and id(obj) not in before
        ]
    finally:
        gc.enable()


# Interrupts -------------------------------------------------------------------------


def steps(x, y):
    x += 1
    y[::2] = x[:2] * 3
    x *= y
    x[1:] -= x[:-1]
    z = x + y
    y += z
    np.negative(x, out=x)


def states(fn, *arrays):
    """What the arrays hold before and after each line of a program."""
    seen = []

    def watch(frame, event, arg):
        if frame.f_code is fn.__code__:
            seen.append([a.copy() for a in arrays])
            return watch
        return None

    sys.settrace(watch)
    try:
        fn(*arrays)
    finally:
        sys.settrace(None)
    seen.append([a.copy() for a in arrays])
    return seen


#: The instructions after which CPython looks for signals.
BREAKS = {"CALL", "CALL_FUNCTION_EX", "CALL_KW", "RESUME", "JUMP_BACKWARD"}


@functools.cache
def instructions(code):
    """The name of the instruction at each offset."""
    return {i.offset: i.opname for i in dis.get_instructions(code)}


class Interrupter:
    """Raises KeyboardInterrupt at the n-th place in npjit where one could come."""

    def __init__(self, at):
        self.left = at
        self.happened = ""
        self.last = {}

    def __call__(self, frame, event, arg):
        name = frame.f_globals.get("__name__", "")
        if not name.startswith("npjit.") or name.startswith("npjit.testing"):
            return self
        frame.f_trace_opcodes = True
        if event == "opcode" and not self.happened:
            before = self.last.get(frame)
            self.last[frame] = instructions(frame.f_code)[frame.f_lasti]
            # What cleans up is not interrupted: a second Ctrl-C may do damage.
            # What the collector calls ignores exceptions.
            names = list(names_up(frame))
            if before in BREAKS and not {"_finish_after", "forget"} & set(names):
                self.left -= 1
            if self.left < 0:
                self.happened = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
                self.last.clear()
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


def names_up(frame):
    while frame is not None:
        yield frame.f_code.co_name
        frame = frame.f_back


def interrupted(fast, at, *args):
    """Call, and raise at the n-th place; where that was, "" if the call got through."""
    interrupter = Interrupter(at)
    sys.settrace(interrupter)
    try:
        fast(*args)
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
    return interrupter.happened


def check_interrupts(fast, places):
    possible = states(steps, np.arange(4.0), np.ones(4))
    count = 0
    for at in places:
        arrays = np.arange(4.0), np.ones(4)
        where = interrupted(fast, at, *arrays)
        found = [np.array_equal(arrays, state) for state in possible]
        assert any(found), (at, where, arrays)
        assert current.trace is None, (at, where)
        if not where:
            assert found[-1]
            break
        count += 1
    return count


def test_interrupted_anywhere_mode_host():
    fast = npjit.accelerate(steps, mode="host")
    fast(np.arange(4.0), np.ones(4))
    assert check_interrupts(fast, range(0, 100_000, 17)) > 100


def test_interrupted_anywhere_mode_jit():
    fast = npjit.accelerate(steps, mode="jit")
    fast(np.arange(4.0), np.ones(4))
    assert check_interrupts(fast, range(3, 100_000, 31)) > 60


@pytest.mark.parametrize("after", range(5))
def test_interrupted_between_entries(monkeypatch, after):
    """The log is continued where the engine was interrupted, nothing is done twice."""
    from npjit._host.engine import Replay

    entry, count = Replay.entry, 0

    def interrupt(self, *args):
        nonlocal count
        count += 1
        if count == after + 1:
            raise KeyboardInterrupt
        entry(self, *args)

    monkeypatch.setattr(Replay, "entry", interrupt)
    arrays, expected = (np.arange(4.0), np.ones(4)), (np.arange(4.0), np.ones(4))
    steps(*expected)
    with pytest.raises(KeyboardInterrupt):
        npjit.accelerate(steps, mode="host")(*arrays)
    assert np.array_equal(arrays, expected)


@pytest.mark.parametrize("mode", MODES)
def test_recording_goes_on_after_a_caught_interrupt(monkeypatch, mode):
    def program(x):
        x += 1
        try:
            y = x * 3
        except KeyboardInterrupt:
            y = x * 5
        x -= 0.5
        return y + x

    fast = accelerate(program, mode, pure=False)
    fast(np.ones(3))
    user_line, calls = trace_module.user_line, 0

    def interrupt(depth):
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return user_line(depth + 1)

    monkeypatch.setattr("npjit._array.entries.user_line", interrupt)
    assert np.array_equal(fast(np.ones(3)), np.full(3, 11.5))
    assert calls > 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="platform: no setitimer")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("mode", MODES)
def test_a_signal_in_a_long_loop(mode):
    def loop(x, n):
        for _ in range(n):
            x += 1
            x[1:] = x[:-1]
        return x

    fast = accelerate(loop, mode)
    fast(np.zeros(50), 500)
    x = np.zeros(50)

    def interrupt(signum, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        # Again and again: what comes in JAX's callback of the collector is lost.
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.15, 1.0)
        with pytest.raises(KeyboardInterrupt):
            fast(x, 10**9)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
    done = int(x[0])
    assert done > 0
    expected = loop(np.zeros(50), done)
    before = expected.copy()
    assert np.array_equal(x, expected) or np.array_equal(x[1:], before[1:] - 1)
    assert current.trace is None


# Threads ----------------------------------------------------------------------------


def work(x, n, state):
    y = np.zeros_like(x)
    for i in range(20):
        y += np.sqrt(x + i) * n
        if y.sum() < 0:
            break
    state.append(y[:2])
    x[:] = y
    return y


@pytest.mark.parametrize("mode", MODES)
def test_many_threads_call_one_function(mode):
    fast = accelerate(work, mode)

    def call(n):
        x, state = np.arange(30.0), []
        for _ in range(3):
            y = fast(x, float(n), state)
        return x, y, state

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(call, range(12)))
    for n, (x, y, state) in enumerate(results):
        expected_x, expected_state = np.arange(30.0), []
        for _ in range(3):
            expected = work(expected_x, float(n), expected_state)
        np.testing.assert_allclose(y, expected, rtol=1e-13)
        np.testing.assert_allclose(x, expected_x, rtol=1e-13)
        np.testing.assert_allclose(state, expected_state, rtol=1e-13)
    assert fast.cache_info().hits + fast.cache_info().misses == 36


def in_thread(fn):
    """Run in another thread; it must not wait for us."""
    result = []
    thread = threading.Thread(target=lambda: result.append(fn()))
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "deadlock"
    return result[0]


@pytest.mark.parametrize("mode", MODES)
def test_another_thread_touches_a_stand_in(mode):
    shared, seen = [], []

    def look():
        y = shared[0]
        return float(y.sum()), (y + 1).tolist(), np.asarray(y[1:]).copy(), y.shape

    @npjit.host
    def ask():
        seen.append(in_thread(look))

    def program(x):
        y = x * 2
        shared.append(y)
        y += 1
        ask()
        y *= 10
        ask()
        return y

    result = accelerate(program, mode)(np.arange(4.0))
    assert np.array_equal(result, (np.arange(4.0) * 2 + 1) * 10)
    assert shared[0] is result
    assert [s[0] for s in seen] == [16.0, 160.0]
    assert seen[0][1] == [2.0, 4.0, 6.0, 8.0]
    assert np.array_equal(seen[1][2], result[1:])


@pytest.mark.parametrize("mode", MODES)
def test_a_thread_reads_while_another_records(mode):
    """Without a stop: reading cuts the log under the hands of the recorder."""
    box, stop, read = [], threading.Event(), []

    def reader():
        while not stop.is_set():
            if box:
                value = float(box[0][0])
                read.append(value)

    def program(x, n):
        y = x * 1.0
        box.append(y)
        for _ in range(n):
            y += 1
            x = np.sqrt(y * y)
        return y, x

    fast = accelerate(program, mode)
    fast(np.zeros(3), 3)
    box.clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=reader)
    thread.start()
    try:
        y, x = fast(np.zeros(3), 400)
    finally:
        stop.set()
        thread.join(60)
        sys.setswitchinterval(interval)
    assert not thread.is_alive()
    assert np.array_equal(y, np.full(3, 400.0))
    assert np.array_equal(x, y)
    assert box[0] is y
    assert read == sorted(read)


@pytest.mark.parametrize("mode", MODES)
def test_two_recordings_that_share_stand_ins(mode):
    """Each uses what the other is recording, at the same time."""
    boxes = [[], []]
    barrier = threading.Barrier(2)

    def program(x, mine, other):
        y = x + 1
        mine.append(y)
        barrier.wait(60)
        z = y
        for _ in range(100):
            z = z + other[0] * 0
            y *= 1.0
        barrier.wait(60)
        return z

    fast = accelerate(program, mode)
    results = {}

    def call(i):
        results[i] = fast(np.full(3, float(i)), boxes[i], boxes[1 - i])

    threads = [threading.Thread(target=call, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive(), "deadlock"
    for i, result in results.items():
        assert np.array_equal(result, np.full(3, i + 1.0))


def test_other_threads_are_not_recorded():
    seen = []

    def look():
        a = np.ones(3) * 2
        return npjit.is_recording(), type(a)

    @npjit.host
    def ask():
        seen.append(in_thread(look))

    def program(x):
        ask()
        return x + 1

    npjit.accelerate(program, mode="host")(np.ones(3))
    assert seen == [(False, np.ndarray)]


def test_tasks_and_contexts():
    fast = npjit.accelerate(lambda x, n: np.sin(x) * n + x.sum(), mode="host")

    async def task(n):
        x = np.arange(5.0)
        first = fast(x, n)
        await asyncio.sleep(0)
        assert not npjit.is_recording()
        second = await asyncio.to_thread(fast, x, n)
        with np.errstate(divide="ignore"):
            await asyncio.sleep(0)
            third = contextvars.copy_context().run(fast, x, n)
        expected = np.sin(x) * n + x.sum()
        return [np.array_equal(r, expected) for r in (first, second, third)]

    async def main():
        return await asyncio.gather(*(task(float(n)) for n in range(8)))

    assert all(all(r) for r in asyncio.run(main()))


def test_a_generator_outlives_the_call():
    def program(x):
        y = x * 2
        return (v + y[0] for v in y)

    items = npjit.accelerate(program, mode="host")(np.arange(1.0, 4.0))
    assert list(items) == [4.0, 6.0, 8.0]


def test_the_host_engine_finishes_what_failed(monkeypatch):
    """An engine that fails for a reason of its own: the buffers are NumPy's."""
    from npjit._runtime.engine import XlaEngine

    def fail(self, trace, log):
        raise KeyboardInterrupt

    monkeypatch.setattr(XlaEngine, "run", fail)
    arrays, expected = (np.arange(4.0), np.ones(4)), (np.arange(4.0), np.ones(4))
    steps(*expected)
    with events.capture() as captured, pytest.raises(KeyboardInterrupt):
        npjit.accelerate(steps, mode="jit")(*arrays)
    assert np.array_equal(arrays, expected)
    assert {e.operation for e in captured if e.name == "engine"} == {HostEngine.name}
