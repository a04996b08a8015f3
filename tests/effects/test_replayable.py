"""Which functions are replayed, and what is told of those that are not."""

import logging
import re
import time
import types

import numpy as np
import pytest

import npjit
from npjit._config import Options
from npjit._diagnostics.events import capture
from npjit._runtime.calls import Calls
from npjit.errors import Reason
from tests.effects.worlds import replays_in

X = np.arange(12.0).reshape(3, 4) - 4
MODES = pytest.mark.parametrize("mode", ["host", "jit"])
RATE = 2.0
TABLE = {"k": 2, "w": np.ones(4)}
CALLS = []
log = logging.getLogger("npjit_tests")
state = types.SimpleNamespace(k=2.0, u=np.ones(4), n=0)
rng = np.random.default_rng(3)


class Layer:
    def __init__(self, w):
        self.w = w
        self.n_calls = 0

    def __call__(self, a):
        return np.maximum(a * self.w, 0)

    def count(self, a):
        self.n_calls += 1
        return a * self.w


layers = [Layer(2.0), Layer(np.ones(4))]


def arithmetic(a):
    return a * 2 + 1


def reads_globals(a):
    return a * RATE + TABLE["k"] * TABLE["w"]


def reads_attributes(a):
    return a * state.k + state.u


def writes_its_argument(a):
    a[1:] += a[:-1]
    return a.sum()


def writes_an_attribute_in_place(a):
    state.u[:] = state.u * 0.5 + a[0]
    state.u += 1


def calls_objects(a):
    for layer in layers:
        a = layer(a)
    return a


def branches_on_values(a):
    return a * 2 if a.sum() > 0 else a - 1


def loops_while_it_is_large(a):
    while np.abs(a).max() > 1:
        a = a / 2
    return a


def catches_an_error(a):
    try:
        return np.linalg.inv(a[:, :3])
    except np.linalg.LinAlgError:
        return a


def draws_arrays(a):
    return a + rng.normal(size=4)


def nests_functions(a):
    def scaled(b, by=RATE):
        return b * by

    return [scaled(row) for row in a], (lambda b: b + RATE)(a)


def fills_lists_of_its_own(a):
    rows, seen = [], {}
    for i, row in enumerate(a):
        rows.append(row * i)
        seen[i] = row
    return rows, seen


def runs_on_the_host(a):
    return np.sort(np.lib.stride_tricks.sliding_window_view(a, 2, 1), axis=None)


def builds_with_numpys_objects(a):
    return np.r_[a[0], 0.5, 1:3], np.c_[a[0], a[1]], np.mgrid[:3, :4] * a, np.ogrid[:2]


def counts_with_ndindex(a):
    total = 0.0
    for i, j in np.ndindex(2, 2):
        total = total + a[i, j]
    return total


def writes_lists_by_index(a):
    b = a.copy()
    b[[0, 2]] = [1.0, 2.0, 3.0, 4.0]
    np.put(b, [0, 1], [5, 6])
    np.add.at(b, [0, 0, 1], 1.0)
    b[0][[1, 2]] = np.float32(3)
    return b


def writes_whole_numbers_to_bytes(a):
    b = np.abs(a).astype(np.uint8)
    b[b > 3] = 0
    b[0, 0] = 255
    return b


def steps_through_windows(a):
    windows = np.lib.stride_tricks.sliding_window_view(a.ravel(), 4)[::2]
    return windows.mean(axis=1), windows[1:, 0] * 2


def inserts_and_deletes(a):
    return np.insert(a, [1, 2], 5.0, axis=0), np.delete(a, 1, axis=1), np.delete(a, [0])


def uses_flat(a):
    b = a.copy()
    b.flat[::5] = a[:, 0]
    b.flat[np.argmax(a)] = 2.0
    return b, np.diag(a[0]), a.flat[-1] + a.flat[:3]


def ignores_reports(a):
    with np.errstate(all="ignore"):
        return 1 / (a - a)


REPLAYED = [
    arithmetic,
    reads_globals,
    reads_attributes,
    writes_its_argument,
    writes_an_attribute_in_place,
    calls_objects,
    branches_on_values,
    loops_while_it_is_large,
    draws_arrays,
    nests_functions,
    fills_lists_of_its_own,
    runs_on_the_host,
    builds_with_numpys_objects,
    counts_with_ndindex,
    writes_lists_by_index,
    writes_whole_numbers_to_bytes,
    steps_through_windows,
    inserts_and_deletes,
    uses_flat,
    ignores_reports,
]


@MODES
@pytest.mark.parametrize("fn", REPLAYED, ids=lambda fn: fn.__name__)
def test_replayed(fn, mode):
    fast = npjit.accelerate(fn, mode=mode)
    fast(X.copy())
    with capture() as events:
        fast(X.copy())
        fast(X.copy())
    assert replays_in(events) == [fn.__name__] * 2
    assert "record" not in {event.name for event in events}


def prints(a):
    print(end="")  # here
    return a * 2


def notes_its_calls(a):
    CALLS.append(1)  # here
    return a * 2


def counts(a):
    state.n = state.n + 1  # here
    return a * 2


def counts_in_a_method(a):
    return layers[0].count(a)


def stores_a_global(a):
    global RATE
    RATE = RATE + 0  # here
    return a * 2


def asks_the_clock(a):
    return a * (time.time() > 0)  # here


def logs(a):
    log.debug("called")  # here
    return a * 2


def evaluates_text(a):
    return eval("a * 2")


def opens_a_file(a):
    with open(__file__) as lines:  # here
        return a * len(lines.readline())


EFFECTS = [
    prints,
    notes_its_calls,
    counts,
    counts_in_a_method,
    stores_a_global,
    asks_the_clock,
    logs,
    evaluates_text,
    opens_a_file,
]


@MODES
@pytest.mark.parametrize("fn", EFFECTS, ids=lambda fn: fn.__name__)
def test_not_replayed_and_told_why(fn, mode):
    fast = npjit.accelerate(fn, mode=mode)
    with capture() as events:
        for _ in range(3):
            fast(X.copy())
    assert not replays_in(events)
    told = [event for event in events if event.name == "no_replay"]
    assert told
    for event in told:
        assert event.operation == fn.__name__
        assert isinstance(event.reason, Reason)
        assert event.reason is not Reason.INTERNAL
        assert event.filename == __file__


def line_of(fn):
    """The line of a function that ends with `# here`."""
    first = fn.__code__.co_firstlineno
    with open(__file__) as file:
        lines = file.readlines()
    return next(n for n in range(first, first + 9) if "# here" in lines[n - 1])


@pytest.mark.parametrize(
    "fn", [prints, notes_its_calls, counts, asks_the_clock], ids=lambda fn: fn.__name__
)
def test_stats_name_the_line(fn):
    npjit.reset_stats()
    npjit.accelerate(fn, mode="host")(X)
    text = str(npjit.stats())
    assert fn.__name__ in text
    assert re.search(rf"{re.escape(__file__)}:{line_of(fn)}\b", text)


def test_effects_happen_each_time():
    CALLS.clear()
    fast = npjit.accelerate(notes_its_calls, mode="host")
    for _ in range(20):
        fast(X)
    assert len(CALLS) == 20


@MODES
def test_programs_of_what_is_not_replayed_are_found_again(mode):
    fast = npjit.accelerate(notes_its_calls, mode=mode)
    for _ in range(3):
        fast(X)
    with capture() as events:
        fast(X)
    names = {event.name for event in events}
    assert "compile" not in names
    assert mode == "host" or "hit" in names


@MODES
def test_each_outcome_of_a_branch_is_replayed(mode):
    fast = npjit.accelerate(branches_on_values, mode=mode)
    for sign in (1, -1):
        fast(X * 0 + sign)
    with capture() as events:
        results = [fast(X * 0 + sign) for sign in (1, -1, 1, -1)]
    assert replays_in(events) == ["branches_on_values"] * 4
    assert [a[0, 0] for a in results] == [2, -2, 2, -2]


@MODES
def test_each_signature_is_replayed(mode):
    fast = npjit.accelerate(arithmetic, mode=mode)
    inputs = [X, X.astype("f4"), X[:2], X.T, X[::-1], X.ravel()]
    for _ in range(2):
        with capture() as events:
            for x in inputs:
                np.testing.assert_array_equal(fast(x), arithmetic(x))
    assert len(replays_in(events)) == len(inputs)


@MODES
def test_ever_new_values_are_recorded(mode):
    def of_a_number(a):
        return a * int(a[0, 0])

    fast = npjit.accelerate(of_a_number, mode=mode)
    for n in range(100):
        np.testing.assert_array_equal(fast(X + n), of_a_number(X + n))


def gives_numbers(a):
    total = float(a.sum())
    return total, int(a.argmax()), a * 2


def takes_numbers(a, t):
    return a * (1 - t) + 0.5 * t


@MODES
def test_numbers_of_the_result_cut_no_program(mode):
    fast = npjit.accelerate(gives_numbers, mode=mode, strict="breaks")
    with capture() as events:
        for k in range(3):
            assert repr(fast(X + k)) == repr(gives_numbers(X + k))
    assert "break" not in {event.name for event in events}
    assert replays_in(events) == ["gives_numbers"] * 2


@MODES
def test_a_float_argument_is_taken_anew(mode):
    fast = npjit.accelerate(takes_numbers, mode=mode)
    with capture() as events:
        for k in range(30):
            t = k / 8
            np.testing.assert_array_equal(fast(X, t), takes_numbers(X, t), strict=True)
    assert len(replays_in(events)) == 29


@pytest.mark.parametrize(("fn", "args"), [(gives_numbers, ()), (takes_numbers, (0.5,))])
def test_calls_with_numbers_are_replayed_at_once(fn, args):
    calls = Calls(Options().replace(mode="jit"))
    for _ in range(2):
        calls.record(fn, (X, *[t / 2 for t in args]), {}, {})
        calls.record(fn, (X, *args), {}, {})
        calls.replayed(fn, (X, *args), {})
    assert calls.recordings[0].quick is not None
