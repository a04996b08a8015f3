"""Memory order, strides, flags, bases and buffers of results; writes through them."""

import copy
import ctypes
import io
import itertools
import operator
import pickle

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import npjit
from npjit.testing import assert_parity
from tests.exact._together import assert_together, attempt

CUBE = np.arange(24.0).reshape(2, 3, 4)
LAYOUTS = {
    "C": CUBE,
    "F": np.asfortranarray(CUBE),
    "transposed": CUBE.T,
    "axes 0 and 1 swapped": CUBE.swapaxes(0, 1),
    "axes 1 and 2 swapped": CUBE.swapaxes(1, 2),
    "axis moved": np.moveaxis(CUBE, 0, -1),
    "negative strides": CUBE[::-1, :, ::-1],
    "negative in F order": np.asfortranarray(CUBE)[:, ::-1],
    "every other": np.arange(96.0).reshape(4, 3, 8)[::2, :, ::2],
    "part": CUBE[:, 1:, :],
    "part of transposed": CUBE.T[:, 1:, :],
    "broadcast": np.broadcast_to(np.arange(4.0), (2, 3, 4)),
    "broadcast along the last": np.broadcast_to(np.arange(3.0)[:, None], (2, 3, 4)),
    "axes of length one": np.arange(4.0).reshape(1, 4, 1).T,
    "empty": np.zeros((2, 0, 3)).swapaxes(0, 2),
    "one axis": np.arange(5.0)[::-1],
    "no axis": np.array(3.0),
    "column": np.arange(6.0).reshape(6, 1)[::2],
    "matrix in F order": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
}
ORDERS = "CFAK"


def about(a):
    """Shape, flags and strides: of axes that have a stride, which one has not."""
    f = a.flags
    strides = [s for s, n in zip(a.strides, a.shape, strict=True) if n > 1 and a.size]
    flags = f.c_contiguous, f.f_contiguous, f.owndata, f.writeable, f.aligned, f.fnc
    return a.shape, strides, flags, f.forc, f.carray, f.behaved, f.writebackifcopy


def with_layout(found):
    """Arrays, and what `about` knows of them before anybody gets them."""
    return found, [about(a) for a in found if isinstance(a, np.ndarray)]


# Orders ------------------------------------------------------------------------------


def ufuncs(x):
    found = [x + 1, -x, x * x + 1, np.sqrt(np.abs(x)), x > 2, x.astype(np.float32)]
    found += [np.add(x, 1, order=order) for order in ORDERS]
    found += [np.modf(x)[0], np.frexp(x)[1], np.divmod(x, 2)[1], np.where(x > 1, x, 0)]
    found += [x + np.ones(x.shape), x.clip(1, 2), x.round(1), x.conj(), x**2, x**3]
    found += [1 / (x + 1), np.add(x, x, dtype=np.float32), np.isnan(x), abs(x)]
    return with_layout([*found, np.nan_to_num(x), np.maximum(x, x[..., :1])])


def copies(x):
    found = []
    for order in ORDERS:
        found += [x.copy(order), np.copy(x, order=order), np.array(x, order=order)]
        found += [np.array(x, order=order, copy=None), np.asarray(x, order=order)]
        found += [x.astype(x.dtype, order=order), x.astype(np.float32, order=order)]
        found += [x.astype(x.dtype, order=order, copy=False), x.flatten(order)]
        found += [x.ravel(order), np.zeros_like(x, order=order)]
        found += [np.full_like(x, 2, order=order), np.ones_like(x, np.int32, order)]
    found += [copy.copy(x), copy.deepcopy(x), np.array(x), np.array(x, ndmin=4)]
    found += [np.ascontiguousarray(x), np.asfortranarray(x), np.array([x, x])]
    same = [(a is x, a.base is x, np.shares_memory(a, x)) for a in found]
    return with_layout(found), same


def spelled_orders(x):
    """NumPy takes orders in small letters and as None, and refuses others."""
    tries = [
        lambda order: x.reshape(-1, order=order),
        lambda order: x.reshape(x.shape[::-1], order=order, copy=True),
        lambda order: x.ravel(order),
        lambda order: x.flatten(order),
        lambda order: x.copy(order),
        lambda order: np.copy(x, order=order),
        lambda order: np.array(x, order=order),
        lambda order: np.asarray(x, order=order),
        lambda order: x.astype(np.float32, order=order),
        lambda order: np.zeros_like(x, order=order),
        lambda order: np.add(x, 1, order=order) if x.ndim else None,
    ]
    orders = ["c", "f", "a", "k", None, "x", "CC", 0]
    return with_layout([attempt(f, o) for f in tries for o in orders])


def written_copies(x):
    y, found = x + 0, []
    for order in ORDERS:
        copies = [np.asarray(y, order=order), y.ravel(order), y.flatten(order)]
        copies += [y.astype(y.dtype, order=order, copy=False), np.array(y, order=order)]
        for a in copies:
            a += 1
        found += copies
    return y, found, x


def shapes(x):
    n = x.size
    found = [x.reshape(-1), x.reshape(-1, order="F"), x.reshape(-1, order="A"), x.T]
    found += [x.reshape(n, 1), np.reshape(x, (1, n), "F"), x.squeeze(), x[...], x[None]]
    found += [x.transpose(), np.expand_dims(x, 0), np.atleast_3d(x), np.flip(x), x.real]
    found += [
        np.broadcast_to(x, (2, *x.shape)),
        x.view(),
        x[..., None],
        x[..., ::-1][:2],
    ]
    found += [
        x.reshape(x.shape),
        x.reshape(x.shape, copy=True),
        x.reshape(x.shape[::-1]),
    ]
    found += [x.reshape(x.shape[::-1], order="F"), x.reshape(x.shape, copy=False)]
    if x.ndim > 1:
        found += [x.diagonal(), np.diagonal(x, 0, -1, -2), x.swapaxes(0, 1), x[::2]]
        found += [np.moveaxis(x, 0, -1), np.rollaxis(x, 1), np.rot90(x), x[:, 1:]]
    bases = [(a.base is x, a.base is x.base, np.shares_memory(a, x)) for a in found]
    return with_layout(found), bases


def written_shapes(x):
    y = x + 1
    (found, layouts), bases = shapes(y)
    for a in found:
        if a.flags.writeable:
            a[...] = a * 2
    return found, layouts, bases, y


def shapes_without_copy(x):
    tries = [
        lambda: np.array(x, copy=False),
        lambda: np.asarray(x, copy=False),
        lambda: np.array(x, order="C", copy=False),
        lambda: np.array(x, order="F", copy=False),
        lambda: np.asarray(x, dtype=np.float32, copy=False),
        lambda: x.reshape(-1, order="K"),
        lambda: x.reshape(7, 5),
        lambda: np.reshape(x, (-1, -1)),
    ]
    for shape in (-1, (x.size, 1), x.shape[::-1]):
        tries += [
            lambda s=shape, o=order: x.reshape(s, order=o, copy=False)
            for order in "CFA"
        ]
    return [attempt(f) for f in tries]


def reductions(x):
    found = [x.sum(0), x.sum(-1), x.mean(0), x.cumsum(0), x.cumsum(), x.cumprod(-1)]
    found += [np.sort(x, axis=0), np.argsort(x, 0, kind="stable"), np.diff(x, axis=0)]
    found += [np.concatenate([x, x]), np.concatenate([x, x], -1), np.stack([x, x], -1)]
    found += [np.repeat(x, 2, 0), np.take(x, [0], 0), x[[0]], x[..., [0, 0]], x[x > 1]]
    found += [np.pad(x, 1), np.flip(x, 0) + 0, np.tril(x), np.add.outer(x, x[0])]
    found += [np.matmul(x, np.ones((x.shape[-1], 2))), np.einsum("...i->...", x)]
    found += [np.add.accumulate(x, 0), x.max(0), x.argmax(-1), np.append(x, x, 0)]
    # (Of some, XLA owns the memory and NumPy does not: see below.)
    return [*found, np.nansum(x, 0), np.hstack([x, x]), np.insert(x, 0, 1, 0)]


def two(x, y):
    found = [x + y, x * y + 1, np.where(x > 1, x, y), np.add(x, y, order="F"), x > y]
    return with_layout([*found, np.maximum(x, y), np.copysign(x, y), x == y])


def broadcast_operands(x):
    square = np.asfortranarray(np.ones((3, 4)))
    found = [x + np.ones(4), x + np.ones((3, 1)), x + square, np.ones((2, 1, 1)) + x]
    found += [x[:1] + x, x[:, :1] + x[0], square + x[0], x.T + x.T[0]]
    found += [x[None] + x[:, None], np.add(x, x, out=np.zeros(x.shape, order="F"))]
    found += [np.add(x, 1, where=x > 2, out=np.zeros_like(x, order="F"))]
    return with_layout(found)


# Flags, bases ------------------------------------------------------------------------


def bases(x):
    y = x + 1
    v, t = y[...], y.T
    w, u = v[...], t[...]
    found = [a.base is y for a in (v, w, t, u, y.reshape(-1), np.ravel(y), y.view())]
    found += [y.base is None, x[...].base is x, x.T.base is x, y.T.T is y, y is y[...]]
    found += [np.asarray(y) is y, np.require(y, np.float64) is y, y.real is y]
    return [*found, np.broadcast_to(y, (2, *y.shape)).base is y], v, w, t, u, y


def required(x):
    y = x + 0
    needs = [None, "C", "F", "A", "W", "O", "E", ["C", "W"], ["F", "O"], "CAWO"]
    found = [np.require(y, requirements=need) for need in needs]
    found += [np.require(y, np.float32, "F")]
    found += [np.require(np.broadcast_to(y, (2, *y.shape)), None, "W")]
    return with_layout(found), [(a is y, a.base is y) for a in found]


def flags_set(x):
    y = x + 0
    v = y[...]
    y.setflags(write=False)
    found = [y.flags.writeable, v.flags.writeable, y[...].flags.writeable]
    v[...] = 3
    y.flags.writeable = True
    y += 1
    y.flags["WRITEABLE"] = False
    found.append(attempt(operator.iadd, y, 1))
    y.setflags(write=1)
    y[...] += 2
    names = ["C", "F", "CA", "FA", "O", "W", "A", "X", "B", "FNC", "FORC", "OWNDATA"]
    found += [y.flags[name] for name in names] + [str(y.flags), y.flags == v.flags]
    return found, y, v


WRITES = [
    lambda t: operator.setitem(t, ..., 1),
    lambda t: t.fill(0),
    lambda t: operator.iadd(t, 1),
    lambda t: t.sort() if t.ndim else None,
    lambda t: np.add(t, 1, out=t),
    lambda t: np.copyto(t, 0),
    lambda t: np.put(t, 0, 0),
    lambda t: np.place(t, t > 0, 1),
    lambda t: np.putmask(t, t > 0, 1),
    lambda t: t.partition(0),
    lambda t: np.random.default_rng(0).shuffle(t),
    lambda t: np.random.default_rng(0).random(out=t),
    lambda t: np.fill_diagonal(t, 1),
    lambda t: operator.setitem(t.flat, 0, 1),
    lambda t: setattr(t, "flat", 1),
    lambda t: setattr(t, "real", 1),
    lambda t: np.clip(t, 0, 1, out=t),
    lambda t: np.cumsum(t, out=t),
    lambda t: np.add.at(t, 0, 1),
    lambda t: np.maximum.accumulate(t, out=t),
    lambda t: t.byteswap(inplace=True),
    lambda t: memoryview(t).readonly,
]


def written_or_refused(x):
    """jax-read-only-results: each array is writeable if NumPy's is."""
    y, z = x + 1, np.array(x)
    z.setflags(write=False)
    found = []
    views = [np.broadcast_to(x, (2, *x.shape)), np.broadcast_to(y, (2, *x.shape)), z]
    views += [x.diagonal(), y.diagonal(), z[...], z.T, y.imag, y + 1, y.T[::-1]]
    for t in views:
        found.append(t.flags.writeable)
        found += [attempt(write, t) for write in WRITES]
        found.append(attempt(lambda t=t: t.setflags(write=True)))
        found += [t.flags.writeable, attempt(operator.imul, t, 2)]
        found += [attempt(write, t) for write in WRITES[:10]]
    return found, x, y, z


# What is assigned to attributes ------------------------------------------------------


def shape_set(x):
    y, found = x + 0, []
    for t in (y, y[...], y.T):
        for shape in ((-1,), (y.size, 1), y.shape, (5, 5)):
            attempt(setattr, t, "shape", shape)
            found += [t.shape, t.base is y]
            t += 1
    return found, y


def shape_set_twice(x):
    y = x + 0
    y.shape = (-1,)
    y[0] = 7
    y.shape = (2, -1)
    return y, y.T + 1, y.base


def dtype_set(x):
    y, found = x + 0, []
    v = y[...]
    for dtype in ("i8", "f8", "u1", ">f8", "S8", "c16", "i4", "V8", "M8[s]", "f8"):
        attempt(setattr, v, "dtype", dtype)
        found += [v.dtype, v.shape, v.tobytes()]
    y.dtype = "i8"
    y &= -16
    return found, v, y, y.view("f8")


def strides_set(x):
    y = np.arange(24.0) + x.sum()
    v, found = y[:12], []
    for strides in ((16,), (-8,), (8,), (8, 8), (0,), (192,)):
        attempt(setattr, v, "strides", strides)
        found += [v.strides, v.copy()]
    v.strides = (8,)
    v[:] = 0
    return found, y, v


def parts_set(x):
    c = x + 1j * x
    real = c.real
    c.real = 5
    c.imag = x * 2
    real[...] += 1
    c.imag *= 2
    np.real(c)[...] = np.imag(c) + 1
    y = x + 0
    y.real = 7
    refused = attempt(setattr, y, "imag", 1)
    return c, real, real.base is c, about(c.imag), y, refused, y.imag


def resized(x):
    y, found = x + 0, []
    for shape in (30, (2, 3), 40):
        y.resize(shape)
        found.append(y.copy())
    y.resize(2, 2)
    y += 1
    y.setflags(write=True)
    y.resize(3)
    v = y[:1]
    found += [attempt(y.resize, 9), attempt(x.resize, 3)]
    return found, y, v, np.resize(x, (5, 7)), np.resize(x, 3), x


def flat_set(x):
    y = x + 0
    y.flat = [1, 2, 3]
    found = [y.copy()]
    y.flat[0] = 9
    y.flat[1:3] = [7, 8]
    y.flat[[0, -1]] = 5
    found += [list(y.T.flat), y.flat[::2], y.flat[np.arange(y.size) % 2 == 0]]
    found += [y.flat.base is y, np.array(y.flat), y.flat.copy(), len(y.flat)]
    y.T.flat = np.arange(y.size)
    y.T.flat[:2] = -1
    for i, v in enumerate(y.flat):
        y.flat[i] = v * 2
    if x.flags.writeable:
        x.flat[0] = 100
    return found, y, x


# Views of other dtypes, buffers, files -----------------------------------------------


DTYPES = ["i8", "u1", ">f8", "S8", "c16", "i4", "f4", "V8", "M8[s]", "?", "O", "U2"]
DTYPES += [[("a", "f4"), ("b", "i4")]]


def views_of_dtypes(x):
    found = []
    for dtype in DTYPES:
        found += [attempt(t.view, dtype) for t in (x, x + 0)]
    return found, [about(a) for a in found if isinstance(a, np.ndarray)]


def written_views_of_dtypes(x):
    y = x + 0
    v = y.view("i8")
    v[...] = v + 1
    y *= 2
    w = y.view("u1")
    w[..., :1] = 0
    z = y.view(">f8")
    z[..., :1] = 1
    y += 1
    return y, v, w, z


def buffers(x):
    y, found = x + 1, []
    for t in (x, y, y.T):
        m, a = memoryview(t), t.__array_interface__
        found += [m.shape, m.format, m.readonly, m.nbytes, m.c_contiguous, m.ndim]
        found += [t.data.tolist(), t.data.shape, a["shape"], a["typestr"], a["data"][1]]
        found += [
            a["data"][0] == t.ctypes.data,
            t.tobytes(),
            t.tobytes("F"),
            len(bytes(t)),
        ]
        found += [t.byteswap(), t.nbytes, t.itemsize, np.frombuffer(t.tobytes()) + 1]
    if y.flags.c_contiguous and y.size > 2:
        np.frombuffer(y)[-1] = 77
        y.ctypes.data_as(ctypes.POINTER(ctypes.c_double))[1] = 55
        memoryview(y).cast("B")[:8] = b"\0" * 8
    z = y * 1
    y.byteswap(inplace=True)
    return found, z, y.copy(), y.byteswap(inplace=True) is y, y


def in_files(x, path):
    y = x * 2
    y.tofile(path)
    found = [np.fromfile(path), np.fromfile(path, dtype="i8", count=2), len(y.dumps())]
    np.save(path, y)
    found += [np.load(path), np.load(path).flags.f_contiguous]
    y.dump(path)
    found.append(np.load(path, allow_pickle=True))
    np.savez(path, a=y, b=x)
    with np.load(path) as z:
        found += [z["a"] + y, z["b"]]
    stream = io.BytesIO()
    np.save(stream, y)
    stream.seek(0)
    return [*found, np.load(stream), y.dumps() == pickle.dumps(y)]


def overlapping(x):
    y = x + 0
    if y.ndim and y.shape[0] > 1:
        y[1:] += y[:-1]
        y[:] = y[::-1]
        y[:-1] = y[1:] * 2
        np.add(y[:-1], 1, out=y[1:])
        y += y[::-1]
        np.copyto(y, y[::-1])
        y.T[...] += 1
        shared = [np.shares_memory(y[:1], y[1:]), np.shares_memory(y, y[::2])]
        shared += [np.may_share_memory(y[::2], y[1::2]), np.shares_memory(y, y + 0)]
        return y, shared
    return y


def strided(x):
    y = x.ravel() + 1
    a = as_strided(y, (3,), (8,))
    a[...] = a * 2
    y += 1
    w = sliding_window_view(y, 2)
    sums = w.sum(-1)
    y *= 2
    q = as_strided(y, (2, 2), (8, 8))
    q[0, 1] = 50
    c, d = np.broadcast_arrays(y, np.zeros((2, 1)))
    return a, w, sums, q + 1, y, c.copy(), d.copy(), c.shape, c.strides


OF_ALL = [
    ufuncs,
    copies,
    spelled_orders,
    written_copies,
    shapes_without_copy,
    bases,
    required,
    flags_set,
    shape_set,
    parts_set,
    resized,
    views_of_dtypes,
    buffers,
    overlapping,
]
OF_AXES = [dtype_set, flat_set, strides_set, strided]
OF_FULL = [shapes, written_shapes, reductions, written_or_refused, shape_set_twice]
OF_FULL += [broadcast_operands, written_views_of_dtypes]


def programs_of(layout):
    x = LAYOUTS[layout]
    found = list(OF_ALL) if x.ndim else OF_ALL[1:]  # ufuncs make scalars of it
    if x.ndim == 0:
        return [p for p in found if p not in (written_copies, resized, flags_set)]
    if x.size > 4 and 0 not in x.strides:
        found += OF_AXES
    return found + OF_FULL if x.shape == CUBE.shape else found


@pytest.mark.filterwarnings("ignore:Setting the (shape|strides|dtype)")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(layout):
    for program in programs_of(layout):
        assert_parity(program, LAYOUTS[layout], modes=["host"], calls=1)


@pytest.mark.parametrize("layout", ["F", "negative strides"])
def test_layout_through_xla(layout):
    # `resized` counts references, as NumPy does: of its own in mode "host" only.
    programs = [p for p in (*OF_ALL, *OF_FULL, flat_set, dtype_set) if p is not resized]
    settings = {"modes": ["jit"], "calls": 1, "expect_xla": True}
    assert_together(programs, LAYOUTS[layout], **settings)


CUBES = [name for name, x in LAYOUTS.items() if x.shape == CUBE.shape]


def two_of_each(arrays):
    return [two(x, y) for x, y in itertools.product(arrays, arrays)]


def test_layout_of_two_operands():
    arrays = [LAYOUTS[name] for name in CUBES]
    assert_parity(two_of_each, arrays, modes=["host"], calls=1)


def test_layout_of_two_operands_through_xla():
    arrays = [LAYOUTS[name] for name in CUBES[:4]]
    assert_parity(two_of_each, arrays, modes=["jit"], calls=1, expect_xla=True)


@pytest.mark.parametrize("layout", ["C", "F", "one axis", "broadcast", "no axis"])
def test_files(layout, tmp_path):
    path = str(tmp_path / "x.npy")
    assert_parity(in_files, LAYOUTS[layout], path, modes=["host"], calls=1)


# What code outside does to an array object -------------------------------------------


@npjit.host
def flatten_it(a):
    a.shape = (-1,)


@npjit.host
def as_integers(a):
    a.dtype = np.int64


@npjit.host
def protect(a):
    a.flags.writeable = False


def changed_outside(x):
    y, z, w = x + 1, x + 2, x + 3
    flatten_it(y)
    as_integers(z)
    protect(w)
    flatten_it(x)
    y[3] = 50
    z &= -16
    x += 1
    return y, y.shape, z, z.dtype, x, attempt(operator.iadd, w, 1), w


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_arrays_changed_by_code_outside(mode):
    assert_parity(changed_outside, CUBE, modes=[mode])


# Differences that docs/exactness.md names --------------------------------------------


def rolled(x):
    return np.roll(x, 1)  # (as `x[..., [0, 1]]` of some memory orders)


def test_xla_owns_what_numpy_makes_a_view_of_a_temporary():
    x = CUBE.copy()
    assert rolled(x).base is not None
    assert npjit.accelerate(rolled, mode="jit")(x).base is None


def resized_with_two_names(x):
    y = x + 1
    other = y
    return attempt(other.resize, 3), y


def test_resize_counts_no_second_name():
    assert resized_with_two_names(CUBE)[0][0] == "ValueError"
    refused, y = npjit.accelerate(resized_with_two_names, mode="host")(CUBE)
    assert refused is None
    assert y.shape == (3,)


def sums_along_the_first(x):
    return x.sum(0, keepdims=True)


def test_strides_of_axes_of_length_one_say_nothing():
    x = np.arange(4.0).reshape(1, 2, 2).swapaxes(1, 2)
    strides = sums_along_the_first(x).strides
    fast = npjit.accelerate(sums_along_the_first, mode="host")(x).strides
    assert strides[1:] == fast[1:]
