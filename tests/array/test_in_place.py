"""In-place effects: every form of NumPy's book, on arguments, views, results."""

# ruff: noqa: RET504
# A name may be bound anew before it is returned.

import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from npjit.testing import assert_parity

# Each program gets x (float, 4 x 3), v (float, 6) and n (int, 6), all C arrays.
Program = Callable[[Any, Any, Any], Any]


def row_update(x, v, n):
    for i in range(1, len(x)):
        x[i] += x[i - 1]


def swap_rows(x, v, n):
    x[0], x[1] = x[1], x[0]


def swap_rows_with_copy(x, v, n):
    x[0], x[1] = x[1].copy(), x[0].copy()


def swap_by_index(x, v, n):
    x[[0, 1]] = x[[1, 0]]


def chain_of_views(x, v, n):
    a = x[1:]
    b = a.T
    c = b[::-1]
    d = c[1]
    d += 10
    b[0, 1] = -1
    c[2] *= d
    return x.sum(), d


def read_old_and_new(x, v, n):
    before = x * 2
    view = x[1]
    x += 1
    after = x * 2
    view -= 5
    return before, after, view, x[1] * 2


def diagonal_by_stride(x, v, n):
    x.flat[:: x.shape[1] + 1] = 9
    return x.trace()


def diagonal_by_reshape(x, v, n):
    square = x[:3]
    square.reshape(-1)[:: 3 + 1] += 7


def einsum_view(x, v, n):
    square = x[:3]
    np.einsum("ii->i", square)[...] = 5
    return square


def cumulate(x, v, n):
    for i in range(1, v.size):
        v[i] = v[i - 1] + v[i]


def filter_in_place(x, v, n):
    v[1:-1] = (v[:-2] + v[1:-1] + v[2:]) / 3


def fresh_then_filled(x, v, n):
    out = np.empty_like(x)
    for i, row in enumerate(x):
        out[i] = row[::-1]
    out[out > 2] = 0
    return out


def zeros_with_corners(x, v, n):
    out = np.zeros((3, 3))
    out[0, 0] = out[-1, -1] = v[0]
    out[1, :] = v[:3]
    out[:, 1] += v[3:]
    return out


def rows_of_list(x, v, n):
    rows = list(x)
    rows[0] += 1
    rows[1][:] = 0
    return x


def iterated(x, v, n):
    for row in x:
        row *= 2
        row[0] = -1


def nditer(x, v, n):
    with np.nditer(x, op_flags=["readwrite"]) as it:
        for element in it:
            element[...] = 2 * element
    return x


def ndenumerate(x, v, n):
    for index, value in np.ndenumerate(x):
        x[index] = value + 1


def as_strided_window(x, v, n):
    windows = as_strided(v, (4, 3), (8, 8))
    windows[0] += 1
    windows[1, 1] = 100
    v *= 2
    return windows, v


def as_strided_all(x, v, n):
    windows = as_strided(v, (4, 3), (8, 8))
    windows += 1
    return v


def windows_seen_later(x, v, n):
    windows = sliding_window_view(v, 3)
    v[2] = 50
    return windows.sum(axis=1)


def windows_written(x, v, n):
    windows = sliding_window_view(v, 3, writeable=True)
    windows[:, 0] = 1
    return v.copy(), windows


def broadcast_write(x, v, n):
    np.broadcast_to(v[:3], (2, 3))[0, 0] = 1


def memoryview_write(x, v, n):
    w = v * 2
    memoryview(v)[0] = 77.0
    memoryview(w)[1] = 55.0
    return w + v


def ctypes_write(x, v, n):
    import ctypes

    double = v * 2
    for a in (v, double):
        ctypes.cast(a.ctypes.data, ctypes.POINTER(ctypes.c_double))[2] = 33.0
    return double + v


def buffer_twins(x, v, n):
    raw = bytearray(48)
    a = np.frombuffer(raw, float)
    b = np.frombuffer(raw, np.int64)
    c = np.frombuffer(raw, float)
    a[:] = v
    b[0] = 0
    c += 1
    a[1] *= 2
    return a, b, c, raw


def twins_of_argument(x, v, n):
    a = np.frombuffer(v, float)
    a += 1
    v *= 2
    a -= v
    return a


def bytes_of_floats(x, v, n):
    raw = v.view(np.uint8)
    raw[7::8] ^= 0x80
    v += 1
    return raw, v


def integers_of_floats(x, v, n):
    bits = v.view(np.int64)
    bits[0] = 1 << 62
    v[1] = 2
    bits += 1
    return bits, v * 1


def parts_of_complex(x, v, n):
    z = v + 1j * v[::-1]
    z.real[::2] = 0
    z.imag += 1
    z.real *= 2
    w = z[1:]
    w.imag = 5
    z.real = w.imag.sum()
    return z, w


def masks(x, v, n):
    v[v > 2] = 0
    v[(n % 2 == 0) & (v < 3)] += 10
    x[x < 0] *= -1
    x[:, 0][x[:, 0] > 3] = -3
    return v, x


def mask_from_values(x, v, n):
    v[n > 2] = v[n > 2] * 2 + 1
    x[x > 1] = np.arange((x > 1).sum())
    return v, x


def mask_of_rows(x, v, n):
    x[x[:, 0] > 1] = [1, 2, 3]
    x[x.sum(axis=1) < 6, 1] = 7
    return x


def duplicates(x, v, n):
    v[[0, 0, 1]] += 1
    v[[2, 2]] = [5, 6]
    v[n % 2] -= 3
    np.add.at(v, [0, 0, 3], 1)
    np.subtract.at(v, n % 3, 1)
    return v


def out_overlaps(x, v, n):
    np.add(v[:-1], v[1:], out=v[1:])
    np.multiply(x, x[::-1], out=x)
    np.subtract(x.T[:3, :3], x[:3], out=x[:3])
    return v, x


def out_of_slice(x, v, n):
    out = np.zeros((2, 6))
    result = np.sqrt(np.abs(v), out=out[1])
    return out, result, result is out


def out_returned(x, v, n):
    buffer = np.empty_like(v)
    result = np.multiply(v, 2, out=buffer)
    np.add(result, 1, out=result)
    return result is buffer, result


def out_of_other_dtype(x, v, n):
    out = np.empty(6, np.float32)
    np.add(v, n, out=out, casting="same_kind")
    return out


def out_of_int(x, v, n):
    np.add(v, 1, out=n)


def out_and_where(x, v, n):
    out = np.full_like(v, -1)
    np.divide(v, n, out=out, where=n != 0)
    np.add(v, 1, out=v, where=v > 2)
    return out, v


def where_without_out(x, v, n):
    v = np.add(v, 1, where=v == v)
    return v


def out_of_reductions(x, v, n):
    out = np.zeros(3)
    np.sum(x, axis=0, out=out)
    x.mean(axis=0, out=out[:])
    np.max(x, axis=0, out=x[0])
    np.cumsum(v, out=v)
    return out, x, v


def out_tuple(x, v, n):
    q, r = np.empty(6), np.empty(6)
    np.divmod(v, 2, out=(q, r))
    np.modf(v, v, q)
    return q, r, v


def copyto(x, v, n):
    np.copyto(v, 3, where=n > 1)
    np.copyto(x, x[::-1])
    np.copyto(n, v, casting="unsafe")


def writing_functions(x, v, n):
    np.put(v, [0, 2], [7, 8])
    np.place(x, x > 2, [1, 2])
    np.putmask(n, n > 2, n * 10)
    np.fill_diagonal(x, 6)
    np.put_along_axis(x, np.array([[0, 1, 2]]), 3, axis=0)
    return v, x, n


def clipped(x, v, n):
    np.clip(v, 1, 3, out=v)
    x.clip(0, 2, out=x)
    return np.clip(n, 1, 2, n) is n


def sorted_and_shuffled(x, v, n):
    v[::2].sort()
    x.sort(axis=0)
    rng = np.random.default_rng(0)
    rng.shuffle(n)
    rng.shuffle(x[1:])
    rng.standard_normal(out=v)
    return rng.permutation(v)


def integers_assigned_floats(x, v, n):
    n[0] = 2.9
    n[1:3] = v[1:3] + 0.5
    n[n > 3] = 1.99
    n[...] = [1.5, 2.5, 3, 4, 5, v[0]]
    return n


def integer_overflow(x, v, n):
    small = n.astype(np.int8)
    small += 100
    small *= 3
    small[0] = 127
    small[1] += 100
    return small


def too_large_integer(x, v, n):
    small = n.astype(np.int8)
    small[0] = 300


def int_plus_float(x, v, n):
    n += 1.5


def int_divided(x, v, n):
    n //= 2
    n **= 2
    n /= 2


def int_shifted(x, v, n):
    n <<= 2
    n |= 1
    n &= 13
    n ^= 7
    n >>= 1
    n %= 3
    return n


def readonly(x, v, n):
    v.flags.writeable = False
    total = v.sum()
    v[0] = total


def readonly_plus(x, v, n):
    v.setflags(write=False)
    v += 1


def readonly_out(x, v, n):
    w = v[1:]
    w.flags.writeable = False
    v += 1
    np.add(w, 1, out=w)


def readonly_then_writeable(x, v, n):
    v.flags.writeable = False
    w = v + 1
    v.flags.writeable = True
    v += w
    return v, w


def readonly_result(x, v, n):
    w = v * 2
    w.flags.writeable = False
    return w, w[1:]


def readonly_mask(x, v, n):
    v.flags.writeable = False
    v[v > 1] = 0


def readonly_sort(x, v, n):
    w = np.broadcast_to(v, (2, 6))
    w.sort()


def broadcast_error(x, v, n):
    v += 1
    v[:2] = [1, 2, 3]


def broadcast_error_of_out(x, v, n):
    v += 1
    v += x[0]


def shape_set(x, v, n):
    w = v + 1
    w.shape = (2, 3)
    w[0] = 0
    v.shape = 3, -1
    v[1] += 5
    return w, v.shape, v


def shape_set_on_view(x, v, n):
    w = x[1:3]
    w.shape = 6
    w[::2] = -1
    return w, x


def shape_set_impossible(x, v, n):
    w = x.T
    w.shape = 12


def dtype_set(x, v, n):
    w = v + 1
    w.dtype = np.int64
    w[0] = 1
    n.dtype = np.uint64
    return w, n


def strides_set(x, v, n):
    w = v[:3]
    w.strides = (16,)
    w += 1
    return w, v


def real_set(x, v, n):
    x.real = 3
    x[0].real = v[:3]
    z = x * 1j
    z.imag = 2
    z.real[0] = 9
    return z


def flat_set(x, v, n):
    x.flat = [1, 2, 3]
    x.T.flat[2] = 50
    x.flat[[0, 5]] = 9
    x.T.flat = v
    return x


def subscript_set(x, v, n):
    x[...] = 2
    x[1:, ::2] = v[:3, None]
    x[-1, -1] = n[0]
    x[2] = x[2, 0] + 1
    x[0][1] = 4
    x[:, None, 1:2] = 8
    return x


def subscript_forms(x, v, n):
    x[0, ...] = 1
    x[..., 0] = 2
    x[n[1], n[2]] = 3
    x[[0, 2], :2] = 4
    x[[0, 1], [1, 2]] += 5
    x[range(2), (2, 0)] -= 3
    v[range(2)] = x[(0, 1), range(2)]
    x[np.ix_([1, 3], [0, 2])] = 6
    x[:, [True, False, True]] = 7
    x[True] = x + 1
    x[np.array([3, 3]), 0] = [8, 9]
    v[()] = 1
    v[np.int64(2)] = 3
    v[n[:2]] = v[n[1:3]]
    return x, v


def nested_subscripts(x, v, n):
    x[1:][1:][0][2] = 99
    x[1:].T[0][:] = 5
    x[[0, 1]][0] = 77  # writes a copy
    x[x > 2][0] = 66  # too
    return x


def fortran(x, v, n):
    f = np.asfortranarray(x)
    f[1:] += 1
    g = f * 2
    g[0] = 0
    h = f.T
    h[0] = 3
    return f, g, h, f.ravel(order="K"), g + x


def reversed_strides(x, v, n):
    w = v[::-1]
    w[1:] = w[:-1]
    y = x[::-1, ::-2]
    y += v[:4, None]
    y[0] = 5
    return w, y, x


def shifted(x, v, n):
    v[1:] = v[:-1]
    v[:-2] = v[2:]
    v[::2] = v[1::2]
    x[1:] = x[:-1]
    x[:, 1:] += x[:, :-1]
    return v, x


def itself(x, v, n):
    v[:] = v
    v += v
    v -= v[::-1]
    x *= x
    x[:] = x[::-1]
    v[...] = v[0]
    return v, x


def zero_d(x, v, n):
    z = np.array(2.5)
    w = z
    z += 1
    z[...] *= 2
    s = z[()]
    s += 1
    t = np.float64(3)
    u = t
    t += 1
    return z, w, s, t, u, v.sum() is z


def scalar_augmented(x, v, n):
    s = v[0]
    s += 1
    total = v.sum()
    other = total
    total *= 2
    return v, s, total, other


def empty(x, v, n):
    e = v[:0]
    e += 1
    e[:] = 5
    e[e > 1] = 2
    x[:0] = 9
    x[:, 3:] -= 1
    v[[]] = 3
    return e, x[:0].sum(), np.zeros((0, 3)) + e.sum()


def names_rebound(x, v, n):
    w = v
    w = w + 1
    w += 1
    v += 1
    return w, v is w


def augmented_name_is_alias(x, v, n):
    w = v
    w += 1
    return w is v, v


def in_a_helper(x, v, n):
    def bump(a, by):
        a += by
        return a

    return bump(v, 1) is v, bump(x[1], v[:3])


def twice(x, v, n):
    def both(a, b):
        a += 1
        b *= 2
        return a + b

    return both(v, v), both(v[1:], v[:-1]), both(x[:3], x[:3].T)


def in_containers(x, v, n):
    items = {"v": v, "list": [x, x[0]]}
    items["v"] += 1
    items["list"][1] *= 0
    items["list"][0][2] = 4
    items["new"] = v * 2
    items["new"] += 1
    items["new"][0] = -1
    return items


def in_attributes(x, v, n):
    state = SimpleNamespace(x=x, v=v.copy(), nested=SimpleNamespace(row=x[1]))
    state.x += 1
    state.v[0] = 5
    state.nested.row *= 2
    state.v += state.nested.row.sum()
    return state


def object_array(x, v, n):
    items = np.array([None, 1, "a"], dtype=object)
    items[0] = v
    items[1] = v[0]
    v += 1
    items[2] = items[0] + 1
    return items


def structured(x, v, n):
    table = np.zeros(6, [("a", float), ("b", int)])
    table["a"] = v
    table["a"][1:] += 1
    table["b"] += n
    table[0] = (7, 8)
    a = table["a"]
    a *= 2
    return table, a.sum()


def dates(x, v, n):
    days = np.array(["2020-01-01", "2021-01-01"], "M8[D]")
    days += n[:2]
    days[0] = "1999-01-01"
    return days, days[1] - days[0]


def long_doubles(x, v, n):
    wide = v.astype(np.longdouble)
    wide += v
    wide[0] = v[1]
    v[:] = wide * 2
    return wide, v


def other_byte_order(x, v, n):
    big = v.astype(">f8")
    big[1:] += v[1:]
    v -= big
    big[0] = v.sum()
    return big, v


def matrices(x, v, n):
    m = np.matrix(x[:3])
    m += 1
    m[0] = v[:3]
    v[:3] += np.asarray(m)[1]
    return m * m, m, v


def masked(x, v, n):
    m = np.ma.masked_greater(v, 2)
    m += 1
    v[:3] += m.sum()
    return m, v


def masked_view(x, v, n):
    m = np.ma.array(v, mask=n > 2, copy=False)
    v += 1
    m[0] = 9
    return m, v


def with_matrix_operand(x, v, n):
    y = x * 2
    x += np.matrix(np.ones((4, 3)))
    return y, x


def callback(x, v, n):
    def first(row):
        seen.append(x[0, 0] + v[0])
        x[0, 0] += 1
        return row[0] + x[0, 0]

    seen = []
    x += 1
    found = np.apply_along_axis(first, 1, x[1:])
    x -= 1
    return found, seen, x


def callback_of_vectorize(x, v, n):
    def double(value):
        v[0] += 1
        return value * v[0]

    w = v * 3
    return np.vectorize(double, otypes=[float])(w), v, w


def escaped(x, v, n):
    w = v * 2
    kept = [w]
    functions = [lambda: w + 1]
    w += 1
    w[0] = 5
    return kept, functions[0]()


def many_cuts(x, v, n):
    for i in range(60):
        v[i % 6] += i
        if v[0] > 1e3:
            v -= 1
        x[i % 4] = v[:3] * 0.5
    return x, v


def gone(x, v, n):
    w = v * 2
    w += 1
    y = w[1:]
    del w
    y += 3
    gc.collect()
    return y, y.base


PROGRAMS: list[Program] = [
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", "") == __name__
    and value.__code__.co_varnames[:3] == ("x", "v", "n")
]
X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.5], [2.0, 2.5, 0.0], [7.0, -8.0, 9.0]])
V = np.array([3.0, 1.0, -2.0, 5.0, 0.5, 2.0])
N = np.array([3, 1, 2, 0, 1, 4])


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program, mode):
    assert_parity(program, X, V, N, modes=[mode], calls=2)
