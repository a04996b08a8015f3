"""The harness of `bench`, and that each program's variants do the same."""

import json
import math
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import npjit
from bench import __main__ as command
from bench import (
    agreement,
    driver,
    exact,
    overhead,
    scaling,
    systems,
    table,
    timing,
    worker,
)
from bench.agreement import Disagreement, check_types, difference, leaves
from bench.benchmark import Benchmark, find, load
from bench.driver import Request, Result, Row
from bench.timing import Ratio
from npjit._diagnostics.stats import SiteCount


def scale(x, factor):
    x *= factor
    return x.sum()


def tiny(program=scale, name="tiny"):
    return Benchmark(
        name,
        "correlation",
        5,
        program,
        lambda rng, size: (rng.random(size), 3.0),
        lambda args, result: (args[0], result),
    )


# Programs -----------------------------------------------------------------------------


def test_there_are_programs_of_all_sizes():
    names = [benchmark.name for benchmark in load(size="M")]
    assert len({benchmark.module for benchmark in load(size="M")}) >= 40
    assert names == sorted(set(names), key=names.index)
    for small, medium, large in zip(*(largest_of(size) for size in "SML"), strict=True):
        assert small.module == medium.module == large.module
        assert small.size < medium.size < large.size


def largest_of(size):
    found = {}
    for benchmark in load(size=size):
        found[benchmark.module] = benchmark
    return list(found.values())


@pytest.mark.parametrize("benchmark", load(size="S"), ids=lambda found: found.name)
def test_variants_agree_on_a_small_size(benchmark):
    args = benchmark.arguments()
    _, expected = worker.first_call(benchmark, "numpy", benchmark.program, args)
    host = npjit.accelerate(benchmark.program, mode="host")
    _, recorded = worker.first_call(benchmark, "host", host, args)
    worker.compare("jit", expected, recorded, 0.0)
    by_jax = systems.SYSTEMS["jax"](benchmark)
    _, written = worker.first_call(benchmark, "jax", by_jax, args)
    worker.compare("jax", expected, written, benchmark.tolerance)


@pytest.mark.parametrize(
    ("name", "form"),
    [("jacobi", "loop"), ("correlation", "rewritten"), ("elementwise", "alike")],
)
def test_form_of_the_program_by_jax(name, form):
    assert find(name, "S").form() == form


@pytest.mark.parametrize("name", ["elementwise", "sum_of_products", "chain[10]"])
def test_numexpr_agrees(name):
    pytest.importorskip("numexpr")
    benchmark = find(name, "S")
    args = benchmark.arguments()
    found = systems.SYSTEMS["numexpr"](benchmark)(*args)
    difference(benchmark.program(*args), found, benchmark.tolerance)


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (["heat*"], ["heat_3d", "heat_in_a_rod"]),
        (["jacobi", "chain[10]"], ["chain[10]", "jacobi"]),
        (["chain"], ["chain[10]", "chain[1000]"]),
        (["no such program"], []),
    ],
)
def test_only_takes_names_and_patterns(only, names):
    assert [benchmark.name for benchmark in load(only, "S")] == names


def test_arguments_are_the_same_each_time():
    benchmark = find("jacobi", "S")
    first, second = benchmark.arguments(), benchmark.arguments()
    assert np.array_equal(first[0], second[0])


# Agreement ----------------------------------------------------------------------------


def test_leaves_are_found_everywhere():
    class State:
        def __init__(self):
            self.x = np.arange(3)

    found = leaves(({"b": 2, "a": [1.0]}, State(), "text", np.float32(3)))
    assert [leaf.tolist() for leaf in found] == [1.0, 2, [0, 1, 2], 3.0]
    assert agreement.largest_size((1.0, np.zeros((2, 3)))) == 6
    assert agreement.largest_size(()) == 0


@pytest.mark.parametrize(
    ("actual", "what"),
    [
        ((np.ones(2), 2.0), "differs by"),
        ((np.ones(3), 1.0), r"shape \(3,\)"),
        ((np.ones(2),), "another number"),
        ((np.array([1.0, np.nan]), 1.0), "differs by nan"),
        ((np.array([1, 2]), 1.0), "differs by"),
    ],
)
def test_difference_refuses(actual, what):
    with pytest.raises(Disagreement, match=what):
        difference((np.ones(2), 1.0), actual, 1e-9)


def test_difference_refuses_other_infinities_and_integers():
    with pytest.raises(Disagreement, match="NaN or infinity"):
        difference(np.array([1.0, np.inf]), np.array([1.0, -np.inf]), 1e-9)
    with pytest.raises(Disagreement, match="differs"):
        difference(np.array([1, 2]), np.array([1, 3]), 1e-9)


def test_difference_is_of_the_largest_element():
    x = np.array([1e-20, 4.0])
    assert difference(x, x + np.array([1e-10, 0.0]), 1e-9) == 1e-10 / 4
    assert difference(x, x, 0.0) == 0.0
    assert difference(np.zeros(2), np.zeros(2), 0.0) == 0.0


@pytest.mark.parametrize("wrong", [float, np.float32])
def test_types_count_for_npjit_alone(wrong):
    expected = np.float64(2.0)
    with pytest.raises(Disagreement, match="type"):
        check_types(expected, wrong(expected))
    assert worker.compare("numba", expected, wrong(expected), 1e-9) == 0.0


# Timing -------------------------------------------------------------------------------


class Clock:
    """Time goes on where a fake says so."""

    def __init__(self, monkeypatch):
        self.ns = 0
        monkeypatch.setattr(timing, "perf_counter_ns", lambda: self.ns)
        monkeypatch.setattr(timing, "perf_counter", lambda: self.ns / 1e9)

    def taking(self, ns, seen=None):
        def call(*args):
            self.ns += ns
            if seen is not None:
                seen.append(ns)

        return call


def test_each_call_gets_arguments_of_its_own():
    seen = []

    def noted(x, factor):
        seen.append(x.copy())
        return scale(x, factor)

    args = tiny().arguments()
    timing.rounds({"a": noted, "b": noted}, args, seconds=0.0, least=3, most=3)
    assert len(seen) > 4
    assert all(np.array_equal(x, args[0]) for x in seen)


def test_short_calls_are_timed_several_at_once():
    assert timing.batch_size(1e9) == 1
    assert timing.batch_size(1e5) == 10
    assert timing.batch_size(1.0) == timing.MAX_BATCH


def test_rounds_take_turns_in_an_order_drawn_anew(monkeypatch):
    clock, seen = Clock(monkeypatch), []
    calls = {"a": clock.taking(2_000_000, seen), "b": clock.taking(4_000_000, seen)}
    times = timing.rounds(calls, (), seconds=1.0, least=1, most=20)
    assert times == {"a": [2e6] * 20, "b": [4e6] * 20}
    pairs = [tuple(seen[i : i + 2]) for i in range(2, len(seen), 2)]  # 2 to learn
    a, b = 2_000_000, 4_000_000
    assert {*pairs} == {(a, b), (b, a)}


@pytest.mark.parametrize(
    ("call_ms", "least", "most", "count"),
    [(100, 2, 50, 10), (100, 2, 4, 4), (1000, 2, 50, 2), (5000, 9, 50, 1)],
)
def test_when_rounds_end(monkeypatch, call_ms, least, most, count):
    calls = {"a": Clock(monkeypatch).taking(call_ms * 1_000_000)}
    times = timing.rounds(calls, (), seconds=1.0, least=least, most=most)
    assert len(times["a"]) == count


def test_what_is_many_times_as_slow_leaves_the_rounds(monkeypatch):
    clock = Clock(monkeypatch)
    ms = {"numpy": 100, "jit": 4000, "jax": 400}
    calls = {name: clock.taking(value * 1_000_000) for name, value in ms.items()}
    times = timing.rounds(calls, (), seconds=2.0, least=4, most=50)
    assert {name: len(column) for name, column in times.items()} == (
        {"numpy": 4, "jit": 1, "jax": 4}
    )
    assert timing.ratio(times["numpy"], times["jit"]).median == 0.025


@pytest.mark.parametrize(
    ("n", "skipped"), [(1, 0), (5, 0), (6, 0), (8, 0), (9, 1), (10, 1), (100, 39)]
)
def test_interval_of_a_median(n, skipped):
    above = np.arange(1.0, n + 1)
    found = timing.ratio(above[::-1], np.ones(n))
    assert found == (np.median(above), 1.0 + skipped, n - skipped)


def test_intervals_hold_the_true_median_as_often_as_they_should():
    rng = np.random.default_rng(1)
    intervals = [timing.ratio(rng.random(15), np.ones(15)) for _ in range(1000)]
    held = np.mean([found.low <= 0.5 <= found.high for found in intervals])
    assert 0.94 < held < 0.99


def test_geometric_mean():
    assert math.isclose(timing.geometric_mean([4.0, 0.25]), 1.0)


# Systems and the worker ---------------------------------------------------------------


def test_numba_compiles_the_functions_of_the_program_too():
    compiled = []

    def njit(function):
        compiled.append(function.__name__)
        return function

    found = systems._compiled(doubled_twice, njit, {})
    assert compiled == ["doubled", "doubled_twice"]
    assert found(3) == 12
    assert found.__globals__["doubled"] is not doubled


def doubled(x):
    return 2 * x


def doubled_twice(x):
    return doubled(doubled(x))


def test_systems_that_are_not_there_are_missing(monkeypatch):
    with pytest.raises(systems.Unavailable, match="not written"):
        systems.SYSTEMS["numexpr"](find("jacobi", "S"))
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(systems.Unavailable, match="numba"):
        systems.SYSTEMS["numba"](tiny())


def test_worker_times_those_that_agree(monkeypatch):
    def fails(benchmark):
        def call(*args):
            raise RuntimeError("no such operation")

        return call

    def missing(benchmark):
        raise systems.Unavailable("not installed")

    made = {
        "numpy": lambda benchmark: benchmark.program,
        "auto": lambda benchmark: lambda *args: np.float32(benchmark.program(*args)),
        "numba": lambda benchmark: lambda x, factor: (x * factor).sum(),
        "jax": fails,
        "torch": missing,
        "jit": lambda benchmark: benchmark.program,
    }
    monkeypatch.setattr(worker, "SYSTEMS", made)
    lines = []
    worker.measure(tiny(), list(made), 0.01, 2, lambda **line: lines.append(line))
    row = driver.row_of("tiny", list(made), lines, {})
    problems = {system: result.problem for system, result in row.results.items()}
    assert problems["numpy"] == problems["jit"] == ""
    assert "type numpy.float32" in problems["auto"]
    assert "differs" in problems["numba"]
    assert problems["jax"] == "RuntimeError: no such operation"
    assert problems["torch"] == "not installed"
    timed = {system for system, result in row.results.items() if result.times_ms}
    assert timed == {"numpy", "jit"}
    assert row.results["jit"].difference == 0.0
    assert (row.elements, row.form) == (5, "rewritten")


@pytest.mark.parametrize("right", [1, 2])
def test_a_later_call_that_disagrees_is_refused(right, monkeypatch):
    results = iter([1.0] * right + [2.0])
    made = {
        "numpy": lambda benchmark: lambda x, factor: 1.0,
        "jit": lambda benchmark: lambda x, factor: next(results),
    }
    monkeypatch.setattr(worker, "SYSTEMS", made)
    monkeypatch.setattr(worker, "warm_up", lambda call, args: 0.0)
    lines = []
    benchmark = tiny(lambda x, factor: 1.0)
    worker.measure(benchmark, list(made), 0.01, 2, lambda **line: lines.append(line))
    row = driver.row_of("tiny", list(made), lines, {})
    assert "differs" in row.results["jit"].problem
    assert not row.results["jit"].times_ms
    assert row.results["numpy"].times_ms


def test_a_program_that_fails_in_numpy_ends_the_worker():
    def fails(x, factor):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        worker.measure(tiny(fails), ["numpy"], 0.01, 2, lambda **line: None)


def test_errors_inside_npjit_are_no_results(monkeypatch):
    counts = npjit.stats()
    site = SiteCount("program", "INTERNAL", "user.py:3", 1, "")
    monkeypatch.setattr(npjit, "stats", lambda: replace(counts, fallbacks=(site,)))
    with pytest.raises(Disagreement, match=r"an error inside npjit at user\.py:3"):
        worker.check_no_bug()


def test_first_calls_that_never_end_are_stopped():
    endless = tiny(lambda x, factor: time.sleep(60))
    with pytest.raises(TimeoutError, match="1 s"), worker.time_limit(1):
        endless.program(*endless.arguments())


def test_one_call_tells_time_and_memory():
    found = worker.one_shot(tiny(), "numpy")
    assert found["first_ms"] > 0
    assert 2**20 < found["peak_bytes"] < 2**40


def test_warm_up_ends_when_auto_has_chosen(monkeypatch):
    monkeypatch.setattr(worker, "WARM_UP_SECONDS", 0.0)
    engines = iter([None, None, None, "numpy"])
    monkeypatch.setattr(worker, "chosen", lambda call: next(engines))
    seen = []
    worker.warm_up(lambda: seen.append(1), ())
    assert len(seen) == worker.WARM_UP_CALLS + 3


def test_what_auto_chose_is_told():
    assert worker.chosen(scale) == ""
    assert worker.chosen(npjit.accelerate(scale, mode="jit")) == ""
    assert worker.chosen(npjit.accelerate(scale, mode="auto")) is None


# The driver ---------------------------------------------------------------------------


def test_the_largest_difference_counts():
    lines = [{"system": "numpy", "difference": value} for value in (0.0, 2.0, 1.0)]
    assert driver.row_of("a", ["numpy"], lines, {}).results["numpy"].difference == 2.0


def lines_of(system, ms):
    return [{"system": system, "began": True}, {"system": system, "first_ms": ms}]


def times_of(**ms):
    times_ns = {system: [1e6 * value] * 7 for system, value in ms.items()}
    return {"times_ns": times_ns, "elements": 10, "form": "alike"}


def test_a_system_that_kills_the_process_is_left_out(monkeypatch):
    runs = []

    def run(name, request, what, limit=0):
        runs.append(what)
        if "torch" in what:
            return [*lines_of("numpy", 1.0), {"system": "torch", "began": True}], "died"
        return [*lines_of("numpy", 1.0), times_of(numpy=1.0)], ""

    monkeypatch.setattr(driver, "_run", run)
    row = driver._measure("tiny", Request(systems=("numpy", "torch")))
    assert runs == [["--systems", "numpy", "torch"], ["--systems", "numpy"]]
    assert row.results["torch"].problem == "died"
    assert row.results["numpy"].times_ms == [1.0] * 7


def test_a_program_that_does_not_run_in_numpy_is_told(monkeypatch):
    monkeypatch.setattr(driver, "_run", lambda *args: ([], "no such module"))
    row = driver._measure("tiny", Request(systems=("numpy", "jit")))
    assert {result.problem for result in row.results.values()} == {"no such module"}
    assert table.is_wrong(row)


def test_auto_is_measured_once_more_where_it_misses_the_goal(monkeypatch):
    rows = iter([row("a", auto=2.0), row("a", auto=1.0), row("b", auto=1.0)])
    monkeypatch.setattr(driver, "_measure", lambda name, request: next(rows))
    monkeypatch.setattr(driver, "ONE_SHOTS", ())
    first, second = (driver.measure(name, Request()) for name in "ab")
    assert (first.attempts, first.ratio_of("auto").median) == (2, 1.0)
    assert second.attempts == 1


def test_single_calls_are_added(monkeypatch):
    monkeypatch.setattr(driver, "_measure", lambda name, request: row("a", auto=1.0))
    line = {"import_ms": 5.0, "first_ms": 7.0, "peak_bytes": 2**21}
    monkeypatch.setattr(driver, "_run", lambda *args: ([line], ""))
    result = driver.measure("a", Request()).results["auto"]
    assert (result.one_shot_ms, result.compile_ms, result.peak_mb) == (12.0, 6.0, 2.0)


def test_lines_of_a_process_that_was_killed_may_end_anywhere():
    assert driver._lines(b'{"a": 1}\n{"b": ') == [{"a": 1}]


def test_process_that_dies_tells_why(monkeypatch):
    found, error = driver._run("no such program", Request(), ["--systems", "numpy"])
    assert found == []
    assert error.startswith("exit status 1: ValueError")


# Tables -------------------------------------------------------------------------------


def row(name, form="alike", elements=10, numpy=1.0, **ms):
    results = {}
    for system, value in {"numpy": numpy, **ms}.items():
        if value is None:
            results[system] = Result(problem="differs by 1")
        else:
            found = Ratio(*[numpy / value] * 3)
            results[system] = Result(times_ms=[value] * 7, difference=0.0, ratio=found)
    return Row(name, elements, form, results)


def test_ratios_and_spread():
    found = row("a", numpy=8.0, auto=2.0, jax=4.0)
    assert found.ratio_of("auto").median == 4.0
    assert found.to("jax", "auto").median == 0.5
    assert found.to("numba", "auto") is None
    assert not found.misses_goal()
    assert row("b", auto=1.1).misses_goal()
    assert not row("b", numpy=0.0010, auto=0.0028).misses_goal()
    assert row("b", numpy=0.0010, auto=0.0032).misses_goal()
    assert Result(times_ms=[1.0, 2.0, 3.0]).spread == 0.5


def test_line_of_the_table():
    names = ["numpy", "auto", "jit", "jax"]
    found = row("a", "loop", numpy=8.0, auto=2.0, jit=4.0, jax=None)
    found.results["auto"].engine = "accelerated"
    line = table.line(found, names)
    assert line.split() == (
        ["a", "*", "8.000", "0%", "4.00", "[4.00,", "4.00]", "X", "2.00", "-", "equal"]
    )
    assert len(line) == len(table.header(names))
    assert list(table.problems(found)) == ["  a, JAX by hand: differs by 1"]


def test_npjit_that_differs_fails():
    names = ["numpy", "auto", "jit"]
    found = row("a", auto=None, jit=1.0)
    assert table.line(found, names).endswith("FAILED")
    assert table.is_wrong(found)
    found.results = row("a", auto=1.0, jit=1.0).results
    found.results["jit"].difference = 3e-16
    assert table.line(found, names).endswith("3e-16")
    assert not table.is_wrong(found)


def test_summary_tells_programs_with_loops_apart():
    rows = [
        row("a", numpy=8.0, auto=2.0, jit=2.0, jax=1.0, elements=10**6),
        row("b", "rewritten", auto=4.0, jit=4.0, jax=1.0),
        row("c", "loop", auto=1.0, jit=None, jax=1.0),
    ]
    auto, jit, jax, without, alike, *beside = table.summary(
        rows, ["numpy", "auto", "jit", "jax"]
    )
    assert auto == (
        "auto: 1.00 times as fast as NumPy (geometric mean of 3), worst 0.25 (b), "
        "2 of 3 at or above 0.95"
    )
    assert "geometric mean of 2" in jit
    assert next(table.summary([row("d", numpy=1e-3, auto=2e-3)], ["auto"])).endswith(
        "0 of 1 at or above 0.95, 1 more within 2 us of it"
    )
    assert "worst 1.00 (b)" in jax
    assert without.startswith("programs without *, the 2 that all")
    assert without.endswith("auto 1.00, jit 1.00, JAX by hand 2.83")
    assert alike.endswith("auto 4.00, jit 4.00, JAX by hand 8.00")
    assert all("on the 1 programs" in line and "2.00" in line for line in beside)


def test_summary_compares_single_calls():
    found = row("a", auto=1.0)
    for system, ms in (("numpy", 2.0), ("auto", 3.0)):
        found.results[system].import_ms, found.results[system].first_ms = 1.0, ms
    _, line = list(table.summary([found], ["numpy", "auto"]))[:2]
    assert line == (
        "auto, one call in a new process: 1 ms longer than NumPy's (median), at most "
        "1 ms (a)"
    )


def test_programs_that_another_system_runs_faster_are_told():
    rows = [
        row("a", numpy=8.0, auto=2.0, jit=1.0, numba=1.5),
        row("b", numpy=8.0, auto=2.0, jit=3.0, numba=1.0),
        row("c", auto=2.0),
        row("d", auto=None, jit=2.0),
    ]
    found = list(table.beaten(rows))
    assert found == ["  b: numba 8.00, auto 4.00", "  c: NumPy 1.00, auto 0.50"]


def test_costs_have_a_column_for_what_was_measured():
    found = row("a", auto=1.0, numba=2.0)
    found.results["auto"].import_ms, found.results["auto"].first_ms = 5.0, 40.0
    found.results["numba"].first_ms = 1002.0
    groups, names, line = table.costs([found], ["numpy", "auto", "numba"])
    assert [cell.split() for cell in names.split("|")] == (
        [["program", "auto"], ["auto", "numba"]]
    )
    assert [cell.split() for cell in line.split("|")] == ([["a", "45"], ["39", "1000"]])
    assert len(groups) == len(names) == len(line)


# The command --------------------------------------------------------------------------


def test_list_and_unknown_names(capsys):
    assert command.main(["--list", "--only", "heat*", "--size", "S"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split() for line in listed] == (
        [["heat_3d", "16"], ["heat_in_a_rod", "10_000".replace("_", "")]]
    )
    assert command.main(["--only", "no such program"]) == 2


def test_command_measures_in_processes_of_their_own(tmp_path, capsys):
    path = tmp_path / "results.json"
    options = ["--size", "S", "--only", "chain[10]", "--systems", "auto"]
    assert command.main([*options, "--seconds", "0.1", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["machine"]["numpy"] == np.__version__
    assert found["request"]["size"] == "S"
    (only,) = found["rows"]
    auto, numpy = (only["results"][system] for system in ("auto", "numpy"))
    assert min(numpy["times_ms"]) > 0
    assert auto["median_ms"] > 0
    assert auto["ratio"][1] <= auto["ratio"][0] <= auto["ratio"][2]
    assert auto["peak_mb"] > 1
    assert auto["one_shot_ms"] >= auto["first_ms"] > 0
    assert "chain[10]" in capsys.readouterr().out


def test_a_program_that_differs_is_told(monkeypatch, capsys):
    monkeypatch.setattr(
        command, "measure", lambda name, request: row(name, auto=1.0, jit=None, jax=1.0)
    )
    options = ["--only", "jacobi", "--systems", "auto", "jit", "jax"]
    assert command.main(options) == 1
    assert "jacobi, jit: differs by 1" in capsys.readouterr().out


def test_plot_is_written(tmp_path):
    pytest.importorskip("matplotlib")
    from bench.plot import plot

    path = tmp_path / "ratios.png"
    plot([row("a", auto=2.0, jax=1.0), row("b", auto=1.0)], path)
    assert path.read_bytes().startswith(b"\x89PNG")


# Other measurements -------------------------------------------------------------------


def test_overhead_of_replayed_and_plain_calls(monkeypatch):
    monkeypatch.setattr(overhead, "WARM_UP", 10)
    for _, times in overhead.replayed(2, 3):
        assert set(times) == {"npjit", "JAX"}
        assert all(len(column) == 2 and min(column) > 0 for column in times.values())
    assert [count for count, _ in overhead.auto(2, 3)] == [1, 2, 3]


def test_overhead_of_recording(monkeypatch):
    monkeypatch.setattr(overhead, "ROWS", overhead.ROWS[:2])
    rows = list(overhead.recording(1))
    assert [size for size, _, _ in rows] == [8, 100]
    assert all(math.isfinite(recorded_us) for _, _, recorded_us in rows)


def test_scaling_has_a_point_for_each_size_and_number(monkeypatch):
    monkeypatch.setattr(worker, "MAX_CHOICE_SECONDS", 0.0)
    points = [*scaling.by_size([10], 0.01), *scaling.by_operations([1, 3], 0.01)]
    assert [point.x for point in points] == [10, 1, 3]
    for point in points:
        assert min(point.median_ms.values()) > 0
        assert len(scaling.line(point).split()) == 8


def test_cost_of_exact_is_that_of_compiled_programs():
    cost = exact.measure(tiny(), repeat=3)
    assert len(cost.exact_ms) == len(cost.free_ms) == 3
    assert min(*cost.exact_ms, *cost.free_ms) > 0


def test_ratio_and_spread_of_the_cost_of_exact():
    cost = exact.Cost("a", [2.0, 4.0, 6.0], [1.0, 2.0, 2.0])
    assert cost.ratio == 2.0
    assert cost.spread == (2.0, 3.0)
    header, line, mean = exact.table([cost])
    assert len(header) == len(line)
    assert line.split() == ["a", "4.00", "2.00", "2.00", "2.00", "to", "3.00"]
    assert mean.split() == ["geometric", "mean", "2.00"]
