"""Index errors: NumPy's own, at their line, and nothing else written than by NumPy."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import assert_rows, row

LINE = np.arange(5.0)
TABLE = np.arange(12.0).reshape(3, 4)
CUBE = np.arange(24).reshape(2, 3, 4)
EMPTY, NO_ROWS, NUMBER = np.zeros(0), np.zeros((0, 3)), np.array(3.0)


def ints(*values):
    return np.array(values, np.int64)


def bools(text):
    return np.array([c == "1" for c in text])


KEYS = {
    "one axis": [
        *(5, -6, -1, None, True, False, 1.0, "a", 1 + 0j, 2**70, object(), ()),
        *([0, 7], [], [1, "a"], [True, False], slice(7, 9), slice(1.0, 2)),
        *(np.int8(3), np.uint8(200), np.True_, (1, 1), (0, None), (..., 5)),
        *(ints(0, 5), ints(-6, 1), ints(-5, 4, -1), ints(), ints(1)[0], ints(9)[0]),
        *(np.array([1.0]), np.array([1j]), np.array(["a"]), np.array(1), np.array(9)),
        *(np.array([200], "B"), np.array([-1], "b"), np.array([2**63], "L")),
        *(bools("1111"), bools("111111"), bools("10101"), np.zeros((5, 1), bool)),
        *((ints(0), ints(1)), (ints(1), None), (None, 7), (True, ints(1))),
        *(ints(0, 1, 2, 9).reshape(2, 2), (ints(0, 1), bools("11111"))),
    ],
    "two axes": [
        *(3, (0, 4), (-4, 0), (0, 1, 2), (..., ...), (2.0, 1), (1, "b"), (True, 7)),
        *((ints(0, 3), 0), (0, ints(4)), (slice(None), ints(4)), (None, ints(3))),
        *((ints(0, 1), ints(1, 2, 3)), (ints(0, 1), ints(1, 9)), (-1, ints(-1, -5))),
        *((ints(0, 5)[:, None], ints(1, 2)), (..., ints(4)), (..., ints(3), None)),
        *((slice(1, 1), ints(4)), (slice(1, 1), ints(3)), (ints(), ints(9))),
        *((ints(), 9), (np.array([]), 0), (ints(0), ints(0), ints(0))),
        *((bools("101"), 9), (bools("101"), ints(0, 1)), (bools("101"), ints(0, 1, 2))),
        *(np.ones((3, 4), bool), np.ones((4, 3), bool), (bools("111"), bools("1111"))),
        *((slice(None), bools("111")), (slice(None), bools("11111")), ints(2, 2, 0)),
        *((ints(0, -3, 2), slice(1, 3)), (slice(2), ints(0, -4)), (slice(2), ints(-5))),
        *(np.ix_([0, 2], [1, 3]), np.ix_([0, 3], [1, 3]), (ints(0, 0), ints(1, 1))),
    ],
    "three axes": [
        *((ints(0, 1), slice(None), ints(0, 3)), (ints(0, 1), slice(None), ints(0, 4))),
        *((slice(None), ints(0, 3), slice(None)), (0, slice(None), ints(7)), ints(2)),
        *((ints(0), 0, ...), (ints(0), ..., ints(4)), (None, ints(0, 1), ints(0, 2))),
        *(np.ones((2, 3), bool), np.ones((2, 4), bool), (0, np.ones((4, 3), bool))),
        *((slice(None), np.ones((3, 4), bool)), (ints(0, 1), np.ones((3, 4), bool))),
    ],
}
ARRAYS = {
    "line": (LINE, ["one axis"]),
    "table": (TABLE, ["one axis", "two axes"]),
    "cube": (CUBE, ["two axes", "three axes"]),
    "empty": (EMPTY, ["one axis"]),
    "no rows": (NO_ROWS, ["two axes"]),
    "0-d": (NUMBER, ["one axis"]),
}
VALUES = [7, [1, 2], np.arange(3.0), np.nan, "q", 1j]


def read_all(a, keys):
    """Each key alone, in a `try` of its own."""
    found = []
    for key in keys:
        try:
            found.append(a[key])
        except (IndexError, ValueError, TypeError) as error:
            found.append((type(error), str(error)))
    return found


def write_all(a, keys, value):
    found = []
    for key in keys:
        b = a.copy()
        try:
            b[key] = value
        except (IndexError, ValueError, TypeError) as error:
            found.append((type(error), str(error)))
        found.append(b)
    return found


def add_all(a, keys):
    found = []
    for key in keys:
        b = a.copy()
        try:
            b[key] += 1
        except (IndexError, ValueError, TypeError) as error:
            found.append((type(error), str(error)))
        found.append(b)
    return found


def computed(key):
    """The key with index arrays that are still to be computed."""
    if type(key) is tuple:
        return tuple(computed(k) for k in key)
    is_index = isinstance(key, np.ndarray) and key.dtype.kind in "iu"
    return key + 0 if is_index else key


def with_computed(a, keys):
    keys = [computed(key) for key in keys]
    return read_all(a + 0, keys), write_all(a + 0, keys, 7), add_all(a + 0, keys)


def keep(rng, *args):
    """Other values would be other keys."""


@pytest.mark.parametrize("name", ARRAYS)
def test_keys(name):
    a, groups = ARRAYS[name]
    keys = [key for group in groups for key in KEYS[group]]
    assert_parity(read_all, a, keys, vary=keep, modes=("host",))
    assert_parity(add_all, a, keys, vary=keep, modes=("host",))
    for value in VALUES:
        assert_parity(write_all, a, keys, value, vary=keep, modes=("host",))


@pytest.mark.parametrize("name", ARRAYS)
def test_keys_that_are_computed(name):
    a, groups = ARRAYS[name]
    keys = [key for group in groups for key in KEYS[group]]
    assert_parity(with_computed, a, keys, vary=keep, calls=1)


# Where the error is seen --------------------------------------------------------------


def read(x, i):
    y = x * 2
    try:
        z = y[i + 1]
    except IndexError as error:
        return y, str(error)
    return y, z


def write(x, i):
    y = x * 2
    try:
        y[i + 1] = -1.0
        y *= 2
    except IndexError as error:
        return y, str(error)
    return y


def augment(x, i):
    y = x * 2
    done = []
    for k in range(3):
        try:
            y[i + k] += 1
            done.append(k)
        except IndexError as error:
            done.append(str(error))
    return y, done


def two_arrays(x, i):
    y = np.outer(x, x)
    try:
        y[i, i + 1] = 0
    except IndexError as error:
        return y, str(error)
    return y


def uncaught(x, i):
    x += 1
    x[:2] = 0
    y = x[i + 1]
    x[:] = y.sum()  # is not reached
    return x


def take(x, i):
    try:
        return np.take(x * 2, i + 1)
    except IndexError as error:
        return str(error)


def put(x, i):
    y = x * 2
    try:
        np.put(y, i + 1, [-1, -2, -3])
    except IndexError as error:
        return y, str(error)
    return y


def at(x, i):
    y = x * 2
    try:
        np.add.at(y, i + 1, 1)
    except IndexError as error:
        return y, str(error)
    return y


@pytest.mark.parametrize("last", [2, 3, 4, 9, -5, -6, -9])
@pytest.mark.parametrize(
    "program", [read, write, augment, two_arrays, uncaught, take, put, at]
)
def test_the_error_comes_at_its_line(program, last):
    """`uncaught` leaves what it wrote before; the lines of tracebacks are compared."""
    assert_parity(program, LINE, ints(0, 1, last), vary=keep, calls=2, modes=("host",))


@pytest.mark.parametrize(
    "program", [read, write, augment, two_arrays, uncaught, take, put, at]
)
def test_the_error_comes_at_its_line_compiled(program):
    """First in bounds, then not, with the same program."""

    def beyond(rng, x, i):
        i[-1] = 9

    assert_parity(program, LINE, ints(0, 1, 2), vary=beyond, modes=("jit",))


# Functions of indices -----------------------------------------------------------------

MODES = ["raise", "wrap", "clip", 0, 1, 2, "other", None]
INDICES = [
    *(ints(0, 5, -1), ints(-9, 9, 2), ints(0, 1, 2), 2, 9, -9, ints()),
    *(np.array([1.5]), [True, False], "a", ints(0, 1, 2, 0).reshape(2, 2)),
    np.array([0, 300], "H"),
]


def taken(a, indices, **how):
    found = []
    for i in indices:
        for axis in (None, 0, 1):
            try:
                found.append(np.take(a, i, axis, **how))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
    return found


def taken_into(a, indices, dtypes, **how):
    found = []
    for i in indices:
        for dtype in dtypes:
            out = np.full(3, -7, dtype)
            try:
                found.append(np.take(a, i, out=out, **how) is out)
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
            found.append(out)
    return found


def put_all(a, indices, **how):
    found = []
    for i in indices:
        for values in ([1, 2], -3, []):
            b = a.copy()
            try:
                found.append(np.put(b, i, values, **how))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
            found.append(b)
    return found


def chosen(a, indices, **how):
    found = []
    for i in indices:
        out = np.full(5, -7.0)
        for given in ({}, {"out": out}):
            try:
                found.append(np.choose(i, [a, a + 10, a * 2], **how, **given))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
        found.append(out)
    return found


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_modes(mode):
    how = {"vary": keep, "calls": 2, "mode": mode}
    for a in (LINE, TABLE, EMPTY, NO_ROWS, NUMBER):
        assert_parity(taken, a, INDICES, modes=("host",), **how)
        assert_parity(put_all, a, INDICES, modes=("host",), **how)
    assert_parity(taken, TABLE, INDICES, modes=("jit",), **how)
    assert_parity(put_all, TABLE, INDICES, modes=("jit",), **how)
    assert_parity(taken_into, LINE, INDICES[:3], "dfl", **how)
    picks = [ints(0, 1, 2, 1, 0), ints(0, 1, 3, -1, 0), 1, 5, bools("10110")]
    assert_parity(chosen, LINE, picks, **how)


def along_axis(a, indices):
    found = []
    for i in indices:
        for axis in (0, 1, -1, None, 2, -3):
            try:
                found.append(np.take_along_axis(a, i, axis))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
            for value in (-1.0, a[:1]):
                b = a.copy()
                try:
                    found.append(np.put_along_axis(b, i, value, axis))
                except (IndexError, ValueError, TypeError) as error:
                    found.append((type(error), str(error)))
                found.append(b)
    return found


def test_along_axis():
    indices = [
        *(ints(0, 1, 2, 0)[None], ints(0, 3, 1)[:, None], ints(0, 4, 1)[:, None]),
        *(ints(-4, -5, 0)[:, None], ints(0, 3), ints(0, 13), ints(), np.array([[1.0]])),
        *(np.array([[True]]), ints(0, 0, 1, 1, 2, 2, 0, 0).reshape(4, 2)),
        np.argsort(TABLE, axis=1),
    ]
    assert_parity(along_axis, TABLE, indices, vary=keep, calls=2)


def grids(a, vectors):
    found = []
    for vs in vectors:
        try:
            found.append(a[np.ix_(*vs)])
            a[np.ix_(*vs)] = -1
        except (IndexError, ValueError, TypeError) as error:
            found.append((type(error), str(error)))
    return found


def test_open_grids():
    vectors = [
        *(([0, 2], [1, 3]), ([0, 3], [1, 3]), ([0, -4], [1]), ([0, 1], [2], [0])),
        *(([True, False, True], [1, 3]), ([True, False], [1]), ([], [1])),
        *(([[0, 1]], [1]), ([1.5], [0]), ("a", [0])),
    ]
    assert_parity(grids, TABLE, vectors, vary=keep, calls=2)


def changed(a, places, values):
    found = []
    for i in places:
        for axis in (None, 0, 1, 2):
            try:
                found.append(np.delete(a, i, axis))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
            for v in values:
                try:
                    found.append(np.insert(a, i, v, axis))
                except (IndexError, ValueError, TypeError) as error:
                    found.append((type(error), str(error)))
    return found


def test_delete_and_insert():
    places = [
        *(1, 5, -1, -6, [0, 7], [0, -1], ints(0, 1), slice(1, 3), slice(9, 2, -1)),
        *(1.0, [1.5], bools("10101"), bools("10"), "a", [], ints(), ints(0, 1)[None]),
    ]
    for a in (LINE, TABLE, TABLE.astype(int)):
        assert_parity(
            changed, a, places, [7, [7, 8], np.nan], vary=keep, calls=2, modes=("host",)
        )
    assert_parity(changed, LINE, places, [7], vary=keep, calls=2, modes=("jit",))


def test_insert_before_each_true():
    """Of a mask the places are as many as it has True, not as it is long."""
    assert_rows([row(np.insert, LINE, bools("10010"), 7.0)])
    assert_rows([row(np.insert, TABLE, bools("101"), -1, axis=0)])


def at_all(ufunc, a, keys, values):
    found = []
    for key in keys:
        for v in values:
            b = a.copy()
            try:
                found.append(ufunc.at(b, key, v))
            except (IndexError, ValueError, TypeError) as error:
                found.append((type(error), str(error)))
            found.append(b)
    return found


@pytest.mark.parametrize("ufunc", [np.add, np.maximum, np.subtract])
def test_ufunc_at(ufunc):
    keys = [
        *(ints(0, 0, 1), ints(0, 5, 1), ints(-1, -6), (ints(0),), ints(), [1, 1], 1, 7),
        *(bools("10101"), bools("1"), np.array([1.0]), slice(2), (0, 1)),
    ]
    for a in (LINE, LINE.astype(int)):
        how = {"vary": keep, "calls": 2}
        assert_parity(at_all, ufunc, a, keys, [1, 2.5, [1, 2, 3]], **how)


# What jax.numpy answers otherwise -----------------------------------------------------

JAX = {
    "jax-docs-at-out-of-bounds-is-clamped": row(lambda x, i: x[i], LINE, ints(9)),
    "jax-docs-at-negative-out-of-bounds": row(lambda x, i: x[i], LINE, ints(-9)),
    "jax-check-static-indices": row(lambda x: (x + 1)[7], LINE),
    "jax-take-fills": row(np.take, LINE, ints(0, 9)),
    "jax-take-along-axis-fills": row(
        lambda x, i: np.take_along_axis(x, i, 0), LINE, ints(0, 9)
    ),
    "jax-put-drops": row(lambda x: np.put(x, [9], 1.0), LINE),
    "jax-choose-out-of-range": row(np.choose, ints(0, 3), [LINE[:2], LINE[2:4]]),
    "jax-empty-axis": row(np.take, NO_ROWS, ints(0), axis=0),
    "jax-float-index-is-TypeError": row(lambda x: x[1.0], LINE),
    "jax-float-array-index": row(lambda x: x[np.array([1.0])], LINE),
    "jax-string-index-is-TypeError": row(lambda x: x["a"], LINE),
    "jax-nonzero-of-0-d": row(np.nonzero, NUMBER),
    "jax-mask-of-wrong-length": row(lambda x, m: x[m], LINE, bools("111")),
}


@pytest.mark.parametrize("name", JAX)
def test_jax_differs(name):
    assert_rows([JAX[name]])


def nan_into_ints(a, i):
    b = a + 1
    try:
        b[i] = np.nan
    except ValueError as error:
        return b, str(error)
    return b


def set_twice(a, i):
    b = a * 2
    b[i] = np.arange(len(i))
    c = a * 2
    c[i] += 1
    d = a * 2
    np.add.at(d, i, 1)
    return b, c, d


def test_jax_5965_nan_into_int():
    assert_parity(nan_into_ints, LINE.astype(int), ints(0, 2), vary=keep)
    assert_parity(nan_into_ints, LINE.astype(int), 1, vary=keep)


def test_jax_duplicate_indices_are_unordered():
    """The last value wins, `+=` counts once, `np.add.at` each time."""
    assert_parity(set_twice, LINE, ints(3, 0, 3, 3, -5), vary=keep)


# Values that cannot be written --------------------------------------------------------


def written(a, mask, value):
    found = []
    for write_by in (
        lambda b: np.putmask(b, mask, value),
        lambda b: np.place(b, mask, value),
        lambda b: np.copyto(b, value, casting="unsafe", where=mask),
        lambda b: np.copyto(b, value),
        lambda b: np.fill_diagonal(b.reshape(2, -1), value),
        lambda b: np.full_like(b, value),
        lambda b: np.put(b, [0, 1], value),
    ):
        b = a.copy()
        try:
            found.append(write_by(b))
        except (TypeError, ValueError, OverflowError) as error:
            found.append((type(error), str(error)))
        found.append(b)
    return found


@pytest.mark.parametrize(
    "value",
    [np.nan, np.inf, 1e30, 2.7, 1j, 300, -1, 2**70, True, np.float32(2), [1, 2]],
    ids=str,
)
@pytest.mark.parametrize("code", "lBf")
def test_numbers_that_an_array_cannot_hold(code, value):
    """The error comes where NumPy raises it, not where the log is run."""
    a = np.arange(6).astype(code)
    if code == "f" and value in (1e30, 2**70):
        value = 1e20  # no overflow: it would warn
    assert_parity(written, a, a > 2, value, vary=keep, calls=2)


def write_by(i, k):
    a, b, c = np.arange(300.0), np.arange(600.0).reshape(2, 300), np.zeros(300)
    a[i] = -1.0
    b[i % 2, i] *= 2
    c[-i - k] += 1
    np.add.at(c, i, 1)
    return a, b, c, a[i], np.take(a, -i - k), b[:, i]


@pytest.mark.parametrize("code", "bBhL")
def test_narrow_indices_into_a_long_array(code):
    """An int8 cannot hold the 300 that is added to negative indices."""
    i = np.array([0, 5, 100, 7], code)
    assert_parity(write_by, i, i.dtype.type(1), vary=keep, calls=2)
