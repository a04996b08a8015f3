"""Mode "auto": which calls are plain and which accelerated, told by a clock of ours."""

import threading
import warnings

import numpy as np
import pytest

import npjit
from npjit._config import Options
from npjit._diagnostics import events
from npjit._runtime import auto, clock, policy
from npjit._runtime.auto import PROGRESS
from npjit._runtime.background import WORKER
from npjit._runtime.policy import ACCELERATED, PLAIN, Policy, Small
from npjit._runtime.programs import PROGRAMS

MS = 1_000_000
X = np.zeros(1000)


class Clock:
    """A clock that goes on only where it is told to."""

    def __init__(self, monkeypatch):
        self.ns = 0
        monkeypatch.setattr(clock, "now_ns", lambda: self.ns)
        spent = clock.Account()
        for module in (auto, policy):
            monkeypatch.setattr(module, "SPENT", spent)


class World:
    """A function whose plain and accelerated calls take times that a test sets."""

    def __init__(self, monkeypatch, plain_ns, accelerated_ns, **options):
        self.clock = Clock(monkeypatch)
        self.times = [plain_ns, accelerated_ns]
        self.made = []
        self.is_unsettled = False
        self.trace = None
        self.policy = Policy(Options(**options), self.accelerated, {}, Small())

    def plain(self, *args, **kwargs):
        self.made.append(PLAIN)
        self.clock.ns += self.times[PLAIN]
        return "plain"

    def accelerated(self, fn, args, kwargs, imported):
        self.made.append(ACCELERATED)
        self.clock.ns += self.times[ACCELERATED]
        PROGRESS.n_unsettled += self.is_unsettled
        return "accelerated", self.trace

    def call(self, *args, n=1):
        """So many calls; how they were made."""
        self.made = []
        for _ in range(n):
            self.policy.call(self.plain, args or (X,), {})
        return self.made

    @property
    def engine(self):
        (choice,) = self.policy.choices()
        return choice.engine


@pytest.fixture
def world(monkeypatch):
    return lambda *times, **options: World(monkeypatch, *times, **options)


def test_no_call_is_accelerated_before_the_warm_up_is_over(world):
    w = world(10 * MS, 1 * MS, warm_up_seconds=2.0)
    assert set(w.call(n=200)) == {PLAIN}
    w.call(n=30)
    assert w.engine == "accelerated"


@pytest.mark.parametrize(
    ("plain", "accelerated", "engine"),
    [(10 * MS, 1 * MS, "accelerated"), (10 * MS, 30 * MS, "numpy")],
)
def test_the_faster_is_kept(world, plain, accelerated, engine):
    w = world(plain, accelerated)
    w.call(n=400)
    assert w.engine == engine
    last = w.call(n=20)
    assert set(last) == {ACCELERATED if engine == "accelerated" else PLAIN}


def test_calls_take_turns_while_it_is_open(world):
    w = world(10 * MS, 9 * MS)
    made = w.call(n=300)
    assert w.engine == "accelerated"
    trial = made[made.index(ACCELERATED) :]
    turns = [PLAIN, ACCELERATED, ACCELERATED, PLAIN]
    assert trial[:10] == [ACCELERATED] * 2 + turns * 2  # two warm up


def test_trials_take_a_share_of_what_was_spent(world):
    w = world(10 * MS, 5000 * MS)
    w.is_unsettled = True
    for _ in range(3000):
        w.call()
        (course,) = w.policy.courses.values()
        # One call may go beyond it, the next waits until it is paid for.
        assert course.trial_ns <= course.spent_ns / 4 + 5000 * MS
    assert course.trial_ns > 0


def test_what_was_called_for_microseconds_is_not_tried(world):
    w = world(5_000, 1)
    assert set(w.call(n=50_000)) == {PLAIN}
    assert w.engine == "numpy"


def test_short_calls_that_become_long_are_tried(world):
    w = world(5_000, 1 * MS)
    w.call(n=100)
    w.times[PLAIN] = 100 * MS
    w.call(n=1500)
    assert w.engine == "accelerated"


def test_signatures_have_choices_of_their_own(world):
    w = world(10 * MS, 1 * MS)
    small, large = np.zeros(10), np.zeros(10_000)
    w.call(large, n=300)
    w.times = [10 * MS, 90 * MS]
    w.call(small, n=300)
    assert [c.engine for c in w.policy.choices()] == ["accelerated", "numpy"]
    assert [c.signature for c in w.policy.choices()] == [
        (("float64[10000]",), ()),
        (("float64[10]",), ()),
    ]


def test_the_engine_is_told(world):
    w = world(10 * MS, 1 * MS)
    with events.capture() as captured:
        w.call(n=300)
    (choice,) = [e for e in captured if e.name == "choice"]
    assert choice.operation == "World.plain"
    assert choice.detail == "accelerated: 10000.0 us against 1000.0 us"


def test_programs_that_are_not_settled_are_not_measured(world):
    w = world(10 * MS, 1 * MS)
    w.is_unsettled = True
    w.call(n=150)
    (course,) = w.policy.courses.values()
    assert course.n_unsettled > 0
    assert course.n_accelerated == 0
    assert w.engine == ""
    w.is_unsettled = False
    w.call(n=50)
    assert w.engine == "accelerated"


def test_while_something_compiles_calls_are_plain(world, monkeypatch):
    w = world(10 * MS, 1 * MS)
    w.call(n=110)
    monkeypatch.setattr(WORKER, "is_busy", lambda: True)
    (course,) = w.policy.courses.values()
    course.contest.reopen()
    course.is_trying = True
    assert set(w.call(n=20)) == {PLAIN}


def test_a_changed_behaviour_is_measured_again(world):
    w = world(10 * MS, 1 * MS)
    w.call(n=300)
    assert w.engine == "accelerated"
    w.times[ACCELERATED] = 50 * MS
    w.call(n=300)
    assert w.engine == "numpy"


class Stopped:
    stopped = True
    misses = 0


def test_a_recording_that_stopped_makes_it_numpys(world):
    w = world(10 * MS, 1 * MS)
    w.trace = Stopped()
    w.call(n=300)
    assert w.engine == "numpy"
    assert set(w.call(n=5000)) == {PLAIN}


def test_without_a_warm_up_it_is_tried_at_once(world):
    w = world(5_000, 1_000, warm_up_seconds=0)
    assert w.call() == [ACCELERATED]


def test_a_failing_call_is_paid_for(world):
    w = world(10 * MS, 400 * MS)
    succeed = w.policy.accelerated

    def fail(*args):
        succeed(*args)
        raise ZeroDivisionError

    w.policy.accelerated = fail
    n_failed = 0
    for _ in range(1000):
        try:
            w.call()
        except ZeroDivisionError:
            n_failed += 1
    assert 0 < n_failed <= 10


def loop(x):
    for _ in range(3):
        x = x * 0.5
    return x


def straight(x):
    return x * 0.5


@pytest.mark.parametrize(
    ("fn", "size", "is_accelerated"),
    [(loop, 100_000, True), (loop, 99_999, False), (straight, 100_000, False)],
)
def test_the_first_call_with_large_arrays(world, fn, size, is_accelerated):
    w = world(10 * MS, 1 * MS)
    x = np.zeros(size)
    w.policy.call(fn, (x,), {})
    assert (w.made == [ACCELERATED]) is is_accelerated
    w.made = []
    w.policy.call(fn, (x,), {})
    assert w.made == []  # the second is plain


# Calls that are plain by the size of their arguments ----------------------------------


def test_small_calls_are_told_by_size(world):
    w = world(5_000, 1)
    w.call(np.zeros(10), n=20)
    assert w.policy.small.size == 10
    assert w.policy.small.left > 0
    w.call(np.zeros((20, 10)), n=20)
    assert w.policy.small.size == 200


def test_no_size_beyond_one_that_is_open_or_accelerated(world):
    w = world(5_000, 1)
    w.call(np.zeros(1000), n=20)
    assert w.policy.small.size == 1000
    w.times = [10 * MS, 1 * MS]
    w.call(np.zeros(100), n=300)
    assert w.policy.small.size == -1
    w.times = [5_000, 1]
    w.call(np.zeros(99), n=20)
    assert w.policy.small.size == 99


def test_only_arrays_and_numbers_are_told_by_size(world):
    w = world(5_000, 1)
    w.call([np.zeros(10)], n=20)
    assert w.policy.small.size == -1
    w.call(np.zeros(10), 3, n=20)
    assert w.policy.small.size == 10


def test_some_of_the_small_calls_are_measured():
    calls = []
    fast = npjit.accelerate(lambda x: calls.append(1) or x + 1, warm_up_seconds=1e9)
    x = np.ones(4)
    for _ in range(500):
        fast(x)
    assert len(calls) == 500
    small = fast._state.small
    assert small.size == 4
    (course,) = fast._state.courses.values()
    assert 8 < course.n_plain < 30


def test_an_array_of_another_type_is_no_small_call():
    class Units(np.ndarray):
        pass

    fast = npjit.accelerate(lambda x: x + 1, warm_up_seconds=1e9)
    for _ in range(20):
        fast(np.ones(4))
    (course,) = fast._state.courses.values()
    n_measured = course.n_plain
    assert type(fast(np.ones(4).view(Units))) is Units
    assert course.n_plain == n_measured + 1  # it went the long way


# Determinism, warm-up ----------------------------------------------------------------


def test_deterministic_runs_as_jit():
    fast = npjit.accelerate(lambda x: np.sin(x) * 2.125, deterministic=True)
    x = np.arange(5.0)
    for _ in range(3):
        with events.capture() as captured:
            np.testing.assert_allclose(fast(x), np.sin(x) * 2.125, rtol=1e-15)
        assert "host" not in {e.operation for e in captured if e.name == "engine"}
    (choice,) = fast.choices()
    assert choice.engine == "accelerated"


@pytest.mark.parametrize("mode", ["auto", "jit"])
def test_warm_up_compiles_ahead_and_leaves_arguments_alone(mode):
    def fill(x, y):
        x += np.cos(y) * 3.0625
        return x.sum()

    class Spec:
        shape = (300,)
        dtype = np.dtype(np.float32)

    PROGRAMS.clear()
    fast = npjit.accelerate(fill, mode=mode)
    x, y = np.zeros(200), np.ones(200)
    with events.capture() as captured:
        fast.warmup((x, y), (Spec(), Spec()))
    assert not x.any()
    assert [e.name for e in captured].count("compile") == 2
    assert fast.signatures() == [
        (("float64[200]", "float64[200]"), ()),
        (("float32[300]", "float32[300]"), ()),
    ]
    with events.capture() as captured:
        for _ in range(6):
            fast(x, y)
    names = {e.name for e in captured}
    assert "compile" not in names
    assert names & {"engine", "replay"}


def test_warm_up_of_a_method_and_of_a_single_array():
    class Model:
        k = 2.0

        @npjit.accelerate(mode="jit")
        def scaled(self, x):
            return x * self.k

    model = Model()
    model.scaled.warmup(np.ones(70))
    assert model.scaled.signatures()


# Signatures --------------------------------------------------------------------------


def test_more_signatures_than_max_versions(world):
    w = world(10 * MS, 1 * MS, warm_up_seconds=0, max_versions=2)
    w.call(np.zeros(1), n=3)
    w.call(np.zeros(2), n=3)
    with pytest.warns(npjit.NpjitWarning, match="more than 2 signatures"):
        w.call(np.zeros(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert set(w.call(np.zeros(1), n=5) + w.call(np.zeros(4), n=5)) == {PLAIN}


def test_signatures_that_are_not_tried_are_no_versions(world):
    w = world(5_000, 1, max_versions=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(1500):
            w.call(np.zeros(n))
    assert len(w.policy.courses) <= 1026


def test_threads_share_what_was_measured():
    def fill(x, k):
        y = np.zeros_like(x)
        for i in range(3):
            y[i:] += x[i:] * k
        return y

    fast = npjit.accelerate(fill, warm_up_seconds=0)
    x, wrong = np.arange(3000.0), []

    def work(k):
        for n in (3000, 1000, 300):
            expected = fill(x[:n], k)
            wrong.extend(
                k for _ in range(15) if not np.array_equal(fast(x[:n], k), expected)
            )

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
