"""Mode "check" warns where XLA differs from NumPy, and only there.

Rules are broken on purpose; the results of the call are NumPy's all the same.
"""

import importlib
import warnings
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

import npjit
from npjit import ParityWarning
from npjit._demo.programs import PROGRAMS as DEMO
from npjit._demo.run import run_program
from npjit._runtime import findings as told
from npjit._runtime.programs import PROGRAMS
from npjit._runtime.recording import engine_of
from npjit._xla import flags, rules, views
from npjit._xla.rules import ufuncs
from npjit.testing import assert_parity
from tests.exact import programs as exact_programs
from tests.test_programs import assert_program_has_parity

RNG = np.random.default_rng(17)
X, Y = RNG.uniform(0.5, 2, (2, 300))
A, B = RNG.normal(size=(2, 12, 12)) + 4 * np.eye(12)
WITH_NAN = np.where(np.arange(300) == 7, np.nan, X)


@pytest.fixture
def anew():
    """Nothing is compiled with what a test broke, neither before it nor after it."""

    def forget():
        PROGRAMS.clear()
        engine_of.cache_clear()
        told._registries.clear()

    forget()
    yield forget
    forget()


def findings(fn, *args, **options):
    """What `fn` is warned of: the results are NumPy's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = npjit.accelerate(fn, mode="check", **options)(*args)
        expected = fn(*args)
    for x, y in zip(np.atleast_1d(found), np.atleast_1d(expected), strict=True):
        assert np.array_equal(x, y, equal_nan=np.asarray(x).dtype.kind in "fc")
    return [w for w in caught if w.category is ParityWarning]


def texts(fn, *args, **options):
    return [str(w.message) for w in findings(fn, *args, **options)]


# -- what is broken ------------------------------------------------------------------


class Broken(NamedTuple):
    """A rule that is wrong, a program that calls it, and what is to be told.

    Parameters
    ----------
    func : callable
        Whose rule it is.
    wrong : callable
        From the right rule to the wrong one.
    program : callable
        With the call in its last line.
    args : tuple
    texts : tuple of str
    """

    func: Any
    wrong: Any
    program: Any
    args: tuple[Any, ...]
    texts: tuple[str, ...]


def times(factor):
    def wrong(right):
        return lambda *args, **kwargs: right(*args, **kwargs) * factor

    return wrong


def off_by(element, error):
    """One element of the result is wrong."""

    def wrong(right):
        def rule(*args, **kwargs):
            result = right(*args, **kwargs)
            return result.at[element].add(jnp.asarray(error, result.dtype))

        return rule

    return wrong


def loses_nan(right):
    return lambda *args, **kwargs: jnp.nan_to_num(right(*args, **kwargs))


def through(dtype):
    """A rule that computes in another dtype."""

    def wrong(right):
        return lambda *args, **kwargs: right(*args, **kwargs).astype(dtype)

    return wrong


def sine(x, y):
    z = x * y + 1
    return np.sin(z)


def sine_in_the_middle(x, y):
    z = np.cos(x) * y
    z = z + np.sin(z)
    return np.exp(z).sum()


def sine_into(x, y):
    z = np.empty((2, x.size))
    z[0] = y
    return np.sin(x, out=z[1])


def first_of_two(x, y):
    z = np.sqrt(np.sin(x) ** 2)
    return np.floor(np.sin(y) + z)


BROKEN = {
    "by a thousandth": Broken(
        *(np.sin, times(1 + 1e-3), sine, (X, Y)),
        ("np.sin of float64[300]: differs on XLA", "relative 0.001", "300 of 300"),
    ),
    "by some ulp": Broken(
        *(np.sin, times(1 + 40 * 2.0**-52), sine, (X, Y)), ("np.sin", "ulp")
    ),
    "one element": Broken(
        *(np.sin, off_by(41, 1e-9), sine, (X, Y)), ("np.sin", "element [41]")
    ),
    "in the middle": Broken(
        *(np.sin, off_by(3, 1e-9), sine_in_the_middle, (X, Y)), ("np.sin", "[3]")
    ),
    "through out": Broken(
        *(np.sin, off_by(5, 1e-6), sine_into, (X, Y)),
        ("np.sin of float64[300] into float64[300]", "element [5]"),
    ),
    "float32": Broken(
        *(np.multiply, off_by(0, 2.0**-23), np.multiply),
        (X.astype("f"), np.ones(300, "f")),
        ("np.multiply of float32[300], float32[300]", "element [0]"),
    ),
    "a last bit": Broken(
        *(np.add, times(1 + 2.0**-52), np.add, (X, Y)), ("np.add", "ulp")
    ),
    "integers": Broken(
        *(np.add, off_by(2, 1), np.add, (np.arange(9), np.arange(9))),
        ("np.add of int64[9], int64[9]", "element [2]: np.int64(5)"),
    ),
    "NaN in a sine": Broken(
        *(np.sin, loses_nan, sine, (WITH_NAN, Y)), ("np.sin", "[7]", "np.float64(nan)")
    ),
    "NaN in a sum": Broken(
        *(np.sum, loses_nan, np.sum, (WITH_NAN,)), ("np.sum", "np.float64(nan)")
    ),
    "NaN in a maximum": Broken(
        *(np.max, loses_nan, np.max, (WITH_NAN,)), ("np.max", "np.float64(nan)")
    ),
    "another dtype": Broken(
        *(np.sin, through("float32"), sine, (X, Y)), ("np.sin", "ulp")
    ),
    "a sum of many": Broken(
        *(np.sum, times(1 + 1e-9), np.sum, (RNG.random(100_000),)), ("np.sum",)
    ),
    "a float32 sum of many": Broken(
        *(np.sum, times(1 + 1e-3), np.sum, (RNG.random(100_000, "f"),)), ("np.sum",)
    ),
    "a mean": Broken(
        *(np.mean, times(1 + 1e-6), lambda a: a.mean(0), (A,)), ("mean", "float64")
    ),
    "a variance": Broken(*(np.var, times(1 + 1e-6), np.var, (A,)), ("np.var",)),
    "a product": Broken(*(np.prod, times(1 + 1e-6), np.prod, (X,)), ("np.prod",)),
    "a matrix product": Broken(
        *(np.matmul, off_by((2, 3), 1e-9), np.matmul, (A, B)),
        ("np.matmul of float64[12, 12], float64[12, 12]", "element [2, 3]"),
    ),
    "a transform": Broken(
        *(np.fft.fft, off_by(2, 1e-6), np.fft.fft, (X,)), ("np.fft.fft", "element [2]")
    ),
    "an inverse": Broken(
        *(np.linalg.inv, times(1 + 1e-6), np.linalg.inv, (A,)), ("np.linalg.inv",)
    ),
    "an index": Broken(
        *(np.argmax, lambda right: lambda *a, **k: right(*a, **k) + 1, np.argmax),
        *((X,), ("np.argmax", "np.int64(")),
    ),
    "a comparison": Broken(
        *(np.less, lambda right: lambda x, y: ~right(x, y), lambda x, y: x < y),
        *((X, Y), ("np.less", "300 of 300")),
    ),
    "an order": Broken(
        *(np.roll, lambda right: lambda a, **k: right(a, **k)[::-1]),
        *(lambda x: np.roll(x, 3), (X,), ("np.roll of float64[300]",)),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_found(name, anew, monkeypatch):
    row = BROKEN[name]
    right = rules.rule_of(row.func)
    monkeypatch.setitem(rules._RULES, row.func, row.wrong(right))
    (warning,) = findings(row.program, *row.args)
    assert all(text in str(warning.message) for text in row.texts), warning.message


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_as_it_is_is_not(name, anew):
    assert findings(BROKEN[name].program, *BROKEN[name].args) == []


def test_the_first_of_several_is_told(anew, monkeypatch):
    monkeypatch.setitem(rules._RULES, np.sin, times(1.001)(rules.rule_of(np.sin)))
    (warning,) = findings(first_of_two, X, Y)
    first = first_of_two.__code__.co_firstlineno
    assert (warning.filename, warning.lineno) == (__file__, first + 1)


def test_a_write_elsewhere(anew, monkeypatch):
    """A partial write that also changes another element."""
    right = views.write_chain

    def wrong(*args):
        return right(*args).at[0].add(1.0)

    def program(x, y):
        z = x.copy()
        z[5:9] = y[:4]
        return z

    monkeypatch.setattr(views, "write_chain", wrong)
    (warning,) = findings(program, X, Y)
    assert "writes elsewhere on XLA: element [0]" in str(warning.message)
    assert warning.lineno == program.__code__.co_firstlineno + 2


def test_a_write_of_an_argument(anew, monkeypatch):
    """What the caller's array holds is NumPy's."""

    def program(x):
        x[1:] += np.sin(x[:-1])

    monkeypatch.setitem(rules._RULES, np.sin, times(1.001)(rules.rule_of(np.sin)))
    x, expected = X.copy(), X.copy()
    with pytest.warns(ParityWarning, match=r"np\.sin"):
        npjit.accelerate(program, mode="check")(x)
    program(expected)
    assert np.array_equal(x, expected)


def test_a_multiply_add_that_is_contracted(anew, monkeypatch):
    """Each operation alone is right; compiled together they are rounded once."""
    monkeypatch.setattr(ufuncs, "exact_product", lambda product: product)

    def program(x, y):
        return x * y - 1.0

    found = findings(program, X, 1 / X)
    assert len(found) == 1


@pytest.mark.internal_error
def test_a_result_of_another_shape(anew, monkeypatch):
    monkeypatch.setitem(rules._RULES, np.sin, lambda x: jnp.sin(x)[1:])
    (warning,) = findings(np.sin, X)
    assert "shape (299,), NumPy's is (300,)" in str(warning.message)


@pytest.mark.internal_error
def test_a_rule_that_fails(anew, monkeypatch):
    """The reason is told; a designed fallback is no difference."""

    def fails(x):
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(rules._RULES, np.sin, fails)
    (warning,) = findings(np.sin, X)
    text = str(warning.message)
    assert "a program of 1 operations does not run on XLA" in text
    assert "ZeroDivisionError" in text


def test_a_designed_fallback_is_no_difference(anew, monkeypatch):
    def declined(x):
        raise npjit.errors.Unsupported(npjit.Reason.PARAMETER, "no")

    monkeypatch.setitem(rules._RULES, np.sin, declined)
    assert findings(np.sin, X) == []


# -- what NumPy reports --------------------------------------------------------------

REPORTING = {
    "np.log": (lambda x: np.log(x - 1.0), "an invalid value"),
    "np.divide": (lambda x: 1.0 / (x - x), "a division by zero"),
    "np.exp": (lambda x: np.exp(x * 1e3), "an overflow"),
}


@pytest.mark.parametrize("name", REPORTING)
def test_a_report_that_xla_does_not_make(name, anew, monkeypatch):
    program, word = REPORTING[name]
    assert findings(program, X) == []
    anew()
    monkeypatch.setattr(flags.Flags, "note", lambda *args: None)
    (warning,) = findings(program, X)
    assert f"{name} of " in str(warning.message)
    assert f"NumPy reports {word}" in str(warning.message)


def test_reports_that_nobody_wants(anew, monkeypatch):
    monkeypatch.setattr(flags.Flags, "note", lambda *args: None)

    def program(x):
        with np.errstate(all="ignore"):
            return np.log(x - 1.0)

    assert findings(program, X) == []


def test_a_false_alarm_is_no_difference(anew, monkeypatch):
    right = flags.Flags.raised
    monkeypatch.setattr(flags.Flags, "raised", lambda self: ~right(self))
    assert findings(lambda x: np.log(x), X) == []


def test_an_error_that_xla_does_not_tell(anew, monkeypatch):
    monkeypatch.setattr(flags.Flags, "note", lambda *args: None)
    table, places = np.arange(5.0), np.array([1, 9, 2])

    def program(table, places):
        return table[places + 1 - 1] * 2

    checked = npjit.accelerate(program, mode="check")
    with (
        pytest.warns(ParityWarning, match="NumPy raises IndexError"),
        pytest.raises(IndexError, match="index 9 is out of bounds"),
    ):
        checked(table, places)


# -- how it is told ------------------------------------------------------------------


@pytest.fixture
def wrong_sine(anew, monkeypatch):
    monkeypatch.setitem(rules._RULES, np.sin, times(1.001)(rules.rule_of(np.sin)))


def test_once_for_each_operation_and_line(wrong_sine):
    """Other numbers do not make another warning; filters are Python's."""
    checked = npjit.accelerate(sine, mode="check")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for factor in (1.0, 1.5, 2.0):
            checked(X * factor, Y)
    assert len(caught) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for factor in (1.0, 1.5, 2.0):
            checked(X * factor, Y)
    assert len(caught) == 3
    assert {w.filename for w in caught} == {__file__}


def test_as_an_error(wrong_sine):
    """It is raised after NumPy has done its work."""

    def program(x):
        x += np.sin(x)

    x, expected = X.copy(), X.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ParityWarning, match=r"np\.sin"):
            npjit.accelerate(program, mode="check")(x)
    program(expected)
    assert np.array_equal(x, expected)


def test_ignored(wrong_sine):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", npjit.NpjitWarning)
        npjit.accelerate(sine, mode="check")(X, Y)


def test_in_a_block(wrong_sine):
    x, y = X.copy(), Y.copy()
    with pytest.warns(ParityWarning, match=r"np\.sin"), npjit.accelerate(mode="check"):
        z = np.sin(x * y)
    assert np.array_equal(z, np.sin(x * y))


def test_what_is_computed_within_bounds_is_no_difference(anew):
    def program(x, a):
        y = np.cumsum(np.tanh(x * 3)) / x.sum()
        y = np.exp(-y) @ np.fft.fft(y).real
        return y + np.linalg.det(a) + x.std() + np.logaddexp(x, y).mean()

    assert texts(program, RNG.random(50_000), A) == []
    assert texts(program, RNG.random(50_000).astype("f"), A) == []


def test_with_exact_off(anew, monkeypatch):
    def program(x, y):
        return (x * y + 1.0) / 3.0 - y

    assert findings(program, X, Y, exact=False) == []
    wrong = off_by(4, 1e-9)(rules.rule_of(np.divide))
    monkeypatch.setitem(rules._RULES, np.divide, wrong)
    anew()
    assert len(findings(program, X, Y, exact=False)) == 1


def test_long_logs_are_looked_at_in_pieces(anew, monkeypatch):
    """So that not all versions are held at once."""

    def program(x, y):
        for k in range(20):
            x = x * y + k
        return np.sin(x) + 0.0

    wrong = off_by(8, 1e-6)(rules.rule_of(np.sin))
    monkeypatch.setitem(rules._RULES, np.sin, wrong)
    (warning,) = findings(program, X, Y, max_pending_bytes=5 * X.nbytes)
    assert "np.sin" in str(warning.message)
    assert "element [8]" in str(warning.message)


def test_selections(anew, monkeypatch):
    def program(x, y):
        z = x[x > 1] * 2
        x[x > 1] = np.sin(z)
        return x, z.sum()

    right = rules.rule_of(np.sin)
    assert findings(lambda x, y: program(x.copy(), y)[0], X, Y) == []
    monkeypatch.setitem(rules._RULES, np.sin, times(1.001)(right))
    anew()
    (warning,) = findings(lambda x, y: program(x.copy(), y)[0], X, Y)
    assert "np.sin" in str(warning.message)


# -- programs that are right ---------------------------------------------------------


@pytest.fixture
def strictly():
    """A difference is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ParityWarning)
        yield


@pytest.mark.parametrize("program", DEMO, ids=lambda program: program.name)
def test_the_demo(program, strictly):
    def accelerate(fn):
        return npjit.accelerate(fn, mode="check")

    assert run_program(program, accelerate, small=True).problem == ""


SOME = ["black_scholes", "cavity_flow", "correlation", "gramschmidt", "scattering"]
SOME += ["lenet", "mandelbrot", "stft", "vertical_advection", "azimint"]


@pytest.mark.parametrize("name", SOME)
def test_whole_programs(name, strictly):
    module = importlib.import_module(f"tests.programs.{name}")
    assert_program_has_parity(module, "check")


def test_programs_in_which_errors_count(strictly):
    data = np.where(RNG.random((6, 8)) < 0.2, np.nan, RNG.normal(size=(6, 8)))
    data[:, 0] = np.nan
    assert_parity(exact_programs.robust_statistics, data, modes=["check"])
    assert_parity(exact_programs.newton_of_cube, RNG.normal(size=40), modes=["check"])
