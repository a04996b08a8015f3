"""A rehearsal computes what NumPy computes, leaves all as it is, and hears reports."""

import warnings

import numpy as np
import pytest

import npjit
from npjit._chapters.reports import DIVIDE, INVALID, OVER, UNDER
from npjit._host.engine import HostEngine
from npjit._host.rehearsal import Rehearsal


@pytest.fixture
def rehearsed(monkeypatch):
    """Calls a function, each of whose logs is rehearsed before it is run.

    Returns the last rehearsal, and what its operations would report.
    """

    def rehearse(fn, *args):
        found = []

        def run(host, trace, log):
            rehearsal = Rehearsal(trace, log)
            bits = [rehearsal.step(i) for i in range(len(log.entries))]
            found[:] = rehearsal, bits
            at_once(host, trace, log)

        monkeypatch.setattr(HostEngine, "run", run)
        with np.errstate(all="ignore"):
            npjit.accelerate(fn, mode="host")(*args)
        return found

    at_once = HostEngine.run
    return rehearse


def test_arguments_are_written_once(rehearsed):
    x = np.arange(4.0)

    def program(x):
        x += 1
        x[1:] *= 2

    rehearsal, _ = rehearsed(program, x)
    assert x.tolist() == [1, 4, 6, 8]
    assert rehearsal.root(0).tolist() == [1, 4, 6, 8]
    assert not np.shares_memory(rehearsal.root(0), x)


def test_views_of_copies(rehearsed):
    """Those of a strided array, whose copy lies otherwise in memory."""
    x = np.arange(6000.0).reshape(2, 3, -1)[:, ::-1, ::99].transpose(2, 0, 1)

    def program(x):
        x[1:, :, 1] += x[:-1, :, 0]

    program(expected := x.copy())
    rehearsal, _ = rehearsed(program, x)
    assert np.array_equal(x, expected)
    assert np.array_equal(rehearsal.root(0), expected)


REPORTS = {
    "division": (lambda x: x / 0.0, DIVIDE),
    "logarithm": (lambda x: np.log(-x), INVALID),
    "overflow": (lambda x: np.exp(x * 1000), OVER),
    "underflow": (lambda x: np.exp(x * -720), UNDER),
    "two": (lambda x: (x - 1) / 0.0, DIVIDE | INVALID),
    "integers": (lambda x: np.arange(3) // (np.arange(3) - 1), DIVIDE),
    "none": (lambda x: x * 2, 0),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports(name, rehearsed):
    program, expected = REPORTS[name]
    _, bits = rehearsed(program, np.array([1.0, 1.0, 2.0]))
    assert bits[-1] == expected


def test_nothing_is_shown(rehearsed):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, bits = rehearsed(lambda x: np.log(-x) / 0.0, np.ones(2))
    assert bits == [0, INVALID, 0]
    assert caught == []


def test_memory_that_nobody_filled_is_zero(rehearsed):
    """It is in XLA; and so it compares equal."""
    full = np.full(500, 7.0)
    del full  # its memory is used again
    rehearsal, _ = rehearsed(lambda x: np.empty_like(x), np.ones(500))
    assert [a.any() for a in rehearsal.scratch.values()].count(False) == 1
