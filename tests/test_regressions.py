"""Differences that random programs found, each by name."""

import decimal
import itertools
import math
import types
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from npjit.testing.compare import Comparison


def unpack_a_scalar(x):
    a, *rest = x.sum()
    return a, rest


def spread_a_scalar(x):
    return whole_view_is_another_object(*x.sum())


def views_of_what_became_read_only(x):
    x.flags.writeable = False
    broadcast = np.broadcast_arrays(x[::-1], np.ones((2, 1)))
    return np.meshgrid(x, [1, 2]), [b.tolist() for b in broadcast]


def put_warns_of_complex_numbers_in_numpy(x):
    np.put(x, 0, np.complex64(1 + 2j))
    np.put(x, [0, 1], [1 + 2j, 3])
    x.put(1, 2j)
    return x


def warnings_shown_once_stay_so(x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for n in range(1, len(x)):
            x[:n] *= 2
            warnings.warn("soon", FutureWarning, stacklevel=1)
    return [str(w.message) for w in caught]


def flat_of_what_is_read_only(x):
    x.flags.writeable = False
    try:
        x.flat = 3
    except ValueError as error:
        return str(error)


def read_only_after_views_were_made(x):
    flipped = x[::-1]
    x += 1
    x.flags.writeable = False
    flipped *= 2
    return flipped, x


def whole_view_is_another_object(x):
    y = x + 1
    return y[:], y


def pad_looks_at_contiguity(x):
    return np.pad(x[1:], 1)


def broadcast_operand_keeps_c_order(x):
    return np.floor(np.broadcast_to(x, (2, 4)) * 0.5)


def empty_view_of_an_empty_result(x):
    y = x[:0] + 1
    return np.multiply(np.atleast_2d(y), 2.0)


def list_repeated_by_a_scalar(x):
    return [5] * x.astype(int)[2]


def scalars_warn_with_their_own_text(x):
    return x.astype(np.int8)[1] + np.int8(127), x[0] / x[0]


def copy_in_fortran_order_of_one_row(x):
    return np.copy(x.reshape(1, 2, 2), order="F")


def real_scalars_warn_at_the_users_line(x):
    inf = np.float32(np.inf)
    inf -= np.float32(np.inf)
    return inf


def an_element_set_to_an_array(x):
    x[0] = x[1:]
    return x


def an_element_set_to_an_array_of_one(x):
    x[0] = x[1:2]
    return x


def extended_list_holds_no_stand_in(x):
    items = [x]
    items += [x[...]]
    return items


def slices_among_index_arrays(x):
    a = x.repeat(10).reshape(2, 4, 5)
    a[[0], 1:] += a[[1], :-1]
    a[1:, None, np.array([0, 1]), ::-2] *= 2
    a[..., 1:, [3, 0]] -= 1
    return a, a[[0], 1:], a[0, 1:, [1, 0]], a[[1, 0], ..., 3:], a[[0], :, None, ::-1]


def a_mask_of_two_axes_before_a_slice(x):
    a = x.repeat(5).reshape(2, 2, 5)
    return a[a[..., 0] > 1, 1:], a[[True, False], 1:]


def more_indices_than_axes(x):
    return x[[0], 1:]


def out_by_position(x):
    y = x + 1
    shown = y * 2
    np.maximum(x, 3, y)
    w = x + 1
    np.percentile(x[:, None], 50, 1, w)
    z = x[:2] * 1
    np.add.reduceat(x, [0, 2], 0, None, z)
    q, r = x * 1, x * 1
    np.divmod(x, 2, q, r)
    return y, shown, w, z, q, r, np.median(x[None], 0, x), x + 1


def at_of_one_operand(x):
    y = x + 1
    np.negative.at(x, [0, 1])
    return y, x + 1


def operands_of_an_array_and_a_selection_keep_their_order(x):
    v = x[x > 0]
    return np.arange(4) == v


def less_of_an_array_and_a_selection_keeps_its_order(x):
    return x * 1 < x[x > 0]


def coordinates_changed_in_place_stay_columns(x):
    rows, columns = np.nonzero(x.reshape(2, 2))
    rows ^= rows
    columns *= 2
    return rows, columns, rows + columns


class Parts:
    """A read-only array, and a view of it that was made before it became so."""

    @npjit.host
    def __init__(self, x):
        self.whole = np.array(x)
        self.view = self.whole[1:]
        self.whole.flags.writeable = False


def write_through_a_view_older_than_read_only(x):
    parts = Parts(x)
    total = parts.whole.sum()
    view = parts.view
    view += 1
    every_second = view[::2]
    every_second *= 2
    return parts, total, every_second, parts.whole * 2, parts.whole[1:]


def made_writeable_again(x):
    parts = Parts(x)
    total = parts.whole.sum()
    parts.whole.flags.writeable = True
    parts.whole += 1
    rest = parts.whole[2:]
    rest[0] = 0
    return parts, total, rest


def made_writeable_after_a_view(x):
    parts = Parts(x)
    older = parts.whole[2:]
    parts.whole.setflags(write=True)
    parts.whole[1:][0] = 5
    try:
        older[0] = 5
    except ValueError as error:
        return parts, older, str(error)
    return parts, older


PROGRAMS = [value for value in list(globals().values()) if hasattr(value, "__code__")]
PROGRAMS = [fn for fn in PROGRAMS if fn.__module__ == __name__]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_program(fn, mode):
    assert_parity(fn, np.arange(4.0), modes=(mode,))


def test_defaults_may_be_replaced():
    def helper(x, factor=2.0, *, shift=0.0):
        return x * factor + shift

    fast = npjit.accelerate(mode="host")(lambda x: helper(x))
    assert fast(1.0) == 2.0
    helper.__defaults__, helper.__kwdefaults__ = (3.0,), {"shift": 1.0}
    assert fast(1.0) == 4.0


def test_endless_recursion_raises_recursion_error():
    def endless(x):
        return endless(x) + 1

    with pytest.raises(RecursionError):
        npjit.accelerate(mode="host")(endless)(np.ones(2))


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_a_recording_goes_on_after_an_error(mode):
    def caught(a, m):
        b = a * 2
        try:
            np.linalg.inv(np.outer(b, np.zeros(3)))
        except np.linalg.LinAlgError:
            first = b[0]
        total = 0
        for row in m:
            total = total + row * 2
        return first, total

    assert_parity(caught, np.ones(3), np.ones((4, 5)), modes=(mode,))


def test_a_method_called_in_a_block_warns_at_its_own_line():
    class Column:
        __array_ufunc__ = None

        def __init__(self, values):
            self.values = values

        def __rmatmul__(self, other):
            return other @ self.values

    with npjit.accelerate(mode="host"):
        values = np.array([np.inf, 1.0]) * 1
        with pytest.warns(RuntimeWarning, match="matmul") as caught:
            np.eye(2) @ Column(values)
    line = Column.__rmatmul__.__code__.co_firstlineno + 1
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


@pytest.mark.smoke
def test_mean_and_deviation_of_one_large_array():
    def both(x):
        return x.mean(), x.std(), x.var()

    x = np.random.default_rng(0).standard_normal(200_000)
    fast = npjit.accelerate(mode="jit")(both)
    np.testing.assert_allclose(fast(x), both(x), rtol=1e-12)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_what_is_inferred_of_many_short_axes_takes_little_memory(mode):
    def of_spins(x):
        y = np.flip(x, axis=3) * 0.5
        return y, y.sum(axis=(0, -1)), np.stack([x, y]).max()

    assert_parity(of_spins, np.ones((2,) * 16), modes=(mode,))


def test_a_thread_that_meets_a_stand_in_warns_at_its_own_line():
    @npjit.host
    def divide(held):
        held["x"] / 0

    with npjit.accelerate(mode="host"), ThreadPoolExecutor(1) as threads:
        held = {}
        held["x"] = np.ones(2) * 1
        with pytest.warns(RuntimeWarning, match="divide") as caught:
            threads.submit(divide, held).result()
    assert caught[0].filename == __file__


def test_squares_in_place_of_arrays_that_numpy_writes():
    def program(x):
        y = np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8))  # each write is NumPy's
        x **= 2.0
        return x, y

    assert_parity(program, np.array([2.0, 3.0, 4.0]))


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_a_list_written_through_an_index_array_in_a_block(mode):
    x = np.arange(8.0).reshape(4, 2)
    row = x[1]
    with npjit.accelerate(mode=mode):
        row[[0, 1]] = [3, 4]
        doubled = row * 2
    np.testing.assert_array_equal(x[1], [3, 4])
    np.testing.assert_array_equal(doubled, [6, 8])


class Answers:
    def __init__(self, answer):
        self.answer = answer

    def __bool__(self):
        return self.answer


class Sized:
    def __init__(self, answer):
        self.answer = answer

    def __len__(self):
        return self.answer


@pytest.mark.parametrize("kind", [Answers, Sized])
@pytest.mark.parametrize("answer", [True, 1, 0, -1, None, 2.0, np.True_, np.int64(3)])
def test_what_a_truth_method_may_return(kind, answer):
    def program(x):
        return x * 2 if kind(answer) else x

    def of_elements(x):
        return not kind(x[0] > 0), bool(kind(x[0]))

    assert_parity(program, np.ones(2), modes=("host",))
    assert_parity(of_elements, np.ones(2), modes=("host",))


def test_a_strided_out_of_a_function_that_was_met_before():
    def program(x):
        totals = np.zeros(6)[::-2]
        for _ in range(3):
            np.cumsum(x, out=totals)
            np.cumsum(totals.ravel(), out=totals)
        return totals

    assert_parity(program, np.arange(3.0), modes=("host", "jit"))


def test_a_masked_write_of_complex_numbers_warns():
    def program(x, mask):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            x[mask] = np.complex64(1 + 2j)
        return x, [str(w.message) for w in caught]

    for mask in ([True, False, True], [False] * 3):
        assert_parity(program, np.ones(3), np.array(mask), modes=("host", "jit"))


def iterators(x):
    yield iter([x * 2])
    yield reversed([x, x * 3])
    yield zip(["a", "b"], [x + 1, x + 2], strict=True)
    yield enumerate([x + 1, x + 2])
    yield itertools.chain([x + 1], [x + 2])
    yield iter(deque([x + 1]))
    yield iter({"a": x + 1}.items())


@pytest.mark.parametrize("which", range(7))
def test_an_iterator_that_is_returned_yields_arrays(which):
    def program(x):
        return next(itertools.islice(iterators(x), which, None))

    fast = npjit.accelerate(mode="host")(program)
    for plain, got in zip(program(np.ones(2)), fast(np.ones(2)), strict=True):
        Comparison().compare("item", plain, got)


def test_a_complex_number_of_numpys_warns_where_it_becomes_real():
    def program(x):  # NumPy computes `x.max()`: a number, not a stand-in
        numbers = float(x.max()), int(x.min()), math.sqrt(x.max())
        return numbers, float(x.sum() / 3), int(np.nan * x[0]) if x[0] > 1 else 0

    for _ in range(2):
        assert_parity(program, np.array([1.0, 4.0, 9.0], complex), calls=4)


def test_statistics_that_skip_nan_are_replayed():
    fast = npjit.accelerate(mode="host")(np.nanstd)
    npjit.reset_stats()
    for seed in range(3):
        x = np.random.default_rng(seed).random(5)
        assert fast(x) == np.nanstd(x)
    assert npjit.stats().replayed == 2


def test_a_complex_number_warns_before_it_is_found_to_be_infinite():
    def program(x):
        return int(x.sum() * np.inf)

    assert_parity(program, np.array([1.0, 4.0], complex))


def test_what_a_module_makes_warns_at_the_line_that_asks(monkeypatch):
    module = types.ModuleType("old")

    def make(name):
        if name != "half":
            raise AttributeError(f"module 'old' has no attribute {name!r}")
        warnings.warn("old", DeprecationWarning, stacklevel=2)
        return 0.5

    module.__getattr__ = make
    monkeypatch.setitem(globals(), "old", module)

    def program(x):
        return x * old.half  # noqa: F821 - put there by the test

    def fails(x):
        return x * old.quarter  # noqa: F821

    assert_parity(program, np.ones(2), calls=4)
    assert_parity(fails, np.ones(2))


def test_a_clip_between_bools():
    def program(x):
        return np.clip(x, False, True), x.clip(0, True), np.clip(x, a_min=True, a_max=2)

    assert_parity(program, np.array([-0.5, 0.5, 1.5, 2.5]))
    assert_parity(program, np.arange(4))


@pytest.mark.parametrize("k", [True, np.int8(-1), np.uint8(0), 0.5])
def test_what_may_number_a_diagonal(k):
    def program(x):
        return np.tri(3, k=k), np.triu(x, k), np.tril(x, k)

    assert_parity(program, np.arange(9.0).reshape(3, 3))


def test_bools_that_count_as_numbers():
    def program(x):
        ends = np.interp(x, [1.0, 2.0], [3.0, 4.0], left=True, right=False)
        return ends, np.tri(3, k=True) * x[0], np.eye(3, k=True) * x[0]

    assert_parity(program, np.array([0.5, 1.5, 2.5]))


def test_a_sum_of_floats_carries_its_rounding_errors():  # from Python 3.12 on
    def program(x):
        numbers = x.tolist()
        mixed = [1, 2**70, *numbers, True, x[0], *numbers]
        every = sum(numbers), sum(float(v) for v in x), sum(numbers, start=0.5)
        return every, sum(mixed), sum([*numbers, x, 0.1]), sum(v * 1j for v in numbers)

    assert_parity(program, np.array([1e3, 0.1, 1e-3, 0.2, 7.7, 1e-9] * 4))


def test_a_sum_of_text_is_refused():
    def program(x):
        return sum(map(str, x), "")

    assert_parity(program, np.ones(2), modes=("host",))


def test_what_is_pending_where_an_operator_in_place_fails():
    """It warns, and is no concern of the handler."""

    def program(u, x):
        made = [u * s for s in (1.0, 2, 0.5)]
        try:
            x >>= np.float16(1.5)
        except TypeError:
            u %= u
        try:
            x >>= np.complex64(1 + 2j)
        except TypeError:
            made.append(u / 0)
        return made

    assert_parity(program, np.array([1, np.inf, 0, np.nan, -1e308]), np.arange(4))


def test_a_scalar_in_place_after_what_numpy_reports():
    def program(x, y):
        quotient = x // x
        with np.errstate(all="raise"):
            y[:, None] *= np.float32(0.1)
        return quotient

    assert_parity(program, np.array([1.0, np.inf, 0.0]), np.arange(5.0))


def test_windows_of_what_was_written_before():
    def program(x):
        x[1::2] *= 2
        return np.lib.stride_tricks.sliding_window_view(x, 2)

    assert_parity(program, np.arange(4), calls=3)


@pytest.mark.parametrize("shape", [(), (1,), (4,)])
def test_select_of_an_array_that_became_read_only(shape):
    def program(a, x):
        a.flags.writeable = False
        return np.select([x > 1, x < 0], [x, a], default=9)

    assert_parity(program, np.full(shape, 1.5), np.arange(4))


def test_operators_in_place_of_objects_that_have_none():
    def program(x):
        total = decimal.Decimal(str(x[0]))
        total += 1
        try:
            total |= total
        except TypeError as error:
            return total, str(error)

    assert_parity(program, np.ones(2))
