"""View primitives read and write the elements that NumPy's views do, byte for byte."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npjit._xla import views
from npjit.errors import Unsupported
from tests.xla._harness import NUMERIC, run


class Case(NamedTuple):
    """A chain of primitives and the NumPy view it stands for."""

    shape: tuple[int, ...]
    prims: tuple[Any, ...]
    starts: tuple[int, ...]
    view: Any  # a function of the array
    writes: bool = True


def key_prim(shape: tuple[int, ...], key: tuple[Any, ...]) -> tuple[Any, list[int]]:
    """Return the "index" primitive and the starts of a basic index."""
    triples, starts = [], []
    for size, k in zip(shape, key, strict=True):
        if isinstance(k, int):
            triples.append((1, 1, False))
            starts.append(k % size)
        else:
            walk = range(*k.indices(size))
            triples.append((len(walk), walk.step, True))
            starts.append(walk.start)
    return ("index", tuple(triples)), starts


def indexed(shape: tuple[int, ...], *key: Any) -> Case:
    prim, starts = key_prim(shape, key)
    return Case(shape, (prim,), tuple(starts), lambda a: a[(*key, ...)])


ALL = slice(None)
ROW, ROW_START = key_prim((4, 6), (2, ALL))
CROSS, CROSS_START = key_prim((6, 4), (slice(4, None, -2), slice(1, 3)))
INNER, INNER_START = key_prim((4, 6), (slice(1, -1), slice(1, -1)))

CASES = [
    indexed((5,), 3),
    indexed((5,), ALL),
    indexed((5,), slice(1, 4)),
    indexed((5,), slice(None, None, -1)),
    indexed((7,), slice(None, None, 3)),
    indexed((7,), slice(5, 0, -2)),
    indexed((7,), slice(5, 5)),
    indexed((7,), slice(5, 6, 4)),
    indexed((0,), ALL),
    indexed((4, 6), 2, ALL),
    indexed((4, 6), ALL, -1),
    indexed((4, 6), 1, 2),
    indexed((4, 6), slice(1, -1), slice(1, -1)),
    indexed((4, 6), slice(None, None, 2), slice(None, None, -1)),
    indexed((4, 6), slice(3, None, -2), slice(0, 6, 4)),
    indexed((4, 6), slice(2, 2), slice(1, 4)),
    indexed((3, 4, 5), ALL, 2, slice(4, 0, -3)),
    Case((), (("index", ()),), (), lambda a: a[...]),
    Case((4, 6), (("transpose", (1, 0)),), (), lambda a: a.T),
    Case(
        (2, 3, 4), (("transpose", (1, 2, 0)),), (), lambda a: np.transpose(a, (1, 2, 0))
    ),
    Case((4, 6), (("reshape", (2, 12)),), (), lambda a: a.reshape(2, 12)),
    Case((1, 1), (("reshape", ()),), (), lambda a: a.reshape(())),
    Case((2, 0), (("reshape", (0, 5)),), (), lambda a: a.reshape(0, 5)),
    Case((4,), (("reshape", (1, 4, 1)),), (), lambda a: a[None, :, None]),
    Case(
        (4, 1),
        (("broadcast", (3, 4, 5)),),
        (),
        lambda a: np.broadcast_to(a, (3, 4, 5)),
        writes=False,
    ),
    Case((4, 6), (("diagonal", 0, 0, 1),), (), lambda a: diagonal(a, 0, 0, 1)),
    Case((4, 6), (("diagonal", 3, 0, 1),), (), lambda a: diagonal(a, 3, 0, 1)),
    Case((4, 6), (("diagonal", -2, 0, 1),), (), lambda a: diagonal(a, -2, 0, 1)),
    Case((3, 4, 5), (("diagonal", 1, 2, 0),), (), lambda a: diagonal(a, 1, 2, 0)),
    Case((3, 3), (("diagonal", 3, 0, 1),), (), lambda a: diagonal(a, 3, 0, 1)),
    # chains
    Case(
        (4, 6), (ROW, ("reshape", (2, 3))), (*ROW_START,), lambda a: a[2].reshape(2, 3)
    ),
    Case(
        (4, 6),
        (("transpose", (1, 0)), CROSS, ("transpose", (1, 0))),
        (*CROSS_START,),
        lambda a: a.T[4::-2, 1:3].T,
    ),
    Case(
        (24,),
        (("reshape", (4, 6)), INNER, ("diagonal", 1, 0, 1)),
        (*INNER_START,),
        lambda a: diagonal(a.reshape(4, 6)[1:-1, 1:-1], 1, 0, 1),
    ),
    Case(
        (4, 6),
        (INNER, *indexed((2, 4), slice(None, None, 2), 3).prims),
        (*INNER_START, 0, 3),
        lambda a: a[1:-1, 1:-1][::2, 3],
    ),
    Case((4, 6), (), (), lambda a: a),
]


def diagonal(a: np.ndarray, offset: int, axis1: int, axis2: int) -> np.ndarray:
    view = np.diagonal(a, offset, axis1, axis2)
    view.flags.writeable = True
    return view


def raw(dtype: Any, shape: Any, seed: int = 0) -> np.ndarray:
    """Return random bytes: NaN with all payloads, subnormals, both zeros."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(seed)
    if dtype == np.bool_:
        return np.asarray(rng.random(shape) < 0.5)
    size = int(np.prod(shape))
    return np.frombuffer(rng.bytes(size * dtype.itemsize), dtype).reshape(shape).copy()


def assert_bytes(got: np.ndarray, want: np.ndarray, info: Any = "") -> None:
    assert (got.dtype, got.shape) == (want.dtype, want.shape), info
    assert got.tobytes() == want.tobytes(), (info, got, want)


def written(case: Case, x: np.ndarray, value: np.ndarray) -> np.ndarray:
    new = x.copy()
    case.view(new)[...] = value
    return new


def check(cases: list[Case], dtype: Any, *, traced: bool) -> None:
    """Compile all cases into one program and compare reads and writes with NumPy."""
    xs = [raw(dtype, case.shape, 1) for case in cases]
    values = [
        raw(dtype, case.view(x).shape, 2) for case, x in zip(cases, xs, strict=True)
    ]
    fixed = [list(case.starts) for case in cases]

    def program(xs, values, traced_starts):
        reads, writes = [], []
        for i, case in enumerate(cases):
            starts = traced_starts[i] if traced else fixed[i]
            reads.append(views.read_chain(case.prims, xs[i], starts))
            if case.writes:
                writes.append(views.write_chain(case.prims, xs[i], starts, values[i]))
        return reads, writes

    starts = [[np.int64(s) for s in case] for case in fixed]
    reads, writes = run(program, xs, values, starts)
    writes = iter(writes)
    for case, x, value, read in zip(cases, xs, values, reads, strict=True):
        assert_bytes(read, case.view(x), case)
        if case.writes:
            assert_bytes(next(writes), written(case, x, value), case)


@pytest.mark.parametrize("dtype", ["?", "u1", "f2", "f8", "c8"])
def test_static_starts(dtype):
    check(CASES, dtype, traced=False)


@pytest.mark.parametrize("dtype", ["i4", "f4", "c16"])
def test_traced_starts(dtype):
    check(CASES, dtype, traced=True)


@st.composite
def index_cases(draw):
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    key = [draw(st.integers(-n, n - 1) | st.slices(n)) for n in shape]
    return indexed(shape, *key)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(cases=st.lists(index_cases(), min_size=8, max_size=8), traced=st.booleans())
def test_drawn_indices(cases, traced):
    check(cases, "f8", traced=traced)


def test_parts_of_complex():
    for dtype in ("c8", "c16"):
        x, part = raw(dtype, (3, 2), 1), raw(f"f{int(dtype[1:]) // 2}", (3, 2), 2)
        real, imag = x.copy(), x.copy()
        real.real, imag.imag = part, part

        def program(x, part):
            prims = [("real",)], [("imag",)]
            return (
                [views.read_chain(p, x, ()) for p in prims],
                [views.write_chain(p, x, (), part) for p in prims],
            )

        reads, writes = run(program, x, part)
        for got, want in zip(reads + writes, (x.real, x.imag, real, imag), strict=True):
            assert_bytes(got, np.ascontiguousarray(want), dtype)


def test_parts_of_real():
    x, value = raw("f4", (4,), 1), raw("f4", (4,), 2)

    def program(x, value):
        return views.read(("real",), x), views.write(("real",), x, (), value)

    for got, want in zip(run(program, x, value), (x, value), strict=True):
        assert_bytes(got, want)


def pairs_of_dtypes():
    for shape in [(3, 16), (), (0, 16), (2, 0)]:
        for a in NUMERIC:
            for b in NUMERIC:
                if shape or a.itemsize == b.itemsize:
                    yield shape, a, b


def test_bitcast():
    """Each dtype as each other; as bool only where bytes are 0 and 1."""
    cases = [
        (a, b, raw(np.uint8 if b.kind == "b" else a, shape, 1))
        for shape, a, b in pairs_of_dtypes()
    ]
    cases = [
        (a, b, (x % 2).view(a) if b.kind == "b" and x.ndim else x)
        for a, b, x in cases
        if not (b.kind == "b" and x.ndim == 0)
    ]
    values = [raw(b, x.view(b).shape, 2) for a, b, x in cases]

    def program(xs, values):
        prims = [[("bitcast", b.str)] for _, b, _ in cases]
        return (
            [views.read_chain(p, x, ()) for p, x in zip(prims, xs, strict=True)],
            [
                views.write_chain(p, x, (), v)
                for p, x, v in zip(prims, xs, values, strict=True)
            ],
        )

    reads, writes = run(program, [x for _, _, x in cases], values)
    for (a, b, x), value, read, write in zip(cases, values, reads, writes, strict=True):
        assert_bytes(read, x.view(b), (a, b, x.shape))
        if a.kind == "b" and value.size:
            continue  # bytes other than 0 and 1 make no bool
        assert_bytes(write, value.view(a), (a, b, x.shape))


def test_slice_of_bitcast_keeps_other_bytes():
    x, value = raw("c8", (5,), 1), raw("f4", (5,), 2)
    want = x.copy()
    want.view("f4")[1::2] = value
    prims = (("bitcast", "<f4"), ("index", ((5, 2, True),)))
    assert_bytes(run(lambda x, v: views.write_chain(prims, x, (1,), v), x, value), want)


@pytest.mark.parametrize("dtype", [">f8", "f16", "c32", "S4", "M8[s]"])
def test_bitcast_to_what_xla_lacks(dtype):
    with pytest.raises(Unsupported):
        run(lambda x: views.read(("bitcast", dtype), x), np.zeros(4))


def test_write_through_broadcast():
    def write(x, v):
        return views.write(("broadcast", (3, 2)), x, (), v)

    with pytest.raises(Unsupported):
        run(write, np.zeros(2), np.ones((3, 2)))


def test_wrong_number_of_starts():
    prim = ("index", ((1, 1, True),))
    with pytest.raises(ValueError, match="starts"):
        run(lambda x: views.read(prim, x, (0,)), np.zeros((2, 2)))
