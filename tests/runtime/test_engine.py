"""Failures inside JAX and XLA never reach the user, and the event says why."""

import sys

import jax
import numpy as np
import pytest

import npjit
from npjit._diagnostics import events
from npjit._graph.trace import current
from npjit._runtime.programs import PROGRAMS
from npjit._xla.compile import Executable
from npjit._xla.lower import Lowering
from npjit.errors import Reason, Unsupported

jit = npjit.accelerate(mode="jit")


@pytest.fixture(autouse=True)
def _empty_cache():
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def program(x, out):
    y = np.sin(x) * 2
    out += y
    out[1:] = out[:-1] * 0.5
    return y, out.sum()


def arguments():
    return np.arange(5.0), np.ones(5)


def check(captured, reason, text, count=2):
    """Two calls with these failures, and NumPy's results."""
    fast = jit(program)
    for _ in range(2):
        x, out = arguments()
        expected_out = out.copy()
        expected, total = program(x, expected_out)
        result, s = fast(x, out)
        assert np.array_equal(result, expected)
        assert np.array_equal(out, expected_out)
        assert s == total
    fallbacks = [e for e in captured if e.name == "fallback"]
    assert [e.reason for e in fallbacks] == [reason] * count
    assert all(text in e.detail for e in fallbacks)
    assert all(e.operation == "program" for e in fallbacks)
    assert {(e.filename, e.lineno) for e in fallbacks} == {
        (__file__, program.__code__.co_firstlineno + 1)
    }
    ran = {e.operation for e in captured if e.name == "engine"}
    assert ran == {"host"}


@pytest.mark.internal_error
def test_a_rule_that_raises_is_an_internal_error(monkeypatch, caplog):
    def fail(self, *args):
        raise ZeroDivisionError("in a rule")

    monkeypatch.setattr(Lowering, "__call__", fail)
    with events.capture() as captured:
        check(captured, Reason.INTERNAL, "in a rule")
    first, second = [e.detail for e in captured if e.name == "fallback"]
    assert "Traceback" in first
    assert "Traceback" not in second  # the log is not flooded
    assert "an error inside npjit" in caplog.text


def test_what_a_rule_does_not_support(monkeypatch):
    def fail(self, *args):
        raise Unsupported(Reason.PARAMETER, "side='left'")

    monkeypatch.setattr(Lowering, "__call__", fail)
    with events.capture() as captured:
        check(captured, Reason.PARAMETER, "side='left'")


@pytest.mark.parametrize(
    "error", [jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED"), MemoryError("full")]
)
@pytest.mark.parametrize("method", ["compile", "__call__"])
def test_an_error_of_xla(monkeypatch, error, method):
    def fail(self, *args):
        raise error

    monkeypatch.setattr(Executable, method, fail)
    with events.capture() as captured:
        check(captured, Reason.COMPILE_FAILED, str(error))


def test_an_option_that_xla_refuses(monkeypatch):
    from npjit._xla import compile as compile_module

    monkeypatch.setattr(
        compile_module, "compiler_options", lambda exact: {"no_such_option": True}
    )
    with events.capture() as captured:
        check(captured, Reason.COMPILE_FAILED, "no_such_option")


def test_a_failure_in_strict_mode(monkeypatch):
    def fail(self, *args):
        raise MemoryError("full")

    monkeypatch.setattr(Executable, "compile", fail)
    x, out = arguments()
    expected = out.copy()
    program(x, expected)
    fast = npjit.accelerate(program, mode="jit", strict=True)
    with pytest.raises(npjit.FallbackError, match="full") as raised:
        fast(x, out)
    assert raised.value.reason is Reason.COMPILE_FAILED
    assert np.array_equal(out, expected)
    assert current.trace is None


def test_near_the_recursion_limit():
    """JAX needs a deep stack to trace, NumPy does not."""

    def deep(x, depth):
        return deep(x, depth - 1) if depth else bool((x * 1.25 + 1).sum() > 0)

    fast = jit(deep)
    limit = sys.getrecursionlimit()
    frames = 0
    frame = sys._getframe()
    while frame is not None:
        frames, frame = frames + 1, frame.f_back
    with events.capture() as captured:
        assert fast(np.ones(3), limit - frames - 60) is True
    reasons = {e.reason for e in captured if e.operation == "program"}
    assert reasons <= {Reason.COMPILE_FAILED}
    with events.capture() as captured:
        assert fast(np.ones(3), 3) is True
    # It is not remembered as failing.
    assert {e.operation for e in captured if e.name == "engine"} == {"xla"}


@pytest.mark.parametrize("at", range(4))
def test_interrupted_while_results_are_handed_over(monkeypatch, at):
    from npjit._array.storage import Storage

    def several(a, b, c):
        a += 1
        b *= 2
        c[1:] = c[:-1]
        a += b
        return a * b

    arrays = [np.arange(4.0) for _ in range(3)]
    expected = [a.copy() for a in arrays]
    several(*expected)
    calls = 0
    set_value = Storage.set_value

    def interrupt(self, value):
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise KeyboardInterrupt
        set_value(self, value)

    monkeypatch.setattr(Storage, "set_value", interrupt)
    with pytest.raises(KeyboardInterrupt):
        jit(several)(*arrays)
    for a, b in zip(arrays, expected, strict=True):
        assert np.array_equal(a, b)


def shrinking(a):
    for k in range(30):
        if a[k, k] > 0:  # a break: each iteration is a program
            a[k + 1 :, k + 1 :] -= 0.01 * np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a


@pytest.mark.parametrize("mode", ["auto", "jit"])
def test_programs_that_do_not_repeat(mode):
    PROGRAMS.clear()
    a = np.random.default_rng(0).random((31, 31)) + np.eye(31)
    expected = shrinking(a.copy())
    fast = npjit.accelerate(mode=mode)(shrinking)
    with events.capture() as seen:
        np.testing.assert_array_equal(fast(a.copy()), expected)
    n_compiled = sum(event.name == "compile" for event in seen)
    assert n_compiled == 0 if mode == "auto" else n_compiled > 8
