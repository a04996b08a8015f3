"""Inputs: wherever an array lies in memory, a program reads it and nothing else."""

import threading

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import npjit
from npjit._array.view import address
from npjit._graph.aval import aval_of, fresh_aval
from npjit._runtime.programs import PROGRAMS
from npjit._xla import compile as compiling
from npjit._xla import inputs
from npjit._xla.inputs import (
    ALIGNMENT,
    DYNAMIC,
    Input,
    common,
    dynamic_size,
    elements_before,
    memory_order,
)

PAGE = 4096
jit = npjit.accelerate(mode="jit")


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch):
    monkeypatch.setattr(inputs, "_LARGE", 1)
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def at(a, offset):
    """A copy that begins `offset` bytes behind a multiple of 64, among other values."""
    memory = np.full(a.nbytes + 3 * ALIGNMENT, 0xA5, np.uint8)
    start = ALIGNMENT + (offset - address(memory)) % ALIGNMENT
    copy = np.ndarray(a.shape, a.dtype, memory, start, a.strides)
    copy[...] = a
    return copy


def sample(dtype, shape=(7, 5)):
    rng = np.random.default_rng(0)
    return (rng.normal(size=shape) * 50).astype(dtype)


def taken(a, form, is_shifted=False):
    """What a program gets that is compiled for a form."""
    leaf = Input(aval_of(a), is_shifted)
    with jax.enable_x64(True):
        arguments = leaf.given(a, address(a), form, [])
        specs = [(x.shape, x.dtype) for x in leaf.specs(form)]
        assert [(x.shape, x.dtype) for x in arguments] == specs
        got = jax.jit(lambda *args: leaf.taken(iter(args), form))(*arguments)
        return np.asarray(got)


CODES = ["?", "i1", "f2", "f4", "f8", "c16"]


@pytest.mark.parametrize("dtype", CODES)
def test_windows_at_every_alignment(dtype):
    for offset in range(ALIGNMENT):
        a = at(sample(dtype), offset)
        leaf = Input(aval_of(a), False)
        form = leaf.form_at(address(a))
        assert (form is None) == (offset % a.dtype.itemsize != 0)
        for wanted in (0, 1, DYNAMIC) if form is None else (0, form, DYNAMIC):
            kept = []
            x, *begin = leaf.given(a, address(a), wanted, kept)
            assert address(x) % ALIGNMENT == 0
            begin = int(begin[0]) if begin else wanted
            assert x.ravel()[begin:][: a.size].tobytes() == a.tobytes()
            assert not (kept and wanted == form)


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("offset", [0, 16, 17])
def test_alignments_in_a_program(dtype, offset):
    a = at(sample(dtype), offset)
    for form in (0, 1, DYNAMIC):
        assert taken(a, form).tobytes() == a.tobytes()


ORDERS = {
    "C": sample("f8", (4, 5, 6)),
    "F": np.asfortranarray(sample("f8", (4, 5, 6))),
    "permuted": sample("f8", (4, 5, 6)).transpose(1, 2, 0),
    "axis of length one": sample("f8", (4, 1, 6)).transpose(2, 1, 0),
    "0-d": np.array(2.5),
    "gaps": sample("f8", (8, 6))[::2],
    "reversed": sample("f8", (4, 5))[::-1],
    "bool, F": np.asfortranarray(sample("?", (3, 9))),
}


@pytest.mark.parametrize("a", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("form", [0, 3, DYNAMIC])
@pytest.mark.parametrize("is_shifted", [False, True])
def test_every_order(a, form, is_shifted):
    if memory_order(aval_of(a)) is None:
        form = 0
    assert taken(a, form, is_shifted).tolist() == a.tolist()


def test_order_in_memory():
    orders = [memory_order(aval_of(a)) for a in ORDERS.values()]
    assert orders[:3] == [(0, 1, 2), (2, 1, 0), (2, 0, 1)]
    assert orders[5] is orders[6] is None


@given(st.integers(0, 3 * PAGE), st.integers(1, 3 * PAGE), st.sampled_from("bhfdD"))
def test_no_window_reaches_into_another_page(first, size, code):
    aval = fresh_aval((size,), np.dtype(code))
    first = first // aval.dtype.itemsize * aval.dtype.itemsize
    before = elements_before(first, aval)
    if before is None:
        return
    start = first - before * aval.dtype.itemsize
    stop = start + dynamic_size(aval) * aval.dtype.itemsize
    assert start % ALIGNMENT == 0
    assert start <= first
    assert first + aval.nbytes <= stop
    assert start // PAGE == first // PAGE
    assert (stop - 1) // PAGE == (first + aval.nbytes - 1) // PAGE


def test_whole_pages_have_no_window():
    assert elements_before(2 * PAGE, fresh_aval((PAGE,), np.dtype("f8"))) is None
    assert elements_before(2 * PAGE + 16, fresh_aval((PAGE,), np.dtype("f8"))) == 2


def test_forms_that_change_are_told_at_each_call():
    assert common((2, 2, 0), (2, 4, None)) == (2, DYNAMIC, 0)
    assert common((2, DYNAMIC, 0), (2, 4, 1)) == (2, DYNAMIC, DYNAMIC)


# Programs ---------------------------------------------------------------------------


def smoothed(u, v):
    return u[1:-1] + 0.25 * (u[2:] + u[:-2]) * v[1:-1]


def variants():
    (program,) = PROGRAMS.programs.values()
    ((_, executable),) = program.variants
    return [variant.forms for variant in executable.variants]


def test_arrays_that_lie_elsewhere_are_copied_at_first():
    u, v = sample("f8", 50), sample("f8", 50) + 1.0
    fast = jit(smoothed)
    for offsets in [(16, 16), (16, 48), (0, 16), (32, 8), (16, 16)]:
        placed = at(u, offsets[0]), at(v, offsets[1])
        assert np.array_equal(fast(*placed), smoothed(u, v))
    assert variants() == [(2, 2)]


def test_then_a_variant_is_compiled(monkeypatch):
    monkeypatch.setattr(compiling, "_COPIED_BYTES", 1000)
    u, v = sample("f8", 50), sample("f8", 50) + 1.0
    fast = jit(smoothed)
    for offset in [16, *[8, 32, 48, 0] * 4]:
        assert np.array_equal(fast(at(u, 16), at(v, offset)), smoothed(u, v))
    assert variants() == [(2, 2), (2, DYNAMIC)]
    for offset in [8, 32, 48, 0] * 8:
        assert np.array_equal(fast(at(u, offset), at(v, 16)), smoothed(u, v))
    assert variants() == [(2, 2), (2, DYNAMIC), (DYNAMIC, DYNAMIC)]


def test_inputs_are_only_read():
    u, v = (at(sample("f8", 50), offset) for offset in (8, 24))
    before = u.base.copy(), v.base.copy()
    u.flags.writeable = v.flags.writeable = False
    fast = jit(smoothed)
    for _ in range(3):
        fast(u, v)
    assert np.array_equal(u.base, before[0])
    assert np.array_equal(v.base, before[1])


def test_inputs_are_not_read_after_the_call():
    x = np.ones(400_000)
    fast = jit(lambda x: np.sin(x) * x + np.sqrt(x))
    expected = fast(x.copy())
    for offset in (16, 24) * 4:
        u = at(x, offset)
        result = fast(u)
        u[:] = np.nan
        assert np.array_equal(result, expected)


def test_threads_share_a_program():
    fast = jit(smoothed)
    x = sample("f8", 3000)
    fast(at(x, 16), at(x, 16))
    wrong = []

    def work(n):
        for k in range(30):
            u, v = at(x + n, 8 * (k % 8)), at(x - n, 8 * (n % 8))
            if not np.array_equal(fast(u, v), smoothed(u, v)):
                wrong.append((n, k))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("shape", [(40, 30), (6, 5, 4)])
def test_memory_orders_of_operands_and_results(shape):
    def program(a, b):
        return a + b, a.T * 2.0, (a - b).sum(0), b.copy("K")

    a = np.asfortranarray(sample("f8", shape))
    b = sample("f8", shape)
    for got, want in zip(jit(program)(a, b), program(a, b), strict=True):
        assert got.strides == want.strides
        np.testing.assert_allclose(got, want, rtol=1e-14)
