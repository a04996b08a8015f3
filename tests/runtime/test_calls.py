"""Calls: which are recorded, which are replayed, and what a replay leaves behind."""

import gc
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit._effects.steps import Run

MODES = pytest.mark.parametrize("mode", ["host", "jit"])


def names(fn, *args, **kwargs):
    """The result of a call, and whether it was replayed or recorded."""
    with capture() as events:
        result = fn(*args, **kwargs)
    told = ("replay", "no_replay", "guard_miss", "record")
    return result, [event.name for event in events if event.name in told]


def recordings(fn):
    return fn._state.calls.recordings


def add(x, y):
    return np.sin(x) + y


@MODES
def test_a_second_call_is_replayed(mode):
    fast = npjit.accelerate(add, mode=mode)
    x = np.arange(4.0)
    assert names(fast, x, x + 1)[1] == ["record"]
    for k in range(3):
        result, told = names(fast, x + k, x - k)
        assert told == ["replay"]
        np.testing.assert_allclose(result, add(x + k, x - k), rtol=1e-14)


def test_pure_false_records_each_call():
    fast = npjit.accelerate(add, mode="host", pure=False)
    for _ in range(3):
        assert names(fast, np.ones(2), 1.0)[1] == ["record"]


def test_recordings_that_are_never_of_use_end():
    fast = npjit.accelerate(add, mode="host")
    for k in range(20):
        fast(np.ones(2), k)  # of a float, a replay takes another one
    assert not recordings(fast)
    assert names(fast, np.ones(2), 0)[1] == ["record"]


def test_what_cannot_be_replayed_is_told_a_few_times():
    seen = []

    def note(x):
        seen.append(1)
        return x + 1

    fast = npjit.accelerate(note, mode="host")
    told = [names(fast, np.ones(2))[1] for _ in range(6)]
    assert told == [["record", "no_replay"]] * 3 + [["record"]] * 3
    assert len(seen) == 6
    assert "note" in str(npjit.stats())


def test_cache_clear_forgets_recordings():
    fast = npjit.accelerate(add, mode="host")
    fast(np.ones(2), 1.0)
    assert recordings(fast)
    fast.cache_clear()
    assert not recordings(fast)


def branch(x):
    y = x * 2
    if y.sum() > 0:
        return y + 1
    return y - 1


@MODES
def test_branches_of_one_function_share_their_beginning(mode):
    fast = npjit.accelerate(branch, mode=mode)
    x = np.arange(4.0)
    for a in (x, -x):
        assert "record" in names(fast, a)[1]
    for a in (x + 1, -x - 1, x, -x):
        result, told = names(fast, a)
        assert told == ["replay"]
        np.testing.assert_array_equal(result, branch(a))
    one, other = recordings(fast)
    assert one.steps[0] is other.steps[0]


def write_then_branch(x, y):
    x += y
    if x.sum() > 100:
        x *= 0
    return x.max()


@MODES
def test_nothing_is_written_before_the_branch_is_known(mode):
    fast = npjit.accelerate(write_then_branch, mode=mode)
    x, y = np.ones(3), np.ones(3)
    fast(x, y)
    big = np.full(3, 99.0)
    _, told = names(fast, x, big)  # begins as a replay, and is recorded then
    assert told == ["guard_miss", "record"]
    np.testing.assert_array_equal(x, np.zeros(3))


def draw_then_branch(rng, x):
    y = x + rng.normal(size=x.shape)
    return y + 1 if y.sum() > 0 else y - 1


@pytest.mark.parametrize(
    "make",
    [np.random.default_rng, np.random.RandomState],
    ids=lambda make: make.__name__,
)
@MODES
def test_draws_are_made_once(mode, make):
    fast = npjit.accelerate(draw_then_branch, mode=mode)
    plain, mine = make(0), make(0)
    for shift in (5, 5, -5, 5, -5):  # at -5 a replay ends after its draws
        x = np.full(3, float(shift))
        expected = draw_then_branch(plain, x)
        np.testing.assert_array_equal(fast(mine, x), expected)


def call_by_name(x, *, out):
    np.add(x, 1, out=out)


@MODES
def test_arguments_are_written_in_place(mode):
    fast = npjit.accelerate(call_by_name, mode=mode)
    for k in range(3):
        out = np.zeros(3)
        _, told = names(fast, np.full(3, float(k)), out=out)
        np.testing.assert_array_equal(out, k + 1)
    assert told == ["replay"]
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fast(np.ones(3), out=out)


@MODES
def test_recordings_keep_no_array_alive(mode):
    fast = npjit.accelerate(branch, mode=mode)
    for _ in range(3):
        x = np.ones(1000)
        mine, result = weakref.ref(x), weakref.ref(fast(x))
        del x
        gc.collect()
        assert mine() is None
        assert result() is None


def test_nothing_is_replayed_while_lines_are_followed():
    fast = npjit.accelerate(add, mode="host")
    for _ in range(2):
        fast(np.ones(2), 1.0)
    before = sys.gettrace()
    sys.settrace(lambda *args: None)
    try:
        told = names(fast, np.ones(2), 1.0)[1]
    finally:
        sys.settrace(before)
    assert told == ["record"]


def divide(x, y):
    return x / y


@MODES
def test_a_replay_ends_where_numpy_warns(mode):
    fast = npjit.accelerate(divide, mode=mode)
    for _ in range(2):
        fast(np.ones(2), np.ones(2))
    with pytest.warns(RuntimeWarning, match="divide by zero") as caught:
        np.testing.assert_array_equal(fast(np.ones(2), np.zeros(2)), np.inf)
    assert len(caught) == 1
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        fast(np.ones(2), np.zeros(2))


@MODES
def test_threads_replay_at_once(mode):
    fast = npjit.accelerate(branch, mode=mode)
    fast(np.ones(5))
    wrong = []

    def work(k):
        for i in range(50):
            x = np.full(5, float(k + i))
            if not np.array_equal(fast(x), branch(x)):
                wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_call_of_one_program_needs_no_registers():
    fast = npjit.accelerate(add, mode="jit")
    for _ in range(3):
        fast(np.ones(3), 2.0)
    (recording,) = recordings(fast)
    assert recording.quick is not None
    (step,) = recording.steps
    assert isinstance(step, Run)


def several(x, y):
    y += x
    return {"sum": x + y, "parts": [x, (x.sum(), 3)]}


def test_quick_calls_hand_out_what_recorded_ones_do():
    fast = npjit.accelerate(several, mode="jit")
    for k in range(4):
        x, mine, its = np.full(3, float(k)), np.ones(3), np.ones(3)
        result, expected = fast(x, mine), several(x, its)
        np.testing.assert_array_equal(mine, its)
        np.testing.assert_array_equal(result["sum"], expected["sum"])
        assert result["parts"][0] is x
        assert result["parts"][1] == expected["parts"][1]
        assert type(result["parts"][1][0]) is np.float64
    (recording,) = recordings(fast)
    assert recording.quick is not None


def add_one(a):
    a += 1.0
    return a * 2


#: Views of a base of ten elements: all of it, and parts.
VIEWS = {
    "whole": lambda base: base[:],
    "part": lambda base: base[2:7],
    "elsewhere": lambda base: base[3:8],
    "reshaped": lambda base: base.reshape(2, 5),
    "backwards": lambda base: base[::-1],
}


@MODES
def test_views_are_replayed_where_they_lie(mode):
    fast = npjit.accelerate(add_one, mode=mode)
    for k in range(3):
        for name, view in VIEWS.items():
            mine, its = np.arange(10.0) + k, np.arange(10.0) + k
            result, told = names(fast, view(mine))
            np.testing.assert_array_equal(result, add_one(view(its)), err_msg=name)
            np.testing.assert_array_equal(mine, its, err_msg=name)
            assert told == ["replay"] if k else told[-1] == "record"


@MODES
def test_a_view_that_became_read_only_is_not_written(mode):
    fast = npjit.accelerate(add_one, mode=mode)
    base = np.zeros(10)
    view = base[2:]
    for _ in range(3):
        fast(view)
    view.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fast(view)
    assert base.tolist() == [0.0] * 2 + [3.0] * 8


def add_three(x, y, z):
    x += y
    x += z


@MODES
def test_arrays_that_come_to_overlap_are_noticed(mode):
    fast = npjit.accelerate(add_three, mode=mode)
    for _ in range(3):
        fast(np.ones(4), np.ones(5)[1:], np.ones(4))
    mine, its = np.arange(5.0), np.arange(5.0)
    for given in (mine, its):
        run = fast if given is mine else add_three
        run(given[:4], given[1:], np.ones(4))
    np.testing.assert_array_equal(mine, its)


def many_pieces(x, n):
    for _ in range(n):
        x = np.sort(x + 1)  # computed on its own, by NumPy
    return x


def test_a_replay_drops_what_nobody_asks_for_any_more():
    fast = npjit.accelerate(many_pieces, mode="host")
    size, n = 50_000, 40
    for _ in range(2):
        fast(np.zeros(size), n)
    tracemalloc.start()
    try:
        _, told = names(fast, np.zeros(size), n)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told == ["replay"]
    assert peak < 8 * size * 8  # of 80 arrays
