"""The best local alignment of two sequences, one antidiagonal at a time."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 500, "L": 5000}


def arguments(rng, size):
    return rng.integers(0, 4, size), rng.integers(0, 4, size)


def program(a, b, match=3, mismatch=-3, gap=2):
    """Element i of a diagonal scores what ends in the i-th letter of `a`."""
    n = len(a)
    before, last = np.zeros((2, n + 1), dtype=np.int64)
    best = 0
    for diagonal in range(2, 2 * n + 1):
        low, high = max(1, diagonal - n), min(n, diagonal - 1)
        letters = b[diagonal - high - 1 : diagonal - low][::-1]
        score = np.where(a[low - 1 : high] == letters, match, mismatch)
        new = np.zeros_like(last)
        longest = np.maximum(last[low - 1 : high], last[low : high + 1]) - gap
        longest = np.maximum(longest, before[low - 1 : high] + score)
        new[low : high + 1] = np.maximum(longest, 0)
        best = max(best, new.max())
        before, last = last, new
    return best
