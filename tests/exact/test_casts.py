"""Casts: values, errors and warnings of `astype`, of assignments, of `out=`."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from npjit.testing.parity import observe
from tests.chapters._rows import NUMERIC, layouts, row, sample
from tests.exact._rows import outcomes
from tests.exact._tables import FEW, assert_outcomes
from tests.xla.test_casts import operand

FLOATS = "efdFD"
LIMIT = 2.0**31


def is_torn(source, target):
    """Whether NumPy's result depends on the place in memory: blocks of four differ."""
    return target == "I" and source in FLOATS


def inside(x):
    """The values of which all loops make the same uint32."""
    return x[(x.real > -LIMIT) & (x.real < 2 * LIMIT)]


# Values -----------------------------------------------------------------------------


@pytest.mark.parametrize("source", NUMERIC)
def test_every_cast_of_special_values(source):
    """NaN, infinities, all that does not fit: as on the processor of the tests."""
    x = operand(np.dtype(source))
    ways = [(d, inside(x) if is_torn(source, d) else x) for d in NUMERIC]
    rows = [row(np.ndarray.astype, a, d) for d, a in ways]
    assert_outcomes(rows, reports=False, calls=1, modes=["jit"])
    rows = [row(np.ndarray.astype, x, d) for d in NUMERIC]
    assert_outcomes(rows, calls=1, modes=["host"])


def copied(y, x):
    np.copyto(y, x, casting="unsafe")
    return y


def assigned(y, x):
    y[...] = x
    return y


def assigned_in_part(y, x):
    y[::2] = x[::2]
    y[np.arange(1, 4)] = x[1:4]
    y[y > 1] = x[0]
    return y


def put_into(y, x):
    return np.positive(x, out=y, casting="unsafe")


def joined(y, x):
    return np.concatenate([x, y], dtype=y.dtype, casting="unsafe")


WAYS = [copied, assigned, assigned_in_part, put_into, joined]


@pytest.mark.parametrize("way", WAYS, ids=lambda f: f.__name__)
def test_every_way_to_cast(way):
    rows = []
    for source in "bQedD":
        x = operand(np.dtype(source))
        for target in "?bBLeF":
            y = np.ones(x.size, target)
            rows.append(row(way, y, x))
    assert_outcomes(rows, calls=1, modes=["host"])
    assert_outcomes(rows, reports=False, calls=1, modes=["jit"])


def shrink(x):
    return x.astype(np.uint32)


def test_casts_of_what_uint32_cannot_hold():
    """NumPy's loops differ there: where it would report it runs, else XLA does."""
    x = np.array([-1e10, 5e9, np.nan, np.inf, 1.0, -1.0, 3e9, 1e20])
    assert_parity(shrink, x, expect_xla=True, vary=lambda rng, x: None)
    with np.errstate(invalid="ignore"):
        last = np.array([x[k : k + 1].astype(np.uint32)[0] for k in range(x.size)])
        assert (npjit.accelerate(shrink, mode="jit")(x) == last).all()


# Parameters of astype ---------------------------------------------------------------


def cast(x, dtype, **how):
    """The result, and whether it is the array or shares its memory."""
    y = x.astype(dtype, **how)
    return y, y is x, np.shares_memory(x, y)


@pytest.mark.parametrize("how", ["no", "equiv", "safe", "same_kind", "same_value", "?"])
def test_casting(how):
    rows = [row(cast, sample(c, 3), d, casting=how) for c in NUMERIC for d in NUMERIC]
    assert_outcomes(rows, calls=1, modes=["host"])
    rows = [row(cast, sample(c, 3), d, casting=how) for c in "bdF" for d in FEW]
    assert_outcomes(rows, calls=1, modes=["jit"])


def test_copy_and_order():
    arrays = [a for a in layouts().values() if isinstance(a, np.ndarray)]
    rows = [
        row(cast, a, d, order=order, copy=copy)
        for a in arrays[:8]
        for d in "df"
        for order in "CFAK"
        for copy in (True, False)
    ]
    rows += [row(np.astype, a, d, copy=False) for a in arrays[:3] for d in "df"]
    assert_outcomes(rows, calls=1)


def of_scalars(x, dtype):
    element = x[0, 0]
    return element.astype(dtype), element.astype(dtype, copy=False), x[0].astype(dtype)


DTYPES = [float, int, bool, complex, "f4", ">f8", "S4", "O", "M8[s]", "?!", None, "i,f"]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_spellings_of_dtypes(dtype):
    x = sample("d", 2, 3)
    rows = [row(cast, x, dtype), row(of_scalars, x, dtype), row(np.astype, x, dtype)]
    assert_outcomes(rows, calls=1)


# Complex to real --------------------------------------------------------------------


def by_astype(z, r):
    return z.astype(float), z[0].astype(int), np.astype(z, "f"), z.astype(bool)


def by_assignment(z, r):
    r[...] = z
    r[::2] = z[::2]
    r[0] = z[1]
    r[np.array([0, 2])] = z[:2]
    r[r > 0] = z[1]
    r.flat[:2] = z[:2]
    r.fill(z[0])
    return r


def by_out(z, r):
    np.add(z, 1, out=r, casting="unsafe")
    np.multiply(z, 2, out=r, casting="unsafe", where=r > 0)
    np.copyto(r, z, casting="unsafe")
    return np.add(z, z, dtype=float, casting="unsafe"), r


def by_dtype(z, r):
    sums = np.sum(z, dtype=float), np.mean(z, dtype="f"), np.cumsum(z, dtype=int)
    return *sums, np.concatenate([z, r], dtype=float, casting="unsafe")


def by_array(z, r):
    whole = np.array(z, dtype=float), np.asarray(z, dtype=int)
    return *whole, np.array([z[0], z[1]], dtype=float), np.full(3, z[0], dtype=float)


def in_a_loop(z, r):
    for k in range(3):
        r[k] = z[k]
    return r


def caught(z, r):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            r[...] = z
        except np.exceptions.ComplexWarning as warning:
            return str(warning), r
    return r


COMPLEX = [by_astype, by_assignment, by_out, by_dtype, by_array, in_a_loop, caught]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("fn", COMPLEX, ids=lambda f: f.__name__)
def test_complex_warning_at_every_call(fn, mode):
    """At the user's line, in a warm call too; JAX warns while it traces only."""
    assert_parity(fn, sample("D", 6), sample("d", 6), modes=[mode])
    fast = npjit.accelerate(fn, mode=mode)
    for _ in range(3):
        plain = observe(fn, (sample("D", 6), sample("d", 6)), {})
        warned = observe(fast, (sample("D", 6), sample("d", 6)), {}).warnings
        assert warned == plain.warnings
        assert fn is caught or any(w[0] == "ComplexWarning" for w in warned)


# Numbers that are written to integers -----------------------------------------------


def put_one(y, v, k):
    y[1] = v[k]
    return y


def put_all(y, v, k):
    y[...] = v[k]
    return y


def put_list(y, v, k):
    y[:2] = [v[k], 1]
    return y


def put_many(y, v, k):
    y[[0, 2]] = v[k]
    y[y > 0] = v[k]
    return y


def put_at_computed(y, v, k):
    y[np.argmax(v)] = v[k]
    return y


def fill(y, v, k):
    y.fill(v[k])
    return y


def make(y, v, k):
    return np.array([v[k], 1], y.dtype), np.asarray((v[k],), y.dtype)


def make_full(y, v, k):
    return np.full(3, v[k], y.dtype), np.full_like(y, v[k])


VALUES = [
    np.array([np.nan, np.inf, 1e30, 300.0, -1.0, 2.5]),
    np.array([300, -1, 2**40]),
]


@pytest.mark.parametrize(
    "way",
    [put_one, put_all, put_list, put_many, put_at_computed, fill, make, make_full],
    ids=lambda f: f.__name__,
)
def test_numbers_into_integers(way):
    """jax#5965 writes the smallest int for NaN; NumPy goes through `int`, and raises.

    But for index arrays and masks, where it casts an array.
    """
    rows = [
        row(way, np.arange(1, 4).astype(c), v.astype(code), k)
        for c in "bHl?f"
        for v, code in ((VALUES[0], "d"), (VALUES[0], "f"), (VALUES[1], "l"))
        for k in range(len(v))
    ]
    assert_outcomes(rows, calls=1, modes=["host"])
    assert_outcomes(rows[:9] + rows[-9:], calls=1, modes=["jit"])


def assemble(x, i):
    big = np.array([i[0], 1], np.int64), np.array([i[0], 1.5], np.int64)
    small = np.array([x[1], 1, 2.5], "f"), np.array([[x[1], 0], [1, x[2]]], order="F")
    return *big, *small, np.array([x, i], dtype=complex), np.array([x[1:], i[1:]], int)


def test_arrays_of_numbers_are_not_cast_twice():
    x, i = np.array([2.5, 1e10, 3.0]), np.array([2**63 - 1, 3, 4])
    assert_parity(assemble, x, i, vary=lambda rng, *args: None)


def test_rows_may_raise():
    """The tables compare errors: what they call `outcomes` holds them."""
    found = outcomes([row(put_one, np.ones(2, "b"), np.array([np.nan]), 0)])
    assert found == [(ValueError, "cannot convert float NaN to integer")]
