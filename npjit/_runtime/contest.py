"""Which of two ways is faster, found out on runs that have to be made anyway.

Nothing is ever run twice to be measured: a contest says whose turn it is, and is told
how long that took. First both take turns; then the faster is kept. The other one is
looked at again when that costs little against what was spent meanwhile, at ever longer
intervals, and sooner if the times have changed.
"""

from __future__ import annotations

import threading
from statistics import median, median_low
from typing import Final

__all__ = ["FIRST", "SECOND", "Contest"]

#: The two sides. The first is kept unless the second is clearly faster.
FIRST: Final = 0
SECOND: Final = 1

#: What a side takes is the median of so many runs.
_KEPT: Final = 9
#: So many runs of each, where they differ much, before one is kept at last.
_MOST: Final = 25
#: How many times as fast a side must be after so many runs of each to be kept at once.
_CLEAR: Final = (10.0, 3.0, 1.25, 1.25, 1.15, 1.15, 1.1, 1.1)
#: Below this gain the first side is kept.
_GAIN: Final = 1.03
#: How many times the error of their ratio two sides must be apart.
_DOUBT: Final = 1.0
#: A look at the slower side may cost this share of the time spent since the last one.
_LOOK_SHARE: Final = 0.02
_CHANGE: Final = 2.0
_MAX_PATIENCE: Final = 2**20


class Contest:
    """Times of two sides, and which of them is kept.

    Attributes
    ----------
    winner : int or None
        The side that is kept; None while both take turns.
    samples : list of list of int
        For each side its last times, in nanoseconds.
    spent_ns : int
        Time spent since the winner was found or last confirmed.
    patience : int
        How many times longer than at first it is until the other side is looked at.
    reopened : int
        How often the contest was reopened.
    """

    __slots__ = (
        "changed",
        "lock",
        "patience",
        "reopened",
        "samples",
        "settled_ns",
        "spent_ns",
        "winner",
    )

    def __init__(self) -> None:
        self.winner: int | None = None
        self.samples: list[list[int]] = [[], []]
        self.spent_ns = 0
        self.patience = 1
        self.reopened = 0
        self.settled_ns = (0.0, 0.0)
        self.changed = 0
        self.lock = threading.Lock()

    def __str__(self) -> str:
        times = (self.time_ns(side) for side in (FIRST, SECOND))
        return " against ".join(
            "-" if t is None else f"{t / 1e3:.1f} us" for t in times
        )

    def turn(self) -> int:
        """The side that is to run next."""
        winner = self.winner  # which another thread may change meanwhile
        if winner is None:
            first, second = map(len, self.samples)
            if first != second:
                return SECOND if second < first else FIRST
            # First, second, second, first: in strict turns each side would find the
            # memory as the other leaves it, which made two equal ones differ by 2.
            return first % 2
        return 1 - winner if self.is_due() else winner

    def is_due(self) -> bool:
        """Whether the slower side is to be looked at again."""
        winner = self.winner
        if winner is None or not self.samples[1 - winner]:
            return False
        return self.spent_ns >= self.until_look_ns()

    def until_look_ns(self) -> float:
        """Time to be spent before the slower side is looked at again."""
        return self._price_ns() * self.patience

    def note(self, side: int, elapsed_ns: int) -> None:
        """Take note of one run."""
        with self.lock:
            samples = self.samples[side]
            samples.append(elapsed_ns)
            del samples[:-_MOST]
            if self.winner is None:
                self._decide()
            elif side == self.winner:
                self._watch(elapsed_ns)
            else:
                self._compare(elapsed_ns)

    def settle(self, winner: int) -> None:
        """Keep a side."""
        self.winner = winner
        first, second = map(self.time_ns, (FIRST, SECOND))
        self.settled_ns = (first or 0.0, second or 0.0)
        self.spent_ns = self.changed = 0

    def forget(self) -> None:
        """Forget what runs took so far, as long as it is open."""
        with self.lock:
            if self.winner is None:
                self.samples = [[], []]

    def reopen(self) -> None:
        """Let both sides take turns again, and forget what they took."""
        self.winner = None
        self.samples = [[], []]
        self.reopened += 1

    def time_ns(self, side: int) -> float | None:
        """What a run of a side takes: the median of the last ones."""
        samples = self.samples[side][-_KEPT:]
        return median(samples) if samples else None

    def _decide(self) -> None:
        n = min(map(len, self.samples))
        if n == 0:
            return
        runs = [sorted(s[-n:]) for s in self.samples]
        # The lower median: of two runs the better one, the other may have been cold.
        first, second = (max(median_low(s), 1) for s in runs)
        gain = first / second
        if n == 1 and gain < 1:  # the second side ran for the first time
            return
        needed = _CLEAR[n - 1] if n <= len(_CLEAR) else 1.0
        doubt = _DOUBT * gain * (_spread(runs[0]) + _spread(runs[1])) / n**0.5
        is_clear = max(gain, 1 / gain) >= needed and abs(gain - _GAIN) >= doubt
        if n >= _MOST or is_clear:
            self.settle(SECOND if is_clear and gain >= _GAIN else FIRST)

    def _watch(self, elapsed_ns: int) -> None:
        """Reopen if the times of the kept side have changed."""
        self.spent_ns += elapsed_ns
        was_ns = self.settled_ns[self.winner or 0]
        is_other = elapsed_ns > _CHANGE * was_ns or elapsed_ns * _CHANGE < was_ns
        self.changed = self.changed + 1 if is_other else 0
        # Times that change all the time reopen it ever more rarely.
        price_ns = self._price_ns() * 2**self.reopened
        if self.changed >= _KEPT and self.spent_ns > price_ns:
            self.reopen()

    def _compare(self, elapsed_ns: int) -> None:
        """Reopen if the slower side is the faster now."""
        winner = self.winner or 0
        if elapsed_ns < (self.time_ns(winner) or 0.0):
            self.reopen()
            return
        self.patience = min(2 * self.patience, _MAX_PATIENCE)
        self.settle(winner)

    def _price_ns(self) -> float:
        """Time after which a look at the slower side is small change.

        One that was never tried is not looked at, unless the times change.
        """
        return self.settled_ns[1 - (self.winner or 0)] / _LOOK_SHARE


def _spread(runs: list[int]) -> float:
    """The distance of the quartiles of sorted times, by their median."""
    quarter = len(runs) // 4
    return (runs[-1 - quarter] - runs[quarter]) / max(median_low(runs), 1)
