"""dtypes that XLA lacks, and subclasses of ndarray, mixed with accelerated arrays.

jax-no-object-string-datetime-longdouble, jax-byte-order-native-only and
jax-no-subclasses: operations with them run in NumPy, and what comes of them is recorded
again where it is an ndarray of numbers.
"""

import copy
import datetime
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.lib import recfunctions

from npjit.testing import assert_parity
from tests.exact._together import assert_together, attempt

X = np.array([3.5, -1.25, 0.0, 7.75, 2.5])
N = np.array([3, 1, 4, 1, 5])
StringDType = np.dtypes.StringDType


# Objects and texts -------------------------------------------------------------------


def objects(x, n):
    y = x + 1
    o = y.astype(object)
    mixed = np.array([Fraction(1, 3), Decimal("2.5"), None, "a", [1, 2]], object)
    holder = np.empty(5, object)
    holder[:] = [y, x, n, 1, "z"]
    holder[3] = y * 2
    o[0] = Fraction(1, 2)
    o[1:] += 1
    found = [o * 2, o + y, y + o, holder[0] + 1, holder[0] is y, o.sum(), o == y, o > 0]
    found += [y == mixed, np.where(y > 1, o, y), np.concatenate([o, y]), o.tolist()]
    found += [
        np.array([y, None], object),
        np.array([y, y], object),
        np.sort(o),
        o.dot(y),
    ]
    found += [np.vectorize(lambda v: v * 2)(y), np.add(o, y), n.astype(object) ** 30]
    found += [
        np.frompyfunc(lambda a, b: a + b, 2, 1)(y, o),
        o.mean(),
        o.astype(float) + y,
    ]
    found += [np.unique(n.astype(object)), copy.deepcopy(holder)[0], o % 2, -o, abs(o)]
    found += [np.array([1, 10**30], object) + 1, np.array([[1, 2], [3]], object), mixed]
    holder[0][0] = 99
    return found, o, y, holder


def texts(x, n):
    y, s = x * 2, np.array(["ab", "c", "def", "x", "yz"])
    number, b = y.astype(str), s.astype("S")
    found = [
        number,
        number.astype(float) + y,
        y.astype("S10").astype(float) * y,
        s == "c",
    ]
    found += [
        n.astype("U5").astype(int) + n,
        y[s == "c"],
        y[s > "b"],
        s[y > 1],
        s[n - 1],
    ]
    found += [np.where(y > 1, s, "no"), s[np.argsort(y)], np.char.upper(s), b[0]]
    found += [np.char.add(s, n.astype("U5")), np.strings.str_len(s) + n, np.sort(s)]
    found += [
        np.strings.find(s, "e") * n,
        np.char.multiply(s, n),
        np.isin(s, ["x"]) * y,
    ]
    found += [np.concatenate([s, number]), np.unique(s, return_inverse=True)]
    found += [
        np.argsort(s, kind="stable") + n,
        np.searchsorted(np.sort(s), "c"),
        "c" in s,
    ]
    found += [
        [w + str(k) for w, k in zip(s, n, strict=True)],
        np.array(list(map(str, n))),
    ]
    found += [np.fromstring("1 2 3", sep=" ") * y[:3], np.strings.replace(s, "c", "zz")]
    s[1] = "longer"
    s[y > 5] = "big"
    return found, s, s.reshape(5, 1) == s


def variable_texts(x, n):
    y = x * 2
    s = np.array(["ab", "c", "a text longer than sixteen", "x", "yz"], StringDType())
    number = y.astype(StringDType())
    found = [number, s + s, s + "!", np.strings.str_len(s) * n, y[s == "c"], s[y > 1]]
    found += [np.where(y > 1, s, "no"), number.astype(float) + y, np.strings.upper(s)]
    found += [
        np.concatenate([s, number]),
        np.sort(s),
        n.astype(StringDType()),
        s.tolist(),
    ]
    found += [
        np.array(["a", None], StringDType(na_object=None)),
        s[np.argsort(y)],
        s[0],
    ]
    s[2] = "q"
    s[n > 3] = "big"
    return found, s


# Times, wide and swapped numbers -----------------------------------------------------


def times(x, n):
    y, day = x * 2, np.timedelta64(1, "D")
    texts = ["2020-01-01", "2020-03-05", "NaT", "2019-12-31", "2020-01-02"]
    t, d = np.array(texts, "M8[D]"), n.astype("m8[D]")
    first = np.datetime64("2020-01-01")
    found = [
        t + d,
        t - t[0],
        (t - t[0]) / day * y,
        d * 2,
        d * y,
        d / y,
        d // 2,
        d / d * y,
    ]
    found += [
        y[t > first],
        y[np.isnat(t)],
        np.where(np.isnat(t), 0, y),
        t[y > 1],
        t == t,
    ]
    found += [
        np.sort(t),
        np.argsort(t) + n,
        t.astype("M8[s]"),
        t.astype(int) + n,
        t + n,
    ]
    found += [t.view("i8") - n, np.arange("2020-01", "2020-02", dtype="M8[D]")[:5] + n]
    found += [first + n, np.diff(t), np.max(t[~np.isnat(t)]), d.sum(), d.mean(), n + d]
    found += [
        d.cumsum(),
        np.unique(t),
        t.tolist(),
        t[0].item(),
        np.datetime_as_string(t),
    ]
    found += [np.busday_offset(t[:2], n[:2], roll="forward"), d > 2 * day, abs(-d)]
    found += [d.astype("m8[h]").astype(int) * x, 5 * day * n, np.concatenate([t, t])]
    found += [
        divmod(d, 2 * day),
        np.isin(t, t[:1]),
        first in t,
        np.linspace(0, 1, 5) * d,
    ]
    found += [t[0] + int(n[0]), np.array([datetime.date(2020, 1, 1)], "M8[D]") - t[0]]
    t[y > 5] = np.datetime64("2000-01-01")
    t[0] += n[0]
    d += 1
    d[n > 3] *= 2
    t += d
    return found, t, d


def long_doubles(x, n):
    y, wide = x * 2, x.astype(np.longdouble)
    c = x.astype(np.clongdouble)
    found = [
        wide + y,
        y + wide,
        np.sqrt(np.abs(wide)),
        wide.sum(),
        wide.astype(float) + y,
    ]
    found += [np.sum(y, dtype=np.longdouble), np.add(y, 1, dtype=np.longdouble), c + y]
    found += [
        np.abs(c),
        c.real + y,
        y[wide > 1],
        np.where(wide > 1, wide, y),
        wide[0] + y,
    ]
    found += [y * wide[0], y * np.longdouble(2), np.concatenate([wide, y]), wide.dot(y)]
    found += [
        np.longdouble(y[0]),
        float(wide[0]),
        wide[0].item(),
        str(wide),
        wide @ wide,
    ]
    found += [
        np.mean(y, dtype="g"),
        np.longdouble("0.1") + x[0],
        wide == x,
        np.exp(wide),
    ]
    y += wide.astype(float)
    wide += y
    wide[n > 3] = 0
    np.add(wide, 1, out=y, casting="same_kind")
    y[1:] = wide[1:]
    return found, y, wide, attempt(operator.iadd, n, wide)


def swapped_bytes(x, n):
    y, b, i = x * 2, x.astype(">f8"), n.astype(">i4")
    found = [
        b + y,
        y + b,
        b * 2,
        b + b,
        i + n,
        n + i,
        b.sum(),
        b.mean(),
        b[0],
        b[0] + y,
    ]
    found += [-b, np.sqrt(np.abs(b)), b.astype(float) + y, b.astype("=f8") * y, b > y]
    found += [
        np.where(b > 0, b, y),
        np.where(y > 0, y, b),
        np.concatenate([b, y]),
        b[y > 0],
    ]
    found += [
        np.stack([b, b]),
        y[b > 0],
        y[i - 1],
        b.tolist(),
        b.tobytes(),
        b.view("i8"),
    ]
    found += [b.byteswap(), b.byteswap().view("f8") + y, b.copy(), np.zeros_like(b)]
    found += [
        np.sort(b),
        np.cumsum(b),
        b.dot(y),
        np.dot(y, b),
        np.bincount(i),
        b.round(1),
    ]
    found += [
        np.add(b, b, dtype=">f8"),
        np.add(y, 1, out=np.zeros(5, ">f8")),
        b.item(0),
    ]
    found += [np.asarray(b, float), np.ascontiguousarray(b), np.fft.fft(b), b == y / 2]
    found += [np.zeros(3, ">f8") + y[:3], np.arange(3, dtype=">i4") + n[:3], hash(b[0])]
    found += [
        np.frombuffer(b.tobytes(), ">f8") + y,
        x.astype(">c16") * y,
        y.astype(">f4"),
    ]
    b += y
    b[1] = y[0]
    y += b
    y[2:] = b[2:]
    b[y > 3] = 0
    i[n > 3] = 7
    y.view(">f8")[0] = 1
    return found, b, y, i


def unaligned(x, n):
    memory = np.zeros(41, np.uint8)
    u, y = memory[1:].view(float), x * 2
    table = np.zeros(5, [("c", "u1"), ("d", "f8"), ("i", "<i4")])
    u[...] = x
    u += y
    found = [
        u.flags.aligned,
        u + 1,
        u * y,
        u.sum(),
        np.sqrt(np.abs(u)),
        u.copy(),
        u @ y,
    ]
    found += [
        np.where(u > 1, u, y),
        np.sort(u),
        np.cumsum(u),
        u.reshape(5, 1) * y,
        u > y,
    ]
    found += [np.concatenate([u, y]), y[u > 1], np.require(u, None, "A").flags.aligned]
    u[1:3] += 1
    memory[1] = 7
    u *= 2
    table["d"], table["i"] = u, n
    table["d"] += y
    t = table["d"]
    t *= 2
    found += [t.flags.aligned, t + y, table["i"] * n, t.sum(), t[1:] + table["i"][:-1]]
    np.add(u, y, out=u)
    y += u
    u[n > 3] = 0
    u[[0, 1]] += 1
    return found, u, memory, y, table


# Records -----------------------------------------------------------------------------


def records(x, n):
    s = np.zeros(5, [("p", "f8"), ("q", "i4"), ("v", "f4", (2,))])
    s["p"], s["q"] = x * 2, n
    s["v"][:, 0] = x
    s["v"][:, 1] = s["p"] + 1
    s["p"][1:] += n[1:]
    q = s["q"]
    q += 1
    ordered, chosen = np.sort(s, order="q"), s[s["p"] > 1]
    s[0] = (1, 2, (3, 4))
    s[1:2] = s[3]
    found = [
        ordered,
        chosen,
        s[np.argsort(s["p"])],
        s[["p", "q"]],
        s["p"].mean(),
        s == s,
    ]
    found += [
        s["v"].sum(0) + x[:2],
        s["p"] + x,
        np.where(s["q"] > 2, s["p"], x),
        s.tolist(),
    ]
    found += [
        np.concatenate([s, ordered]),
        np.lexsort((s["p"], s["q"])),
        s["p"].base is s,
    ]
    found += [
        s.copy()["p"] * x,
        s[::-1]["p"] * x,
        s["p"].strides,
        [r["p"] + x[0] for r in s],
    ]
    found += [
        np.frombuffer(s.tobytes(), s.dtype)["p"] + x,
        str(s),
        max(s["p"]),
        s["p"] @ x,
    ]
    found += [recfunctions.structured_to_unstructured(s[["p", "q"]]) + x[:, None]]
    return found, s, q


def record_arrays(x, n):
    r = np.rec.fromarrays([x, n * 2], names="a,b")
    r.a += 1
    r.b = r.b + n
    r.a = x * 3
    r["b"][0] = 100
    found = [
        r.a,
        r.b,
        r[0],
        r[0].a,
        r.a + x,
        r.a.sum() * x,
        r[r.a > 0],
        r.view(np.ndarray),
    ]
    return found, r, np.rec.array([(1, 2.0)], [("i", "i4"), ("f", "f8")]).f * x[:2]


def voids(x, n):
    v, one = (x * 2).view("V8"), np.zeros((), [("a", "f8"), ("b", "i8", (2,))])
    one["a"] = x[0]
    one["b"] = n[:2]
    one["b"][1] += n[0]
    nested = np.zeros(2, [("p", [("x", "f8"), ("y", "f8")]), ("m", "f8", (2, 2))])
    nested["p"]["x"] = x[:2]
    nested["m"][0] = np.outer(x[:2], x[:2])
    nested["m"][1] += n[0]
    part = nested["p"]
    part["y"] = 1
    found = [v, v.view(float) + x, one["a"] + x, one["b"] * n[:2], nested["m"] @ x[:2]]
    return found, one, one.item(), nested, v[0], v.tobytes(), nested["m"].sum((1, 2))


# Subclasses --------------------------------------------------------------------------


class Tagged(np.ndarray):
    """Carries an attribute along."""

    def __new__(cls, a, tag=None):
        made = np.asarray(a).view(cls)
        made.tag = tag
        return made

    def __array_finalize__(self, obj):
        self.tag = getattr(obj, "tag", "none")


class Unwrapping(np.ndarray):
    """Has ufuncs of its own."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        plain = [np.asarray(i) if isinstance(i, Unwrapping) else i for i in inputs]
        if out:
            kwargs["out"] = tuple(np.asarray(o) for o in out)
        result = getattr(ufunc, method)(*plain, **kwargs)
        if out:
            return out[0]
        is_array = isinstance(result, np.ndarray)
        return result.view(Unwrapping) if is_array else ("scalar", result)


class Summing(np.ndarray):
    """Has functions of its own."""

    def __array_function__(self, func, types, args, kwargs):
        if func is np.sum:
            return "summed"
        return super().__array_function__(func, types, args, kwargs)


class Wrapping(np.ndarray):
    """Wraps what NumPy computes."""

    __array_priority__ = 15.0

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return super().__array_wrap__(array, context, False)


class Duck:
    """No ndarray, but passes for one."""

    __array_priority__ = 20

    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.a, dtype)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return Duck(array)

    def __radd__(self, other):
        return "radd", type(other).__name__, np.asarray(other) + self.a


class Refusing:
    """Wants no part in ufuncs."""

    __array_ufunc__ = None

    def __rmul__(self, other):
        return "rmul", type(other).__name__


def matrices(x, n):
    m, y = np.matrix([[1.0, 2.0], [3.0, 4.0]]), x[:2] + 1
    square = np.outer(y, y)
    found = [m * m, m @ m, m * y.reshape(2, 1), y * m, y @ m, m + y, y + m, m.T, m.A]
    found += [
        m.sum(0),
        m.sum(),
        m[0],
        m[0, 0],
        m.mean(1),
        np.add(m, y),
        np.dot(y, m),
        m**2,
    ]
    found += [
        np.asmatrix(square) * m,
        np.linalg.inv(m) * square,
        np.vstack([y, m]),
        m.A1,
    ]
    found += [
        np.concatenate([m, square]),
        np.where(m > 2, m, y),
        m.ravel(),
        m.flatten(),
    ]
    found += [np.asarray(m) + y, np.array(m) + y, np.asanyarray(m) + y, np.copy(m)]
    found += [
        np.copy(m, subok=True),
        np.zeros_like(m) + y,
        np.zeros_like(m, subok=False),
    ]
    found += [
        m.astype(np.float32),
        np.reshape(m, (4, 1)),
        np.sqrt(m),
        np.trace(m),
        m.max(),
    ]
    found += [np.cumsum(m, 0), np.matrix(y), np.matrix(square), np.bmat([[m, m]]), m.I]
    m += square
    m[0] = square[1]
    square += m
    np.multiply(square, m, out=square)
    plain = np.asarray(m)
    plain += 1
    return found, m, square, plain


def masked(x, n):
    ma = np.ma
    a, b, y = ma.masked_less(x, 0), ma.array(x + 1, mask=n > 3), x * 3 + 1
    found = [a + y, y + a, a * b, a.sum(), a.mean(), a.max(), a.filled(0) + y, a.mask]
    found += [a.compressed() * 2, a.data + y, np.sqrt(a), np.add(y, a), y > a, a == y]
    found += [np.where(a > 1, a, y), ma.where(a > 1, a, y), np.mean(a), ma.median(a)]
    found += [
        ma.concatenate([a, y]),
        a[a > 1],
        a[0],
        a[1],
        y[a.mask],
        a.tolist(),
        y / a,
    ]
    found += [ma.average(a, weights=y), np.average(y, weights=n), a.reshape(5, 1) + y]
    found += [
        a.dot(y),
        np.clip(a, 0, 1),
        np.sort(a),
        np.diff(a),
        ma.masked_where(y > 5, y),
    ]
    shared = ma.array(y, mask=[0, 1, 0, 0, 0], copy=False)
    shared[0] = 9
    shared[2] = ma.masked
    shared += 1
    shared *= y
    y += 1
    shared[3:] = y[3:]
    y[...] = shared.filled(-1)
    y[shared.mask] = 0
    return found, shared, y, np.shares_memory(shared, y)


def mapped_files(x, n, path):
    m = np.memmap(path, "f8", "w+", shape=(5,))
    m[:] = x
    m += n
    m[1:3] *= 2
    y = m + x
    plain = x * 1
    plain += m
    np.copyto(m, plain)
    np.add(x, m, out=m)
    m[n > 3] = 0
    m.flush()
    read = np.memmap(path, "f8", "r")
    found = [
        y,
        x + m,
        m.sum(),
        m[0],
        np.sqrt(np.abs(m)),
        m.copy(),
        np.where(m > 1, m, x),
    ]
    found += [np.concatenate([m, x]), m @ x, m[n > 1], read * x, np.asarray(m) + 1]
    kinds = [type(v).__name__ for v in (*found, m, m[1:], read)]
    refused = attempt(operator.iadd, read, 1)
    # Without the maps: their files are of each call.
    return [np.array(v) for v in found], plain, kinds, refused, np.fromfile(path)


def tagged(x, n):
    t, y = Tagged(x, "hi"), x * 2
    found = [
        t + y,
        y + t,
        t * 2,
        np.sqrt(np.abs(t)),
        t[1:],
        t[0],
        t.sum(),
        np.sum(t),
        t.T,
    ]
    found += [
        t.reshape(5, 1),
        t.copy(),
        np.add(y, t),
        np.where(t > 1, t, y),
        t.mean(),
        -t,
    ]
    found += [np.concatenate([t, y]), t.view(np.ndarray) + y, np.asarray(t) + y, t > y]
    found += [np.array(t, subok=True), np.zeros_like(t), np.zeros_like(t, subok=False)]
    found += [np.copy(t), np.broadcast_to(t, (2, 5), subok=True), y.view(Tagged), t @ y]
    found += [(y + 1).view(type=Tagged), t.astype(np.float32), t[n > 2], np.dot(y, t)]
    found += [np.cumsum(t), t.round(), np.stack([t, t]), np.take(t, [0, 1]), np.diff(t)]
    t += y
    y += t
    t[1:] = y[1:]
    y[0] = t[1]
    np.add(t, y, out=y)
    view = y.view(Tagged)
    view += 1
    view[n > 2] = 0
    y *= 2
    return found, t, y, view, view.base is y, [getattr(v, "tag", 0) for v in found]


def overriding(x, n):
    a, f, w, y = (x * 1).view(Unwrapping), x.view(Summing), x.view(Wrapping), x + 1
    found = [a + y, y + a, np.add(y, a), np.add.reduce(a), a.sum(), np.sum(a), y > a]
    found += [np.add.outer(y, a), np.sum(f), np.mean(f), np.concatenate([y, f]), f + y]
    found += [
        np.sum(y),
        np.stack([y, f]),
        w + y,
        y + w,
        np.sqrt(w * w),
        w.sum(),
        np.round(w),
    ]
    y += a
    a += y
    np.add(y, y, out=a)
    a[0] = y[1]
    return found, y, a


def ducks(x, n):
    d, y = Duck(x * 1), x + 1
    found = [
        y + d,
        np.add(y, d).a,
        np.asarray(d) + y,
        np.sum(d).a,
        np.concatenate([d, y]),
    ]
    found += [y * Refusing(), attempt(np.add, y, Refusing())]
    return [*found, attempt(operator.add, y, Refusing()), np.multiply(y, d).a]


# Casts between all of them -----------------------------------------------------------


OTHERS = ["O", "U8", "S8", "M8[s]", "m8[ms]", "g", ">f8", ">i4", "V8", "f8,i4", "T"]


def casts(x, n):
    found = []
    for dtype in OTHERS:
        for a in (x * 2, n + 1, n > 2, x.astype(np.float32)):
            held = np.empty(a.shape, dtype)
            found.append(attempt(lambda a=a, d=dtype: a.astype(d).astype(a.dtype) + a))
            found.append(attempt(operator.setitem, held, ..., a))
            found.append(attempt(operator.setitem, a, ..., held))
            found += [a, np.can_cast(a.dtype, dtype)]
            for op in (operator.add, operator.mul, operator.lt, operator.eq):
                found.append(attempt(op, a, held))
                found.append(attempt(op, held, a))
            found.append(attempt(np.concatenate, [a, held]))
            found.append(attempt(np.where, a == a, a, held))
    return found


# As users write it -------------------------------------------------------------------


def table_of_results(x, n):
    """Names, dates and numbers in one function."""
    names = np.array(["ann", "bob", "cid", "dan", "eve"])
    dates = np.datetime64("2024-01-01") + n * 30
    score = x * 2 + n
    order = np.lexsort((names, -score))
    month = dates.astype("M8[M]")
    totals = {str(m): score[month == m].sum() for m in np.unique(month)}
    table = np.rec.fromarrays([names, dates, score], names="name,date,score")
    table.sort(order="score")
    best = table[table.score > table.score.mean()]
    lines = [f"{r.name}: {r.score:.2f}, {r.date}" for r in table]
    days = (dates - dates.min()) / np.timedelta64(1, "D")
    late = np.where(days > 50, names, "-")
    score[names == "bob"] = 0
    score *= 2
    return (
        names[order][:2],
        dict(zip(names, score, strict=True)),
        totals,
        best,
        lines,
        late,
    )


PROGRAMS = [
    objects,
    texts,
    variable_texts,
    times,
    long_doubles,
    swapped_bytes,
    unaligned,
    records,
    record_arrays,
    voids,
    matrices,
    masked,
    tagged,
    overriding,
    ducks,
    casts,
    table_of_results,
]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_beside_accelerated_arrays(program):
    assert_parity(program, X, N, modes=["host"], calls=2)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_beside_compiled_programs():
    assert_together(PROGRAMS, X, N, modes=["jit"], calls=1, expect_xla=True)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_mapped_files(mode, tmp_path):
    path = str(tmp_path / "x")
    assert_parity(mapped_files, X, N, path, modes=[mode], calls=1)
