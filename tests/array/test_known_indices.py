"""Indices that are in bounds whatever their values: the interval they lie in."""

import numpy as np
import pytest

import npjit
from npjit._array import index_arrays
from npjit._array.array import peek
from npjit._array.known_indices import interval_of
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity

EDGES = np.array([-1.0, 0.0, 0.5, 1.0])
TABLE = np.arange(256.0)

#: From floats in [-2, 2] and ints in [0, 9] to indices of ten elements.
KNOWN = {
    "remainder": lambda x, k: (k * 7 + 3) % 10,
    "remainder in place": lambda x, k: in_place(k),
    "negative remainder": lambda x, k: (k * 3) % -5,
    "fmod": lambda x, k: np.fmod(k - 20, 10),
    "neighbours": lambda x, k: np.minimum(k + 1, 9),
    "computed neighbours": lambda x, k: k - 1,
    "reversed": lambda x, k: 9 - k,
    "halves": lambda x, k: (k + 10) // 2,
    "shifted": lambda x, k: (k + 10) >> 1,
    "bits": lambda x, k: (k * 1000) & 7,
    "clip": lambda x, k: (x * 100).astype(int).clip(0, 9),
    "np.clip": lambda x, k: np.clip((x * 100).astype(int), a_min=-10, a_max=9),
    "one-sided clip": lambda x, k: np.clip(k * 3, None, 9),
    "bounds": lambda x, k: np.maximum(np.minimum((x * 9).astype(int), 9), 0),
    "absolute": lambda x, k: abs(k - 9),
    "negative": lambda x, k: -k,
    "mask as ints": lambda x, k: (x > 0).astype(int) * 3,
    "count": lambda x, k: (x[:9] > 0).sum() - 1,
    "running count": lambda x, k: np.cumsum(x > 0) - 1,
    "where": lambda x, k: np.where(x > 0, k, 2),
    "joined": lambda x, k: np.concatenate([k % 4, k % 7]),
    "stacked": lambda x, k: np.stack([k % 4, k % 7])[::-1].T,
    "repeated": lambda x, k: np.repeat(np.roll(k % 7, 2), 2),
    "searchsorted": lambda x, k: np.searchsorted(EDGES, x),
    "bins": lambda x, k: np.searchsorted(EDGES, x, "right") - 1,
    "argsort": lambda x, k: np.argsort(x, kind="stable"),
    "lexsort": lambda x, k: np.lexsort((k * 2, x > 0)),
    "lexsort of an array": lambda x, k: np.lexsort(np.stack([x, -x])),
    "argmax of rows": lambda x, k: np.argmax(x.reshape(2, -1), axis=1),
    "element": lambda x, k: (9 - k)[3],
    "of a table": lambda x, k: (k % 5)[(k * 3) % 10],
    "bytes": lambda x, k: (k > 2).astype(np.uint8) + np.uint8(8),
}


def in_place(k):
    i = k * 7
    i %= 10
    i[...] = i
    i += 2
    i %= 10
    return i


def look_up(x, k, index):
    return (x + 1)[index(x * 2, k + 0)] * 2


@pytest.mark.parametrize("name", KNOWN)
def test_known_indices_are_not_computed_first(name):
    x, k = np.linspace(-1, 1, 10), np.arange(10)
    assert_parity(look_up, x, k, KNOWN[name], calls=2, vary=keep, modes=("host",))
    with capture() as events:
        # Of a call that may be replayed no values are looked at.
        npjit.accelerate(look_up, mode="host", pure=False)(x, k, KNOWN[name])
    if name != "remainder in place":  # what is written in part is not followed
        assert not [event for event in events if event.name == "break"]


def keep(rng, *args):
    """The values stay in bounds."""


def test_known_indices_are_compiled():
    def all_of_them(x, k, indices):
        return [look_up(x, k, index) for index in indices]

    x, k = np.linspace(-1, 1, 10), np.arange(10)
    assert_parity(all_of_them, x, k, list(KNOWN.values()), vary=keep, expect_xla=True)


def test_bytes_look_up_a_table():
    def colors(image):
        return TABLE[(image * 255).astype(np.uint8)]

    image = np.linspace(0, 1, 12).reshape(3, 4)
    assert_parity(colors, image, expect_xla=True)
    with capture() as events:
        npjit.accelerate(colors, mode="jit", strict=True)(image)
    assert not [event for event in events if event.name == "break"]


STEPS = [
    *(lambda i, j: i + j, lambda i, j: i - j, lambda i, j: i * j, lambda i, j: -i),
    *(lambda i, j: i % 7, lambda i, j: i % -3, lambda i, j: np.fmod(i, 5)),
    *(
        lambda i, j: i // 3,
        lambda i, j: i >> 2,
        lambda i, j: i & 12,
        lambda i, j: i & j,
    ),
    *(np.minimum, np.maximum, lambda i, j: abs(i), lambda i, j: np.clip(i, -4, 9)),
    *(lambda i, j: np.clip(i, j, None), lambda i, j: np.clip(i, 5, 2)),
    *(lambda i, j: np.where(j > 2, i, j), lambda i, j: np.concatenate([i, j])[::2]),
    *(lambda i, j: np.sort(i)[::-1], lambda i, j: i.astype(np.int8)),
    *(lambda i, j: i.astype(np.uint8), lambda i, j: np.cumsum(i > j)[: len(i)]),
    *(lambda i, j: np.argsort(i, kind="stable"), lambda i, j: i[j % 2]),
    *(lambda i, j: np.take(i, j % 3), lambda i, j: i * 100, lambda i, j: i[::-1]),
    *(lambda i, j: np.add(i, j, out=i), lambda i, j: np.roll(i, 3)),
    *(lambda i, j: i // (j & 3 | 1), lambda i, j: i % (abs(j) + 1)),
]


def chain(i, j, steps):
    i, j = i + 0, j + 0
    for number, step in enumerate(steps):
        k = step(i, j)
        if number % 3 == 2 and len(k) == len(i):
            j = i
        i = k[: len(j)]
        j = j[: len(i)]
    TABLE[i % 100], TABLE[i]
    return i


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(40))
def test_intervals_hold(seed, monkeypatch):
    """Whatever is computed of them, in dtypes that wrap around too."""
    intervals = []

    def checked(index):
        found = interval_of(index)
        if found is not None:
            values = peek(index)
            assert found[0] <= values.min()
            assert values.max() <= found[1]
            intervals.append(found)
        return found

    monkeypatch.setattr(index_arrays, "interval_of", checked)
    rng = np.random.default_rng(seed)
    dtype = "bBhiIlL"[seed % 7]
    for _ in range(10):
        steps = [STEPS[n] for n in rng.integers(len(STEPS), size=5)]
        i, j = rng.integers(0, 10, (2, 12)).astype(dtype)
        fast = npjit.accelerate(chain, mode="host")
        try:
            expected = chain(i, j, steps)
        except (IndexError, TypeError, OverflowError) as error:
            with pytest.raises(type(error)):
                fast(i, j, steps)
        else:
            assert np.array_equal(fast(i, j, steps), expected)
    assert intervals
