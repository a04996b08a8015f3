"""The rules of the universal functions give NumPy's values, for all its loops."""

from typing import NamedTuple

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from npjit._xla.rules import lowered, rule, rule_of, rules_all
from npjit._xla.rules.ufuncs import NOT_EXACT, not_exact
from tests.xla._harness import (
    as_complex,
    assert_same,
    bits,
    compiled,
    draws,
    pairs,
    run,
    run_all,
    specials,
    ulp_error,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

UFUNCS = [f for f in lowered() if isinstance(f, np.ufunc) and f.signature is None]


class Elementary(NamedTuple):
    """A function that is bounded in ulps; `points` lie where it has a finite value.

    The bounds are the sum of XLA's error and NumPy's own, which is up to 3 ulp in its
    vector loops of float32; NumPy's result depends on the strides: equality is no aim.
    """

    ufunc: np.ufunc
    points: np.ndarray
    float32_ulp: int
    float64_ulp: int

    def __str__(self):
        return self.ufunc.__name__


def linear(low, high, size=1500):
    return np.random.default_rng(1).uniform(low, high, size)


def decades(low, high, size=1500):
    return 10.0 ** linear(low, high, size)


def both(*points):
    points = np.concatenate(points)
    return np.concatenate([points, -points])


POSITIVE = np.concatenate(
    [decades(-30, 30), linear(0.9, 1.1), 2.0 ** np.arange(-50, 51)]
)
ANGLES = both(linear(0, 10), linear(0, 1e4), decades(-10, 0), [1e5, 1e10, 1e22])
ELEMENTARY = [
    Elementary(np.exp, linear(-87, 88), 3, 2),
    Elementary(
        np.exp2, np.concatenate([linear(-125, 127), np.arange(-126.0, 128)]), 3, 2
    ),
    Elementary(np.expm1, np.concatenate([both(decades(-10, 0)), linear(-5, 80)]), 3, 3),
    Elementary(np.log, POSITIVE, 4, 2),
    Elementary(np.log2, POSITIVE, 3, 2),
    Elementary(np.log10, POSITIVE, 3, 4),
    Elementary(
        np.log1p, np.concatenate([both(decades(-12, -0.01)), decades(0, 20)]), 3, 2
    ),
    Elementary(np.sin, ANGLES, 2, 1),
    Elementary(np.cos, ANGLES, 2, 1),
    Elementary(np.tan, ANGLES, 4, 2),
    Elementary(np.arcsin, both(linear(0, 1), decades(-10, 0)), 4, 3),
    Elementary(np.arccos, linear(-1, 1), 3, 2),
    Elementary(np.arctan, both(linear(0, 10), decades(-10, 20)), 3, 2),
    Elementary(np.sinh, both(linear(0, 85), decades(-10, 1)), 3, 3),
    Elementary(np.cosh, linear(-85, 85), 3, 3),
    Elementary(np.tanh, both(linear(0, 10), decades(-10, 0)), 5, 4),
    Elementary(np.arcsinh, both(linear(0, 100), decades(-10, 20)), 4, 3),
    Elementary(np.arccosh, np.concatenate([linear(1, 10), decades(0, 20)]), 3, 3),
    Elementary(np.arctanh, both(linear(0, 0.9999), decades(-10, -0.1)), 3, 3),
    Elementary(np.cbrt, both(decades(-30, 30), np.arange(99.0) ** 3), 3, 1),
]
# Two operands: the bound in ulps for float32 and float64.
BINARY = {
    np.arctan2: (3, 2),
    np.hypot: (1, 1),
    np.power: (2, 2),
    np.float_power: (2, 2),
}
CANCELLING = [np.logaddexp, np.logaddexp2]
BOUNDED = {row.ufunc: (row.float32_ulp, row.float64_ulp) for row in ELEMENTARY} | BINARY
# NumPy multiplies complex numbers in loops of its own, the rest comes from C.
COMPLEX_ULP = {np.exp: 3, np.log: 4, np.sqrt: 3}


def loops(ufunc):
    """Return the operand dtypes of each loop that XLA has dtypes for."""
    inputs = dict.fromkeys(types.split("->")[0] for types in ufunc.types)
    wanted = [types for types in inputs if set(types) <= set("?bBhHiIqQefdFD")]
    return [
        types for types in wanted if (ufunc, np.dtype(types[0]).kind) not in NOT_EXACT
    ]


def operands(ufunc, types):
    if ufunc.nin == 1:
        return [np.concatenate([specials(types), draws(types, 200, 3)])]
    if types[0] == types[1]:
        x, y = pairs(types[0], 200)
    else:
        grid = np.meshgrid(specials(types[0]), specials(types[1]))
        x, y = (a.ravel() for a in grid)
    if ufunc is np.power and types[1] in "bhiq":
        y = np.where(y < 0, 1, y).astype(types[1])  # NumPy raises for these
    return [x, y]


def flushed(got, want):
    """Whether only the flushing of subnormals tells the values apart."""
    tiny = np.finfo(want.dtype).tiny
    return (np.abs(got) <= tiny) & (np.abs(want) <= tiny)


def assert_bounded(got, want, ulp, info=""):
    """Assert real floats equal to `ulp`, with the sign of zero, but for subnormals."""
    assert got.dtype == want.dtype, info
    close = (ulp_error(got, want) <= ulp) & (
        (np.signbit(got) == np.signbit(want)) | np.isnan(want)
    )
    wrong = np.flatnonzero(~(close | flushed(got, want)))
    shown = [(int(k), got[k], want[k], ulp_error(got, want)[k]) for k in wrong[:5]]
    assert not wrong.size, f"{info} {want.dtype}: (index, got, want, ulp) {shown}"


def assert_near_terms(got, want, x, y, ulp, info=""):
    """Assert log(e**x + e**y); it may cancel: the terms decide what an ulp is."""
    assert got.dtype == want.dtype, info
    terms = np.max([np.abs(x), np.abs(y), np.ones_like(x)], axis=0)
    terms = np.where(np.isfinite(terms), terms, 1).astype(want.dtype)
    near = (got == want) | (np.abs(got - want) <= ulp * np.spacing(terms))
    assert (near | (np.isnan(got) & np.isnan(want))).all(), info


def assert_elements(ufunc, case, got, want, info):
    if ufunc in CANCELLING:
        assert_near_terms(got, want, *case, 2, info)
    elif ufunc is np.sign and want.dtype == "c16":
        # It divides by C's hypot, which glibc does not round correctly.
        assert_same(got, want, ulp=2, info=info)
    elif want.dtype.kind == "c" and ufunc in COMPLEX_ULP:
        ulp = COMPLEX_ULP[ufunc]
        assert_bounded(got.real, want.real, ulp, info)
        assert_bounded(got.imag, want.imag, ulp, info)
    elif want.dtype.kind == "f" and ufunc in BOUNDED:
        ulp = dict(zip((2, 4, 8), (1, *BOUNDED[ufunc]), strict=True))
        assert_bounded(got, want, ulp[want.itemsize], info)
    else:
        assert_same(got, want, info=info)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_all_loops(ufunc):
    cases = [operands(ufunc, types) for types in loops(ufunc)]
    results = run_all(rule_of(ufunc), cases)
    for case, result, types in zip(cases, results, loops(ufunc), strict=True):
        want = ufunc(*case)
        if not isinstance(want, tuple):
            result, want = (result,), (want,)
        for got, expected in zip(result, want, strict=True):
            assert_elements(ufunc, case, got, expected, types)


@pytest.mark.parametrize("row", ELEMENTARY, ids=str)
def test_ulps_of_elementary_functions(row):
    with np.errstate(over="ignore"):
        cases = [[row.points.astype(dtype)] for dtype in ("f4", "f8")]
    bounds = (row.float32_ulp, row.float64_ulp)
    results = run_all(rule_of(row.ufunc), cases)
    for (x,), got, ulp in zip(cases, results, bounds, strict=True):
        assert_bounded(got, row.ufunc(x), ulp)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_ulps_of_binary_functions(ufunc, dtype):
    x, y = draws(dtype, 3000, 1, 4), draws(dtype, 3000, 2, 2)
    x = np.abs(x) if "power" in ufunc.__name__ else x
    if ufunc is np.float_power:
        x, y = x.astype("f8"), y.astype("f8")
    got = run(rule_of(ufunc), x, y)
    ulp = BINARY[ufunc][got.itemsize == 8]
    want = ufunc(x, y)
    assert_bounded(got, want, ulp)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("ufunc", CANCELLING, ids=lambda f: f.__name__)
def test_bounds_of_cancelling_functions(ufunc, dtype):
    x, y = draws(dtype, 3000, 1, 4), draws(dtype, 3000, 2, 2)
    assert_near_terms(run(rule_of(ufunc), x, y), ufunc(x, y), x, y, 2)


def test_exact_results_are_exact():
    exponents = np.arange(-300.0, 301)
    powers = np.array([float(f"1e{k:.0f}") for k in exponents])
    assert_same(run(rule_of(np.log10), powers), exponents)
    twos = np.arange(-1022.0, 1024)
    assert_same(run(rule_of(np.log2), 2.0**twos), twos)
    assert_same(run(rule_of(np.exp2), twos), 2.0**twos)
    roots = np.arange(-1000.0, 1001)
    assert_same(run(rule_of(np.cbrt), roots**3), roots)
    legs = np.array(
        [[3.0, 4], [5, 12], [8, 15], [20, 21], [3e200, 4e200], [3e-200, 4e-200]]
    )
    assert_same(run(rule_of(np.hypot), *legs.T), np.hypot(*legs.T))
    bases, small = (
        a.ravel() for a in np.meshgrid(np.arange(-9.0, 10), np.arange(12.0))
    )
    assert_same(run(rule_of(np.power), bases, small), np.power(bases, small))


@pytest.mark.parametrize("dtype", ["c8", "c16"])
@pytest.mark.parametrize("ufunc", COMPLEX_ULP, ids=lambda f: f.__name__)
def test_ulps_of_complex_functions(ufunc, dtype):
    z = as_complex(draws("f8", 2000, 1, 2), draws("f8", 2000, 2, 2)).astype(dtype)
    # On the unit circle the logarithm cancels.
    points = (
        np.concatenate([z, (z / np.abs(z)).astype(dtype)]) if ufunc is np.log else z
    )
    got, want = run(rule_of(ufunc), points), ufunc(points)
    assert_bounded(got.real, want.real, COMPLEX_ULP[ufunc])
    assert_bounded(got.imag, want.imag, COMPLEX_ULP[ufunc])


@pytest.mark.parametrize("dtype", ["c8", "c16"])
@pytest.mark.parametrize(
    "ufunc", [np.multiply, np.divide, np.square, np.reciprocal, np.absolute, np.sign]
)
def test_complex_arithmetic_is_exact(ufunc, dtype):
    half = f"f{np.dtype(dtype).itemsize // 2}"
    parts = [draws(half, 4000, seed, 6) for seed in range(2 * ufunc.nin)]
    z = [as_complex(*parts[2 * k : 2 * k + 2], dtype) for k in range(ufunc.nin)]
    got, want = run(rule_of(ufunc), *z), ufunc(*z)
    assert_elements(ufunc, z, got, want, dtype)


def test_shapes():
    shapes = [((2, 1), (3,)), ((), ()), ((0, 3), (3,)), ((), (2, 2))]
    cases = [
        (ufunc, [np.ones(s, t) for s, t in zip(shape, loops(ufunc)[-1], strict=False)])
        for ufunc in UFUNCS
        for shape in shapes
    ]
    results = run(
        lambda arrays: [
            rule_of(ufunc)(*case)
            for (ufunc, _), case in zip(cases, arrays, strict=True)
        ],
        [case for _, case in cases],
    )
    for (ufunc, case), got in zip(cases, results, strict=True):
        want = ufunc(*case)
        for g, w in zip(
            *((r if isinstance(r, tuple) else (r,)) for r in (got, want)), strict=True
        ):
            assert g.shape == np.shape(w), ufunc
            operand = [np.broadcast_to(x, g.shape).ravel() for x in case]
            assert_elements(ufunc, operand, g.ravel(), np.ravel(w), ufunc)


DIFFERENTIABLE = [row.ufunc for row in ELEMENTARY] + [np.sqrt, np.square, np.reciprocal]
DIFFERENTIABLE += [np.absolute, np.deg2rad]


def test_rules_can_be_differentiated_outside_of_exact_programs():
    x = {np.arccosh: 1.7}
    points = [np.float64(x.get(ufunc, 0.6)) for ufunc in DIFFERENTIABLE]
    step = 1e-6
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        for ufunc, point in zip(DIFFERENTIABLE, points, strict=True):
            slope = (ufunc(point + step) - ufunc(point - step)) / (2 * step)
            np.testing.assert_allclose(jax.grad(rule_of(ufunc))(point), slope, 1e-8)
        for ufunc in [np.hypot, np.logaddexp, np.multiply, np.divide, np.power]:
            slope = (ufunc(0.6 + step, 1.3) - ufunc(0.6 - step, 1.3)) / (2 * step)
            got = jax.grad(rule_of(ufunc))(np.float64(0.6), np.float64(1.3))
            np.testing.assert_allclose(got, slope, 1e-8)


INTEGER_PAIRS = [np.floor_divide, np.remainder, np.fmod, np.left_shift, np.right_shift]
INTEGER_PAIRS += [np.gcd, np.lcm, np.less, np.add, np.multiply]
FLOAT_PAIRS = [
    np.floor_divide,
    np.remainder,
    np.fmod,
    np.nextafter,
    np.maximum,
    np.fmin,
]
FLOAT_PAIRS += [np.add, np.multiply, np.divide, np.copysign, np.less_equal]


def all_of(ufuncs):
    return compiled(lambda x, y: [rule_of(ufunc)(x, y) for ufunc in ufuncs])


INTEGER_RULES, FLOAT_RULES = all_of(INTEGER_PAIRS), all_of(FLOAT_PAIRS)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(["i1", "u1", "i4", "i8", "u8"]))
def test_drawn_integers(data, dtype):
    x, y = (data.draw(hnp.arrays(dtype, 16)) for _ in range(2))
    want = [ufunc(x, y) for ufunc in INTEGER_PAIRS]
    assert_same(INTEGER_RULES(x, y), want, info=(x, y))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(["f2", "f4", "f8"]))
def test_drawn_floats(data, dtype):
    values = st.floats(width=np.dtype(dtype).itemsize * 8, allow_subnormal=False)
    x, y = (data.draw(hnp.arrays(dtype, 8, elements=values)) for _ in range(2))
    want = [ufunc(x, y) for ufunc in FLOAT_PAIRS]
    for ufunc, got, expected in zip(FLOAT_PAIRS, FLOAT_RULES(x, y), want, strict=True):
        assert_same(got, expected, info=(ufunc, x, y))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i4", "u8", "i8"])
def test_integer_power_wraps(dtype):
    base = np.array([0, 1, 2, 3, 7, 10, 2, 2, 3, 5], dtype)
    exponent = np.array([0, 0, 64, 41, 22, 20, 31, 127, 100, 65], dtype)
    assert_same(run(rule_of(np.power), base, exponent), np.power(base, exponent))


@pytest.mark.parametrize("key", NOT_EXACT, ids=lambda k: f"{k[0].__name__}-{k[1]}")
def test_loops_left_to_numpy_are_not_exact(key):
    """An entry that has become right must leave the table."""
    ufunc, _ = key
    case = operands(ufunc, "D" * ufunc.nin)
    got, want = run(rule_of(ufunc), *case), ufunc(*case)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    assert (bits(got) != bits(want)).any()
    assert "XLA" in not_exact(ufunc, "c16")
    assert not_exact(ufunc, "f8") is None


# All that is no arithmetic, or belongs to the rules of linear algebra.
WITHOUT_RULE = {"isnat"}


def test_every_ufunc_has_a_rule():
    public = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
    missing = {f.__name__ for f in public if rule_of(f) is None and f.signature is None}
    assert missing == WITHOUT_RULE


def test_registry_refuses_a_second_rule():
    with pytest.raises(ValueError, match="already"):
        rules_all({np.add: np.add})
    with pytest.raises(ValueError, match="already"):
        rule(np.sum)(np.sum)
    assert rule_of(np.seterr) is None
