"""Results: writeable ndarrays with memory of their own, which lives as long as they."""

import gc
import itertools
import threading
import weakref

import numpy as np
import pytest

import npjit
from npjit._array.view import address
from npjit._graph.aval import fresh_aval
from npjit._runtime.programs import PROGRAMS
from npjit._xla import results, spares
from npjit._xla.spares import SPARES, Lent, Spares
from npjit.testing import assert_parity

jit = npjit.accelerate(mode="jit")


@pytest.fixture(autouse=True)
def _no_programs():
    PROGRAMS.clear()
    SPARES.arrays.clear()
    yield
    PROGRAMS.clear()
    SPARES.arrays.clear()


@pytest.fixture
def all_are_lent(monkeypatch):
    """Arrays of any size are handed out, and used again, as large ones are."""
    monkeypatch.setattr(results, "_LENT", 1)
    monkeypatch.setattr(results, "REUSED", 1)
    monkeypatch.setattr(spares, "REUSED", 1)


@pytest.fixture(params=["copied", "lent"])
def both_ways(request):
    if request.param == "lent":
        request.getfixturevalue("all_are_lent")
    return request.param


def is_lent(a):
    return type(a.base) is Lent


def assert_same(program, *args):
    """Parity in all but whose memory a result lies in."""
    fast = npjit.accelerate(program, mode="jit")
    for _ in range(3):
        for got, want in zip(fast(*args), program(*args), strict=True):
            assert type(got) is type(want)
            assert got.dtype == want.dtype
            assert got.strides == want.strides
            np.testing.assert_allclose(got, want, rtol=1e-14)


# Values and geometry ----------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_dtypes(both_ways, dtype):
    x = np.arange(12).reshape(3, 4).astype(dtype)

    def program(x):
        return x == x[::-1], x.T.copy(), x | x if dtype == "?" else x * x, x[:0] + x[:0]

    assert_same(program, x)


def test_many_results_of_some_dtypes(both_ways):
    x = np.linspace(-2, 2, 30)

    def program(x):
        i = np.floor(x).astype(int)
        return x.sum(), i, x > 0, (x.reshape(5, 6) + 1).T, np.float32(2) * i, i.max()

    assert_same(program, x)


def test_results_in_the_memory_order_of_numpy(both_ways):
    x = np.asfortranarray(np.arange(24.0).reshape(4, 6))
    for got, want in zip(
        jit(lambda x: (x + 1, x.T + 1, x[:, None, :] * 2.0))(x),
        (x + 1, x.T + 1, x[:, None, :] * 2.0),
        strict=True,
    ):
        assert np.array_equal(got, want)
        assert got.strides == want.strides
        assert got.flags.writeable
        assert is_lent(got) == (both_ways == "lent")


@pytest.mark.parametrize("dtype", ["?", "f4", "f8", "c16", "i8"])
def test_flags_travel_with_results(dtype):
    x = np.arange(4.0)

    def program(x):
        y = (1.0 / x).astype(dtype) if dtype != "?" else 1.0 / x > 0
        return y, np.log(x)

    fast = npjit.accelerate(program, mode="jit")
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        fast(x)
    with np.errstate(all="raise"):
        got = fast(x + 1)
    assert np.array_equal(got[0], program(x + 1)[0])


# Memory -----------------------------------------------------------------------------


table = np.arange(6.0)


def programs():
    return {
        "equal": lambda x: (x + 1.0, x + 1.0),
        "the same twice": lambda x: (lambda y: (y, y[...], y.copy()))(x * 2.0),
        "passed through": lambda x: (x, x.copy(), +x, np.positive(x)),
        "constants": lambda x: (np.zeros(6), np.zeros(6), np.full(6, 2.0), x + 0.0),
        "global": lambda x: (table, table * 1.0, table[:]),
        "views": lambda x: (lambda y: (y, y[::2], y.reshape(2, 3), y[1:]))(x + 1),
        "written": lambda x: np.add(x, 1.0, out=x) * 2.0,
    }


@pytest.mark.parametrize("name", programs())
def test_memory_is_shared_as_under_numpy(both_ways, name):
    program = programs()[name]
    fast = npjit.accelerate(program, mode="jit")
    for _ in range(3):
        x, y = np.arange(6.0), np.arange(6.0)
        got, want = fast(x), program(y)
        gots = [x, *(got if type(got) is tuple else [got])]
        wants = [y, *(want if type(want) is tuple else [want])]
        for (a, b), (c, d) in zip(
            itertools.combinations(gots, 2),
            itertools.combinations(wants, 2),
            strict=True,
        ):
            assert np.shares_memory(a, b) == np.shares_memory(c, d)
            assert (a is b) == (c is d)
        for a, b in zip(gots, wants, strict=True):
            assert np.array_equal(a, b)
        for a in gots[1:]:
            if a.base is not table and a is not table:
                a[...] = -1  # must not be seen by the next call


def test_what_the_user_writes_is_not_seen_by_the_next_call(all_are_lent):
    fast = jit(lambda x, y: (x * 2.0, y + 1.0))
    x = np.arange(5.0)
    first, second = fast(x, x)
    first[:], second[:] = 7.0, 8.0
    third, fourth = fast(first, second)
    assert third.tolist() == [14.0] * 5
    assert fourth.tolist() == [9.0] * 5
    assert first.tolist() == [7.0] * 5
    assert fast(x, x)[0].tolist() == (x * 2).tolist()


def test_writes_go_on_in_a_lent_buffer(all_are_lent):
    def program(x):
        y = x * 2.0
        if y.sum() > 3:  # y has its memory now
            y[1:] += y[:-1]
            np.negative(y, out=y)
        return y, y[::-1]

    assert_same(program, np.arange(5.0))


def test_a_result_outlives_all_else(all_are_lent):
    fast = npjit.accelerate(lambda x: x[:, None] * x, mode="jit")
    x = np.arange(40.0)
    result, row = fast(x), fast(x)[3]
    kept = weakref.ref(result.base)
    expected = result.copy()
    del fast
    PROGRAMS.clear()
    gc.collect()
    other = jit(lambda x: x[:, None] - x)
    for _ in range(5):
        other(x)
    assert is_lent(result)
    assert np.array_equal(result, expected)
    assert np.array_equal(row, expected[3])
    del result
    gc.collect()
    assert kept() is None


# Spares -----------------------------------------------------------------------------


def test_memory_of_the_dead_is_used_again(all_are_lent):
    fast = jit(lambda x: x * 2.0 + 1.0)
    x = np.arange(600.0)
    result = fast(x)
    where = address(result)
    view = result[5:]
    del result
    assert address(fast(x)) != where
    assert np.array_equal(view, x[5:] * 2.0 + 1.0)
    del view
    assert where in {address(fast(x + n)) for n in range(3)}


def test_results_that_are_held_are_not_overwritten(all_are_lent):
    fast = jit(lambda x: (x * 2.0, x + 1.0))
    held = []
    for n in range(8):
        held.append((n, fast(np.full(50, float(n)))))
        if n % 3 == 2:
            held.pop(0)
    for n, (a, b) in held:
        assert np.array_equal(a, np.full(50, 2.0 * n))
        assert np.array_equal(b, np.full(50, n + 1.0))


def test_spares_are_bounded():
    few = Spares(max_bytes=100)
    arrays = [np.zeros(5), np.zeros(5), np.zeros(4, "f4"), np.zeros(2)]
    for a in arrays:
        few.give(a)
    assert [a.nbytes for a in few.arrays] == [40, 16, 16]
    assert few.take(4, np.dtype("f4")) is arrays[2]
    assert few.take(5, np.dtype("f8")) is arrays[1]
    assert [*few.arrays] == [arrays[3]]


def test_a_spare_is_made_where_none_is_left():
    import jax

    with jax.enable_x64(True):
        made = Spares(max_bytes=100).take(3, np.dtype("f8"))
    assert (made.shape, made.dtype) == ((3,), np.float64)


def test_spares_given_while_another_thread_takes():
    spares_ = Spares(max_bytes=10_000)
    taken = []

    def work(n):
        for k in range(200):
            spares_.give(np.full(n + 1, k))
            first = [*spares_.arrays][:1]
            taken.extend(spares_.take(a.size, a.dtype) for a in first)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine = [a for a in taken if type(a) is np.ndarray]
    assert len({id(a) for a in mine}) == len(mine)


# The option, and what Python can see --------------------------------------------------


def test_results_owned(all_are_lent):
    fast = npjit.accelerate(lambda x: x.T * 2.0, mode="jit", results="owned")
    x = np.arange(12.0).reshape(3, 4)
    for _ in range(3):
        result = fast(x)
        assert result.flags.owndata
        assert result.base is None
        assert result.strides == (x.T * 2.0).strides
        assert np.array_equal(result, x.T * 2.0)


def test_large_results_lie_in_the_memory_of_xla():
    """A documented exception: OWNDATA is False, and `resize` refuses."""
    result = jit(lambda x: x * 2.0)(np.ones(10_000))
    assert not result.flags.owndata
    assert result.flags.writeable
    with pytest.raises(ValueError, match="own"):
        result.resize(20_000)
    assert jit(lambda x: x * 2.0)(np.ones(8_000)).flags.owndata


def looks_at_flags(x):
    y = x * 2.0
    total = y.sum() > 0 and True
    return y.flags.owndata, y.base is None, total


def resizes(x):
    y = x * 2.0
    if y.sum() > 0:
        y.resize(3, refcheck=False)
    return y


@pytest.mark.parametrize("program", [looks_at_flags, resizes])
def test_inside_of_the_function_arrays_own_their_memory(all_are_lent, program):
    assert_parity(program, np.arange(5.0), modes=("jit",))


def test_in_place_the_buffer_stays_the_callers(both_ways):
    def program(u):
        u[1:-1] = (u[2:] + u[:-2]) * 0.5
        u *= 2.0

    u, v = np.arange(9.0), np.arange(9.0)
    where = address(u)
    fast = npjit.accelerate(program, mode="jit")
    for _ in range(3):
        fast(u)
        program(v)
        assert address(u) == where
        assert np.array_equal(u, v)


def test_a_result_is_copied_once_at_most(all_are_lent, monkeypatch):
    copies = []
    copyto = np.copyto
    monkeypatch.setattr(
        np, "copyto", lambda *args, **kw: (copies.append(args), copyto(*args, **kw))
    )
    u = np.ones(300)
    fast = npjit.accelerate(lambda u: np.multiply(u, 2.0, out=u), mode="jit")
    for n in range(1, 4):
        fast(u)
        assert len(copies) == n
    copies.clear()
    jit(lambda u: u * 3.0)(u)
    assert not copies


def test_geometry_that_is_no_geometry_of_a_result():
    outputs = results._Outputs()
    gaps = fresh_aval((4, 6), np.dtype("f8"), np.empty((8, 6)).T[::2].T[:4])
    assert outputs.place(np.arange(24.0).reshape(4, 6), gaps).end == 24


@pytest.mark.parametrize("shape", [(6, 4), (200, 100)])
def test_on_a_device_results_stay_there(monkeypatch, shape):
    """The host plays the device: what counts is who takes the results over."""
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")

    def program(x):
        y = x.T * 2.0
        if y.sum() > 0:  # y is a leaf of the next program
            y += 1.0
        x[1:] = x[:-1]
        return y, y.sum(), x > 3, y[y > 5.0]

    x = np.arange(float(np.prod(shape))).reshape(shape)
    assert_parity(program, x, modes=("jit",), rtol=1e-14)
    (_, executable) = next(iter(PROGRAMS.programs.values())).variants[0]
    assert type(executable.results) is results.DeviceResults
