"""Where the choices of a random program come from."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Choices over one source of integers.

    Parameters
    ----------
    integer : callable
        ``integer(low, high)`` draws an int from a closed interval. A small one should
        mean a simple program, for Hypothesis shrinks towards `low`.
    """

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer

    def pick(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        position = self.integer(0, sum(weight for weight, _ in options) - 1)
        for weight, option in options:
            position -= weight
            if position < 0:
                return option
        raise AssertionError("position was beyond the sum of weights")

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) >= 100 - percent


def from_seed(seed: int) -> Choices:
    return Choices(random.Random(seed).randint)
