"""Casts give the values of NumPy's astype on x86-64."""

import numpy as np
import pytest

from npjit._xla.casts import cast
from tests.xla._harness import (
    COMPLEX,
    FLOATS,
    INEXACT,
    NUMERIC,
    as_complex,
    assert_same,
    draws,
    run,
    run_all,
    specials,
)

EDGES = [
    *(s * 2.0**k + d for k in (7, 8, 15, 16, 31) for s in (1, -1) for d in (-1, 0, 1)),
    *(s * 2.0**k * f for k in (62, 63, 64) for s in (1, -1) for f in (1 - 2**-24, 1)),
    *(0.5, 0.99, 1.5, 254.7, 300.0, 65504.0, 65519.9, 65520.0, 70000.0, 1e30),
    *(-0.5, -0.99, -128.9, -129.0, -32769.5, -1e30, 1.5 * 2.0**63, -(2.0**31) - 0.5),
]


def operand(dtype):
    if dtype.kind in "fc":
        with np.errstate(over="ignore"):
            values = np.array(EDGES).astype(dtype)
    else:
        small = np.array([2049, 2051, 65504, 65519, 65520, 2**24 + 1, 2**53 + 1])
        values = small.astype(dtype)
    return np.concatenate([specials(dtype), values, draws(dtype, 200)])


def numpy_cast(x, dtype):
    # Element by element where NumPy's blocks of four differ from its own rest.
    if dtype == np.uint32 and x.dtype.kind in "fc":
        return np.array([x[k : k + 1].astype(dtype)[0] for k in range(x.size)])
    return x.astype(dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", NUMERIC, ids=str)
def test_cast(source):
    x = operand(source)
    got = run(lambda a: [cast(a, target) for target in NUMERIC], x)
    for result, target in zip(got, NUMERIC, strict=True):
        assert_same(result, numpy_cast(x, target), info=source)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", ["f4", "f8"])
def test_uint32_of_contiguous_blocks_agrees_where_numpy_agrees_with_itself(source):
    x = draws(source, 400, decades=18)
    x = x[(x > -(2.0**31)) & (x < 2.0**32)]
    assert_same(run(cast, x, dtype=np.uint32), x.astype(np.uint32))


@pytest.mark.filterwarnings("ignore")
def test_double_to_half_rounds_once():
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    halves = halves[np.isfinite(halves)]
    between = (halves[:-1] + halves[1:]) / 2
    between = np.concatenate([between, [65520.0, 2.0**-25, 2.0**-26]])
    above, below = np.nextafter(between, np.inf), np.nextafter(between, -np.inf)
    x = np.concatenate([halves, between, above, below])
    assert_same(run(cast, x, dtype=np.float16), x.astype(np.float16))
    twice = x.astype(np.float32).astype(np.float16)
    assert (twice != x.astype(np.float16)).any()


def test_shapes():
    shapes = [(), (0,), (2, 0, 3), (2, 3)]
    arrays = [np.full(shape, 2.5, np.float64) for shape in shapes]
    got = run_all(cast, [[a] for a in arrays], dtype=np.int16)
    assert_same(got, [a.astype(np.int16) for a in arrays])


@pytest.mark.parametrize("source", FLOATS, ids=str)
def test_nan_is_true(source):
    x = np.array([0.0, -0.0, 1.0, np.nan], source)
    assert_same(run(cast, x, dtype=bool), [False, False, True, True])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", COMPLEX, ids=str)
def test_complex_drops_the_imaginary_part(source):
    z = as_complex([1.5, -0.0, np.nan, np.inf], [np.nan, 1, 2, np.inf], source)
    got = run(lambda a: [cast(a, d) for d in FLOATS], z)
    assert_same(got, [z.astype(d) for d in FLOATS])
    imaginary = as_complex([0.0, np.nan], [2.0, 0.0], source)
    assert_same(run(cast, imaginary, dtype=bool), [True, True])


def test_same_dtype_is_the_operand_itself():
    for dtype in INEXACT:
        x = specials(dtype)
        assert_same(run(cast, x, dtype=dtype), x)
