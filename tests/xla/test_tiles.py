"""Reductions in tiles: every element once, whatever the shape; and of many elements."""

import jax
import numpy as np
import pytest
from jax import lax

import npjit
from npjit._xla.settings import compile_settings
from npjit._xla.tiles import reduce_tiles

SHAPES = [
    (33,),
    (64, 33),
    (2048,),
    (4099,),
    (3, 5, 7),
    (1, 4100),
    (4100, 1),
    (100, 3, 70),
    (0, 50),
    (65, 130, 2),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_each_element_is_met_once(shape):
    a = np.random.default_rng(0).integers(0, 1 << 40, shape)
    for bits in range(1, 1 << len(shape)):
        axis = tuple(k for k in range(len(shape)) if bits >> k & 1)
        with compile_settings():
            total = jax.jit(
                lambda x, axis=axis: reduce_tiles(x, np.int64(0), lax.add, axis)
            )(a)
        np.testing.assert_array_equal(total, a.sum(axis))


#: Rows, columns and the whole, of which XLA:CPU's library fusions read some wrongly.
LARGE = [(200_000,), (1000, 200), (200, 1000), (20, 100, 100), (150_000, 1)]
REDUCTIONS = [np.sum, np.mean, np.max, np.min, np.std, np.argmax, np.count_nonzero]


@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_many_elements_less_a_broadcast_axis(shape):
    rng = np.random.default_rng(1)
    x = rng.random(shape)
    for k in range(x.ndim):
        v = rng.random((*x.shape[:k], 1, *x.shape[k + 1 :]))
        row = rng.random((x.shape[k], *(1,) * (x.ndim - k - 1)))

        def program(x, v, row, k=k):
            centred = x - x.mean(axis=k, keepdims=True)
            found = [f(x * v - row, axis=k) for f in REDUCTIONS]
            return [*found, x.mean(), x.std(), centred.sum(), (centred * v).max()]

        fast = npjit.accelerate(program, mode="jit")
        for got, want in zip(fast(x, v, row), program(x, v, row), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("func", [np.max, np.min], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_wins_among_many_elements(func, dtype):
    fast = npjit.accelerate(lambda x: func(x * 2), mode="jit")
    x = np.random.default_rng(2).random(100_000).astype(dtype)
    for place in (0, 1, 50_001, 99_999):
        y = x.copy()
        y[place] = np.nan
        assert np.isnan(fast(y))
