"""Each program of the demo has parity; the demo's own comparison finds differences."""

import copy
import random
from types import SimpleNamespace

import numpy as np
import pytest

import npjit
from npjit import _cli
from npjit._demo.compare import Mismatch, difference
from npjit._demo.programs import PROGRAMS, Program
from npjit._demo.run import lines_of, run_demo, run_program

ULP = np.spacing(1.0)


@pytest.mark.smoke
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_program_has_parity(program):
    row = run_program(program, lambda fn: npjit.accelerate(fn, mode="jit"), small=True)
    assert row.problem == ""
    assert row.on_xla > 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_wrong_result_is_found_in_every_program(program):
    """Change a number in what the program returns and leaves in its arguments."""

    def accelerate(fn):
        def wrong(*args):
            result = fn(*args)
            disturbed(args)
            return disturbed(result)

        return wrong

    row = run_program(program, accelerate, small=True)
    assert not row.is_ok
    assert "FAIL" in lines_of(row)[0]


def disturbed(value):
    """Change the first element of each array met in place; scalars by value."""
    if isinstance(value, np.ndarray) and value.size:
        value.flat[0] = disturbed(value.flat[0])
    elif isinstance(value, (np.floating, np.complexfloating)):
        return value + type(value)(max(1e-2, abs(value) * 1e-2))
    elif isinstance(value, np.integer):
        return value ^ type(value)(1)
    elif isinstance(value, (list, tuple)):
        return type(value)(disturbed(item) for item in value)
    elif hasattr(value, "__dict__"):
        disturbed(list(vars(value).values()))
    return value


def test_a_result_kept_from_the_first_call_is_found():
    def accelerate(fn):
        kept = []

        def stale(*args):
            if not kept:
                kept.append(fn(*args))
            return kept[0]

        return stale

    program = Program("sum", np.sum, lambda rng, size: (rng.random(size),), 9, 9)
    assert "0 ulp" in run_program(program, accelerate).problem


def test_demo_tells_failure_from_success():
    good = Program("sum", np.sum, lambda rng, size: (rng.random(size),), 9, 9)
    bad = Program("draw", lambda: random.random(), lambda rng, size: (), 9, 9)
    lines = []
    assert run_demo(lambda fn: fn, lines.append, [good])
    assert not run_demo(lambda fn: fn, lines.append, [good, bad])
    assert lines[-1].endswith("1 without parity")


@pytest.mark.parametrize(("has_parity", "status"), [(True, 0), (False, 1)])
def test_exit_status_of_the_command(has_parity, status, monkeypatch):
    monkeypatch.setattr("npjit._demo.run.run_demo", lambda *args: has_parity)
    assert _cli.main(["demo"]) == status


@pytest.mark.parametrize(
    ("expected", "actual", "text"),
    [
        (np.float64(1), 1.0, "type"),
        (np.zeros(2), np.zeros(2, np.float32), "dtype"),
        (np.zeros(2), np.zeros((2, 1)), "shape"),
        (np.zeros(2, int), np.ones(2, int), "values of dtype int64"),
        ([np.zeros(2)], [], "length"),
        ({"a": 1}, {"b": 1}, "keys"),
        ((1, {"a": "x"}), (1, {"a": "y"}), r"result\[1\]\['a'\]: value"),
        (np.array([np.nan, 1]), np.array([1, np.nan]), "NaN or infinity"),
        (np.array([np.inf]), np.array([-np.inf]), "NaN or infinity"),
        (np.array([1.0]), np.array([np.nan]), "NaN or infinity where"),
        (SimpleNamespace(u=np.zeros(2)), SimpleNamespace(u=np.zeros(3)), "shape"),
        (np.random.default_rng(1), np.random.default_rng(2), "state"),
    ],
)
def test_mismatch_is_found(expected, actual, text):
    assert difference(copy.deepcopy(expected), expected) == 0.0
    with pytest.raises(Mismatch, match=text):
        difference(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual", "unit", "ulp"),
    [
        ([1.0, 1.0], [1.0, 1.0 + 3 * ULP], "element", 3),
        ([1024.0, 1.0], [1024.0, 1.0 + 1024 * ULP], "element", 1024),
        ([1024.0, 1.0], [1024.0, 1.0 + 1024 * ULP], "largest", 1),
        ([np.inf, np.nan], [np.inf, np.nan], "element", 0),
        ([1.0 + 1.0j], [1.0 + (1.0 + 2 * ULP) * 1j], "element", 2),
        ([], [], "largest", 0),
    ],
)
def test_difference_counts_units_in_the_last_place(expected, actual, unit, ulp):
    assert difference(np.array(expected), np.array(actual), unit) == ulp
