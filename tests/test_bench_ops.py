"""`python -m bench.ops`: its cases cover what is compiled, its table tells times."""

import json
import math

import numpy as np
import pytest

from bench import ops
from npjit._chapters.registry import OPERATIONS, Kind


def test_every_ufunc_that_is_compiled_is_measured():
    named = {case.name.split()[0] for case in ops.cases()}
    ufuncs = [op.name for op in OPERATIONS.values() if op.kind is Kind.UFUNC]
    assert set(ufuncs) <= named


def test_names_tell_cases_apart():
    names = [case.name for case in ops.cases()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", ops.cases("np.a"), ids=lambda case: case.name)
def test_arguments_are_what_numpy_takes_without_a_warning(case):
    case.function(*case.make(np.random.default_rng(0), 500))


def test_measure_times_numpy_the_call_and_the_program():
    (case,) = ops.cases("np.add float64")
    row = ops.measure(case, 2000, aligned=True)
    assert (row.name, row.group, row.size) == ("np.add float64", "arithmetic", 2000)
    assert row.numpy_ns > 0
    assert row.program_ns > 0
    assert row.call_ns > 0
    assert row.slower == row.program_ns / row.numpy_ns


def test_what_runs_in_numpy_has_no_program():
    (case,) = ops.cases("np.sort stable")
    assert math.isnan(ops.measure(case, 20_000).program_ns)


def test_xla_can_borrow_aligned_copies():
    a = np.arange(12.0).reshape(3, 4)
    copied = ops.as_xla_borrows(a)
    assert copied.ctypes.data % 64 == 0
    np.testing.assert_array_equal(copied, a)


def test_the_slowest_operation_comes_first():
    rows = [
        ops.Row("fast", "arithmetic", 10, 100.0, 90.0, 50.0),
        ops.Row("slow", "sort", 10, 100.0, 990.0, 900.0),
        ops.Row("left to NumPy", "sort", 10, 100.0, 110.0, math.nan),
    ]
    lines = list(ops.table(rows))
    names = [line.split("  ")[0] for line in lines[1:]]
    assert names == ["slow", "fast", "left to NumPy"]
    assert lines[1].split()[-1] == "9.00"


def test_command_line(capsys, tmp_path):
    target = tmp_path / "ops.json"
    given = ["--only", "np.floor float64", "--sizes", "1000", "--json", str(target)]
    assert ops.main(given) == 0
    assert "np.floor float64" in capsys.readouterr().out
    (row,) = json.loads(target.read_text())["rows"]
    assert row["size"] == 1000


def test_command_line_knows_no_such_operation(capsys):
    assert ops.main(["--only", "np.nonsense"]) == 2
    assert "np.nonsense" in capsys.readouterr().err
