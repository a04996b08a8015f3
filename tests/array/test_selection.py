"""`x[mask]` and `np.nonzero(mask)` before anyone needs their length."""

import functools
import random

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit._diagnostics.values import Tolerance
from npjit.testing import assert_parity
from npjit.testing.parity import Settings, check_parity
from tests.array.test_methods import ARRAYS, INTEGERS, OF_ARRAYS
from tests.chapters._rows import sample

#: XLA sums all elements, zeros among them, where NumPy sums those selected.
SUMS = {"rtol": 1e-13, "atol": 1e-13}


def assert_recorded(fn, *args, **tolerance):
    """Assert parity, and that nothing was left to NumPy."""
    assert_parity(fn, *args, modes=("host",))
    strict = functools.partial(npjit.accelerate, strict=True)
    settings = Settings(
        Tolerance(**tolerance), modes=("jit",), expect_xla=True, accelerate=strict
    )
    check_parity(fn, args, {}, settings)


def arrays():
    x, y = sample("d", 6, 5), sample("d", 6, 5, seed=1)
    return x, y, sample("?", 6, 5)


# What stays on XLA --------------------------------------------------------------------


def reduced(x, y, mask):
    s = x[mask]
    return (
        *(s.sum(), np.sum(s), np.mean(s), s.var(), s.std(ddof=1), s.prod(dtype="D")),
        *(np.any(s > 1), (s > -9).all(), np.count_nonzero(s > 0), (s < 0).sum()),
        *(s.sum(keepdims=True), s.mean(axis=0), s.sum(axis=-1)),
    )


def extreme(x, y, mask):
    return x[mask].max(), np.min(x[mask]), x[x > 0].min(), (x[mask] ** 2).max()


def mapped(x, y, mask):
    a = (x[mask] ** 2).sum(), (np.exp(-abs(x[mask])) * y[mask] - 1).sum()
    b = np.where(x[mask] > 0, y[mask], 0.5).mean(), np.clip(x[mask], -1, 1).sum()
    c = x[mask].astype(int).sum(), x[mask].astype("f").mean(), (~(x[mask] > 0)).any()
    return a, b, c, (2 / x[mask]).sum(), np.hypot(x[mask], y[mask]).mean()


def multiplied(x, y, mask):
    a, b = x[mask], y[mask]
    return np.dot(a, b), a @ b, np.vdot(a, b), np.inner(a, a)


def written(x, y, mask):
    x[mask] += y[mask]
    x[mask] = np.tanh(x[mask])
    y[mask] = x[mask] * 2
    x[~mask] -= 1
    x[x > 1] = 1
    y[y < x] = x[y < x]


def read_before_written(x, y, mask):
    """What was selected keeps its values."""
    s, t = x[mask], y[mask]
    x[mask] = 0
    y += 1
    x[mask] = s + t
    return (s * t).sum()


def changed_mask(x, y, mask):
    """Another version of a mask selects otherwise."""
    s = x[mask]
    mask[0] = ~mask[0]
    return s.sum(), x[mask].sum()


def in_place(x, y, mask):
    s = x[mask]
    t = s
    s += 1
    s *= y[mask]
    np.multiply(s, 2, out=s)
    return s.sum(), t.sum(), s is t


def rows(x, y, mask):
    near = mask[:, 0]
    s = x[near]
    return (
        *(s.sum(0), s.mean(axis=0), s.sum(axis=1).mean(), s.max(axis=1).sum()),
        *(s.sum(), (s - y[near].mean(axis=0)).std(axis=0), (s * [1, 2, 3, 4, 5]).sum()),
    )


def written_rows(x, y, mask):
    near = mask[:, 0]
    x[near] = y[near] - x[near].mean(axis=0)
    y[near] *= x[0]
    x[~near] = 7


def parts(x, y, mask):
    """A mask among basic indices."""
    x[mask[:, 0], 1] = 3
    x[mask[:, 1], 1:3] *= 2
    x[0, mask[0]] += 1
    x[1:, mask[0]] = -1
    x[..., mask[1]] = 0.5
    return x[mask[:, 0], 1].sum(), x[2, mask[2]].sum(), x[mask[:, 1], ::2].sum(axis=0)


def coordinates(x, y, mask):
    i, j = np.where(mask)
    x[i, j] = 0
    y[np.nonzero(mask)] *= 2
    x[np.where(x < 0)] = y[np.where(x < 0)]
    return y[i, j].sum(), i.sum(), (i * 10 + j).max(), x[i, j].mean()


def flat_coordinates(x, y, mask):
    found = np.flatnonzero(x[0] > 0)
    x[0, found] = 5
    (k,) = np.nonzero(y[1])
    return y[1][found].sum(), y[1][k].sum(), len(found), k.size


def lengths(x, y, mask):
    s = x[mask]
    if len(s) > 3:
        s = s - s.sum() / s.size
    return (s**2).sum(), s.shape, s.ndim, s.dtype


def after_a_break(x, y, mask):
    """The selections live on when a value was needed."""
    near = x > y
    s, t = x[near], y[near]
    if s.sum() > 1e9:
        return None
    u = s * t
    if u.sum() > 1e9:
        return None
    x[near] = u + t
    return u.mean()


def masks_alike(x, y, mask):
    """What is known of a mask ends with it; the next one may lie in its place."""
    t = x[x > 1]
    i, j = np.where(x > 1)
    w = x[:, 1]
    w[w > 1] -= 1
    v = y[1]
    v[v > 1] *= 2
    return t.sum(), w[w > 0].sum(), x[i, j].sum(), v[v > 1].sum()


def counted_then_written(x, y, mask):
    """What was counted keeps its elements, though only their number was computed."""
    near = x > 0.1
    s, (i, j) = x[near], np.nonzero(near)
    n, k = len(s), i.size
    low = s.max()
    near[0] = False
    x[x > 0.5] = 0
    return s.sum(), n, k, low, i.sum() + j.sum(), y[i, j].sum()


PROGRAMS = [
    *(reduced, extreme, mapped, multiplied, written, read_before_written, in_place),
    *(changed_mask, rows, written_rows, parts, coordinates, flat_coordinates),
    *(lengths, after_a_break, masks_alike),
    counted_then_written,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_recorded(program):
    assert_recorded(program, *arrays(), **SUMS)


@pytest.mark.parametrize("code", "?bHlLefF")
def test_recorded_dtypes(code):
    def program(x, mask):
        s = x[mask]
        return s.sum(), s.mean(), s.prod(), s.any(), s.std(), np.count_nonzero(s)

    def extremes(x, mask):
        x[mask] = x[mask]
        return x[mask].max(), x[mask].min()

    x, mask = sample(code, 40), sample("?", 40, seed=3)
    tolerance = {"rtol": 1e-3 if code == "e" else 1e-5, "atol": 1e-5}
    assert_recorded(program, x, mask, **tolerance)
    if code != "F":
        assert_recorded(extremes, x, mask)


def test_memory_orders():
    x, y, mask = arrays()
    for a, b, m in [
        (np.asfortranarray(x), y, mask),
        (x.T, y.T, mask.T),
        (x[::-1], y, mask[:, ::-1]),
        (x[::2, 1:], y[::2, 1:], mask[::2, 1:]),
    ]:
        assert_recorded(reduced, a, b, m, **SUMS)
        assert_recorded(written, a, b, m, **SUMS)
        assert_parity(lambda a, b, m: (a[m], a[m[:, 0]], np.nonzero(m)), a, b, m)


# What settles them --------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_every_attribute(name):
    """A selection of all rows does what the array does."""
    for program in OF_ARRAYS[name]:

        def of_selection(x, n, program=program):
            return program(x[x[:, 0] == x[:, 0]], n)

        modes = ["host", "jit"] if name in SETTLED_ON_XLA else ["host"]
        array = ARRAYS["float"]
        assert_parity(of_selection, array, INTEGERS, modes=modes, calls=1)


SETTLED_ON_XLA = {
    "sum",
    "max",
    "reshape",
    "T",
    "sort",
    "__setitem__",
    "__iadd__",
    "flat",
}


def of_functions(x, y, mask):
    s = x[mask]
    return (
        *(np.sort(s), np.cumsum(s), np.argmax(s), np.median(s), np.concatenate([s, s])),
        *(np.array(s), np.asarray(s), np.stack([s, s * 2]), np.unique(np.round(s))),
        *(np.outer(s, s), np.add.reduce(s), np.diff(s), np.array([s, s]), np.shape(s)),
        *(list(s), s.tolist(), s[0], s[-2:], s[::-1], s[s > 0], s[np.argsort(s)]),
        *(
            np.broadcast_to(s, (2, len(s))),
            np.add.outer(s, s[:2]),
            np.max(s, initial=9),
        ),
        *(
            np.sum(s, where=s > 0),
            s @ s[::-1],
            s.dot(y[mask]),
            np.ptp(s),
            np.isin(1.5, s),
        ),
    )


def of_python(x, y, mask):
    s, t = x[mask], y[mask]
    rows = {"s": s, "t": [t]}
    for value in s:
        rows[float(value)] = value
    total = sum(s)
    a, *rest = t
    kinds = isinstance(s, np.ndarray), type(s) is np.ndarray, hasattr(s, "sum")
    texts = f"{s[0]:.3f}", str(s.shape), repr(s)
    return rows, total, a, rest, kinds, texts, s is rows["s"], bool((s == s).all())


def other_length(x, y, mask):
    """Selections of two masks do not fit each other."""
    try:
        return x[mask] + y[~mask & (x > 0)]
    except ValueError as error:
        return str(error)


def of_no_element(x, y, mask):
    none = x > 1e9
    s = x[none]
    found = [s.sum(), s.prod(), s.any(), s.all(), len(s), s.size, s.shape]
    for reduce in (np.max, np.min, np.argmax):
        try:
            reduce(x[none])
        except ValueError as error:
            found.append(str(error))
    x[none] = y[none] * 2
    return found, s, x[none[:, 0]].sum(axis=0), np.nonzero(none)


def of_one_length(x, y, mask):
    """As many elements as a row of another array has: known once it is settled."""
    one = x[0] == x[0, 1]
    return x[0][one] + y, x[0][one] * y[0, :1]


def changed_afterwards(x, y, mask):
    s, t = x[mask], y[mask]
    u = s
    x *= 2
    mask[:] = True
    s[0] = 7
    t.sort()
    s.shape = (-1, 1)
    return s, t, u is s, x[mask].shape


def views_of_it(x, y, mask):
    s = x[mask]
    v = s[1:]
    v += 1
    s *= 2
    w = s.reshape(-1, 1)
    w[0] = -5
    return s, v, v.base is s, s.base, s.flags.owndata, np.shares_memory(s, x)


class Holder:
    def __init__(self, s):
        self.s = s


def stored(x, y, mask):
    held = Holder(x[mask])
    held.s += 1
    items = [y[mask], (x[~mask], np.flatnonzero(mask))]
    return held.s, items, {"k": np.nonzero(mask)}


def by_index(x, y, mask):
    k = np.flatnonzero(x[0] > 0)
    (i, j) = np.nonzero(mask)
    y[i, 0] = 5
    return x[k % 6], x[0, k], x[k[:1]], y[i + 0, j], np.transpose((i, j)), x[i], i.dtype


def closures(x, y, mask):
    s = x[mask]

    def inner(c):
        nonlocal s
        s = s * c
        return s.sum()

    return inner(2), inner(3), s


USES = [
    *(of_functions, of_python, other_length, of_no_element, of_one_length),
    *(changed_afterwards, views_of_it, stored, by_index, closures),
]


@pytest.mark.parametrize("use", USES, ids=lambda f: f.__name__)
def test_settled(use):
    assert_parity(use, *arrays(), modes=("host",))
    assert_parity(use, *arrays(), modes=("jit",), **SUMS)


def test_the_length_alone_settles_nothing():
    def program(x):
        s = x[x > 0]
        return len(s), s.size, s.sum() / len(s)

    with capture() as events:
        npjit.accelerate(program, mode="jit", strict=True)(sample("d", 9))
    assert [e.reason.name for e in events if e.name == "break"] == ["VALUE_NEEDED"]


def test_settling_tells_the_line_that_selected():
    def program(x):
        s = x[x > 0]
        return np.sort(s)

    with capture() as events:
        npjit.accelerate(program, mode="jit")(sample("d", 9))
    told = [e for e in events if e.name == "fallback"]
    first = program.__code__.co_firstlineno
    assert (told[0].operation, told[0].lineno) == ("ndarray.__getitem__", first + 1)


def test_settling_of_what_is_there_compiles_nothing():
    def program(x, mask):
        return np.partition(x[mask], 0), [np.flatnonzero(mask)]

    with capture() as events:
        npjit.accelerate(program, mode="jit")(sample("d", 9), sample("?", 9))
    assert not [e for e in events if e.name == "compile"]


def test_an_exception_compiles_nothing():
    kept = []

    def program(x, holder):
        holder.s = x[x > 0] * 2
        kept.append(np.nonzero(x > 0))
        x[x < 0] = 0
        raise KeyError

    x, holder = sample("d", 9), Holder(None)
    expected = x.copy()
    with capture() as events, pytest.raises(KeyError):
        npjit.accelerate(program, mode="jit")(x, holder)
    assert not [e for e in events if e.name == "compile"]
    assert type(holder.s) is type(kept[0][0]) is np.ndarray
    np.testing.assert_array_equal(holder.s, expected[expected > 0] * 2)
    np.testing.assert_array_equal(x, np.maximum(expected, 0))


def foreign_writes(x, y, mask):
    """Code that is not converted writes what a selection was made of."""
    s, t = x[mask], x[y > 0]
    n = len(s)
    random.Random(0).shuffle([1, 2])
    np.random.default_rng(0).shuffle(mask[:, 0])
    x[mask] = 1
    return s, n, t.sum(), x[mask].sum(), s.mean()


def foreign_between(x, y, mask):
    s, i = x[mask], np.flatnonzero(mask)
    write_all(x, 5)
    write_all(mask, True)
    return s, x[mask].sum(), i, len(i)


@npjit.host
def write_all(a, value):
    a[...] = value


@pytest.mark.parametrize("program", [foreign_writes, foreign_between])
def test_foreign_code(program):
    assert_parity(program, *arrays(), **SUMS)
