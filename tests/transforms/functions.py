"""Functions of NumPy with derivatives: name, function of one array, array.

`FUNCTIONS` are all of them, `WHOLE` those that need no values: JAX compiles them.

The arrays keep away from the points where a function has no derivative.
"""

import copy
import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

_rng = np.random.default_rng(7)
V = np.array([0.3, -0.7, 0.45, 0.9, -0.2, 0.62])
P = np.array([0.3, 0.7, 1.45, 2.9, 0.2, 1.62])
M = np.array([[0.5, -0.3, 0.8], [0.1, 0.9, -0.4], [-0.7, 0.2, 0.6]])
S = M @ M.T + 2 * np.eye(3)
T = _rng.uniform(-1, 1, (2, 3, 4))
INDEX = np.array([2, 0, 2, 5])
ROWS = np.array([2, 0])


def in_place(x):
    y = np.zeros(6)
    y[1:] = x[:-1] * 2
    y[0] += x[5] * y[1]
    y *= x
    return y


def views(x):
    y = x.copy()
    row = y.reshape(2, 3)[1]
    row += y[:3] ** 2
    y[::-2] -= row[::-1]
    return y


def rows_and_columns(m):
    a = m.copy()
    for i in range(1, 3):
        a[i] -= a[i - 1] * m[i, 0]
        a[:, i] *= 0.5
    return a.T


def masks(x):
    y = x.copy()
    y[x > 0.4] = (x[x > 0.4]) ** 2
    y[y < 0] *= 3
    return y


def masked_sum(x):
    return x[x > 0].sum() * x[x < 0].mean()


def scattered(x):
    y = np.zeros(4)
    np.add.at(y, np.array([1, 1, 3, 0, 2, 1]), x**2)
    return y


def by_columns(m):
    out = np.empty((3, 3))
    for j in range(3):
        out[:, j] = np.cumsum(m[:, j]) / (1 + j)
    return out


def branches(x):
    if x.sum() > 1:
        return x**2
    return x**3


def loops_until(x):
    y, n = x, 0
    while np.abs(y).max() > 0.1 and n < 20:
        y = y * 0.6 + 0.01 * y**2
        n += 1
    return y * n


def through_diagonals(m):
    a = m @ m
    np.fill_diagonal(a, np.diag(m) ** 3)
    return a + np.diag(a.sum(axis=0)) + np.trace(m)


def runge_kutta(y):
    def slope(y):
        return np.array([y[1], -np.sin(y[0]) - 0.1 * y[1]])

    y = y[:2]
    for _ in range(4):
        k1 = slope(y)
        k2 = slope(y + 0.05 * k1)
        y = y + 0.1 * k2
    return y


def network(x):
    hidden = np.tanh(x.reshape(2, 3) @ M)
    logits = hidden - hidden.max(axis=1, keepdims=True)
    return np.log(np.exp(logits).sum(axis=1))


def kalman(x):
    state, spread = 0.0, 1.0
    for z in x:
        gain = spread / (spread + 0.5)
        state = state + gain * (z - state)
        spread = (1 - gain) * spread + 0.1
    return state


def with_nan(x):
    y = x.copy()
    y[[1, 4]] = np.nan
    return y


def put_and_placed(x):
    y = x.copy()
    np.put(y, [1, 3], x[:2] * 3)
    np.place(y, np.array([1, 0, 1, 0, 0, 1], bool), x[:2] ** 2)
    np.putmask(y, x > 0.4, x**3)
    np.copyto(y[::2], x[1::2] * 2, where=x[::2] > 0)
    return y * x


def put_along_axis(m):
    y = np.zeros((3, 3))
    np.put_along_axis(y, np.argmax(m, 1)[:, None], m.sum(1)[:, None], 1)
    return y


def masked_view(m):
    y = m.copy()
    columns = y.T[1:]
    columns[columns < 0] = (m.T[1:] ** 2)[columns < 0]
    return y


def ufuncs_at(m):
    y = np.ones((3, 3))
    np.multiply.at(y, [0, 2, 0], m)
    np.subtract.at(y, 0, m[1])
    np.maximum.at(y[1], [0, 1, 2, 0], m.ravel()[:4])
    return y


class Layer:
    def __init__(self, rate=0.5):
        self.rate = rate

    def __call__(self, x):
        self.inside = x * self.rate
        return self.outside()

    def outside(self):
        return np.tanh(self.inside) * self.inside.sum()


def generated(x):
    products = (a * b for a, b in itertools.pairwise(x))
    return sum(products) + np.array([a**2 for a in x[::-2]])


def without_axes(x):
    a, b = np.array(2.0), np.array(0.0)
    a = a * x[0]
    b[...] = x[1]
    b += a
    return b * a


def spread_writes(x):
    y = np.zeros((3, 6))
    y[:] = x
    y[1] += x[2]
    y[:, 2] *= x[:3]
    y *= x
    return y


def through_complex(x):
    z = np.exp(1j * x)
    z[1:] *= z[:-1]
    z.real[2] += x[0]
    z.imag[:2] = x[::-1][:2]
    return np.abs(z + 1) ** 2 + np.angle(z + 3) + np.sum(z).imag


def parts_of_memory(x):
    z = x.view(np.complex128) ** 2
    z.view(np.float64)[::2] *= x[:3]
    return z.view(np.float64)


def complex_quotients(x):
    z = x * 1j
    return (1 / z).imag + ((x + 1) / (z + 3j)).imag + np.reciprocal(z).imag


def logs_of_selected(x):
    y = np.zeros(6)
    positive = x > 0.1
    y[positive] = np.sqrt(x[positive] - 0.1) * x[0]
    places = np.nonzero(positive)
    y[places] += np.log(x[places])
    return y + np.log(x[positive]).sum()


def computed_where(x):
    divisor = x * (x > 0.1)
    y = np.divide(x + 1, divisor, out=np.zeros(6), where=divisor != 0)
    return y + np.log(x, out=np.zeros(6), where=x > 0.1)


def of_low_rank(m):
    a = m.copy()
    a[2] = a[0] + a[1]
    return np.linalg.norm(a, 2) + np.linalg.svdvals(a)[:2]


def singular(m):
    a = m.copy()
    a[2] *= 0
    return np.linalg.det(a) + np.linalg.det(m - 0.5 * np.eye(3))


def pieces(x):
    above = x > 0.4
    functions = [np.square, lambda v: v * x[0], lambda v: np.exp(v) + x.sum()]
    return np.piecewise(x, [x < 0, above], functions) + np.piecewise(
        x, above, [lambda v, k: v**k, 2.0], 3
    )


def piece_of_a_number(x):
    return np.piecewise(x[0], [x[0] < 0, x[0] >= 0], [lambda v: -v, lambda v: v**2]) * x


def along_axes(t):
    first = np.apply_along_axis(lambda v: np.outer(v, v) * t[0, 0, 0], 1, t)
    return first.sum(axis=0) + np.apply_along_axis(np.prod, 0, t).sum()


def hypotenuse(a, b=1.0):
    return math.hypot(a, b) * math.exp(a) + math.log(b + 2, 3)


def vectorized(x):
    spread = np.vectorize(hypotenuse)(x[:, None], b=x[:3])
    fixed = np.vectorize(np.polyval, excluded=[0])(x[:3], x[3:])
    return spread * fixed * np.vectorize(np.dot, signature="(n),(n)->()")(x, x)


def vectorized_with_branches(x):
    split = np.vectorize(lambda a: (a**2, 3 * a) if a > 0 else (a, a**3))
    return split(x)[0] * split(x)[1]


def elements_of_flat(m):
    total = sum(a * m.T.flat[i] for i, a in enumerate(m.T.flat))
    pairs = sum((i - j) * a**2 for (i, j), a in np.ndenumerate(m))
    return total * np.array(m.flat) * pairs * m.flat[[1, 5, 1]].prod()


def writes_to_flat(m):
    a = m.copy()
    a.T.flat[1:4] = m[0] ** 2
    a.flat[[0, 8]] = m[1, 1]
    b = np.zeros((3, 3))
    b.flat = m.T
    return a * b


def from_functions(x):
    table = np.fromfunction(lambda i, j: x[0] ** i + j, (3, 6))
    return table * np.fromiter((a**2 for a in x), float, len(x))


def divided(x):
    return np.concatenate(np.polydiv(x, x[1:3]))


def roots(x):
    return np.sort(np.roots([1.0, x[0], x[1]]).real)


def eigenvectors(m):
    values, vectors = np.linalg.eig(m)
    order = np.argsort(values.real)
    rotated = np.linalg.eig(np.triu(m) + np.diag([0, 1, 3]))[1]
    return np.abs(vectors[:, order]) * values.real[order] + rotated.real**2


def padded(m):
    modes = ("edge", "linear_ramp", "maximum", "mean", "median", "minimum", "wrap")
    rings = [np.pad(m**2, ((1, 1), (2, 0)), mode=mode) for mode in modes]
    odd = np.pad(m, ((1, 1), (2, 0)), "reflect", reflect_type="odd")
    return sum(rings) + odd + np.pad(m, ((1, 1), (2, 0)), constant_values=m[0, 0])


def windows(x):
    y = x.copy()
    seen = sliding_window_view(y, 3)
    copied = seen.reshape(-1) * 2
    y[2] = x[0] * 5
    return seen.max(axis=1) * (seen.T @ seen)[0, 1] * copied[:4] + seen[2, ::2].sum()


def windows_of_views(m):
    seen = sliding_window_view(m.T, (2, 2))
    return np.einsum("ijkl,kl->ij", seen, m[:2, :2]) * as_strided(m, (2,), (32,))


def written_twice(m):
    a = m.copy()
    a[[0, 0, 2]] = m**2
    a[[1, 1], [1, 1]] = m[0, :2]
    a[:, [2, 0, 2]] += m[0]
    return a * m


def by_known_masks(m):
    rows = np.array([True, False, True])
    columns = m[:, rows]
    columns[rows] = m[:2, 1:] ** 2
    return (m[rows] ** 2 + 1) @ m[0] + np.sort(columns, axis=0)[1]


def by_masks(x):
    some = x[x > 0] * 2
    if x.sum() > 0:
        some = some + 1
    rest = x[x <= 0.35]
    return np.concatenate([some, rest]) * (some @ np.arange(4.0)) * len(rest) + rest[1]


def uniques(x):
    y = np.concatenate([x[:3], x[:3], [1.0]])
    values, first, back, counts = np.unique(y, True, True, True)
    return values[back] * y[first].sum() * counts[back]


def numbers_of_python(x):
    a, b = float(x[0]), x[3].item()
    c = complex(x[1], 2).imag * round(x[4], 2) + math.sin(a) * math.atan2(b, a)
    return np.array([c * y for y in x.tolist()]) * x.item(1)


def special_numbers(x):
    a, b = float(x[0]), float(x[3])
    found = [math.erf(a), math.erfc(b), math.gamma(a + 2), math.lgamma(b + 3)]
    found += [math.fsum(x), math.fsum([a, b * b]), math.dist(x[:2], (b, a))]
    found += [math.remainder(a, b * 2), math.ldexp(a, 3), *math.modf(a * 3.3)]
    return np.array(found)


def numbers_that_are_known(x):
    n = int(x[3] * 10.5) + math.floor(x[0] * 15) + round(x[5])
    is_same = math.isclose(x[2], x[2] + 1e-12)
    return x**n if x[0] and is_same and not math.isnan(x[1]) else x


def texts(x):
    text = f"{x[0]:.3f} {x} {x[1]!r}" + " %g" % x[2]  # noqa: UP031 - it is tested
    return x ** len(text.split())


def sorted_in_place(m):
    a, b = m.copy(), m.ravel().copy()
    a.sort(axis=0)
    b.partition(4)
    order = m.ravel().argsort(), m.ravel().argpartition(4)
    return a * m.ravel()[order[0]][4] + m.ravel()[order[1]][4] * b[4]


def histograms(x):
    in_two = np.histogram2d(P, P[::-1], bins=2, weights=x)[0]
    in_many = np.histogramdd([P, P[::-1]], bins=2, weights=x**2)[0]
    return in_two * in_many + np.histogram_bin_edges(x, 3)[1:3]


def complex_powers(x):
    z = x + 1j
    return (z**2.5).real + (z**-2).imag + (P ** (1j * x)).real + (z[0] ** x).imag


def complex_circles(x):
    z = x + 0.3j
    return (np.sin(z) * np.arctan(z) + np.tanh(z) / np.log10(z + 2)).imag


def sums_of_products(m):
    parts = np.einsum("ii->i", m) * np.einsum(m, [0, 1], m, [1, 2], [0])
    return parts + np.linalg.multi_dot([m, m, m, m[0]])


def moments(m):
    weights = {"fweights": [1, 2, 3], "aweights": m[0] ** 2}
    spread = m.std(axis=0, mean=m.mean(axis=0)) * np.var(m, mean=0.2, ddof=1)
    return np.cov(m, **weights) * spread + np.corrcoef(m)


def slopes(m):
    by_rows, by_columns = np.gradient(m**2, 0.5, [0.0, 1.0, 3.0])
    places = np.cumsum(m[0] ** 2)
    return by_rows * by_columns + np.gradient(m, places, axis=1, edge_order=2)


def places(x):
    bins = P[np.digitize([0.1, 0.4], np.sort(x))]
    row, column = np.unravel_index(np.nanargmax(with_nan(x)), (2, 3))
    middle = np.quantile(P, x[0]) * np.nanmean(with_nan(x))
    return bins * x.reshape(2, 3)[row, column] * middle


def shaped(x):
    a, b = np.broadcast_arrays(x, np.ones((2, 1)))
    ends = np.ediff1d(x**2, to_begin=x[0], to_end=[1.0, 2.0])
    return (a * b).sum() * ends + np.diagflat(x[:4].reshape(2, 2), 1).sum()


def polynomials(x):
    p, q = np.poly1d(x[:3]), np.poly1d(x[3:])
    quotient, rest = p**2 / q
    first = (p * q + 2 * p - 1).deriv().integ(k=x[0])(x) * quotient(0.5) + rest[0]
    r = np.polynomial.Polynomial(x[:3])
    s = np.polynomial.Chebyshev(x)
    return first * r.deriv()(0.3) + s.integ()(x) * (2 * r + 1).coef[1]


def polynomials_by_values(x):
    p, q = np.polynomial.Polynomial(x), np.polynomial.Polynomial(x[:2])
    fitted = np.polynomial.Polynomial.fit(np.sort(x), P, 2)
    rest = (p % q).coef[0] + (p * q - q).roots().real.sum()
    return fitted(x) * rest + np.polynomial.polynomial.polyvander(x, 2).sum()


def pivots(m):
    a = m.copy()
    for k in range(2):
        best = k + np.argmax(np.abs(a[k:, k]))
        a[[k, best]] = a[[best, k]]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a


def copies_of_objects(x):
    layer = Layer()
    layer.rate = x[1] * 2
    other = copy.deepcopy([layer, {"x": x}])
    other[0].rate *= 3
    other[1]["x"] += 1
    return layer(x) * other[0](x) * other[1]["x"]


def scale_chosen_by_values(x):
    return np.emath.sqrt(x).imag + np.real_if_close(np.emath.log(x**2 + 0j))


ELEMENTWISE = [
    *(np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh),
    *(np.arcsin, np.arccos, np.arctanh, np.exp, np.exp2, np.expm1, np.square),
    *(np.negative, np.positive, np.absolute, np.fabs, np.reciprocal, np.cbrt),
    *(np.deg2rad, np.degrees, np.sinc, np.nan_to_num, np.conjugate, np.real),
]
OF_POSITIVE = [
    *(np.log, np.log2, np.log10, np.log1p, np.sqrt),
]
ABOVE_ONE = [np.arccosh]

Z = np.array([0.3, 0.0, -0.45, 0.9, -0.2, 0.62])
LONG = np.random.default_rng(1).permutation(20_000) / 20_000


#: Where a rule for NumPy's bits, or for NumPy to decide, would be wrong.
def gram_schmidt(m):
    q = m.copy()
    for k in range(3):
        for j in range(k):
            q[:, k] -= (q[:, j] @ q[:, k]) * q[:, j]
        q[:, k] /= np.linalg.norm(q[:, k])
    return q


def as_it_lies(t):
    some = t.transpose(2, 0, 1)[::2]
    return some.ravel("K") * some.flatten("A") + t[::-1].flatten("K")[:12]


WHOLE = [
    ("norms of columns", gram_schmidt, M),
    ("order of memory", as_it_lies, T),
    ("norm of a part", lambda m: np.linalg.norm(m[1:, ::-1]), M),
    ("sum that is zero", np.sum, np.zeros(4)),
    ("sums that are zero", lambda m: m.sum(0) + m.mean(1) + np.trace(m), M - M),
    ("products with zeros", lambda x: np.prod(x) + np.cumprod(x), np.arange(3.0)),
    ("powers of zero", lambda x: x**2 + x**3 + x**1, np.zeros(3)),
    ("frexp", lambda x: np.frexp(x)[0], V),
    ("ldexp", lambda x: np.ldexp(x, 3), V),
    ("modf", lambda x: np.modf(x * 3)[0], V),
    ("copysign", lambda x: np.copysign(x, -x[::-1]), V),
    ("nextafter", lambda x: np.nextafter(x, 2.0), V),
    ("divmod", lambda x: np.divmod(x, x[::-1] * 0.3)[1], V),
    ("views as complex", parts_of_memory, V),
    ("complex numbers", through_complex, V),
    ("complex quotients", complex_quotients, V),
    ("complex products", lambda x: np.vdot(x + 1j, x * 2j).real * x, V),
    ("selected elements", logs_of_selected, Z),
    ("ufuncs where", computed_where, Z),
    ("low rank", of_low_rank, M),
    ("singular", singular, M),
    ("pinv of equal values", np.linalg.pinv, np.eye(3)),
    ("one half of eigh", lambda m: np.linalg.eigh(m)[0], S),
    ("other half of eigvalsh", lambda m: np.linalg.eigvalsh(m, UPLO="U"), S),
    ("one half of cholesky", np.linalg.cholesky, S),
    ("other half of cholesky", lambda m: np.linalg.cholesky(m, upper=True), S),
    ("long sort", lambda x: np.sort(x)[:10] * np.median(x), LONG),
    ("nanvar", lambda x: np.nanvar(with_nan(x)) * np.nanstd(with_nan(x)), V),
    ("nanmax", lambda x: np.nanmax(with_nan(x)) * np.nanmin(with_nan(x)), V),
    ("nancumsum", lambda x: np.nancumsum(with_nan(x)) * np.nanprod(with_nan(x)), V),
    ("nanquantile", lambda x: np.nanquantile(with_nan(x), 0.4) * x[0], V),
    ("lstsq", lambda m: np.linalg.lstsq(m, m[0] ** 2)[0], S),
    ("multi_dot", lambda m: np.linalg.multi_dot([m, m.T, m[:, 0]]), M),
    ("tensorsolve", lambda m: np.linalg.tensorsolve(m, m[0]), S),
    ("norms", lambda m: np.linalg.norm(m, "nuc") + np.linalg.norm(m[0], 3), M),
    ("cond", np.linalg.cond, M),
    ("batched solve", lambda m: np.linalg.solve(np.stack([m, m + 1]), m[:, :1]), S),
    ("rfft2", lambda t: np.abs(np.fft.rfft2(t)) ** 2, T),
    ("hfft", lambda x: np.fft.hfft(x) * np.fft.ihfft(x).real.sum(), V),
    ("fft of lengths", lambda x: np.fft.ifft(x, 8).imag + np.fft.fft(x, 4).real[0], V),
    ("block", lambda m: np.block([[m, m**2], [np.eye(3), m.T]]), M),
    ("insert", lambda x: np.insert(x, 2, x[0] ** 2), V),
    ("delete", lambda x: np.delete(x, [1, 3]) ** 2, V),
    ("compress", lambda x: np.compress([1, 0, 1, 1], x) ** 2, V),
    ("reduceat", lambda x: np.add.reduceat(x**2, [0, 2, 4]), V),
    ("accumulate", lambda x: np.multiply.accumulate(x) + np.minimum.accumulate(x), V),
    ("logaddexp.reduce", np.logaddexp.reduce, V),
    ("ufunc.at", ufuncs_at, M),
    ("put", put_and_placed, V),
    ("put_along_axis", put_along_axis, M),
    ("masked views", masked_view, M),
    ("reductions where", lambda x: x.sum(where=x > 0) * x.std(where=x > 0), V),
    ("interp with period", lambda x: np.interp(x, [0, 0.2, 0.7], x[:3], period=1), V),
    ("complex interp", lambda x: np.interp(x, [-1, 0.2, 1], x[:3] * (1 + 2j)).imag, V),
    ("histogram", lambda x: np.histogram(P, bins=3, weights=x)[0], V),
    ("bincount", lambda x: np.bincount([0, 1, 1, 2, 2, 2], weights=x), V),
    ("geomspace", lambda x: np.geomspace(x[0] ** 2, x[3], 5), V),
    ("polyfit", lambda x: np.polyfit(np.arange(6.0), x, 2), V),
    ("weights", lambda x: np.average(x[:3], weights=x[3:] + 1), V),
    ("element by position", lambda x: x[np.argmax(x)] * x[::-1][np.argmin(x)], V),
    ("object", lambda x: Layer()(x), V),
    ("piecewise", pieces, V),
    ("piecewise number", piece_of_a_number, V),
    ("apply_along_axis", along_axes, T),
    ("vectorize", vectorized, P),
    ("flat", elements_of_flat, M),
    ("flat writes", writes_to_flat, M),
    ("fromfunction", from_functions, V),
    ("polymul", lambda x: np.polymul(x[:3], x[3:]) * x[0], V),
    ("polydiv", divided, V),
    ("roots", roots, P[::-1]),
    ("eigvals", lambda m: np.sort(np.abs(np.linalg.eigvals(m))), M),
    ("eig", eigenvectors, M),
    ("poly of matrix", np.poly, S),
    ("padded", padded, M),
    ("windows", windows, V),
    ("windows of views", windows_of_views, M),
    ("written twice", written_twice, M),
    ("known masks", by_known_masks, M),
    ("rows by a mask", lambda m: m[np.array([True, False, True])] ** 2, M),
    ("numbers of Python's", numbers_of_python, V),
    ("special functions of numbers", special_numbers, V),
    ("sorted in place", sorted_in_place, M),
    ("histograms", histograms, V),
    ("complex powers", complex_powers, V),
    ("complex circles", complex_circles, V),
    ("sums of products", sums_of_products, M),
    ("moments", moments, M),
    ("slopes", slopes, M),
    ("places", places, V),
    ("shaped", shaped, V),
    ("polynomials", polynomials, V),
    ("copies of objects", copies_of_objects, V),
    ("generator", generated, V),
    ("no axes", without_axes, V),
    ("defaults", lambda x, k=P: x * k, V),
    ("reversed", lambda x: x[::-1][1:4] ** 2 * x[4:1:-1], V),
    ("spread writes", spread_writes, V),
]

FUNCTIONS = [
    *WHOLE,
    *((f.__name__, f, V) for f in ELEMENTWISE),
    *((f.__name__, f, P) for f in OF_POSITIVE),
    *((f.__name__, f, P + 1) for f in ABOVE_ONE),
    ("power", lambda x: x**3 + x**2 + 2**x, V),
    ("power of arrays", lambda x: np.power(x, x[::-1]), P),
    ("float_power", lambda x: np.float_power(x, 1.5), P),
    ("divide", lambda x: 1 / x + x / 3, V),
    ("remainder", lambda x: x % 0.25, V),
    ("fmod", lambda x: np.fmod(x, 0.25), V),
    ("arctan2", lambda x: np.arctan2(x, x[::-1] + 2), V),
    ("hypot", lambda x: np.hypot(x, 1 - x), V),
    ("logaddexp", lambda x: np.logaddexp(x, 2 * x[::-1]), V),
    ("maximum", lambda x: np.maximum(x, x[::-1]) * np.minimum(x, 0.1), V),
    ("clip", lambda x: np.clip(x, -0.5, 0.5) ** 2, V),
    ("where", lambda x: np.where(x > 0, np.sin(x), x**2), V),
    ("select", lambda x: np.select([x < 0, x > 0.5], [x**2, 3 * x], np.cos(x)), V),
    ("heaviside", lambda x: np.heaviside(x, 0.5) * x, V),
    ("sum", lambda x: np.sum(x**2) * np.sum(x), V),
    ("sum of axis", lambda m: m.sum(axis=0) * m.sum(axis=1, keepdims=True), M),
    ("prod", lambda m: m.prod(axis=1), M),
    ("mean", lambda m: np.mean(m, axis=0) ** 2, M),
    ("var", lambda m: np.var(m, axis=1, ddof=1), M),
    ("std", lambda m: np.std(m), M),
    ("max", lambda m: m.max(axis=0) * m.min(), M),
    ("ptp", lambda m: np.ptp(m, axis=1), M),
    ("average", lambda m: np.average(m, axis=0, weights=[1, 2, 3]), M),
    ("median", lambda x: np.median(x) * x, V),
    ("quantile", lambda x: np.quantile(x, 0.3), V),
    ("cumsum", lambda m: np.cumsum(m, axis=1) ** 2, M),
    ("cumprod", lambda x: np.cumprod(x), V),
    ("diff", lambda m: np.diff(m, axis=0) ** 2, M),
    ("gradient", lambda x: np.gradient(x**2), V),
    ("trapezoid", lambda x: np.trapezoid(x**2, dx=0.5), V),
    ("sort", lambda x: np.sort(x) * np.arange(6), V),
    ("argsort", lambda x: x[np.argsort(x)] * np.arange(6), V),
    ("take", lambda x: np.take(x, INDEX) ** 2, V),
    ("take_along_axis", lambda m: np.take_along_axis(m, np.argsort(m, 0), 0), M),
    ("indices with duplicates", lambda x: x[INDEX] * x[INDEX[::-1]], V),
    ("rows", lambda m: m[ROWS] * m[ROWS, ::-1], M),
    ("slices", lambda x: x[1:5:2] * x[::-3] + x[-1], V),
    ("newaxis", lambda x: x[:, None] * x[None, :], V),
    ("ellipsis", lambda t: t[..., 0] * t[0, ..., 1], T),
    ("concatenate", lambda x: np.concatenate([x, x**2, [1.0]]), V),
    ("stack", lambda x: np.stack([x, x * x], axis=1), V),
    ("vstack", lambda m: np.vstack([m, m[0] * 2]), M),
    ("split", lambda x: np.split(x, 3)[1] * np.split(x, 3)[2], V),
    ("tile", lambda x: np.tile(x, 2) * np.repeat(x, 2), V),
    ("roll", lambda x: np.roll(x, 2) * x, V),
    ("flip", lambda m: np.flip(m, 0) * np.rot90(m), M),
    ("pad", lambda x: np.pad(x, 2, mode="reflect") ** 2, V),
    ("transpose", lambda t: t.transpose(2, 0, 1) ** 2, T),
    ("reshape", lambda t: t.reshape(4, 6) @ V, T),
    ("moveaxis", lambda t: np.moveaxis(t, 0, -1).sum(axis=0) ** 2, T),
    ("broadcast_to", lambda x: np.broadcast_to(x, (3, 6)) * x, V),
    ("tril", lambda m: np.tril(m) @ np.triu(m, 1), M),
    ("diag", lambda x: np.diag(x) * x, V),
    ("outer", lambda x: np.outer(x, x**2), V),
    ("dot", lambda x: np.dot(x, x) * x, V),
    ("matmul", lambda m: m @ m.T @ m, M),
    ("batched matmul", lambda t: t @ t.swapaxes(-1, -2), T),
    ("einsum", lambda t: np.einsum("bij,bkj->ik", t, t), T),
    ("tensordot", lambda t: np.tensordot(t, t, ([0, 2], [0, 2])), T),
    ("inner", lambda m: np.inner(m, m), M),
    ("kron", lambda x: np.kron(x[:2], x), V),
    ("cross", lambda m: np.cross(m, m[::-1]), M),
    ("convolve", lambda x: np.convolve(x, x[:3], "same"), V),
    ("interp", lambda x: np.interp([0.2, 1.4], [0.0, 1.0, 2.0], x[:3]), V),
    ("polyval", lambda x: np.polyval(x, 0.7), V),
    ("norm", lambda m: np.linalg.norm(m) + np.linalg.norm(m, axis=1), M),
    ("det", lambda m: np.linalg.det(m), M),
    ("slogdet", lambda m: np.linalg.slogdet(m)[1], S),
    ("inv", lambda m: np.linalg.inv(m), S),
    ("solve", lambda m: np.linalg.solve(m, m[0] ** 2), S),
    ("cholesky", lambda m: np.linalg.cholesky(m + m.T), S),
    ("eigh", lambda m: np.linalg.eigh(m + m.T)[0] ** 2, S),
    ("eigenvectors", lambda m: np.linalg.eigh(m + m.T)[1] ** 2, S),
    ("svd", lambda m: np.linalg.svd(m, compute_uv=False), M),
    ("singular vectors", lambda m: np.linalg.svd(m)[0] ** 2, M),
    ("qr", lambda m: np.linalg.qr(m)[1] ** 2, M),
    ("pinv", lambda m: np.linalg.pinv(m), M),
    ("matrix_power", lambda m: np.linalg.matrix_power(m, 3), M),
    ("fft", lambda x: np.abs(np.fft.fft(x)) ** 2, V),
    ("rfft", lambda x: np.fft.irfft(np.fft.rfft(x) * 1.5, 6), V),
    ("fft2", lambda m: np.fft.fft2(m).real, M),
    ("complex", lambda x: ((x + 1j * x[::-1]) ** 2).imag, V),
    ("nansum", lambda x: np.nansum(x**2) + np.nanmean(x), V),
    ("cov", lambda m: np.cov(m), M),
    ("astype", lambda x: x.astype(np.float64) * x.copy(), V),
    ("out", lambda x: np.multiply(x, x, out=np.empty(6)), V),
    ("ufunc.reduce", lambda m: np.add.reduce(m * m, axis=1), M),
    ("ufunc.outer", lambda x: np.multiply.outer(x, x), V),
    ("in place", in_place, V),
    ("views", views, V),
    ("rows and columns", rows_and_columns, M),
    ("masks", masks, V),
    ("masked sum", masked_sum, V),
    ("add.at", scattered, V),
    ("by columns", by_columns, M),
    ("vectorize with branches", vectorized_with_branches, V),
    ("masks and more", by_masks, V),
    ("selected", lambda x: x[x > 0] ** 2, V),
    ("rows selected", lambda m: m[m[:, 0] > 0], M),
    ("unique", uniques, V),
    ("polynomials by values", polynomials_by_values, V),
    ("pivots", pivots, M),
    ("emath", scale_chosen_by_values, V),
    ("known numbers", numbers_that_are_known, V),
    ("texts", texts, V),
    ("real roots", lambda x: np.roots([0.0, *x[:3], 0.0]), P * [-1, 1, 1, 1, 1, 1]),
    (
        "polymul with zeros",
        lambda x: np.polymul([0.0, 1.0, 2.0], x * [0, 1, 1, 1, 1, 1]),
        V,
    ),
    ("trim_zeros", lambda x: np.trim_zeros(np.pad(x, 2), "b") ** 2, V),
    ("real eig", lambda m: np.linalg.eig(m).eigenvalues.max(), S),
    ("branches", branches, V),
    ("loops until", loops_until, V),
    ("diagonals", through_diagonals, M),
    ("Runge-Kutta", runge_kutta, V),
    ("network", network, V),
    ("Kalman filter", kalman, V),
]
