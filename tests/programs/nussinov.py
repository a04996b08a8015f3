"""Most base pairs in a folded strand of RNA, and one folding that has them."""

import numpy as np

SIZE = 7


def arguments(rng, size):
    return (rng.integers(0, 4, size),)


def fold(best, sequence, i, j, pairs):
    if i >= j:
        return
    if best[i, j] == best[i + 1, j]:
        fold(best, sequence, i + 1, j, pairs)
        return
    for k in range(i + 1, j + 1):
        if sequence[i] + sequence[k] == 3:
            inside = best[i + 1, k - 1] if k > i + 1 else 0
            after = best[k + 1, j] if k < j else 0
            if best[i, j] == inside + after + 1:
                pairs.append((i, k))
                fold(best, sequence, i + 1, k - 1, pairs)
                fold(best, sequence, k + 1, j, pairs)
                return


def program(sequence):
    n = len(sequence)
    best = np.zeros((n, n), np.int32)
    for i in range(n - 2, -1, -1):
        for j in range(i + 1, n):
            score = max(best[i, j - 1], best[i + 1, j])
            if i + 1 < j:
                pair = int(sequence[i] + sequence[j] == 3)
                score = max(score, best[i + 1, j - 1] + pair)
                score = max(score, np.max(best[i, i + 1 : j] + best[i + 2 : j + 1, j]))
            else:
                score = max(score, int(sequence[i] + sequence[j] == 3))
            best[i, j] = score
    pairs = []
    fold(best, sequence, 0, n - 1, pairs)
    return best, pairs
