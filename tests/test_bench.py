"""The driver of `bench`: what it measures, and that it refuses what does not agree."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from bench import __main__ as command
from bench import driver, exact
from bench.driver import Benchmark, Disagreement, Row, geometric_mean, load, measure

SIZE = 5


def scale(x, factor):
    x *= factor
    return x.sum()


def tiny(by_jax=lambda x, factor: (x * factor, (x * factor).sum()), program=scale):
    return Benchmark(
        "tiny",
        program,
        jax.jit(by_jax),
        lambda rng, size: (rng.random(size), 3.0),
        {"small": SIZE, "medium": SIZE},
        lambda args, result: (args[0], result),
    )


def row(name, numpy_ms, warm_ms, jax_warm_ms):
    return Row(name, numpy_ms, 100.0, warm_ms, 50.0, jax_warm_ms)


def test_all_that_is_measured_is_a_time():
    measured = measure(tiny(), SIZE, repeat=2, mode="jit")
    assert measured.program == "tiny"
    assert all(ms > 0 for ms in driver._times(measured))
    assert measured.cold_ms > measured.warm_ms  # the first call compiles
    assert not jax.config.jax_enable_x64  # left as it was


@pytest.mark.parametrize(
    ("by_jax", "what"),
    [
        (lambda x, factor: (x * factor, x.sum()), "Mismatched elements"),
        (lambda x, factor: (x[1:] * factor, x.sum()), "shapes"),
        (lambda x, factor: (x * factor,), "shorter"),
        (lambda x, factor: (x * jnp.nan, (x * factor).sum()), "nan"),
    ],
)
def test_jax_that_computes_something_else_is_refused(by_jax, what):
    with pytest.raises(Disagreement, match=rf"(?s)tiny, JAX: .*{what}"):
        measure(tiny(by_jax), SIZE, repeat=1, mode="host")


@pytest.mark.parametrize("wrong", [float, np.float32, lambda total: total + 1])
def test_npjit_that_computes_something_else_is_refused(wrong, monkeypatch):
    class Accelerated:
        def __init__(self, fn, mode):
            self.fn = fn

        def cache_clear(self):
            pass

        def __call__(self, *args):
            return wrong(self.fn(*args))

    monkeypatch.setattr(driver.npjit, "accelerate", Accelerated)
    with pytest.raises(Disagreement, match="tiny, npjit"):
        measure(tiny(), SIZE, repeat=1)


def test_variants_get_equal_arguments_each_time():
    seen = []

    def noted(x, factor):
        seen.append(x.copy())
        return scale(x, factor)

    driver._medians_ns([noted, noted], tiny().arguments(np.random.default_rng(0), 4), 3)
    assert len(seen) == 6
    assert all(np.array_equal(x, seen[0]) for x in seen)


def test_medians_are_of_each_variant(monkeypatch):
    times = iter([1, 10, 5, 30, 3, 20])
    monkeypatch.setattr(driver, "_timed", lambda fn, args: (next(times), args, None))
    assert driver._medians_ns([len, len], (), 3) == [3, 20]


def test_ratios_and_their_mean():
    rows = [row("a", 8.0, 2.0, 1.0), row("b", 1.0, 4.0, 4.0)]
    assert [r.ratio for r in rows] == [4.0, 0.25]
    assert [r.jax_ratio for r in rows] == [8.0, 0.25]
    assert math.isclose(geometric_mean(r.ratio for r in rows), 1.0)
    *_, last = driver.table(rows)
    assert last.split() == ["geometric", "mean", "1.00", "1.41"]


def test_table_has_a_line_for_each_program():
    header, first, last = driver.table([row("a", 8.0, 2.0, 1.0)])
    assert len(header) == len(first) == len(last)
    assert first.split() == [
        "a",
        "8.00",
        "100.00",
        "2.00",
        "50.00",
        "1.00",
        "4.00",
        "8.00",
    ]


def test_every_program_can_be_loaded_and_has_sizes():
    names = [benchmark.name for benchmark in load()]
    assert len(names) >= 25
    assert names == sorted(names)
    for benchmark in load():
        assert benchmark.sizes["small"] < benchmark.sizes["medium"]


@pytest.mark.parametrize("benchmark", load(), ids=lambda benchmark: benchmark.name)
def test_variants_agree_on_a_small_size(benchmark):
    measure(benchmark, 10 if benchmark.name != "moving_average" else 150, 1, "host")


def test_filter_and_list(capsys):
    assert command.main(["--list", "--filter", "heat"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "heat_3d",
        "heat_in_a_rod",
    ]
    assert command.main(["--filter", "no such program"]) == 2


def test_json_file_has_all_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "load", lambda pattern: [tiny()])
    path = tmp_path / "results.json"
    options = ["--size", "small", "--repeat", "1", "--mode", "host"]
    assert command.main([*options, "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["machine"]["numpy"] == np.__version__
    assert (found["size"], found["mode"]) == ("small", "host")
    (only,) = found["rows"]
    assert only["ratio"] == pytest.approx(only["numpy_ms"] / only["warm_ms"])
    assert found["geometric_mean"]["ratio"] == pytest.approx(only["ratio"])
    assert "tiny" in capsys.readouterr().out


def test_a_program_that_differs_is_told_and_left_out(monkeypatch, capsys):
    wrong = tiny(lambda x, factor: (x, x.sum()))
    monkeypatch.setattr(command, "load", lambda pattern: [wrong])
    assert command.main(["--repeat", "1", "--mode", "host"]) == 1
    printed = capsys.readouterr()
    assert "tiny, JAX" in printed.err
    assert "geometric" not in printed.out


def test_cost_of_exact_is_that_of_compiled_programs():
    cost = exact.measure(tiny(), SIZE, repeat=3)
    assert len(cost.exact_ms) == len(cost.free_ms) == 3
    assert min(*cost.exact_ms, *cost.free_ms) > 0


def test_ratio_and_spread_of_the_cost_of_exact():
    cost = exact.Cost("a", [2.0, 4.0, 6.0], [1.0, 2.0, 2.0])
    assert cost.ratio == 2.0
    assert cost.spread == (2.0, 3.0)
    header, row, mean = exact.table([cost])
    assert len(header) == len(row)
    assert row.split() == ["a", "4.00", "2.00", "2.00", "2.00", "to", "3.00"]
    assert mean.split() == ["geometric", "mean", "2.00"]
