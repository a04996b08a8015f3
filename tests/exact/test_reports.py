"""Floating-point reports: warnings, errors and reactions are NumPy's, in each mode."""

import warnings

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity

INF, NAN = np.inf, np.nan
BIG = 1e308


def floats(*values, dtype=np.float64):
    return np.array(values, dtype)


# Each row: a program, and arguments with which NumPy reports something.

ELEMENTWISE = {
    "divide-by-zero": (lambda x: 1 / x, floats(0, 1)),
    "zero-by-zero": (lambda x: x / x, floats(0, 1)),
    "overflow-add": (lambda x: x + x, floats(BIG, 1)),
    "overflow-multiply": (lambda x: x * x, floats(1e200, 1)),
    "overflow-power": (lambda x: x**3, floats(1e200, 1)),
    "overflow-exp": (np.exp, floats(1000, 1)),
    "overflow-float16": (lambda x: x * x, floats(300, 1, dtype=np.float16)),
    "overflow-float32": (lambda x: x * x, floats(1e30, 1, dtype=np.float32)),
    "overflow-hypot": (lambda x: np.hypot(x, x), floats(1.7e308, 1)),
    "overflow-ldexp": (lambda x: np.ldexp(x, 2000), floats(1, 2)),
    "overflow-nextafter": (
        lambda x: np.nextafter(x, INF),
        floats(1.7976931348623157e308),
    ),
    "inf-minus-inf": (lambda x: x - x, floats(INF, 1)),
    "inf-times-zero": (lambda x: x * 0.0, floats(INF, 1)),
    "sqrt-of-negative": (np.sqrt, floats(-1, 4)),
    "log-of-zero": (np.log, floats(0, 1)),
    "log-of-negative": (np.log, floats(-1, 1)),
    "log2-log10-log1p": (
        lambda x: (np.log2(x), np.log10(x), np.log1p(x - 1)),
        floats(0, 1),
    ),
    "arccos-of-two": (lambda x: (np.arccos(x), np.arcsin(x)), floats(2, 0)),
    "arctanh-of-one": (np.arctanh, floats(1, 0)),
    "sin-of-inf": (lambda x: (np.sin(x), np.cos(x), np.tan(x)), floats(INF, 0)),
    "power-of-zero": (lambda x: x**-1.0, floats(0, 1)),
    "power-of-negative": (lambda x: x**0.5, floats(-1, 1)),
    "floor-divide-by-zero": (lambda x: 1.0 // x, floats(0, 1)),
    "remainder-by-zero": (lambda x: 1.0 % x, floats(0, 1)),
    "fmod-divmod-by-zero": (
        lambda x: (np.fmod(1.0, x), np.divmod(1.0, x)),
        floats(0, 1),
    ),
    "reciprocal-of-zero": (np.reciprocal, floats(0, 1)),
    "spacing-of-max": (np.spacing, floats(1.7976931348623157e308, 1)),
    "complex-division": (lambda x: x / (x - x), np.array([1 + 1j, 2])),
    "complex-overflow": (lambda x: x * x, np.array([1e200 + 1j, 2])),
    "complex-absolute": (np.abs, np.array([1.7e308 * (1 + 1j), 2])),
    "complex-less-nan": (lambda x: x < 1j, np.array([complex(NAN, 1), 2])),
    "fused-chain": (lambda x: (x * 2 + 1) / (x - 1) - 3, floats(1, 2)),
}
INTEGERS = {
    "divide-by-zero": (lambda i: 7 // i, np.array([0, 2])),
    "remainder-by-zero": (lambda i: 7 % i, np.array([0, 2])),
    "fmod-by-zero": (lambda i: np.fmod(7, i), np.array([0, 2])),
    "divmod-by-zero": (lambda i: np.divmod(i, 0), np.array([0, 2])),
    "true-division": (lambda i: i / 0, np.array([0, 2])),
    "smallest-by-minus-one": (lambda i: i // -1, np.array([np.iinfo(int).min, 2])),
    "reciprocal-of-zero": (np.reciprocal, np.array([0, 2])),
    "unsigned": (lambda i: 7 // i, np.array([0, 2], np.uint8)),
    "to-float16": (lambda i: i.astype(np.float16), np.array([70000, 2])),
}
CASTS = {
    "nan-to-int": (lambda x: x.astype(int), floats(NAN, 1)),
    "large-to-int": (lambda x: x.astype(np.int32), floats(1e300, 1)),
    "to-float32": (lambda x: x.astype(np.float32), floats(1e300, 1)),
    "to-float16": (lambda x: np.astype(x, np.float16), floats(1e6, 1)),
    "to-complex64": (lambda x: x.astype(np.complex64), np.array([1e300 + 1j, 2])),
    "assigned-to-ints": (lambda x: _assigned(x, int), floats(NAN, 1)),
    "assigned-to-float32": (lambda x: _assigned(x, np.float32), floats(1e300, 1)),
    "copied-to-ints": (lambda x: _copied(x, int), floats(NAN, 1)),
    "to-out-of-ints": (lambda x: _into_ints(x), floats(NAN, 1)),
    "concatenated": (
        lambda x: np.concatenate([x, x], dtype=np.float32, casting="unsafe"),
        floats(1e300, 1),
    ),
}
WHOLE = {
    "sum-overflow": (np.sum, floats(BIG, BIG)),
    "sum-of-infs": (np.sum, floats(INF, -INF)),
    "sum-of-rows": (lambda x: x.sum(axis=1), floats(BIG, BIG, 1, NAN).reshape(2, 2)),
    "prod": (np.prod, floats(1e200, 1e200)),
    "mean-overflow": (np.mean, floats(BIG, BIG)),
    "mean-of-nothing": (np.mean, floats()),
    "std-of-nothing": (np.std, floats()),
    "var-of-one": (lambda x: np.var(x, ddof=1), floats(1)),
    "var-overflow": (np.var, floats(-BIG, BIG)),
    "median-of-infs": (np.median, floats(INF, -INF)),
    "cumsum": (np.cumsum, floats(BIG, BIG, 1)),
    "cumprod": (np.cumprod, floats(1e200, 1e200)),
    "matmul": (lambda x: x @ x, floats(1e200, 1)),
    "matmul-invalid": (lambda x: x @ x[::-1], floats(INF, 0)),
    "fft": (np.fft.fft, floats(BIG, BIG)),
    "diff": (np.diff, floats(-BIG, BIG)),
    "linspace": (lambda x: np.linspace(x[0], x[1], 5), floats(-1.7e308, 1.7e308)),
    "round": (lambda x: np.round(x, 2), floats(BIG, 1)),
    "outer-accumulate": (
        lambda x: (np.multiply.outer(x, x), np.multiply.accumulate(x)),
        floats(1e200, 1e200),
    ),
    "add-at": (lambda x: np.add.at(x, [0, 0], x), floats(BIG, BIG)),
    "nanmean-of-nan": (np.nanmean, floats(NAN, NAN)),
    "nanmax-of-nan": (np.nanmax, floats(NAN, NAN)),
    "nanmedian-of-nan": (np.nanmedian, floats(NAN, NAN)),
    "nanvar-of-nan": (np.nanvar, floats(NAN, NAN)),
    "corrcoef-of-constants": (lambda x: np.corrcoef(x, x), floats(1, 1)),
}


def _assigned(x, dtype):
    result = np.zeros(x.shape, dtype)
    result[...] = x
    return result


def _copied(x, dtype):
    result = np.zeros(x.shape, dtype)
    np.copyto(result, x, casting="unsafe")
    return result


def _into_ints(x):
    return np.add(x, x, out=np.zeros(x.shape, int), casting="unsafe")


# What is reported, though nothing of it is seen in what the program returns.


def compared(x):
    return (x / (x - 1.0)) > 2.0


def chosen(x):
    y = np.exp(x * 700.0)
    return np.where(y > 1e300, 0.0, y)


def smallest(x):
    return (x / (x - 1.0)).min()


def divided_away(x):
    return 1.0 / np.exp(x * 710.0)


def overwritten(x):
    y = 1.0 / (x - 1.0)
    y[:2] = 0.0
    return y


def cut_off(x):
    return (1.0 / (x - 1.0))[2:]


def never_used(x):
    1.0 / (x - 1.0)
    return x + 1.0


def counted(x):
    return np.isfinite(np.log(x - 1.0)).sum()


def in_a_stencil(x):
    u = np.repeat(x, 4) * 1e160
    for _ in range(4):
        u[1:-1] = u[:-2] * u[2:]
        u[0] = u[-1] = 1.0
        np.clip(u, 0.0, 1e160, out=u)
    return u


def of_a_selection(x):
    return (1.0 / x[x > 0.5] - 1.0).max(), (1.0 / (x[x > 0.5] - 1.0)).min()


SWALLOWED = [
    compared,
    chosen,
    smallest,
    divided_away,
    overwritten,
    cut_off,
    never_used,
    counted,
    in_a_stencil,
    of_a_selection,
]

# Where NumPy reports nothing.


def masked_division(x):
    return np.divide(1.0, x, out=np.zeros_like(x), where=x != 0)


def selected_division(x):
    x[x != 0] = 1 / x[x != 0]
    return x


def ignored(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x)
    return np.where(np.isfinite(y), y, 0.0) * 2


def partly_ignored(x):
    with np.errstate(divide="ignore"):
        y = 1 / x
    return np.minimum(y, 10.0) ** 2


def goes_on_with_nan(x):
    y = np.where(x == 0, np.nan, x)
    return y + 1, np.nansum(y), y.mean(), np.sqrt(y * y), y < 1, np.maximum(y, 1)


def infinite_bound(x):
    best = np.full(3, np.inf)
    return np.minimum(best, x), best - 1


SILENT = [
    masked_division,
    selected_division,
    ignored,
    partly_ignored,
    goes_on_with_nan,
    infinite_bound,
]
ROWS = {
    f"{group}-{name}": row
    for group, rows in (
        ("elementwise", ELEMENTWISE),
        ("integers", INTEGERS),
        ("casts", CASTS),
        ("whole", WHOLE),
    )
    for name, row in rows.items()
}


@pytest.mark.parametrize("name", ROWS)
def test_reports(name: str) -> None:
    fn, x = ROWS[name]
    # What is called from C has no line of its own.
    assert_parity(lambda x: fn(x), x, max_ulp=4)


@pytest.mark.parametrize("fn", SWALLOWED, ids=lambda fn: fn.__name__)
def test_reports_of_what_is_lost(fn) -> None:
    assert_parity(fn, floats(0, 1, 3))


@pytest.mark.parametrize("fn", SILENT, ids=lambda fn: fn.__name__)
def test_silence(fn) -> None:
    assert_parity(fn, floats(0, 1, 3), max_ulp=1)


@pytest.mark.parametrize("fn", SILENT, ids=lambda fn: fn.__name__)
def test_silence_does_not_cost_the_compiled_program(fn) -> None:
    fast = npjit.accelerate(fn, mode="jit", pure=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            fast(floats(0, 1, 3))
    with capture() as events:
        fast(floats(0, 1, 3))
    assert {e.name for e in events} & {"hit"}
    assert not [e for e in events if e.name == "fallback"]


# Reactions other than warnings.

MODES = ["ignore", "warn", "raise", "print"]


@pytest.mark.parametrize("kind", ["divide", "over", "invalid", "under"])
@pytest.mark.parametrize("mode", MODES)
def test_each_kind_has_each_mode(kind: str, mode: str) -> None:
    def program(x):
        notes = []
        with np.errstate(all="ignore", **{kind: mode}):
            for step in (
                lambda: 1.0 / x,
                lambda: np.exp(x * 800.0),
                lambda: np.sqrt(x - 1.0),
                lambda: np.exp(x * -800.0),
            ):
                try:
                    notes.append(step())
                except FloatingPointError as error:
                    notes.append(str(error))
        return notes

    assert_parity(program, floats(0, 1, 2), max_ulp=1)


def test_a_function_is_called() -> None:
    def program(x):
        seen = []
        with np.errstate(all="call", call=lambda *about: seen.append(about)):
            y = 1.0 / x
            seen.append("between")
            z = np.log(x - 1)
        return y, z, seen

    assert_parity(program, floats(0, 2))


def test_a_log_is_written() -> None:
    class Log:
        def __init__(self):
            self.text = ""

        def write(self, text):
            self.text += text

    def program(x):
        log = Log()
        with np.errstate(all="log", call=log):
            1.0 / x
        return log.text

    assert_parity(program, floats(0, 2))


def raises(x):
    return helper(x) + 1


def helper(x):
    y = x * 2
    return 1.0 / y


def raises_after_a_store(state, x):
    state["n"] = 1
    y = 1.0 / x
    state["n"] = 2
    return y


def raises_before_try(x):
    y = 1.0 / x
    try:
        return y.sum()
    except FloatingPointError:
        return "too late"


def raises_in_try(x):
    try:
        y = 1.0 / x
    except FloatingPointError as error:
        return str(error)
    return y


def raises_before_an_error(x):
    1.0 / x
    raise ValueError(x[0])


def raises_after_writes(x):
    x[1] = 5.0
    x[2:] = 1.0 / (x[2:] - 3.0)
    x[0] = 9.0
    return x


def raises_before_append(x, items):
    y = 1.0 / x
    items.append(y.shape)


def raises_before_nonlocal(x):
    n = 1

    def step():
        nonlocal n
        y = 1.0 / x
        n = 2
        return y

    try:
        step()
    except FloatingPointError:
        return n
    return -n


@pytest.mark.parametrize("under", ["ignore", "raise"])
@pytest.mark.parametrize(
    "call",
    [
        (raises, floats(0, 1)),
        (raises_after_a_store, {}, floats(0, 1)),
        (raises_before_try, floats(0, 1)),
        (raises_in_try, floats(0, 1)),
        (raises_before_an_error, floats(0, 1)),
        (raises_after_writes, floats(0, 1, 3, 4)),
        (raises_before_append, floats(0, 1), []),
        (raises_before_nonlocal, floats(0, 1)),
    ],
    ids=lambda call: call[0].__name__,
)
def test_errors_are_raised_where_numpy_raises_them(call, under: str) -> None:
    fn, *args = call
    with np.errstate(all="raise", under=under):
        assert_parity(fn, *args)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_warnings_may_be_errors(mode: str) -> None:
    fast = npjit.accelerate(raises, mode=mode)
    for _ in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeWarning, match="divide by zero") as caught:
                fast(floats(0, 1))
        frames = [f for f in caught.traceback[1:] if str(f.path) == __file__]
        assert [f.name for f in frames] == ["raises", "helper"]
        assert caught.value.__context__ is None


def catches_warnings(x):
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = 1.0 / x
        warnings.warn("between", UserWarning, stacklevel=1)
        z = np.log(x)
    found += [str(w.message) for w in caught]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = y - 1.0 / x
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            y += 2.0 / x
        except RuntimeWarning as error:
            found.append(str(error))
    return y, z, found


def test_warnings_are_caught_where_they_belong() -> None:
    assert_parity(catches_warnings, floats(0, 1), max_ulp=1)


def sets_errstate(x):
    old = np.seterr(divide="raise")
    try:
        return 1.0 / x
    except FloatingPointError as error:
        return str(error), np.geterr()["divide"]
    finally:
        np.seterr(**old)


def test_seterr() -> None:
    assert_parity(sets_errstate, floats(0, 1))


def test_numbers_too_large_for_the_dtype() -> None:
    def program(x):
        x += 2**40
        return x * 1e6

    assert_parity(program, floats(1, 2, dtype=np.float16))


def test_round_warns_at_its_line() -> None:
    def program(x):
        return round(x[0] * 1.0, 2)

    assert_parity(program, floats(BIG, 1))


SPECIAL = [NAN, INF, -INF, -0.0, 0.0, 2.0]


@pytest.mark.parametrize(
    "fn",
    [np.add, np.subtract, np.multiply, np.divide, np.less, np.maximum],
    ids=lambda fn: fn.__name__,
)
def test_complex_numbers_whose_parts_are_special(fn) -> None:
    fast = npjit.accelerate(lambda a, b: fn(a, b), mode="jit")
    rng = np.random.default_rng(1)
    for _ in range(60):
        a, b = (
            np.array([complex(*rng.choice(SPECIAL, 2))] * 2)
            if rng.random() < 0.7
            else rng.choice(SPECIAL, 2)
            for _ in range(2)
        )
        texts = []
        for called in (fn, fast):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                called(a, b)
            texts.append(sorted(str(w.message) for w in caught))
        assert texts[0] == texts[1], (a, b)


def late_indices(x, table):
    i = (x * 3.0).astype(int)
    y = table[i] + 1.0
    x[0] = 9.0
    return y, table[i - 1], np.take(table, i)


@pytest.mark.parametrize("scale", [1.0, -1.0, 3.0, -4.0])
def test_indices_that_are_computed(scale: float) -> None:
    assert_parity(late_indices, np.linspace(0.0, 2.0, 7) * scale, np.arange(7.0))


def test_indices_that_are_computed_are_no_break() -> None:
    fast = npjit.accelerate(late_indices, mode="jit")
    with capture() as events:
        fast(np.linspace(0.0, 2.0, 7), np.arange(7.0))
    assert not [e for e in events if e.name in ("break", "fallback")]


def test_an_error_in_a_composed_function_has_one_line_for_each_call() -> None:
    def program(a):
        return np.linalg.multi_dot([a, a.T, a])

    with np.errstate(all="raise", under="ignore"):
        assert_parity(program, np.array([[INF, -INF, 1e300], [1.0, -0.0, 2.0]]))


def test_warnings_of_one_stretch_may_be_ordered_otherwise() -> None:
    """A known exception: the lines are right, the order need not be."""

    def program(x):
        y = 1.0 / x  # computed with what comes next
        z = np.full(3, NAN, dtype=int)  # computed by NumPy at once
        return y, z

    assert_parity(program, floats(0, 1))
