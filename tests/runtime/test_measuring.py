"""Programs of mode "auto": compiled in the background, measured, kept where faster."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics import events
from npjit._graph import trace as trace_module
from npjit._host.engine import Replay
from npjit._runtime import auto, clock, measuring
from npjit._runtime.background import WORKER
from npjit._runtime.clock import Account
from npjit._runtime.contest import FIRST, SECOND
from npjit._runtime.engine import XlaEngine
from npjit._runtime.measuring import MeasuringEngine
from npjit._runtime.programs import PROGRAMS, Program
from npjit._runtime.recording import HOST, load_auto
from npjit._xla.compile import Executable
from npjit.errors import Reason

MS = 1_000_000


@pytest.fixture(autouse=True)
def _compiled_at_once(monkeypatch):
    """No other thread, and no programs of other tests."""
    load_auto()
    PROGRAMS.clear()

    def submit(job):
        job()
        return False

    monkeypatch.setattr(WORKER, "submit", submit)
    monkeypatch.setattr(measuring.speed, "gain", lambda entries: 2.0)
    yield
    PROGRAMS.clear()


@pytest.fixture
def engines(monkeypatch):
    """What each run of a program takes, by engine: it can be set."""
    times = {"host": 10 * MS, "xla": 1 * MS}
    now = [0]
    monkeypatch.setattr(clock, "now_ns", lambda: now[0])
    host, xla = type(HOST).run, MeasuringEngine.results

    def run_on_host(self, trace, log):
        now[0] += times["host"]
        host(self, trace, log)

    def run_on_xla(self, *args):
        now[0] += times["xla"]
        return xla(self, *args)

    monkeypatch.setattr(type(HOST), "run", run_on_host)
    monkeypatch.setattr(MeasuringEngine, "results", run_on_xla)
    return times


def ran(captured):
    """The engines that ran, in order."""
    return [e.operation for e in captured if e.name == "engine"]


def steps(x, n):
    """The same program n times, in one call."""
    y = x
    for _ in range(n):
        y = np.sin(y) * 2.0 + x
        if y[0] > 1e9:
            break
    return y


def call(fn, *args, **options):
    """A call that is recorded, with what happened."""
    fast = npjit.accelerate(fn, warm_up_seconds=0, **options)
    with events.capture() as captured:
        result = fast(*args)
    return result, captured


X = np.linspace(0.0, 1.0, 5000)


@pytest.mark.parametrize(("xla_ms", "kept"), [(1, "xla"), (90, "host")])
def test_programs_switch_within_one_call(engines, xla_ms, kept):
    engines["xla"] = xla_ms * MS
    result, captured = call(steps, X, 20)
    np.testing.assert_allclose(result, steps(X, 20), rtol=1e-12)
    engines_ran = ran(captured)
    assert engines_ran[0] == "host"  # cold
    assert "xla" in engines_ran
    assert set(engines_ran[-10:]) == {kept}
    assert [e.name for e in captured].count("compile") <= 2
    choices = [e.detail for e in captured if e.name == "choice"]
    assert choices[0].startswith("XLA" if kept == "xla" else "NumPy")


def test_a_program_that_does_not_repeat_is_not_compiled(engines):
    engines["host"] = 4 * MS
    _, captured = call(lambda x: np.sin(x) * 3.0 + x, X)
    assert set(ran(captured)) == {"host"}
    assert "compile" not in {e.name for e in captured}


def test_tiny_programs_stay_in_numpy(engines):
    _, captured = call(steps, np.ones(10), 30)
    assert set(ran(captured)) == {"host"}


@pytest.mark.parametrize(
    ("host_ms", "gain", "is_tried"),
    [(600, 1.1, False), (600, 1.5, True), (400, 1.1, True), (400, 0.2, False)],
)
def test_xla_is_tried_where_a_gain_is_foretold(
    engines, monkeypatch, host_ms, gain, is_tried
):
    engines["host"] = host_ms * MS
    monkeypatch.setattr(measuring.speed, "gain", lambda entries: gain)
    _, captured = call(steps, X, 8)
    assert ("xla" in ran(captured)) is is_tried


def long_steps(x, n):
    """A program of many operations n times, in one call; with views and writes."""
    y, z = x.copy(), x[::2]
    for _ in range(n):
        y *= 0.5
        a = y[:-1] + z.mean()
        y[1:] += a
        b = np.cos(y) - np.sin(x)
        b[1:] += np.tanh(a)
        y[...] = np.sin(b) + y
        z = y[::2] * 0.5
        z[:3] = b[:3]
        if y[0] > 1e9:
            break
    return y, z


@pytest.fixture
def runs(monkeypatch):
    """What ran: entries by engine, in order; XLA takes `per_entry["xla"]` for each."""
    made, per_entry = [], {"host": 100 * MS, "xla": 10 * MS}
    now = [0]
    monkeypatch.setattr(clock, "now_ns", lambda: now[0])
    host, xla = Replay.run, XlaEngine.results

    def run_on_host(self, until=None):
        before = self.log.done
        host(self, until)
        made.append(("host", self.log.done - before))
        now[0] += per_entry["host"] * (self.log.done - before)

    def run_on_xla(self, run):
        made.append(("xla", len(run.log.entries)))
        now[0] += per_entry["xla"] * len(run.log.entries)
        return xla(self, run)

    monkeypatch.setattr(Replay, "run", run_on_host)
    monkeypatch.setattr(MeasuringEngine, "results", run_on_xla)
    return made, per_entry


@pytest.mark.parametrize("xla_ms", [10, 1000])
def test_of_a_long_program_a_first_part_is_tried(runs, xla_ms):
    made, per_entry = runs
    per_entry["xla"] = xla_ms * MS
    results, captured = call(long_steps, X, 20)
    for actual, expected in zip(results, long_steps(X, 20), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-12)
    in_xla = [n for engine, n in made if engine == "xla"]
    part, whole = min(in_xla), made[1][1]
    assert in_xla[0] == part < 0.5 * whole
    if xla_ms == 10:
        assert in_xla[1:] == [whole] * len(in_xla[1:])
        assert len(in_xla) > 10
    else:
        assert in_xla == [part, part]
        assert {"NumPy: XLA's first part was slower"} == {
            e.detail for e in captured if e.name == "choice"
        }


def test_a_first_part_that_reports_leaves_the_program_to_numpy(runs):
    def divided(x, y, n):
        for _ in range(n):
            z = x / y
            z = np.sin(z[1:] - z[1:]) + np.cos(x[1:]) + np.tanh(x[1:])
            if z[0] > 1e9:
                break
        return z

    y = np.ones(5000)
    y[0] = 0.0
    made, _ = runs
    x = X + 1.0
    with pytest.warns(RuntimeWarning, match="divide by zero") as heard:
        actual, _ = call(divided, x, y, 12)
    with pytest.warns(RuntimeWarning):
        np.testing.assert_array_equal(actual, divided(x, y, 12))
    assert len(heard) == 12  # one for each iteration
    in_xla = [n for engine, n in made if engine == "xla"]
    assert in_xla == [min(n for _, n in made)] * 2


def test_compiling_takes_no_more_than_the_work(engines, monkeypatch):
    monkeypatch.setattr(measuring, "COMPILED", measuring._Compiled())
    for module in (auto, measuring):
        monkeypatch.setattr(module, "SPENT", measuring.SPENT)
    measuring.COMPILED.ns = measuring.SPENT.ns + 10**15
    fast = npjit.accelerate(steps, warm_up_seconds=1e-9)
    measuring.SPENT.ns = max(measuring.SPENT.ns, 1)
    with events.capture() as captured:
        fast._state.accelerated(steps, (X, 10), {}, {})
    assert set(ran(captured)) == {"host"}


def test_what_compiling_takes_is_learnt():
    compiled = measuring._Compiled()
    guess = compiled.expected_ns(100)
    assert compiled.expected_ns(1) < guess < 100 * compiled.expected_ns(1)
    for _ in range(20):
        compiled.learn(100, 4 * guess)
    assert 3 * guess < compiled.expected_ns(100) < 4 * guess


@pytest.mark.parametrize("method", ["compile", "__call__"])
def test_a_failure_is_told_and_numpy_goes_on(engines, monkeypatch, method):
    def fail(self, *args):
        raise MemoryError("full")

    monkeypatch.setattr(Executable, method, fail)
    result, captured = call(steps, X, 12)
    np.testing.assert_array_equal(result, steps(X, 12))
    told = [e for e in captured if e.name == "fallback"]
    assert {e.reason for e in told} == {Reason.COMPILE_FAILED}
    assert told[0].filename == __file__
    assert set(ran(captured)) == {"host"}


def test_a_failure_in_strict_mode(monkeypatch):
    def fail(self, *args):
        raise MemoryError("full")

    monkeypatch.setattr(Executable, "compile", fail)
    with pytest.raises(npjit.FallbackError, match="full"):
        call(steps, X, 12, strict=True)


@pytest.mark.internal_error
def test_a_bug_is_told_in_full_once(monkeypatch):
    def fail(self, *args):
        raise ZeroDivisionError("in a rule")

    monkeypatch.setattr(Executable, "compile", fail)
    _, captured = call(steps, X, 12)
    details = [e.detail for e in captured if e.reason is Reason.INTERNAL]
    assert len([text for text in details if "Traceback" in text]) == len(
        {e.detail for e in captured if "Traceback" in e.detail}
    )
    assert any("Traceback" in text for text in details)


def rows(a, n):
    for i in range(1, n):
        a[i] = a[i - 1] * 0.5 + a[i]
        if a[i, 0] > 1e9:
            break
    return a


def test_positions_that_change_are_operands_from_the_first_compilation(engines):
    a = np.random.default_rng(0).random((60, 200))
    expected = rows(a.copy(), 60)
    result, captured = call(rows, a, 60)
    assert result is a
    np.testing.assert_array_equal(a, expected)
    assert "xla" in ran(captured)
    assert [e.name for e in captured].count("compile") <= 3


def test_whether_a_replay_may_go_to_xla_directly():
    program = Program(3)
    assert not program.on_xla("jit")
    program.variants = [((), None)]
    assert program.on_xla("jit")
    assert not program.on_xla("auto")
    program.contest.samples = [[1000], [100]]
    program.contest.settle(SECOND)
    n = 0
    while program.on_xla("auto"):
        n += 1
    assert n == 500  # then NumPy is looked at again
    program.contest.settle(FIRST)
    assert not program.on_xla("auto")
    program.failure = Reason.INTERNAL, ""
    assert not program.on_xla("jit")


def test_no_jax_before_the_warm_up_is_over(monkeypatch):
    engine, loads = auto.AutoEngine(HOST), []
    monkeypatch.setattr(engine, "load", lambda: loads.append(1))
    monkeypatch.setattr("npjit._runtime.recording.engine_of", lambda mode: engine)
    monkeypatch.setattr("npjit._runtime.calls.engine_of", lambda mode: engine)
    monkeypatch.setattr(auto, "SPENT", Account())
    fast = npjit.accelerate(steps, warm_up_seconds=1.0)
    fast._state.accelerated(steps, (X, 5), {}, {})
    assert loads == []
    auto.SPENT.add(10**9)
    fast._state.accelerated(steps, (X, 5), {}, {})
    assert loads


def test_programs_that_are_not_compiled_are_bounded():
    def shrinking(x, n):
        for _ in range(1, n):
            x = x[1:] + x[:-1]
            if x[0] > 1e300:
                break
        return x

    fast = npjit.accelerate(shrinking, warm_up_seconds=0, max_programs=5)
    fast(np.zeros(500), 60)
    assert len(PROGRAMS.programs) <= 11


def chain(x, n):
    """Programs of three operations, with Python between them."""
    for _ in range(n):
        y = np.sin(x) * 2.0 + x
        if y[0] > 1e9:
            break
    return y


@pytest.mark.parametrize(
    ("xla_ms", "python_ms", "stops"), [(90, 10, True), (90, 0, False), (1, 10, False)]
)
def test_a_recording_in_vain_stops(engines, monkeypatch, xla_ms, python_ms, stops):
    monkeypatch.setattr(trace_module, "TINY_OPS", 60)
    engines["xla"] = xla_ms * MS
    run, now = auto.AutoEngine.run, clock.now_ns
    late = [0]
    monkeypatch.setattr(clock, "now_ns", lambda: now() + late[0])

    def run_later(self, trace, log):
        late[0] += python_ms * MS
        run(self, trace, log)

    monkeypatch.setattr(auto.AutoEngine, "run", run_later)
    result, captured = call(chain, X, 300)
    np.testing.assert_allclose(result, chain(X, 1), rtol=1e-12)
    slower = [e for e in captured if e.reason is Reason.SLOWER]
    breaks = [e for e in slower if e.name == "break"]
    assert [e.operation for e in breaks] == ["recording"] * stops
    if stops:
        assert breaks[0].filename == __file__
        assert len(ran(captured)) < 100
    else:
        assert len(ran(captured)) >= 300
