"""Calls that take turns, and ratios of their times with intervals.

All systems get copies of the same arguments, made before the clock starts. In each
round every system is called, in an order drawn anew: none always finds the caches, the
memory and the cores as the same neighbour left them, which made equal functions differ
by 10 % and more. Ratios are of calls of one round: what slows the machine down for
longer than a round slows both.
"""

import copy
import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

__all__ = [
    "Ratio",
    "batch_size",
    "elapsed_ns",
    "geometric_mean",
    "loop_ns",
    "ratio",
    "rounds",
]

Call = Callable[..., Any]
Args = tuple[Any, ...]

#: Calls shorter than this are timed several at once.
BATCH_NS = 1_000_000
MAX_BATCH = 200
#: What is slower by this factor leaves the rounds early.
MANY_TIMES = 5


class Ratio(NamedTuple):
    """A median of ratios and an interval around it."""

    median: float
    low: float
    high: float


def elapsed_ns(call: Call, args: Args, count: int = 1) -> float:
    """Return the nanoseconds of a call on a copy of the arguments.

    Parameters
    ----------
    call : callable
        What is timed.
    args : tuple
        Its arguments; they stay as they are.
    count : int
        How many calls, each on a copy, the time is the mean of.
    """
    copies = [copy.deepcopy(args) for _ in range(count)]
    start_ns = perf_counter_ns()
    for each in copies:
        call(*each)
    return (perf_counter_ns() - start_ns) / count


def loop_ns(call: Call, args: Args, count: int) -> float:
    """Return the nanoseconds of a call on these arguments, the mean of some calls."""
    start_ns = perf_counter_ns()
    for _ in range(count):
        call(*args)
    return (perf_counter_ns() - start_ns) / count


def batch_size(call_ns: float) -> int:
    """Return how many calls to time at once, given the time of one."""
    return max(1, min(MAX_BATCH, int(BATCH_NS / max(call_ns, 1.0))))


def rounds(
    calls: Mapping[str, Call], args: Args, *, seconds: float, least: int, most: int
) -> dict[str, list[float]]:
    """Time calls in turns.

    Parameters
    ----------
    calls : mapping of str to callable
        What is timed, by name; the first is what the others are compared with.
    args : tuple
        Arguments of all of them.
    seconds : float
        When to stop, unless there were too few rounds. What alone used so much, and is
        many times as slow as the first, takes part no longer.
    least, most : int
        Number of rounds; no round begins after three times `seconds`.

    Returns
    -------
    dict of str to list of float
        Nanoseconds of a call, one for each round from the first on.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    counts = {name: batch_size(elapsed_ns(call, args)) for name, call in calls.items()}
    spent = dict.fromkeys(calls, 0.0)
    order, (first, *_) = list(calls), calls
    rng = random.Random(0)
    for number in range(most):
        order = [
            name
            for name in rng.sample(order, len(order))
            if spent[name] < seconds or spent[name] <= MANY_TIMES * spent[first]
        ]
        used = sum(spent[name] for name in order)
        if number and (used >= 3 * seconds or (used >= seconds and number >= least)):
            break
        for name in order:
            began = perf_counter()
            times[name].append(elapsed_ns(calls[name], args, counts[name]))
            spent[name] += perf_counter() - began
    return times


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Return the median of the ratios of a round, with its 95 % interval.

    Parameters
    ----------
    above, below : sequence of float
        Times of two systems, round by round; one may have left before the last.

    Returns
    -------
    Ratio
        The interval is that of order statistics, which assumes nothing about the
        distribution; of fewer than six rounds it is all of them.
    """
    found = sorted(a / b for a, b in zip(above, below, strict=False))
    skipped = _skipped(len(found))
    return Ratio(statistics.median(found), found[skipped], found[-1 - skipped])


def _skipped(n: int) -> int:
    """How many of `n` sorted values lie outside of the interval on either side."""
    k, tail = 0, 0.5**n  # the chance that at most k values lie below the true median
    while (tail := tail + math.comb(n, k + 1) / 2**n) <= 0.025:
        k += 1
    return k


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean, which does not depend on what ratios are taken to."""
    return statistics.geometric_mean(ratios)
