"""Mode "auto" for blocks: which are recorded, told by a clock of ours."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics import events
from npjit._runtime import auto, block_policy, clock, policy

MS = 1_000_000
#: How long a block takes, plain and recorded, and how each time was made.
times = [10 * MS, 10 * MS]
made = []
now = [0]


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """A clock that goes on only in blocks; JAX is not loaded."""
    spent = clock.Account()
    monkeypatch.setattr(clock, "now_ns", lambda: now[0])
    monkeypatch.setattr(auto.AutoEngine, "load", lambda self: None)
    for module in (auto, policy, block_policy):
        monkeypatch.setattr(module, "SPENT", spent)
    block_policy._courses.clear()
    made.clear()


def pass_time():
    made.append(int(npjit.is_recording()))
    now[0] += times[made[-1]]


def enter(x, n=1, block=None):
    """So many times the same block; how each was made."""
    made.clear()
    for _ in range(n):
        with block or npjit.accelerate(warm_up_seconds=1.0):
            assert x.ndim == 1
            pass_time()
    return list(made)


@pytest.mark.parametrize(("plain", "recorded", "last"), [(10, 1, 1), (10, 30, 0)])
def test_the_faster_way_is_kept(plain, recorded, last):
    times[:] = plain * MS, recorded * MS
    with events.capture() as captured:
        entries = enter(np.zeros(1000), 400)
    assert set(entries[:100]) == {0}  # the first second
    assert set(entries) == {0, 1}
    assert set(entries[-20:]) == {last}
    (choice,) = [e for e in captured if e.name == "choice"]
    assert choice.operation == "block in enter"
    assert choice.detail.startswith(("numpy", "accelerated")[last])


def test_signatures_have_choices_of_their_own():
    times[:] = 10 * MS, 1 * MS
    enter(np.zeros(1000), 300)
    times[:] = 10 * MS, 90 * MS
    enter(np.zeros(10), 300)
    assert enter(np.zeros(1000), 2) == [1, 1]
    assert enter(np.zeros(10), 2) == [0, 0]
    assert enter(np.zeros(10, int), 1) == [0]


def test_large_arrays_are_recorded_at_once():
    times[:] = 10 * MS, 10 * MS
    assert enter(np.zeros(200_000), 3) == [1, 0, 0]


@pytest.mark.parametrize("options", [{"mode": "host"}, {"deterministic": True}])
def test_other_modes_choose_nothing(options):
    times[:] = 10 * MS, 1000 * MS
    block = npjit.accelerate(warm_up_seconds=1.0, **options)
    assert set(enter(np.zeros(1000), 300, block)) == {1}


def test_too_many_signatures_stay_in_numpy():
    times[:] = 10 * MS, 1 * MS
    block = npjit.accelerate(warm_up_seconds=1.0, max_versions=2)
    for n in range(10, 13):
        enter(np.zeros(n), 300, block)
    assert [enter(np.zeros(n), 1, block) for n in range(10, 13)] == [[1], [1], [0]]


def divide(x, y):
    with npjit.accelerate(warm_up_seconds=1.0):
        assert x.ndim == 1
        pass_time()
        return 1 / y


def test_blocks_that_raise_are_paid_for():
    times[:] = 10 * MS, 10_000 * MS
    x = np.zeros(5)
    for _ in range(100):
        divide(x, 1)
    made.clear()
    for _ in range(50):
        with pytest.raises(ZeroDivisionError):
            divide(x, 0)
    assert sum(made) == 1


def test_plain_blocks_join_nothing():
    """Blocks and functions inside of a plain block choose for themselves."""
    x = np.zeros(10)
    inner = npjit.accelerate(mode="host")
    with npjit.accelerate(warm_up_seconds=1.0):
        assert not npjit.is_recording()
        assert type(x) is np.ndarray
        with inner:
            assert npjit.is_recording()
            x += 1
        assert x.tolist() == [1.0] * 10
