"""The host engine: replay in order, each entry once, buffers dropped after use."""

import tracemalloc
import warnings

import numpy as np
import pytest

import npjit
from npjit._chapters import infer as infer_module
from npjit._chapters.registry import operation_of
from npjit._diagnostics import events
from npjit._host.engine import Replay
from npjit.testing import assert_parity

on_host = npjit.accelerate(mode="host")


@pytest.mark.parametrize("order", ["C", "F"])
def test_overlap_is_numpys(order):
    def shift(x):
        x[1:] = x[:-1]
        x[::-1] += x
        np.add(x[1:], x[:-1], out=x[:-1])
        return x[::2].copy()

    assert_parity(shift, np.arange(12.0).reshape(4, 3, order="C").copy(order))


def test_intermediates_are_dropped_after_their_last_use():
    size = 200_000

    def chain(x):
        for _ in range(40):
            x = x * 0.5
        return x

    x = np.ones(size)
    on_host(chain)(x)
    tracemalloc.start()
    try:
        on_host(chain)(x)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * size * 6


def test_several_results():
    assert_parity(lambda x: np.divmod(x, 3), np.arange(7.0))
    assert_parity(lambda x: np.modf(x)[0], np.arange(7.0) / 2)


def test_warnings_come_from_the_line_of_the_operation():
    def program(x):
        y = x / 0.0
        return y + 1

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        on_host(program)(np.ones(2))
    line = program.__code__.co_firstlineno + 1
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]


def test_warnings_keep_their_order_where_the_reaction_changes():
    def program(x):
        y = x * 3 + -x
        with np.errstate(all="call", call=lambda kind, flag: None):
            np.divide(1, x, where=x != 0)  # NumPy warns that `out` is not given
        return y

    texts = []
    for f in (program, on_host(program)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            f(np.array([np.inf, 1.0]))
        texts.append([(str(w.message), w.lineno) for w in caught])
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2


def test_a_warning_that_is_an_error_does_not_run_an_entry_twice():
    def program(x):
        x += 1
        x /= 0.0
        x += 1

    x = np.array([1.0, -2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="divide by zero"):
            on_host(program)(x)
    assert np.array_equal(x, [np.inf, -np.inf])


def test_each_entry_runs_once(monkeypatch):
    ran = []
    entry = Replay.entry

    def watch(self, one, *rest):
        ran.append(one)
        entry(self, one, *rest)

    monkeypatch.setattr(Replay, "entry", watch)

    def program(x):
        x += 1
        y = x * 2
        if y.sum() > 0:
            x += y
        return x - y

    with events.capture() as captured:
        on_host(program)(np.ones(3))
    assert len(ran) == len({id(e) for e in ran}) == 6
    assert sum(e.count for e in captured if e.name == "engine") == 6
    assert sum(e.count for e in captured if e.name == "record") == 6


@pytest.mark.internal_error
def test_a_wrong_foretelling_is_reported(monkeypatch):
    monkeypatch.setattr(operation_of(np.tan), "known", {})
    fresh = infer_module.fresh_aval
    monkeypatch.setattr(
        infer_module, "fresh_aval", lambda shape, dtype, like=None: fresh(shape, dtype)
    )
    x = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    with events.capture() as captured:
        result = on_host(lambda x: np.tan(x))(x)
    assert np.array_equal(result, np.tan(x))
    (report,) = [e for e in captured if e.reason is npjit.Reason.INTERNAL]
    assert "NumPy made" in report.detail
