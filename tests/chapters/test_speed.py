"""Predictions of what NumPy and XLA take: what they are made of, not how long it is."""

import numpy as np
import pytest

import npjit
from npjit._chapters import speed
from npjit._chapters.registry import OPERATIONS, Kind, operation_of
from npjit._graph.aval import Aval, make_aval
from npjit._host.engine import HostEngine

LOWERED = (Kind.UFUNC, Kind.REDUCTION, Kind.FUNCTION, Kind.CREATION)


def aval(*shape, dtype="float64"):
    dtype = np.dtype(dtype)
    return make_aval(shape, np.empty(shape, dtype).strides, dtype)


def is_slow(func, *args):
    avals = [a for a in args if isinstance(a, Aval)]
    return speed.is_slow(operation_of(func), args, avals)


def gain_of(fn, *args, monkeypatch):
    """The gain foretold for all that a call records."""
    logs = []
    run = HostEngine.run

    def note(self, trace, log):
        if not log.done:
            logs.append(speed.gain(log.entries))
        run(self, trace, log)

    with monkeypatch.context() as patch:
        patch.setattr(HostEngine, "run", note)
        npjit.accelerate(fn, mode="host")(*args)
    assert len(logs) == 1
    return logs[0]


@pytest.mark.parametrize("kind", LOWERED)
def test_every_lowered_operation_has_a_class_of_known_cost(kind):
    for func, op in OPERATIONS.items():
        if op.kind is kind:
            group = speed.class_of(op)
            is_plain = func in (np.equal.outer, np.maximum.outer)
            assert group in speed.COSTS, func
            assert not is_plain or group == "arithmetic"


def test_classes_that_nothing_belongs_to_are_not_listed():
    found = {speed.class_of(op) for op in OPERATIONS.values() if op.kind in LOWERED}
    indexing = {"gather", "scatter", "add.at", "selection", "mask", "histogram"}
    by_name = {"multiply", "square", "absolute", "divide"}  # of complex numbers
    assert {group.split()[0] for group in speed.COSTS} == found | indexing | by_name


@pytest.mark.parametrize(
    ("func", "dtype", "n", "expected"),
    [
        (np.add, "float64", 10**7, False),
        (np.sin, "float64", 10**7, False),
        (np.floor_divide, "int64", 10**6, True),
        (np.floor_divide, "float64", 10**6, False),
        (np.floor_divide, "int64", 1000, False),  # leaving XLA would cost more
        (np.multiply, "complex128", 10**6, False),
        (np.cumsum, "float32", 10**6, False),
        (np.sort, "float64", 10**6, True),
        (np.sort, "float64", 100, False),
    ],
)
def test_is_slow(func, dtype, n, expected):
    operands = [aval(n, dtype=dtype)] * getattr(func, "nin", 1)
    assert is_slow(func, *operands) is expected


def test_a_call_without_arrays_is_never_slow():
    assert not is_slow(np.zeros, 10)


def test_a_power_is_slow_unless_its_exponent_is_a_number():
    x = aval(10**6)
    assert is_slow(np.power, x, x)
    assert not is_slow(np.power, x, 3)
    assert not is_slow(np.power, x, aval())
    assert is_slow(np.power, 3, x)


def test_work_of_products_is_their_multiplications():
    op = operation_of(np.matmul)
    square, stack = aval(100, 100), aval(1000, 4, 4)
    assert speed._work(op, [square, square], 10_000) == 100**3
    assert speed._work(op, [square, aval(100)], 10_000) == 100**2
    assert speed._work(op, [stack, stack], 16_000) == 1000 * 4**3


def test_numpy_without_wide_vectors_is_slower(monkeypatch):
    exp = operation_of(np.exp)
    for has_them, least in ((True, 0.0), (False, 5.0)):
        monkeypatch.setattr(speed, "_has_wide_vectors", lambda name, h=has_them: h)
        assert (speed.cost_of(exp, np.dtype(float)).numpy > least) is True
    assert not speed._has_wide_vectors("exp")


def chain(x):
    for _ in range(20):
        x = x * 1.5 + 0.5
    return x


def test_gain_of_a_chain_grows_with_its_size(monkeypatch):
    gains = [
        gain_of(chain, np.ones(n), monkeypatch=monkeypatch) for n in (100, 10**4, 10**6)
    ]
    assert gains == sorted(gains)
    assert gains[0] < 1 < 3 < gains[-1]


def test_gain_of_one_addition_is_small(monkeypatch):
    x = np.ones(10**6)
    assert gain_of(lambda x: x + 1.0, x, monkeypatch=monkeypatch) < 1.5


def test_gain_counts_what_is_not_fused(monkeypatch):
    x = np.ones(10**6)
    fused = gain_of(lambda x: np.sin(x) + x, x, monkeypatch=monkeypatch)
    apart = gain_of(lambda x: np.cumsum(x) + x, x, monkeypatch=monkeypatch)
    assert fused > 3 > 1.2 > apart


def test_gain_of_writes(monkeypatch):
    def write(x):
        x[1:-1] = x[2:] + x[:-2]
        x *= 0.5
        return x

    assert 0.3 < gain_of(write, np.ones(10**6), monkeypatch=monkeypatch) < 3
