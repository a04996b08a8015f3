"""Programs that hand arrays to the standard library and to other libraries.

Each takes one float64 array of shape (4, 3); `LIBRARIES` names what its programs need.
"""

import array
import bisect
import collections
import concurrent.futures
import copy
import csv
import ctypes
import dataclasses
import decimal
import fractions
import functools
import hashlib
import heapq
import io
import json
import logging
import math
import multiprocessing
import pickle
import queue
import random
import sqlite3
import statistics
import string
import struct
import tempfile
import textwrap
import threading
import zlib

import numpy as np

import npjit

# -- The standard library ------------------------------------------------------------


def to_json(x):
    y = x * 2
    y[0, 0] = 0.5
    text = json.dumps({"rows": y.tolist(), "total": float(y.sum()), "n": y.shape[0]})
    try:
        json.dumps({"y": y})
    except TypeError as error:
        return text, str(error), json.loads(text)["rows"][0]
    return text


def json_default(x):
    def encode(value):
        if isinstance(value, np.ndarray):
            return (value + 1).tolist()
        return value.item()

    return json.dumps({"x": x + 1, "s": x.astype(np.int64).max()}, default=encode)


def decimals_and_fractions(x):
    y = np.abs(x) + 0.25
    exact = decimal.Decimal(float(y[0, 0])) * 2
    part = fractions.Fraction(float(y[0, 1])) + fractions.Fraction(1, 3)
    kept = np.array([exact, part], dtype=object)
    return exact, part, kept * 2, decimal.Decimal(y[0, 2].item()), y * int(part + 1)


def sqlite_rows(x):
    y = x + 1
    base = sqlite3.connect(":memory:")
    base.execute("create table t (i integer, v real, b blob)")
    rows = [(i, float(row.sum()), row.tobytes()) for i, row in enumerate(y)]
    base.executemany("insert into t values (?, ?, ?)", rows)
    base.create_function("shifted", 1, lambda v: v + float(y[0, 0]))
    found = base.execute("select shifted(v), b from t order by i").fetchall()
    base.close()
    return [v for v, _ in found], [np.frombuffer(b) * 2 for _, b in found]


def copies(x):
    y = x * 2
    held = {"y": y, "rows": [y[0], y[1]], "pair": (y, y.sum())}
    deep, flat = copy.deepcopy(held), copy.copy(held)
    y += 1
    deep["y"] *= 3
    flat["rows"][0][0] = 7.0
    return held, deep, flat, copy.copy(y[0]), copy.deepcopy([y, y])


def pickles(x):
    y = x[1:] + 1
    view = y.T
    loaded, same = pickle.loads(pickle.dumps((view, [y, y], y.sum()), protocol=5)), y
    y *= 2
    buffers = []
    data = pickle.dumps(y, protocol=5, buffer_callback=buffers.append)
    return loaded, pickle.loads(data, buffers=[b.raw() for b in buffers]) + 1, same


def struct_and_buffers(x):
    y = (x * 10).astype(np.int32)
    packed = struct.pack("3i", *y[0])
    into = bytearray(24)
    struct.pack_into("<2d", into, 0, x[0, 0], float(x[0, 1]))
    view = memoryview(y + 1)
    kept = array.array("d", x[0])
    back = np.frombuffer(kept) * 2
    written = np.zeros(3)
    memoryview(written).cast("B")[:8] = struct.pack("d", 2.5)
    return packed, bytes(into), view.tolist(), kept.tolist(), back, written + x[0]


def hashes(x):
    y = x + 1
    digest = hashlib.sha256(y).hexdigest()
    y[0] = 0.0
    again = hashlib.md5(np.ascontiguousarray(y.T)).hexdigest()
    return digest, again, zlib.crc32(y[1].tobytes()), zlib.adler32(y)


def csv_and_files(x):
    y = x * 2
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(y)
    writer.writerow([y.sum(), y.shape])
    with tempfile.TemporaryFile() as file:
        np.save(file, y)
        file.seek(0)
        loaded = np.load(file)
    saved = io.BytesIO()
    np.savetxt(saved, y[0])
    return text.getvalue(), loaded + 1, np.loadtxt(io.BytesIO(saved.getvalue()))


def statistic(x):
    y = x[0] + x[1]
    return (
        statistics.mean(y.tolist()),
        statistics.fmean(y),
        statistics.median(y),
        statistics.pstdev([float(v) for v in y]),
        math.fsum(y),
        math.dist(x[0], x[1]),
        math.hypot(*y),
        math.prod(y),
    )


def shuffled(x):
    source = random.Random(3)
    rows = [row * 2 for row in x]
    source.shuffle(rows)
    rows[0][:] = 0.0
    picked = source.choice(rows)
    picked += 1
    some = source.sample(range(10), 3), source.choices(rows, weights=x[:, 0] ** 2, k=2)
    return rows, picked, some, source.uniform(x[0, 0], x[0, 1])


class _Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


def logged(x):
    logger, handler = logging.Logger("quiet"), _Lines()
    logger.addHandler(handler)
    y = x * 2
    logger.warning("sum %s of %r", y.sum(), y[0])
    y[0] = 1.0
    logger.warning("now %.3f %s", y.sum(), y)
    return handler.lines, y


def heaps_and_bisection(x):
    y = x.ravel() * 3
    heap = []
    for i, v in enumerate(y):
        heapq.heappush(heap, (v, i))
    smallest = [heapq.heappop(heap) for _ in range(3)]
    ordered = sorted(y)
    place = bisect.bisect(ordered, y[2]), bisect.bisect_left(np.sort(y), float(y[3]))
    bisect.insort(ordered, y[0] + 0.5)
    merged = list(heapq.merge(np.sort(x[0]), np.sort(x[1])))
    return smallest, place, ordered, merged, heapq.nlargest(2, y), heap


def foreign_functions(x):
    y = (x + 1).copy()
    pointer = y.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    y *= 2
    first = pointer[0]
    pointer[1] = 9.0
    total = (ctypes.c_double * 3)(*y[0])
    ctypes.memmove(y[1].ctypes.data, y[0].ctypes.data, 3 * 8)
    taken = np.ctypeslib.as_array(total) + 1
    return first, y, list(total), taken


def threads_and_closures(x):
    y, out, results = x + 1, {}, queue.Queue()
    x *= 2

    def work(i):
        out[i] = (y[i] * x[i]).sum()
        results.put(y[i] + 1)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    y += 1
    return [out[i] for i in range(4)], sorted(results.get()[0] for _ in threads), y


def executors(x):
    y = x * 2
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        sums = list(pool.map(lambda row: row.sum() + y[0, 0], y))
        later = pool.submit(np.add, y, 1)
        done = pool.submit(lambda: y @ y.T)
    y[0] = 5.0
    return sums, later.result(), done.result() * 2, y


def square_of(row):
    return (row * row).sum()


def processes(x):
    # The pipes of another process; a pool of them takes a second to start.
    data = pickle.dumps((square_of, [row + 1 for row in x]))
    function, rows = pickle.loads(data)
    return [function(row) for row in rows]


@functools.lru_cache(maxsize=8)
def _window(size, kind):
    return np.hanning(size) if kind == "hann" else np.ones(size)


@functools.singledispatch
def _size_of(value):
    return 0


@_size_of.register
def _(value: np.ndarray):
    return value.size + value.sum()


@_size_of.register
def _(value: float):
    return value


def cached_and_dispatched(x):
    y = x * _window(x.shape[1], "hann")
    y += _window(x.shape[1], "box")
    return (
        y,
        _size_of(y),
        _size_of(x.sum()),
        _size_of("no"),
        _window.cache_info().maxsize,
    )


@dataclasses.dataclass
class _State:
    u: np.ndarray
    t: float = 0.0
    log: list = dataclasses.field(default_factory=list)


def records(x):
    state = _State(x + 1)
    state.log.append(state.u.sum())
    other = dataclasses.replace(state, t=2.0)
    other.u[0] = 0.0
    counts = collections.Counter(np.sign(x).astype(int).ravel().tolist())
    chained = collections.ChainMap({"a": x[0]}, {"b": x[1] * 2})
    return dataclasses.asdict(state), other.t, dict(counts), chained["b"] + 1, state


def formatted(x):
    y = x * 2
    name = string.Template("$total").substitute(total=round(float(y.sum()), 6))
    text = textwrap.fill(str(y[0]), 20)
    return name, text, f"{y.sum():.3f} {y[0]!r:>30}", format(y[0, 0], "08.3f"), str(y.T)


STANDARD = [
    *(to_json, json_default, decimals_and_fractions, sqlite_rows, copies, pickles),
    *(struct_and_buffers, hashes, csv_and_files, statistic, shuffled, logged),
    *(heaps_and_bisection, foreign_functions, threads_and_closures, executors),
    *(processes, cached_and_dispatched, records, formatted),
]


def pool_of_processes(x):
    rows = [row + 1 for row in x]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sums = pool.map(square_of, rows)
        later = pool.apply_async(np.multiply, (x, 2))
        return np.array(sums) + x[0, 0], later.get() + 1


# -- Other libraries -----------------------------------------------------------------
# Each program imports its library: none of them need be there.


def numba_functions(x):
    import numba

    @numba.njit
    def total(a, scale):
        found = 0.0
        for i in range(a.shape[0]):
            found += a[i, 0] * scale
        return found

    @numba.vectorize(["float64(float64, float64)"])
    def mixed(a, b):
        return a * 2 + b

    @numba.guvectorize(["(float64[:], float64[:])"], "(n)->(n)")
    def running(a, out):
        total = 0.0
        for i in range(a.shape[0]):
            total += a[i]
            out[i] = total

    y = x + 1
    first = total(y, 2.0) + total(x.T.copy(), y[0, 0])
    y[0] = mixed(y[1], x[0])
    y += 1
    return first, y, running(y) * 2, mixed(y, 1.0), mixed.reduce(y[0])


def numba_writes(x):
    import numba

    @numba.njit
    def fill(a, row):
        for j in range(a.shape[1]):
            a[row, j] = j * 1.5
        return a[row]

    y = x * 2
    row = fill(y, 1)
    y += 1
    row *= 2
    fill(x, 0)
    return y, row, x + y


def pandas_frames(x):
    import pandas as pd

    y = x * 2
    frame = pd.DataFrame(y + 1, columns=list("abc"))
    y[0] = 0.0
    frame["d"] = frame["a"] * x[:, 0] + y[:, 1]
    means = frame.groupby(np.sign(x[:, 1])).mean()
    applied = frame[["a", "b"]].apply(lambda c: c - c.mean() + y[0, 0])
    series = pd.Series(y[1], index=list("pqr"))
    window = frame["d"].rolling(2).mean().to_numpy()
    doubled = np.sqrt(np.abs(frame.to_numpy())) * 2
    return means.to_numpy(), applied.values + 1, series["q"], window[1:], doubled


def pandas_with_arrays(x):
    import pandas as pd

    series = pd.Series(x[:, 0])
    y = x[:, 1] * 2
    both = (series + y).to_numpy(), np.add(y, series).to_numpy(), (y * series).sum()
    return both, np.exp(series).to_numpy() + y, series.values.max()


def sklearn_models(x):
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    y = x @ np.array([1.0, 2.0, 3.0]) + 1
    model = LinearRegression().fit(x, y)
    chain = make_pipeline(
        StandardScaler(), FunctionTransformer(lambda a: a + y[0]), Ridge(0.1)
    )
    chain.fit(x * 2, y)
    groups = KMeans(2, n_init=1, random_state=0).fit_predict(np.vstack([x, x + 9]))
    y += 1
    return model.coef_ + y[:3], chain.predict(x), groups, model.score(x, y)


def sklearn_metrics(x):
    from sklearn import metrics
    from sklearn.decomposition import PCA

    y = x + 0.5
    close = metrics.mean_squared_error(x, y), metrics.r2_score(x[:, 0], y[:, 0])
    distances = metrics.pairwise_distances(y, metric=lambda a, b: np.abs(a - b).sum())
    return close, distances, PCA(2).fit(y).explained_variance_


def pictures(x):
    from PIL import Image

    grey = (np.clip(np.abs(x), 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(grey)
    turned = np.asarray(image.rotate(90, expand=True)) + np.uint8(1)
    big = np.array(image.resize((6, 8), Image.Resampling.NEAREST))
    big[0] = 7
    colours = Image.fromarray(np.stack([grey] * 3, axis=-1)).convert("L")
    return turned, big, np.asarray(colours).mean(), image.getpixel((0, 0))


def plots(x):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    y = np.abs(x) + 1
    figure = Figure(figsize=(1, 1), dpi=20)
    axes = figure.subplots()
    (line,) = axes.plot(y[:, 0], y[:, 1])
    y *= 2
    shown = axes.imshow(y, aspect="auto")
    counts, edges, _ = axes.hist(x[:, 2], bins=3)
    axes.set_xlim(0, float(y.max()))
    text = io.BytesIO()
    figure.savefig(text, format="raw")
    pixels = np.frombuffer(text.getvalue(), np.uint8)
    return line.get_ydata() + 1, shown.get_array().sum(), counts, edges, pixels.shape


def tensors(x):
    import torch

    y = x * 2
    shared = torch.from_numpy(y)
    shared += 1
    y[0] = 5.0
    copied = torch.tensor(x[1]).numpy() * 2
    weights = torch.ones(3, dtype=torch.float64, requires_grad=True)
    loss = ((shared @ weights) ** 2).sum()
    loss.backward()
    back = shared.numpy()
    back += 1
    return (
        y,
        copied,
        weights.grad.numpy() + 1,
        loss.item(),
        torch.as_tensor(y).sum().item(),
    )


def scipy_special(x):
    from scipy import special

    y = np.abs(x) + 1
    out = np.zeros_like(y)
    special.gammaln(y, out=out)
    out += special.erf(x) * special.jv(0, y)
    return out, special.expit(x[0]), special.comb(5, 2), special.softmax(y, axis=0)


def scipy_compiled(x):
    from scipy import fft, interpolate, linalg, ndimage, sparse, spatial

    a = x.T @ x + np.eye(3)
    b = np.ones(3) + x[0]
    solved = linalg.solve(a, b, assume_a="pos")
    a += 1
    smooth = ndimage.gaussian_filter(x, 1.0) + ndimage.sobel(x)
    matrix = sparse.csr_array(np.where(x > 0, x, 0.0))
    product = matrix @ b + matrix.sum(axis=1)
    tree = spatial.KDTree(x).query(b)
    line = interpolate.make_interp_spline(np.arange(4.0), x, k=1)(1.5)
    return solved, linalg.lu_factor(a)[0], smooth, product, tree, line, fft.rfft(x[0])


def scipy_optimize(x):
    from scipy import optimize

    a, target = x.T @ x + np.eye(3), x[0] * 1.0
    calls = []

    def cost(v):
        calls.append(v.copy())
        return ((a @ v - target) ** 2).sum()

    def slope(v):
        return 2 * a.T @ (a @ v - target)

    found = optimize.minimize(cost, np.zeros(3), jac=slope, method="BFGS")
    target += 1
    root = optimize.root(lambda v: a @ v - target, np.zeros(3)).x
    fitted, _ = optimize.curve_fit(lambda t, p, q: p * t + q, x[:, 0], x[:, 0] * 2 + 1)
    types = {type(v) for v in calls}
    return np.round(found.x, 4), np.round(root, 6), np.round(fitted, 6), len(types)


def scipy_accelerated_cost(x):
    from scipy import optimize

    cost = npjit.accelerate(lambda v: ((v - x[0]) ** 2).sum() + 1, mode="host")
    found = optimize.minimize(cost, np.zeros(3), method="Nelder-Mead")
    return np.round(found.x, 2), optimize.brentq(lambda t: t - x[1, 1], -5.0, 5.0)


def scipy_integrate(x):
    from scipy import integrate

    rate, seen = np.abs(x[0]) + 0.5, []

    def velocity(t, u):
        seen.append(type(u))
        return -rate * u + t

    def stops(t, u):
        return u[0] - 0.5

    stops.terminal = True
    found = integrate.solve_ivp(velocity, (0.0, 0.5), x[1] + 1, events=[stops])
    area, _ = integrate.quad(lambda t: float((rate * t).sum()), 0.0, 1.0)
    path = integrate.odeint(lambda u, t: -rate * u, x[2], np.linspace(0.0, 1.0, 3))
    return found.y[:, -1], area, path, set(seen) == {np.ndarray}


def scipy_python(x):
    from scipy import integrate, optimize, signal, stats

    a = np.abs(x[0]) + 1
    roots = optimize.newton(lambda v: v**3 - a, a, fprime=lambda v: 3 * v * v)
    y = signal.detrend(x, axis=0) * signal.windows.hann(3)
    area = integrate.simpson(x, axis=0), integrate.cumulative_trapezoid(x[:, 0])
    tested = stats.ttest_ind(x[0], x[1]), stats.pearsonr(x[0], x[1] + 1).statistic
    scores = stats.zscore(x, axis=0), stats.skew(x, axis=1), stats.rankdata(x[0])
    return (
        optimize.rosen(x[0]),
        optimize.rosen_der(x[0]),
        roots,
        y,
        area,
        tested,
        scores,
    )


SCIPY = [
    *(scipy_special, scipy_compiled, scipy_optimize, scipy_accelerated_cost),
    *(scipy_integrate, scipy_python),
]
LIBRARIES = {
    "numba": [numba_functions, numba_writes],
    "pandas": [pandas_frames, pandas_with_arrays],
    "sklearn": [sklearn_models, sklearn_metrics],
    "PIL": [pictures],
    "matplotlib": [plots],
    "torch": [tensors],
    "scipy": SCIPY,
}
