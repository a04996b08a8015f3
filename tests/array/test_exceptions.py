"""Exceptions: NumPy's own, at the user's line; buffers hold what NumPy would leave."""

# ruff: noqa: RET503, RUF059
# Programs that never end: nothing is returned.

import contextlib
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.array.test_in_place import N, V, X

# Each program gets x (float, 4 x 3), v (float, 6) and n (int, 6), all C arrays.
Program = Callable[[Any, Any, Any], Any]


def half_way(x, v, n):
    v += 1
    x[0] = v[:3] * 2
    raise ValueError("stop")


def half_way_with_result(x, v, n):
    w = v * 2
    v[:] = w + 1
    raise ValueError("stop", w, [w[1:]], v.sum())


def value_in_message(x, v, n):
    v += 1
    raise RuntimeError(f"at {v[0]} of {v.shape}: {v}")


def own_exception(x, v, n):
    class Broken(Exception):
        def __init__(self, state):
            super().__init__("broken")
            self.state = state

    v *= 2
    try:
        raise Broken(v + 1)
    except Broken as error:
        return error.state, v


def interrupted(x, v, n):
    def press(row):
        raise KeyboardInterrupt

    v += 1
    w = v * 2
    x[1] = w[:3]
    np.apply_along_axis(press, 0, x)


def interrupted_in_loop(x, v, n):
    def press(value):
        x[0, 0] += 1
        if value > 1:
            raise KeyboardInterrupt("now")
        return value

    for i in range(4):
        v[i] = v[i - 1] + i
        x[i] = np.vectorize(press, otypes=[float])(x[i])


def caught(x, v, n):
    try:
        v += 1
        v[0] = v[1] / 2
        v += x[0]
    except ValueError as error:
        v -= 5
        message = str(error)
    else:
        message = "no error"
    finally:
        v[1] = 100
    return message, v


def caught_index(x, v, n):
    total = 0
    for i in range(9):
        try:
            total += v[i]
            x[i] += 1
        except IndexError as error:
            return str(error), total, i, x


def caught_outside(x, v, n):
    def inner(a):
        a += 1
        return a[20]

    with contextlib.suppress(IndexError):
        inner(v)
    return v * 2


def reraised(x, v, n):
    try:
        v += x[0]
    except ValueError as error:
        v[0] = -1
        raise KeyError("shape") from error


def finally_writes(x, v, n):
    try:
        v *= 2
        return v.sum()
    finally:
        v[0] = 0


def assertion(x, v, n):
    v += 1
    if not v.sum() < 0:  # an assert statement would be rewritten by pytest
        raise AssertionError(v.sum())


def index_too_large(x, v, n):
    v += 1
    return v[n + 10]


def index_written_too_large(x, v, n):
    v += 1
    v[n * 3] = 0


def index_of_wrong_type(x, v, n):
    v += 1
    return v[1.5]


def index_of_float_array(x, v, n):
    return v[v]


def too_many_indices(x, v, n):
    v += 1
    return v[0, 0]


def mask_of_wrong_shape(x, v, n):
    v[n[:3] > 0] = 1


def mask_of_wrong_count(x, v, n):
    v += 1
    v[v > 2] = [1, 2]


def shapes_differ(x, v, n):
    v += 1
    return x + v


def shapes_differ_later(x, v, n):
    y = x + 1
    return np.concatenate([y, v])


def matmul_shapes(x, v, n):
    v += 1
    return x @ x


def wrong_axis(x, v, n):
    v += 1
    return x.sum(axis=2)


def wrong_keyword(x, v, n):
    v += 1
    return np.sum(x, axes=1)


def missing_argument(x, v, n):
    v += 1
    return np.reshape(x)


def no_such_attribute(x, v, n):
    v += 1
    return v.no_such_thing


def no_such_function(x, v, n):
    v += 1
    return np.no_such_thing(v)


def attribute_set(x, v, n):
    v += 1
    v.note = 3


def read_only_attribute(x, v, n):
    v.size = 3


def bool_of_several(x, v, n):
    v += 1
    if v > 1:
        return 1


def bool_of_several_in_and(x, v, n):
    return v > 1 and v < 2


def float_of_several(x, v, n):
    v += 1
    return float(v)


def hash_of_array(x, v, n):
    v += 1
    return {v: 1}


def set_of_arrays(x, v, n):
    return {v}


def array_called(x, v, n):
    return v(1)


def unpacked_too_few(x, v, n):
    v += 1
    a, b = v


def unpacked_too_many(x, v, n):
    (a, b, c, d, e, f, g) = v


def unsupported_operands(x, v, n):
    v += 1
    return v + "a"


def unsupported_left(x, v, n):
    return {} - v


def bitwise_of_floats(x, v, n):
    return v & 1


def inverted_float(x, v, n):
    return ~v


def negative_bool(x, v, n):
    return -(v > 1)


def subtracted_bools(x, v, n):
    return (v > 1) - (v > 2)


def cast_refused(x, v, n):
    np.add(v, 1.5, out=n, casting="safe")


def cast_of_augmented(x, v, n):
    n += v


def complex_into_float(x, v, n):
    v += 1j


def complex_assigned(x, v, n):
    v[0] = 1j


def string_assigned(x, v, n):
    v += 1
    v[0] = "a"


def string_of_number_assigned(x, v, n):
    v[0] = "7.5"
    return v


def list_assigned(x, v, n):
    v[0] = [1, 2]


def ragged(x, v, n):
    return np.array([v, x])


def none_assigned(x, v, n):
    v[1] = None
    return v


def none_assigned_to_int(x, v, n):
    n[1] = None


def object_assigned(x, v, n):
    v[1] = object()


def integer_power(x, v, n):
    n += 1
    return n ** (-n)


def integer_zero_power(x, v, n):
    return 2 ** (n - 3)


def huge_integer(x, v, n):
    n += 1
    n[0] = 2**70


def huge_integer_added(x, v, n):
    return n.astype(np.uint8) + 300


def singular(x, v, n):
    v += 1
    return np.linalg.inv(np.zeros((3, 3)) * v[0])


def not_positive_definite(x, v, n):
    v += 1
    return np.linalg.cholesky(-np.eye(3) * abs(v[0] + 9))


def empty_reduction(x, v, n):
    v += 1
    return v[:0].max()


def empty_argmax(x, v, n):
    return np.argmax(v[:0])


def raised_division(x, v, n):
    with np.errstate(all="raise"):
        v += 1
        v /= 0
    return v


def raised_overflow(x, v, n):
    w = v * 2
    with np.errstate(over="raise"):
        return np.exp(w * 1e6)


def raised_and_caught(x, v, n):
    with np.errstate(invalid="raise"):
        try:
            v -= 1
            return np.sqrt(v)
        except FloatingPointError as error:
            return str(error), v


def called_on_error(x, v, n):
    kept = []
    with np.errstate(call=lambda kind, flag: kept.append((kind, flag)), divide="call"):
        w = v / 0
    return w, kept


def warned(x, v, n):
    w = v / 0
    u = np.log(-v)
    return w + u


def warned_as_error(x, v, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        v += 1
        warnings.warn("mine", stacklevel=1)


def own_warning(x, v, n):
    v += 1
    warnings.warn(f"mine {v[0]}", stacklevel=1)
    return v


def error_in_callback(x, v, n):
    def fail(row):
        v[0] += row[0]
        if row[0] > 1.5:
            raise LookupError(row[0])
        return row

    v += 1
    np.apply_along_axis(fail, 1, x)


def error_in_key(x, v, n):
    def key(row):
        v[1] = 5
        return row[7]

    return sorted(x, key=key)


def error_in_generator(x, v, n):
    def rows():
        for row in x:
            row += 1
            if row[0] > 2:
                raise ValueError(row[0])
            yield row

    return [r.sum() for r in rows()]


def stored_then_failed(x, v, n):
    state.items.append(v * 2)
    state.last = v[1:]
    state.last += 1
    state.table["w"] = x + 1
    raise ValueError("stored")


def nested_errors(x, v, n):
    try:
        try:
            v += x[0]
        finally:
            v += 1
            v[7]
    except IndexError as error:
        return str(error), str(error.__context__), v


def error_with_notes(x, v, n):
    try:
        x @ x
    except ValueError as error:
        error.add_note(f"shape {x.shape}")
        raise


def exception_group(x, v, n):
    v += 1
    raise ExceptionGroup("several", [ValueError(v[0]), TypeError("b")])


def stop_iteration(x, v, n):
    rows = iter(x)
    while True:
        row = next(rows)
        row += 1


def recursion_without_end(x, v, n):
    def down(a):
        return down(a)

    v += 1
    try:
        down(v)
    except RecursionError:
        return v


state = SimpleNamespace(items=[], last=None, table={})
PROGRAMS: list[Program] = [
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", "") == __name__
    and value.__code__.co_varnames[:3] == ("x", "v", "n")
]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program, mode):
    assert_parity(program, X, V, N, modes=[mode], calls=2)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_what_was_stored_before_an_error_is_real(mode):
    x, v = X.copy(), V.copy()
    state.items.clear()
    with pytest.raises(ValueError, match="stored"):
        npjit.accelerate(stored_then_failed, mode=mode)(x, v, N)
    assert [type(a) for a in state.items] == [np.ndarray]
    assert type(state.last) is np.ndarray
    assert state.last.base is v
    assert type(state.table["w"]) is np.ndarray
    assert (state.items[0] == V * 2).all()
    assert (v[1:] == V[1:] + 1).all()
    assert (state.table["w"] == x + 1).all()


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_next_call_is_unaffected_by_an_error(mode):
    @npjit.accelerate(mode=mode)
    def fn(v, fail):
        v += 1
        if fail:
            raise ValueError
        return v * 2

    v = V.copy()
    for fail in (False, True, False, True):
        if fail:
            with pytest.raises(ValueError):  # noqa: PT011 - it has no message
                fn(v, fail)
        else:
            assert (fn(v, fail) == v * 2).all()
    assert (v == V + 1 + 1 + 1 + 1).all()
    assert not npjit.is_recording()


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_exit_leaves_what_was_written(mode):
    @npjit.accelerate(mode=mode)
    def fn(v):
        v += 1
        raise SystemExit(3)

    v = V.copy()
    with pytest.raises(SystemExit):
        fn(v)
    assert (v == V + 1).all()
