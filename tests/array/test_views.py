"""Views and the memory behind them: who writes, and who sees it when."""

import copy
import ctypes
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import npjit
from npjit.testing import assert_parity
from tests.array.test_in_place import N, V, X

# Each program gets x (float, 4 x 3), v (float, 6) and n (int, 6), all C arrays.
Program = Callable[[Any, Any, Any], Any]
KEPT: list[Any] = []


@npjit.host
def write_first(a):
    a[0] = 5
    return a


@npjit.host
def keep(a):
    KEPT[:] = [a]


@npjit.host
def call(f, *args):
    return f(*args)


def written_after_it_was_printed(x, v, n):
    y = x + 1
    print(y[0, 0], y)
    write_first(y)
    z = y * 2
    write_first(y[1:])
    return y * 2, z


def returned_by_foreign_code(x, v, n):
    y = v + 1
    z = write_first(y)
    z += 1
    return y is z, y, write_first(v[1:]), v


def kept_by_foreign_code(x, v, n):
    y = v + 1
    keep(y)
    y += 1
    z = y * 2
    KEPT[0][1] = 50
    y[0] = 0
    return y, z, KEPT[0] is y


def written_in_a_callback(x, v, n):
    def write(a):
        a += 1
        x[0] = a[:3]
        seen.append(x[0] * 2)

    seen = []
    call(write, v)
    return x, v, seen


def kept_in_a_callback(x, v, n):
    class State:
        pass

    state = State()
    state.a = v

    def record(value):
        state.b = state.a * 2
        state.a = state.a + 1
        return value

    np.vectorize(record, otypes=[float])(x[0])
    return state.a, state.b


def iterated_while_written(x, v, n):
    y = v * 2
    values = iter(y)
    rows = iter(x)
    y[0] = 99
    first = next(values)
    y[3] = 77
    x[1] = 0
    return first, list(values), [r.sum() for r in rows]


def flat_iterated_while_written(x, v, n):
    y = v * 2
    values = y.flat
    y[0] = 99
    first = next(values)
    y[1] = 5
    second = next(values)
    return first, second, values.index, values[2], list(values)


def windows_before_and_after(x, v, n):
    windows = sliding_window_view(v, 3)
    y = windows * 2
    v += 1
    z = windows * 2
    v[0] = 100
    return y, z, windows.copy()


def views_renamed_in_a_loop(x, v, n):
    y = v.copy()
    for i in range(3):
        y, z = y[::-1], y
        z[i] += 1
    return y, z, y.base is z


def rows_dropped_in_a_loop(x, v, n):
    u = x
    for _ in range(3):
        u = u[1:] if len(u) > 2 else u
        u *= 2
    return u, x, u.base is x


def part_of_a_transposed_complex(x, v, n):
    z = (v + 1j * v).reshape(2, 3)
    z.T.real[1] = 0
    z[0].imag[...] = z.real[1]
    return z


def triangles_and_diagonals(x, v, n):
    a = np.zeros((3, 3))
    a[np.diag_indices(3)] = v[:3]
    a[np.triu_indices(3, 1)] += 1
    a[a == 0] = -1
    return a


def columns_swapped(x, v, n):
    x[:, 0], x[:, 1] = x[:, 1] * 2, x[:, 0].copy()
    (x[0, 0], x[1, 1]), *rest = (v[0], v[1]), v[2], v[3]
    return x, rest


def out_is_a_view_of_an_input(x, v, n):
    np.add(x[:, :-1], x[:, 1:], x[:, 1:])
    np.add.accumulate(v, out=v)
    np.add.reduce(x, axis=0, out=v[:3])
    np.matmul(x[:3], x[:3], out=x[:3])
    np.einsum("ij->j", x, out=v[3:])
    np.concatenate([v[:2], v[3:]], out=v[:5])
    return x, v


def out_of_functions(x, v, n):
    np.take(v, [5, 4, 3], out=v[:3])
    np.choose(n % 2, [v, -v], out=v)
    np.round(v, 1, out=v)
    np.clip(v, 0, 1, out=v[:])
    np.nan_to_num(v, copy=False)
    return v


def view_reshaped_in_place(x, v, n):
    y = v.view()
    y.shape = (2, 3)
    v[0] = 100
    y[1] = 0
    return v, y, y.base is v


def more_axes_without_a_copy(x, v, n):
    z = np.array(v, copy=False, ndmin=2)
    z[0, 1] = 2
    return v, z


def fields_of_a_record_array(x, v, n):
    r = np.rec.fromarrays([v, n], names="a,b")
    r.a[0] = 5
    r.b += 1
    return np.asarray(r.a) + v, r.b.sum()


def pointer_used_throughout(x, v, n):
    p = v.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    p[0] = 11.0
    v += 1
    p[1] = 22.0
    y = v * 2
    p[2] = 33.0
    return y, v * 1, p[0]


def memoryview_used_throughout(x, v, n):
    memory = memoryview(v)
    v += 1
    memory[0] = 5.0
    y = v * 2
    memory[1] = 6.0
    z = v * 2
    del memory
    return y, z


def threads_that_read_and_write(x, v, n):
    w = v * 3
    sums = []
    threads = [
        threading.Thread(target=lambda i=i: sums.append(w[i] + v[i])) for i in range(3)
    ]
    threads.append(threading.Thread(target=lambda: v.__setitem__(5, 42)))
    for thread in threads:
        thread.start()
        thread.join()
    w[0] = 1
    v[1] += v[5]
    return sorted(sums), w, v


def overlapping_parts_swapped(x, v, n):
    a, b = v[1:4], v[2:5]
    a += b
    b -= a
    a[:], b[:] = b, a
    return v


def mask_of_a_view(x, v, n):
    big = np.arange(20).reshape(4, 5)
    inner = big[1:3, 1:4]
    inner[inner % 2 == 0] = -1
    sub = big[::2, ::2]
    sub[sub > 5] *= 10
    return big, sub


def broadcast_sees_writes(x, v, n):
    wide = np.broadcast_to(v[:1], (3,))
    before = wide + 1
    v[0] = 9
    one, two = np.broadcast_arrays(x, v[:3])
    x[0] = 0
    return before, wide, wide + 1, one + two


def mask_indices_of_every_form(x, v, n):
    v[np.array([True] * 6)] = 0
    v[None, ...][0, 1] = 3
    v[..., None][2] = 8
    v[[True, False] * 3] = [1, 2, 3]
    return v


def sorted_through_views(x, v, n):
    y = v[n.argsort()]
    v[n.argsort()] = np.sort(v)
    y[::-1].sort()
    x.T.sort()
    return y, v, x


def generator_closed(x, v, n):
    def sums():
        total = v.copy()
        try:
            for i in range(4):
                total += i
                yield total
        finally:
            v[0] = -7

    source = sums()
    first, second = next(source), next(source)
    source.close()
    return first is second, first, v


def deepcopy_of_views(x, v, n):
    y = v + 1
    z = copy.deepcopy([y, y[1:]])
    y[0] = 0
    return y, z, z[1].base is z[0]


def lists_of_elements(x, v, n):
    a, b = v.tolist(), list(v)
    a[0] = v
    b[1] = v[1:]
    v += 1
    return a, b


def empty_parts(x, v, n):
    e = x[:, :0]
    f = e.sum(axis=1)
    e += 1
    g = np.concatenate([e, x], axis=1)
    h = x[5:]
    h[...] = 3
    return f, g, h


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
