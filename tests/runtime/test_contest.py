"""Contests: who takes turns, who is kept, and when the other side is looked at."""

import itertools
import math
import random

import pytest

from npjit._runtime.contest import FIRST, SECOND, Contest


def run(contest, times, n):
    """So many runs with these times; how often each side ran."""
    counts = [0, 0]
    for _ in range(n):
        side = contest.turn()
        counts[side] += 1
        contest.note(side, times[side])
    return counts


@pytest.mark.parametrize(
    ("times", "winner", "n"),
    [
        ((1000, 50), SECOND, 2),
        ((50, 1000), FIRST, 4),  # the second ran for the first time
        ((1000, 300), SECOND, 4),
        ((300, 1000), FIRST, 4),
        ((1000, 750), SECOND, 6),
        ((1000, 860), SECOND, 10),
        ((1000, 950), SECOND, 18),
        ((1000, 990), FIRST, 18),  # not clearly faster: NumPy is kept
        ((1000, 1000), FIRST, 18),
    ],
)
def test_the_less_clear_the_more_runs(times, winner, n):
    contest = Contest()
    run(contest, times, n - 1)
    assert contest.winner is None
    run(contest, times, 1)
    assert contest.winner == winner


def test_sides_take_turns_while_it_is_open():
    contest = Contest()
    turns = []
    for _ in range(10):
        turns.append(contest.turn())
        contest.note(turns[-1], 1000)
    assert turns == [FIRST, SECOND, SECOND, FIRST] * 2 + [FIRST, SECOND]


@pytest.mark.parametrize(
    ("ratio", "spread", "least", "most"),
    [
        (0.5, 0.1, 0.99, 1.0),
        (1.3, 0.4, 0.0, 0.1),
        (1.1, 0.15, 0.0, 0.05),
        (1.0, 0.15, 0.0, 0.3),  # in doubt NumPy is kept
    ],
)
def test_times_that_vary_decide_later(ratio, spread, least, most):
    rng, n_second = random.Random(1), 0
    for _ in range(300):
        contest = Contest()
        while contest.winner is None:
            side = contest.turn()
            scale = ratio if side == SECOND else 1.0
            contest.note(side, int(1e6 * scale * math.exp(rng.gauss(0, spread))))
        n_second += contest.winner == SECOND
    assert least <= n_second / 300 <= most


def test_one_slow_run_decides_nothing():
    for first_ns in (4000, 20_000):  # of an executable
        contest = Contest()
        contest.note(FIRST, 1000)
        contest.note(SECOND, first_ns)
        run(contest, (1000, 400), 20)
        assert contest.winner == SECOND


def test_the_slower_side_is_looked_at_ever_more_rarely():
    contest = Contest()
    run(contest, (100, 1000), 4)
    assert contest.winner == FIRST
    gaps, last = [], 0
    for i in range(1, 20_000):
        if contest.turn() == SECOND:
            gaps.append(i - last)
            last = i
            contest.note(SECOND, 1000)
        else:
            contest.note(FIRST, 100)
    assert gaps[0] >= 499  # 2 % of the time spent
    assert all(b >= 1.9 * a for a, b in itertools.pairwise(gaps))
    assert len(gaps) <= 6


def test_a_look_that_finds_the_other_faster_opens_it_again():
    contest = Contest()
    run(contest, (100, 1000), 4)
    run(contest, (100, 20), 1000)
    assert contest.winner == SECOND


@pytest.mark.parametrize(("before", "after"), [(100, 900), (100, 20)])
def test_times_that_change_open_it_again(before, after):
    contest = Contest()
    run(contest, (before, 500), 4)
    assert contest.winner == FIRST
    contest.patience = 2**20  # no look is due
    for _ in range(10_000):
        contest.note(FIRST, after)
        if contest.winner is None:
            break
    assert contest.winner is None


def test_single_slow_runs_do_not_open_it():
    contest = Contest()
    run(contest, (100, 1000), 4)
    contest.patience = 2**20
    for i in range(5000):
        contest.note(FIRST, 100 if i % 3 else 900)
    assert contest.winner == FIRST


def test_times_that_change_all_the_time_open_it_ever_more_rarely():
    contest, opened = Contest(), []
    slow = False
    for i in range(200_000):
        slow = slow != (i % 50 == 0)
        times = (1000, 3000) if slow else (100, 300)
        side = contest.turn()
        contest.note(side, times[side])
        if contest.reopened > len(opened):
            opened.append(i)
    assert 3 <= len(opened) <= 16


def test_a_side_that_was_never_tried_is_not_looked_at():
    contest = Contest()
    contest.note(FIRST, 5)
    contest.settle(FIRST)
    assert run(contest, (5, 1), 5) == [5, 0]
    assert run(contest, (50, 1), 100)[SECOND] > 0  # unless the times have changed


def test_text():
    contest = Contest()
    contest.note(FIRST, 12_340)
    assert str(contest) == "12.3 us against -"
