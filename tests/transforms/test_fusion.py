"""Programs with and without XLA's fusion: which is kept."""

import time

import jax
import numpy as np
import pytest

import npjit
from npjit._transforms import fusion, whole
from npjit._transforms.fusion import Fusible


def slower(function, seconds):
    def call(*args):
        time.sleep(seconds)
        return function(*args)

    return call


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="XLA:CPU's fusion")
@pytest.mark.parametrize(
    ("size", "joins", "slow", "kept"),
    [
        (10, False, "fused", "fused"),
        (10, True, "fused", "fused"),
        (100, False, "unfused", "fused"),
        (100, False, "fused", "unfused"),
        (100, True, "unfused", "unfused"),
    ],
)
def test_the_faster_is_kept(monkeypatch, size, joins, slow, kept):
    monkeypatch.setattr(fusion, "_PATIENCE", 0)
    made = Fusible(lambda x: x * 2 + 1, size, joins=joins)
    was_chosen = {"fused": made.fused, "unfused": made.unfused}
    if made.chosen is None:
        setattr(made, slow, slower(getattr(made, slow), 0.2))
        was_chosen[slow] = getattr(made, slow)
    for _ in range(5):
        np.testing.assert_array_equal(made(np.arange(3.0)), [1, 3, 5])
    assert made.chosen is was_chosen[kept]


def test_what_takes_long_to_be_compiled_is_not_called_again(monkeypatch):
    monkeypatch.setattr(fusion, "_TOO_LONG_NS", 0)
    monkeypatch.setattr(fusion, "_PATIENCE", 0)
    made = Fusible(lambda x: x * 2, 100, joins=False)
    calls = []

    def compiles(x):
        calls.append(x)
        time.sleep(0.2)
        return x * 2

    made.fused = compiles
    for _ in range(5):
        made(np.ones(3))
    assert len(calls) == 1
    assert made.chosen is made.unfused


def rolls(x, n):
    for _ in range(n):
        up, down = np.maximum(x, 0), np.minimum(x, 0)
        back, ahead = x - np.roll(x, 1), np.roll(x, -1) - x
        x = x - 0.1 * (up * back + down * ahead) + 0.05 * (ahead - back)
    return (x**2).sum()


def slices(x, n):
    u = x.copy()
    for _ in range(n):
        u[1:-1] += 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u**2).sum()


def test_fusion_is_tried_when_compiling_it_may_pay():
    made = Fusible(lambda x: x * 2, 100, joins=False)
    tried = []
    made.unfused = slower(lambda x: x * 2, 0.01)
    made.fused = lambda x: tried.append(made.n_unfused) or x * 2
    made.first_ns, made.n_unfused = 10**12, 1
    for _ in range(5):
        made(np.ones(3))
    assert not tried
    made.first_ns = made.spent_ns + 15_000_000
    for _ in range(4):
        made(np.ones(3))
    assert tried[0] in {7, 8}
    assert made.chosen is made.fused


@pytest.mark.parametrize("loss", [rolls, slices])
def test_gradients_are_the_same_before_and_after(monkeypatch, loss):
    monkeypatch.setattr(fusion, "_PATIENCE", 0)
    x = np.sin(np.arange(50.0))
    found = [npjit.grad(loss)(x, 12) for _ in range(6)]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-10, atol=1e-13)
    step = 1e-6 * np.eye(50)[7]
    expected = (loss(x + step, 12) - loss(x - step, 12)) / 2e-6
    assert found[0][7] == pytest.approx(expected, rel=1e-6)


def test_functions_that_join_are_known(monkeypatch):
    seen = []

    class Spy(Fusible):
        def __init__(self, function, size, *, joins):
            seen.append(joins)
            super().__init__(function, size, joins=joins)

    monkeypatch.setattr(whole, "Fusible", Spy)
    whole._kept.cache_clear()
    npjit.grad(slices)(np.ones(20), 2)
    npjit.grad(rolls)(np.ones(20), 2)
    npjit.grad(lambda x: npjit.grad(rolls)(x, 2).sum())(np.ones(20))
    assert seen[:2] == [False, True]
    assert all(seen[1:])
