"""Order, ties, and what is preserved of NaN and of the sign of zeros."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import (
    FLOATS,
    INTEGERS,
    NUMERIC,
    REAL,
    Row,
    assert_on_xla,
    assert_rows,
    row,
    sample,
    values,
)

NAN, INF = np.nan, np.inf
#: One of each group that NumPy's order tells apart: NaN in no part, either, both.
COMPLEX = np.array(
    [
        *(1 + 1j, complex(NAN, 0), complex(2, NAN), complex(NAN, NAN), 2, -1),
        *(complex(1, NAN), complex(NAN, -1), complex(-0.0, 0), complex(0, -0.0)),
        *(complex(INF, NAN), complex(NAN, -INF), 0.5 - 1j, 0.5 + 1j, complex(INF, 0)),
    ]
)
KINDS = [None, "quicksort", "heapsort", "stable", "mergesort"]
METHODS = [
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation"),
    *("interpolated_inverted_cdf", "hazen", "weibull", "linear", "median_unbiased"),
    *("normal_unbiased", "lower", "higher", "midpoint", "nearest"),
]


def keep(rng, *args):
    """NaN, zeros and ties stay where they are."""


def specials(code):
    return COMPLEX.astype(code) if code in "FD" else values(code)


def one_zero(a):
    """-0.0 becomes 0.0: sorting that is not stable may put them in any order."""
    return a + a.dtype.type(0) if a.dtype.kind in "fc" else a


def ties(code):
    v = specials(code)
    return [v, v[::-1], np.tile(v, 3), np.concatenate([v, v[::-1]]).reshape(2, -1)]


# Sorting ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", NUMERIC)
def test_sort(code):
    few, *_, table = ties(code)
    rows = [row(np.sort, one_zero(few), kind=kind) for kind in KINDS]
    rows += [row(np.sort, one_zero(table), axis=axis) for axis in (-1, 0, None)]
    assert_on_xla(rows, calls=1)


@pytest.mark.parametrize("code", "efdFD")
def test_a_stable_sort_keeps_the_order_of_zeros(code):
    zeros = np.array([0.0, -0.0, 1, -0.0, 0.0, -1, NAN, -0.0, 0.0], code)
    if code in "FD":
        zeros.imag[1:4] = -0.0
    rows = [row(np.sort, a, kind="stable") for a in (zeros, ties(code)[-1])]
    rows += [row(np.sort, zeros, stable=True), row(np.sort, zeros, kind="mergesort")]
    assert_on_xla(rows, calls=1)
    assert_parity(stable_in_place, zeros, vary=keep, expect_xla=True)


def stable_in_place(a):
    b, c = a[::-1] * 1, np.stack([a, a[::-1]])
    b.sort(kind="stable")
    c.sort(axis=0, stable=True)
    a.sort(kind="mergesort")
    return b, c


def sorted_zeros(a):
    a = np.sort(a)
    return a, a[np.signbit(a)].size


def test_exception_zeros_of_both_signs_may_be_sorted_in_another_order():
    """Of sorting that is not stable NumPy leaves it open; their numbers are kept."""
    zeros = np.array([0.0, -0.0, 1.0, -0.0, 0.0])
    assert_parity(sorted_zeros, zeros, check=("dtype", "shape"), vary=keep)
    assert_parity(lambda a: sorted_zeros(a)[1], zeros, vary=keep, expect_xla=True)
    assert_parity(lambda a: sorted_zeros(a)[0] + 0, zeros, vary=keep, expect_xla=True)


@pytest.mark.parametrize("code", NUMERIC)
def test_argsort_and_lexsort(code):
    *_, many, table = ties(code)
    rows = [row(np.argsort, table, axis, kind="stable") for axis in (-1, 0, None)]
    rows += [row(np.argsort, many, stable=True)]
    rows += [row(np.lexsort, (table, table[..., ::-1]))]
    assert_on_xla(rows, calls=1)
    open_ties = [row(np.argsort, a, kind=kind) for a in ties(code) for kind in KINDS]
    assert_rows(open_ties, calls=1)


@pytest.mark.parametrize("code", NUMERIC)
def test_selected_orders(code):
    rows = [
        row(func, a, *given)
        for a in ties(code)[1::2]
        for func, *given in (
            *((np.partition, 2), (np.argpartition, 2), (np.argpartition, [1, 5])),
            *((np.argmax,), (np.argmin,), (np.argmax, 0), (np.argmin, -1)),
            *((np.nanargmax,), (np.nanargmin,), (np.max,), (np.min,)),
            *((np.nanmax,), (np.nanmin,), (np.unique,), (np.sort_complex,)),
        )
    ]
    assert_rows([r for r in rows if not has_both_zeros(r)], calls=1)


def has_both_zeros(r: Row) -> bool:
    """Whether a row is of the exception above."""
    a = r.args[0]
    parts = {"f": [a], "c": [a.real, a.imag]}.get(a.dtype.kind, [])
    is_sorted = r.func in (np.sort_complex,)
    extreme = r.func in (np.max, np.min, np.nanmax, np.nanmin)
    return (is_sorted and bool(parts)) or (extreme and not np.any(a) and bool(parts))


def test_lexsort_of_odd_keys():
    rows = [row(np.lexsort, np.zeros((0, 3))), row(np.lexsort, [3, 1, 2])]
    rows += [row(np.lexsort, ()), row(np.lexsort, (np.ones(3), np.ones(2)))]
    rows += [row(np.lexsort, (COMPLEX, COMPLEX.real)), row(np.lexsort, 5)]
    for each in rows:
        assert_rows([each])


@pytest.mark.parametrize("a", [values("d"), np.array([1, NAN, 1, NAN]), COMPLEX])
def test_sets_with_nan(a):
    square = np.tile(a, (3, 1))
    rows = [
        row(np.unique, a, return_index=True, return_inverse=True, return_counts=True),
        row(np.unique, a, equal_nan=False, return_counts=True),
        row(np.unique, square, return_inverse=True),
        row(np.unique, square, axis=0, return_index=True, return_inverse=True),
        *(row(f, a) for f in (np.unique_all, np.unique_counts, np.unique_values)),
        *(row(f, square) for f in (np.unique_inverse, np.unique)),
        *(row(f, a, a[:3]) for f in (np.isin, np.intersect1d, np.union1d)),
        *(row(f, a, a[:3]) for f in (np.setdiff1d, np.setxor1d)),
        row(np.isin, a, a, invert=True),
        row(np.isin, a, np.tile(a, 20)),
    ]
    assert_rows(rows, calls=1, vary=keep)


# Searching ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", NUMERIC)
def test_searchsorted(code):
    v = specials(code)
    few, many = np.sort(v), np.sort(np.tile(v, 9))
    rows = [
        row(np.searchsorted, a, x, side)
        for a in (few, many)
        for x, side in ((v, "left"), (v, "right"), (v[3], "left"))
    ]
    assert_on_xla(rows, calls=1)
    sorter = np.argsort(v, kind="stable")
    sides = [row(np.searchsorted, v, v, s, sorter=sorter) for s in ("left", "right")]
    assert_rows(sides, calls=1)


SEARCHES = [
    row(np.searchsorted, np.array([1, 2, 3]), 2, sorter=[0, 1]),
    row(np.searchsorted, np.array([1, 2, 3]), 2, sorter=[0, 1, 7]),
    row(np.searchsorted, np.array([1, 2, 3]), 2, side="middle"),
    row(np.searchsorted, np.array([1.0, 2, NAN, NAN]), NAN, "right"),
    row(np.searchsorted, np.array([1, 2, 3], "B"), -1),
    row(np.searchsorted, np.array([1, 2, 3], "B"), 300),
    row(np.searchsorted, np.array([1, 2, 3]), 2.5),
    row(np.digitize, sample("d", 9), np.array([1.0, 3, 2])),
    row(np.digitize, np.array([NAN, 1, 5]), np.array([1.0, 2, NAN])),
    row(np.digitize, sample("d", 3), np.zeros(0)),
    row(np.digitize, sample("d", 9), np.array([3.0, 1, 1]), True),
    row(np.digitize, sample("D", 9), np.array([1.0, 2])),
]


@pytest.mark.parametrize("each", SEARCHES, ids=str)
def test_searches(each):
    assert_rows([each], vary=keep)


def test_exception_an_array_that_is_not_sorted_is_searched_otherwise():
    """NumPy leaves open what it finds there; the result lies inside the array."""
    a, v = np.array([3.0, 1.0, 2.0, 0.0]), sample("d", 9)
    assert_parity(np.searchsorted, a, v, check=("dtype", "shape"), vary=keep)
    assert_parity(inside, a, v, vary=keep, expect_xla=True)


def inside(a, v):
    found = np.searchsorted(a, v)
    return (found >= 0) & (found <= len(a))


# Order statistics ---------------------------------------------------------------------

DATA = [
    np.array([1.0, NAN, 3, 2]),
    np.array([INF, 1, -INF, 2.5]),
    np.array([INF, INF, 1, NAN]),
    np.array([-INF, -INF, 3, 4, 5]),
    sample("d", 5, 7),
    sample("i", 5, 7),
    sample("B", 6),
    sample("?", 5),
    sample("e", 9),
    sample("f", 4, 3),
    np.array([2**61, 2**61 + 1, -(2**61)]),
]


@pytest.mark.parametrize("method", METHODS)
def test_quantiles(method):
    rows = [
        row(np.quantile, a, q, method=method) for a in DATA for q in (0.3, [0, 0.5, 1])
    ]
    table = DATA[4]
    both = {"method": method, "axis": (0, 1), "keepdims": True}
    rows += [row(np.quantile, table, [[0.1, 0.9], [0.25, 0.5]], method=method)]
    rows += [row(np.percentile, table, [30, 60], axis=1, method=method)]
    rows += [row(np.percentile, DATA[5], 30, **both), row(np.quantile, table, 1)]
    assert_rows(rows, calls=1)


@pytest.mark.parametrize("a", DATA, ids=lambda a: str(a.dtype))
def test_medians(a):
    weights = np.arange(1.0, a.size + 1).reshape(a.shape)
    by_weight = {"weights": weights, "method": "inverted_cdf"}
    rows = [
        row(np.median, a),
        row(np.median, a, axis=-1, keepdims=True),
        row(np.median, a, axis=tuple(range(a.ndim))),
        row(np.nanmedian, a),
        row(np.median, a, out=np.zeros(())),
        row(np.quantile, a, 0.4, out=np.zeros(())),
        row(np.nanpercentile, a, 30),
        row(np.nanquantile, a, [0.2, 0.9]),
        row(np.quantile, a, 0.4, **by_weight),
        row(np.percentile, a, [40], **by_weight),
    ]
    if a.dtype == bool:  # NumPy raises at the first one
        for each in rows:
            assert_rows([each], calls=1)
    else:
        assert_rows(rows, calls=1)


QUANTILE_ERRORS = [
    row(np.quantile, DATA[4], 1.5),
    row(np.quantile, DATA[4], -0.1),
    row(np.quantile, DATA[4], NAN),
    row(np.percentile, DATA[4], [30, 101]),
    row(np.quantile, DATA[4], 0.4, method="other"),
    row(np.quantile, DATA[4], 0.4, weights=DATA[4]),
    row(np.quantile, DATA[4], 0.4, axis=2),
    row(np.quantile, COMPLEX, 0.4),
    row(np.median, DATA[4], axis=(0, 0)),
    row(np.quantile, DATA[7], 0.4),
    row(np.quantile, np.zeros(0), 0.4),
]


@pytest.mark.parametrize("error", QUANTILE_ERRORS, ids=str)
def test_errors_of_quantiles(error):
    assert_rows([error])


def overwritten(a):
    """What is read before stays as it was."""
    doubled = a * 2
    before = np.quantile(doubled, 0.3)
    found = [
        np.median(doubled, overwrite_input=True),
        np.quantile(a, 0.3, axis=0, overwrite_input=True),
        np.nanmedian(doubled, axis=1, overwrite_input=True),
    ]
    copy = a + 1
    found.append(np.percentile(copy, 30, overwrite_input=True))
    found.append(np.nanquantile(copy, 0.7, overwrite_input=True))
    return before, found, doubled, copy, a


def test_overwritten_input():
    assert_parity(overwritten, sample("d", 5, 7))


# Histograms, interpolation ------------------------------------------------------------

LINE = np.array([0.0, 1, 1, 2, 3, 4, 4, 4.5, 5])
WEIGHTS = np.arange(9.0) + 0.5
HISTOGRAMS = [
    {"bins": 4},
    {"bins": 4, "range": (0, 4)},
    {"bins": 4, "range": (0, 4), "density": True},
    {"bins": [0, 1, 2, 5]},
    {"bins": [0, 1, 2, 5], "weights": WEIGHTS},
    {"bins": 4, "range": (0, 4), "weights": WEIGHTS},
    {"bins": 4, "range": (0, 4), "weights": WEIGHTS, "density": True},
    {"bins": 3, "range": (0, 4), "weights": WEIGHTS + 1j},
    {"bins": 3, "weights": np.arange(9)},
    {"bins": 4, "range": (2, 2)},
    {"bins": "auto"},
    {"bins": "fd"},
]
BAD_HISTOGRAMS = [
    {"bins": 0},
    {"bins": 3.5},
    {"bins": [2, 1]},
    {"bins": [1, 2], "range": (0, 1)},
    {"bins": 4, "range": (0, NAN)},
    {"bins": 4, "range": (4, 0)},
    {"bins": 4, "range": (0, INF)},
    {"weights": WEIGHTS[:3]},
]


def test_histograms():
    rows = [row(np.histogram, LINE, **given) for given in HISTOGRAMS]
    rows += [
        row(np.histogram, a, **given)
        for given in HISTOGRAMS
        if "weights" not in given
        for a in (LINE.astype(int), LINE.astype("e"), -LINE)
    ]
    rows += [row(np.histogram, np.append(LINE, NAN), [0, 1, 2, 5])]
    rows += [row(np.histogram, np.append(LINE, INF), 4, (0, 4))]
    rows += [row(np.histogram, np.zeros(0)), row(np.histogram, np.zeros(0), [0, 1])]
    assert_rows(rows, calls=2)


def test_errors_of_histograms():
    rows = [row(np.histogram, LINE, **given) for given in BAD_HISTOGRAMS]
    rows += [row(np.histogram, np.append(LINE, bad)) for bad in (NAN, INF)]
    rows += [row(np.bincount, LINE), row(np.bincount, LINE.astype(int) - 1)]
    for each in rows:
        assert_rows([each], calls=1)


def test_interp():
    x = np.array([-1.0, 0, 0.5, 1, 1.5, 2, 3, 4, 5, NAN, INF, -INF])
    at, to = np.array([0.0, 1, 2, 4]), np.array([1.0, -1, 2, 3])
    sides = [{}, {"left": -9}, {"right": 7.5}, {"left": NAN, "right": INF}]
    rows = [
        row(np.interp, x, at, f, **given)
        for f in (to, np.array([1.0, NAN, 2, 3]), to * (1 + 2j), to.astype(int))
        for given in (*sides, {"period": 3}, {"period": -2.5})
    ]
    rows += [row(np.interp, x, [1.0], [2.0]), row(np.interp, 2.5, at, to)]
    rows += [row(np.interp, x, np.array([0.0, 1, 1, 2]), to)]
    rows += [row(np.interp, x, np.array([-INF, 0, 1, INF]), to)]
    assert_rows(rows, calls=1)
    for bad in (row(np.interp, x, at, to[:2]), row(np.interp, x, [], [])):
        assert_rows([bad], calls=1)
    assert_rows([row(np.interp, x, at, to, period=0)], calls=1)


# Signs of zeros and of NaN ------------------------------------------------------------


def signed(code):
    """Numbers of both signs, zeros, infinity and NaN too."""
    v = values(code)
    more = [-NAN, 1.5, -1.5, 2.675, 1e4, -1e-3]
    return np.concatenate([v, np.array(more, code)])


@pytest.mark.parametrize("code", FLOATS)
def test_extremes_of_two(code):
    v = signed(code)
    a, b = np.meshgrid(v, v)
    rows = [
        row(func, *operands)
        for func in (np.maximum, np.minimum, np.fmax, np.fmin, np.copysign)
        for operands in ((a, b), (v, 0.0), (-0.0, v), (v, NAN), (a[:, ::2], b[:, ::2]))
    ]
    assert_on_xla(rows, calls=1)


@pytest.mark.parametrize("code", "FD")
def test_complex_extremes_of_two(code):
    a, b = np.meshgrid(COMPLEX.astype(code), COMPLEX.astype(code))
    rows = [row(f, a, b) for f in (np.maximum, np.minimum, np.fmax, np.fmin)]
    assert_rows(rows, calls=1)


@pytest.mark.parametrize("code", INTEGERS)
def test_integer_extremes_of_two(code):
    a, b = np.meshgrid(values(code), values(code))
    rows = [row(f, a, b) for f in (np.maximum, np.minimum, np.fmax, np.fmin)]
    rows += [row(np.clip, a, 3, 1), row(np.clip, a, None, 1), row(np.sign, a)]
    assert_on_xla(rows, calls=1)


def signs(v):
    """The signs of zeros and of NaN that each function leaves."""
    same = (+v, -v, abs(v), v * 1, v.copy(), np.where(v > 1, v, v), v[::-1], v.real)
    rounded = (np.floor(v), np.ceil(v), np.trunc(v), np.rint(v), np.fix(v), np.sign(v))
    parts = (*np.modf(v), np.fabs(v), np.copysign(v, v[::-1]), np.clip(v, -1, 1))
    decimals = [np.round(v, d) for d in (-2, -1, 0, 1, 2, 3)]
    found = [*same, *rounded, *parts, *decimals]
    return found, [np.signbit(x) for x in found]


@pytest.mark.parametrize("code", FLOATS)
def test_signs_are_preserved(code):
    assert_parity(signs, signed(code), vary=keep, calls=2, expect_xla=True)


@pytest.mark.parametrize("code", "edD")
def test_zeros_that_are_added_and_multiplied(code):
    line, table = np.full(4, -0.0, code), np.full((3, 4), -0.0, code)
    functions = [np.sum, np.prod, np.mean, np.cumsum, np.cumprod]
    rows = [row(f, line) for f in (*functions, np.nansum, np.nanprod)]
    rows += [row(f, table, axis=0) for f in (*functions, np.nanmean, np.nancumsum)]
    rows += [row(np.sum, table, axis=1), row(np.sum, np.full(200, -0.0, code))]
    rows += [row(np.add.accumulate, line), row(np.trace, table), row(np.diff, line)]
    rows += [row(np.where, table == 0, table, 1), row(np.select, [line == 0], [line])]
    rows += [row(np.outer, line, line), row(np.trapezoid, line), row(np.flip, line)]
    assert_rows(rows, calls=1)


@pytest.mark.parametrize("code", FLOATS)
def test_clip(code):
    v = signed(code)
    limits = [(NAN, 1), (0, NAN), (NAN, NAN), (3, 1), (-0.0, 0.0), (0.0, -0.0)]
    limits += [(-INF, INF), (None, -0.0), (0.0, None), (v[::-1], v), (v[::-1], 1.0)]
    rows = [row(np.clip, v, low, high) for low, high in limits]
    assert_on_xla(rows, calls=1)


@pytest.mark.parametrize("code", FLOATS)
def test_extremes_of_nan(code):
    v = signed(code)
    rows = [
        row(func, a, **given)
        for func in (np.max, np.min, np.nanmax, np.nanmin, np.argmax, np.argmin, np.ptp)
        for a, given in (
            *((v, {}), (v[::-1], {}), (v[:-7], {}), (np.tile(v, (3, 1)), {"axis": 0})),
            (np.tile(v, (3, 1)), {"axis": 1}),
        )
    ]
    running = (np.maximum, np.minimum, np.fmax, np.fmin)
    rows += [row(f.accumulate, a) for f in running for a in (v, v[::-1])]
    rows += [row(f.reduce, v) for f in running]
    assert_rows(rows, calls=1)


def test_exception_the_sign_of_a_zero_among_zeros():
    """Which zero is the largest is left open: NumPy's depends on the processor."""
    zeros = np.array([-0.0, -0.0, 0.0])
    for func in (np.max, np.min, np.nanmax, np.nanmin):
        assert_parity(lambda a, f=func: f(a) == 0, zeros, vary=keep, expect_xla=True)
        assert_parity(lambda a, f=func: f(a) + 0, zeros, vary=keep, expect_xla=True)


# What jax.numpy answers otherwise -----------------------------------------------------

X = sample("d", 4, 6)
HALVES = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1e15 + 0.5])
JAX = {
    "jax-operands-to-keys-complex-sort": row(np.sort, one_zero(COMPLEX)),
    "jax-9107-searchsorted-complex-nan": row(
        np.searchsorted, np.sort(COMPLEX), COMPLEX
    ),
    "jax-searchsorted-is-int32": row(np.searchsorted, np.sort(X[0]), X),
    "jax-digitize-is-int32": row(np.digitize, X, np.array([-1.0, 0, 1])),
    "jax-histogram-counts-are-floats": row(np.histogram, X, 5, (-3, 3)),
    "jax-sort-kind-is-TypeError": row(np.sort, X, kind="heapsort"),
    "jax-sort-order-of-plain-array": row(np.sort, X, order="x"),
    "jax-argsort-ties-are-stable": row(np.argsort, sample("b", 99)),
    "jax-partition-by-top-k": row(np.partition, sample("d", 40), [3, 20]),
    "jax-argpartition-by-top-k": row(np.argpartition, sample("d", 40), 9),
    "jax-nanargmax-all-nan-is-minus-one": row(np.nanargmax, np.array([NAN, NAN])),
    "jax-nanargmin-row-of-nan": row(np.nanargmin, np.array([[NAN, 1], [NAN] * 2]), 1),
    "jax-max-of-empty": row(np.max, np.zeros(0)),
    "jax-argmax-of-empty": row(np.argmax, np.zeros(0)),
    "jax-min-of-empty-rows": row(np.min, np.zeros((0, 3)), axis=1),
    "jax-argmin-of-empty-axis": row(np.argmin, np.zeros((0, 3)), axis=0),
    "jax-median-of-empty": row(np.median, np.zeros(0)),
    "jax-quantile-methods": row(np.quantile, X, 0.3, method="weibull"),
    "jax-unique-nan": row(np.unique, np.array([NAN, 1, NAN])),
    "jax-unique-inverse-shape": row(np.unique, X > 0, return_inverse=True),
    "jax-sort-nan-last": row(np.sort, np.array([NAN, 1, -INF, NAN, INF])),
    "jax-sort-zeros-are-equal": row(
        np.argsort, np.array([0.0, -0.0, 0.0]), stable=True
    ),
    "jax-maximum-with-inf": row(np.maximum, np.array([INF, -INF, NAN]), 1.0),
    "jax-fmax-with-nan": row(np.fmax, np.array([NAN, 1, NAN]), np.array([1, NAN, NAN])),
    "jax-half-even-rounding": row(np.round, HALVES),
    "jax-round-decimals": row(np.round, HALVES, 2),
    "jax-signbit-of-nan": row(np.signbit, np.array([NAN, -NAN, -0.0, 0.0])),
    "jax-isclose-corners": row(
        np.isclose, [INF, -INF, NAN, 1], [INF, INF, NAN, 1 + 1e-9]
    ),
    "jax-sign-of-inf": row(np.sign, np.array([INF, -INF, NAN, -0.0])),
}


@pytest.mark.parametrize("name", JAX)
def test_jax_differs(name):
    assert_rows([JAX[name]], vary=keep)


@pytest.mark.parametrize("seed", range(2))
def test_random_ties(seed):
    """Few values, many of them, in several layouts."""
    rng = np.random.default_rng(seed)
    rows = []
    for code in rng.permutation([*NUMERIC])[:3]:
        pool = one_zero(specials(code))
        a = rng.choice(pool, (7, 11))
        for view in (a.T, a[::-1, ::2]):
            axis = int(rng.integers(-2, 2))
            rows += [row(np.sort, view, axis=axis), row(np.argmax, view, axis=axis)]
            rows += [row(np.argsort, view, axis=axis, kind="stable")]
            rows += [row(np.searchsorted, np.sort(a, None), view)]
            if code in REAL:
                rows += [row(np.median, view, axis=axis), row(np.max, view, axis=axis)]
    assert_rows(rows, calls=1)
