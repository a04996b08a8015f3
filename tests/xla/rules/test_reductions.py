"""Rules of reductions against NumPy: bits where the order of additions is NumPy's."""

import itertools
from typing import Any

import numpy as np
import pytest

from npjit._xla.rules import reductions, rule_of
from npjit.errors import Reason, Unsupported
from tests.xla._harness import (
    BOOL,
    COMPLEX,
    FLOATS,
    INEXACT,
    INTEGERS,
    NUMERIC,
    REAL,
    assert_same,
    draws,
    run,
    specials,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

SMALL = [(), (0,), (5,), (4, 6), (3, 0), (1, 3, 1)]
SHAPES = [*SMALL, (61,), (40, 3), (2, 3, 17)]


def axes_of(ndim: int) -> list[tuple[int, ...]]:
    return [
        axes
        for count in range(ndim + 1)
        for axes in itertools.combinations(range(ndim), count)
    ]


def accumulator(func: Any, dtype: np.dtype) -> np.dtype:
    """Return the dtype in which NumPy accumulates."""
    if func in (np.max, np.min, np.ptp):
        return dtype
    if func in (np.any, np.all):
        return BOOL
    if func is np.count_nonzero:
        return np.dtype(np.int64)
    one = np.ones(1, dtype)
    return func(one.real if func in (np.var, np.std) else one).dtype


def compare(func: Any, arrays: Any, calls: Any, tolerance: Any = None) -> None:
    """Compare `func` with its rule for triples (index of array, keywords, result).

    `tolerance` makes keywords of `assert_same` from an array and the call's keywords.
    """
    rule = rule_of(func)

    def program(*arrays):
        return [rule(arrays[i], **given) for i, given, _ in calls]

    for got, (i, given, want) in zip(run(program, *arrays), calls, strict=True):
        allowed = {} if tolerance is None else tolerance(arrays[i], given)
        info = (func.__name__, arrays[i].dtype, arrays[i].shape, given)
        assert_same(got, want, info=info, **allowed)


def calls_of(func: Any, arrays: Any, params: Any = ({},), *, empty: bool = True) -> Any:
    calls = []
    for i, a in enumerate(arrays):
        for axis, extra in itertools.product(axes_of(a.ndim), params):
            if not empty and any(a.shape[k] == 0 for k in axis):
                continue
            keepdims = len(calls) % 3 == 0
            want = func(a, axis=axis, keepdims=keepdims, **extra)
            dtype = accumulator(func, a.dtype)
            given = {"axis": axis, "keepdims": keepdims, "dtype": dtype, **extra}
            calls.append((i, given, want))
    return calls


def samples(dtype: Any, shapes: Any = SHAPES, decades: float = 4) -> list[np.ndarray]:
    out = []
    for seed, shape in enumerate(shapes):
        size = int(np.prod(shape))
        out.append(draws(dtype, size, seed, decades=decades).reshape(shape))
    return out


def in_one_block(dtype: np.dtype) -> list[np.ndarray]:
    """Return arrays of which no row is longer than a block of pairwise summation."""
    if dtype.kind in "biu":
        return samples(dtype, SMALL)
    return samples(dtype, [*SHAPES, (60 if dtype.kind == "c" else 124,)])


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_sum_in_numpys_order(dtype):
    arrays = in_one_block(dtype)
    compare(np.sum, arrays, calls_of(np.sum, arrays))


@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_prod_in_numpys_order(dtype):
    """Real ones have NumPy's bits; some of its loops fuse complex products."""
    arrays = in_one_block(dtype)
    calls = calls_of(np.prod, arrays)

    def rounding(a, given):
        if dtype.kind != "c":
            return {}
        where = {k: given[k] for k in ("axis", "keepdims")}
        return {"atol": a.size * np.finfo(dtype).eps * np.prod(np.abs(a), **where)}

    compare(np.prod, arrays, calls, rounding)


@pytest.mark.parametrize("dtype", INEXACT, ids=str)
def test_long_sums(dtype):
    """Pairwise as NumPy's, whose float16 loops add in float32."""
    arrays = samples(dtype, [(1000,), (3, 129), (2, 300, 2), (9000,)], decades=2)
    compare(np.sum, arrays, calls_of(np.sum, arrays))


@pytest.mark.parametrize("func", [np.max, np.min, np.ptp], ids=lambda f: f.__name__)
def test_extremes(func):
    """NaN wins wherever it stands."""
    dtypes = [d for d in REAL if func is not np.ptp or d != BOOL]
    arrays = [a for d in dtypes for a in [*samples(d, [(4, 6)]), specials(d)]]
    arrays += samples("f8", SMALL)
    arrays += [np.roll(specials(d), k) for d in FLOATS for k in (1, 2, 3)]
    compare(func, arrays, calls_of(func, arrays, empty=False))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_extremes_of_many_elements(dtype):
    """XLA:CPU's own maximum loses NaN from some thousand elements on."""
    clean = draws(dtype, 66_000, 1).reshape(600, 110)
    arrays = [clean, clean.copy(), clean.copy(), clean[0].repeat(600)]
    arrays[1][0, 5] = arrays[1][300, 5] = arrays[2][599, 109] = np.nan
    for func in (np.max, np.min):
        compare(func, arrays, calls_of(func, arrays))
    calls = [
        (i, {"axis": axis, "keepdims": keepdims}, np.argmax(a, axis, keepdims=keepdims))
        for i, a in enumerate(arrays)
        for axis in [None, *range(a.ndim)]
        for keepdims in (False, True)
    ]
    compare(np.argmax, arrays, calls)


def test_many_bools_are_counted():
    arrays = [draws("?", 66_003), draws("?", 66_000).reshape(600, 110)]
    compare(np.sum, arrays, calls_of(np.sum, arrays))
    compare(np.count_nonzero, arrays, calls_of(np.count_nonzero, arrays))


def test_zeros_of_both_signs():
    for dtype in FLOATS:
        zeros = np.array([-0.0, -0.0], dtype)
        arrays = [zeros, -zeros]
        for func in (np.sum, np.prod, np.max, np.min, np.mean):
            compare(func, arrays, calls_of(func, arrays))


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_complex_has_no_extremes(dtype):
    given = {"axis": (0,), "keepdims": False, "dtype": np.dtype(dtype)}
    for func in (np.max, np.min):
        with pytest.raises(Unsupported) as caught:
            run(rule_of(func), np.ones(3, dtype), **given)
        assert caught.value.reason is Reason.DTYPE


@pytest.mark.parametrize("func", [np.any, np.all, np.count_nonzero])
def test_truth(func):
    arrays = [a for d in NUMERIC for a in [*samples(d, [(4, 6)]), specials(d)]]
    arrays += samples("f8", SMALL)
    compare(func, arrays, calls_of(func, arrays))


#: Ints and bools are all cast to float64 first.
MEANS = [*(np.dtype(d) for d in ("?", "i4", "u8")), *INEXACT]


@pytest.mark.parametrize("dtype", MEANS, ids=str)
def test_mean(dtype):
    """NumPy casts ints in buffers of 8192 elements, these arrays fit into one."""
    arrays = samples(dtype, [*SMALL, (1000,)])
    compare(np.mean, arrays, calls_of(np.mean, arrays))


@pytest.mark.parametrize("dtype", MEANS, ids=str)
@pytest.mark.parametrize("func", [np.var, np.std], ids=lambda f: f.__name__)
def test_spread(func, dtype):
    arrays = samples(dtype, [*SMALL, (1000,)])
    compare(func, arrays, calls_of(func, arrays, [{"ddof": 0}, {"ddof": 1.5}]))


def test_correction_is_ddof():
    a = draws("f8", 9)
    given = {"axis": (0,), "keepdims": False, "dtype": a.dtype, "correction": 1}
    assert_same(run(rule_of(np.std), a, **given), np.std(a, ddof=1))


def test_variance_in_another_dtype():
    for dtype, a in itertools.product(FLOATS[1:], (draws("f4", 50), draws("f8", 50))):
        given = {"axis": (0,), "keepdims": False, "dtype": dtype}
        assert_same(run(rule_of(np.var), a, **given), np.var(a, dtype=dtype))


# -- initial and where ---------------------------------------------------------


def with_mask(ufunc: Any, dtype: np.dtype, initial: Any) -> tuple[Any, Any, Any]:
    a = samples(dtype, [(4, 6)])[0]
    mask = draws("?", 6, 3)
    given = {"axis": (0,), "keepdims": True, "where": mask}
    if initial is not None:
        given["initial"] = initial
    want = ufunc.reduce(a, **given)
    return (
        (a, mask, np.asarray(0 if initial is None else initial, want.dtype)),
        given,
        want,
    )


REDUCTIONS = [
    (np.add, NUMERIC, 2),
    (np.multiply, REAL, 2),
    (np.maximum, REAL, 1),
    (np.minimum, REAL, 1),
    (np.logical_and, NUMERIC, True),
    (np.logical_or, NUMERIC, False),
    (np.logical_xor, NUMERIC, True),
    (np.bitwise_and, [BOOL, *INTEGERS], 1),
    (np.bitwise_or, [BOOL, *INTEGERS], 1),
    (np.bitwise_xor, [BOOL, *INTEGERS], 1),
]


@pytest.mark.parametrize(("ufunc", "dtypes", "initial"), REDUCTIONS)
def test_reductions_of_ufuncs(ufunc, dtypes, initial):
    """Plain ones, and with `where` and `initial`, where rounding may differ."""
    rule = reductions.reduce_rule(ufunc)
    plain = [(a, ufunc.reduce(a)) for d in dtypes for a in samples(d, [(5,), (4, 6)])]
    has_identity = ufunc.identity is not None
    starts = [initial, None] if has_identity else [initial]
    masked = [with_mask(ufunc, d, start) for d in dtypes for start in starts]

    def program(plain_arrays, masked_operands):
        got = [
            rule(a, axis=(0,), keepdims=False, dtype=want.dtype)
            for a, (_, want) in zip(plain_arrays, plain, strict=True)
        ]
        for (a, mask, start), (_, given, want) in zip(
            masked_operands, masked, strict=True
        ):
            traced = {"where": mask, "initial": start}
            given = given | {k: traced[k] for k in traced if k in given}
            got.append(rule(a, dtype=want.dtype, **given))
        return got

    got = run(program, [a for a, _ in plain], [operands for operands, _, _ in masked])
    wants = [want for _, want in plain] + [want for _, _, want in masked]
    for g, want in zip(got, wants, strict=True):
        assert_same(g, want, ulp=4 if want.dtype.kind in "fc" else 0, info=ufunc)


def test_initial_of_nothing():
    for ufunc in (np.maximum, np.add):
        given = {"axis": (0,), "keepdims": False, "initial": 3.0}
        a = np.zeros((0, 2))
        got = run(reductions.reduce_rule(ufunc), a, dtype=a.dtype, **given)
        assert_same(got, ufunc.reduce(a, **given))


def test_masked_means():
    a, mask = draws("f8", 24).reshape(4, 6), draws("?", 24, 5).reshape(4, 6)
    given = {"axis": (1,), "keepdims": False}
    for func in (np.mean, np.var, np.std):
        rule = rule_of(func)
        got = run(
            lambda a, m, rule=rule: rule(a, where=m, dtype=a.dtype, **given), a, mask
        )
        assert_same(got, func(a, where=mask, **given), ulp=4)


def test_ufuncs_without_rule():
    for ufunc in (np.subtract, np.sin, np.hypot):
        assert reductions.reduce_rule(ufunc) is None


# -- positions and cumulative functions ----------------------------------------


@pytest.mark.parametrize("func", [np.argmax, np.argmin])
def test_positions(func):
    arrays = [a for d in REAL for a in [*samples(d, [(5,), (4, 6)]), specials(d)]]
    arrays += [np.roll(specials(d), k) for d in FLOATS for k in (1, 2, 3)]
    calls = []
    for i, a in enumerate(arrays):
        for axis in [None, *range(a.ndim)]:
            given = {"axis": axis, "keepdims": i % 2 == 0}
            calls.append((i, given, func(a, **given)))
    compare(func, arrays, calls)


CUMULATIVE = [np.cumsum, np.cumprod, np.cumulative_sum, np.cumulative_prod]


@pytest.mark.parametrize("func", CUMULATIVE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtypes", [REAL, COMPLEX], ids=["real", "complex"])
def test_cumulative(func, dtypes):
    """One after the other as in NumPy; its complex products may be fused."""
    arrays = [a for d in dtypes for a in samples(d, [(0,), (1,), (50,), (4, 6)], 1)]
    calls = []
    for i, a in enumerate(arrays):
        for axis in [*([None] if a.ndim == 1 else []), *range(a.ndim)]:
            want = func(a, axis=axis)
            calls.append((i, {"axis": axis, "dtype": want.dtype}, want))
    loose = dtypes is COMPLEX and "prod" in func.__name__
    compare(func, arrays, calls, (lambda a, given: {"atol": 1e-2}) if loose else None)


def test_cumulative_with_initial():
    a = draws("f8", 6).reshape(2, 3)
    for func in (np.cumulative_sum, np.cumulative_prod):
        given = {"axis": 1, "include_initial": True}
        got = run(rule_of(func), a, dtype=a.dtype, **given)
        assert_same(got, func(a, **given))
