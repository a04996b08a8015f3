"""Every draw of NumPy, and functions of SciPy, inside recordings: a program.

``python -X faulthandler -m tests.foreign_code MODE`` compares each case with plain
NumPy and prints the number of cases; it runs on its own since a mistake here, where
compiled code gets a wrong array, could end the process.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.special
import scipy.stats

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason

Case = Callable[..., Any]

# -- Draws ---------------------------------------------------------------------------
# `p` has three probabilities, `n` three small integers, both recorded and pending.

SHARED: dict[str, Callable[[Any, Any], tuple]] = {
    "beta": lambda p, n: (p, p + 1),
    "binomial": lambda p, n: (n, p),
    "bytes": lambda p, n: (5,),
    "chisquare": lambda p, n: (n,),
    "choice": lambda p, n: (p, 2),
    "dirichlet": lambda p, n: (p, 2),
    "exponential": lambda p, n: (p,),
    "f": lambda p, n: (n, n + 1),
    "gamma": lambda p, n: (p, 2.0),
    "geometric": lambda p, n: (p,),
    "gumbel": lambda p, n: (p, p),
    "hypergeometric": lambda p, n: (n, n, 2),
    "laplace": lambda p, n: (p, p),
    "logistic": lambda p, n: (p, p),
    "lognormal": lambda p, n: (p, p),
    "logseries": lambda p, n: (p,),
    "multinomial": lambda p, n: (5, p / p.sum()),
    "multivariate_normal": lambda p, n: (p, np.diag(p), 2),
    "negative_binomial": lambda p, n: (n, p),
    "noncentral_chisquare": lambda p, n: (n, p),
    "noncentral_f": lambda p, n: (n, n + 2, p),
    "normal": lambda p, n: (p, p, (2, 3)),
    "pareto": lambda p, n: (p,),
    "permutation": lambda p, n: (p,),
    "poisson": lambda p, n: (p,),
    "power": lambda p, n: (p,),
    "random": lambda p, n: (int(n[0]),),
    "rayleigh": lambda p, n: (p,),
    "shuffle": lambda p, n: (p,),
    "standard_cauchy": lambda p, n: (3,),
    "standard_exponential": lambda p, n: (3,),
    "standard_gamma": lambda p, n: (p,),
    "standard_normal": lambda p, n: ((2, 2),),
    "standard_t": lambda p, n: (n,),
    "triangular": lambda p, n: (p - 1, p, p + 1),
    "uniform": lambda p, n: (p, p + 1),
    "vonmises": lambda p, n: (p, p),
    "wald": lambda p, n: (p, p),
    "weibull": lambda p, n: (p,),
    "zipf": lambda p, n: (p + 1,),
}
GENERATOR = SHARED | {
    "integers": lambda p, n: (n, n + 5),
    "multivariate_hypergeometric": lambda p, n: (n, 3),
    "permuted": lambda p, n: (p,),
    "spawn": lambda p, n: (2,),
}
RANDOM_STATE = SHARED | {
    "get_state": lambda p, n: (),
    "rand": lambda p, n: (2, 3),
    "randint": lambda p, n: (n, n + 5),
    "randn": lambda p, n: (3,),
    "random_integers": lambda p, n: (3, 9),
    "random_sample": lambda p, n: (3,),
    "seed": lambda p, n: (n,),
    "set_state": lambda p, n: (np.random.RandomState(4).get_state(),),
    "tomaxint": lambda p, n: (3,),
}
ATTRIBUTES = {"bit_generator"}
INTO = ("random", "standard_normal", "standard_exponential", "standard_gamma")


def draw(rng: Any, name: str, arguments: Callable[..., tuple]) -> Any:
    """Draw twice from recorded parameters, with other draws before and after."""
    p = np.array([0.2, 0.3, 0.4]) + rng.uniform(0.0, 0.1, 3)
    n = np.array([3, 4, 5]) + 1
    first = getattr(rng, name)(*arguments(p, n))
    p *= 0.5
    method = getattr(rng, name)
    second = method(*arguments(p, n))
    return first, second, p, rng.normal(size=2) + p[:2]


def draw_into(rng: np.random.Generator, name: str) -> Any:
    """Draw into a recorded array, through a view of it."""
    out = np.zeros((2, 3)) + 1
    view = out[0]
    args = (0.5,) if name == "standard_gamma" else ()
    same = getattr(rng, name)(*args, out=view) is view
    out *= 2
    return same, view + 1, out


def shuffles(rng: np.random.Generator, x: np.ndarray) -> Any:
    """Shuffle and permute arrays, views and lists in place."""
    x = x + 1
    rng.shuffle(x)
    rng.shuffle(x.T)
    rng.shuffle(x[1])
    rng.shuffle(x, axis=1)
    rows = [x[0], x[1] * 2, 3.0]
    rng.shuffle(rows)
    target = np.zeros_like(x)
    rng.permuted(x, axis=1, out=target)
    return x, rows, target, rng.permuted(x * 1, axis=0), rng.permutation(5) + 1


def _seeded(seed: int) -> dict[str, Any]:
    return {
        "generator": np.random.default_rng(seed),
        "philox": np.random.Generator(np.random.Philox(seed)),
        "state": np.random.RandomState(seed),
    }


def _state_of(rng: Any) -> Any:
    if isinstance(rng, np.random.Generator):
        return rng.bit_generator.state
    return rng.get_state()


def draw_cases() -> list[tuple[str, str, Case, tuple]]:
    """Name of the case, of its stream, the program and its arguments but the stream."""
    cases: list[tuple[str, str, Case, tuple]] = []
    for stream, table in (("generator", GENERATOR), ("state", RANDOM_STATE)):
        cases += [(name, stream, draw, (name, args)) for name, args in table.items()]
    cases += [(f"{name} into", "philox", draw_into, (name,)) for name in INTO]
    cases.append(("shuffles", "generator", shuffles, (np.arange(12.0).reshape(3, 4),)))
    return cases


# -- SciPy ---------------------------------------------------------------------------


def _counted(x: Any) -> Any:
    """An objective that reads and writes arrays of the recording."""
    calls = np.zeros(2)
    shift = x[0] * 0.5

    def objective(v: Any) -> Any:
        calls[0] += 1
        return ((v - shift) ** 2).sum() + calls[1]

    return objective, calls, shift


def minimize(x):
    objective, calls, shift = _counted(x)
    shift += 0.25
    found = scipy.optimize.minimize(objective, x[1], method="BFGS")
    calls += 1
    return found.x, found.nfev, calls, shift


def roots(x):
    scale = x[0] + 1
    found = scipy.optimize.fsolve(lambda v: v**2 - scale, x[0] + 2)
    return found, scipy.optimize.brentq(lambda v: v - scale[1], -10.0, 10.0)


def curve_fit(x):
    t = x[0] * 1.0
    found, _ = scipy.optimize.curve_fit(lambda t, a, b: a * t + b, t, 2 * t + 1)
    return found


def least_squares(x):
    y = x @ np.ones(4) + 1
    # Its own differences would make 1e-7 of a last digit.
    found = scipy.optimize.least_squares(
        lambda v: x @ v - y, np.zeros(4), jac=lambda v: x
    )
    return found.x


def solve_ivp(x):
    rate, seen = x[0] * 0 + 0.5, []

    def velocity(t, y):
        seen.append(t)
        rate[0] = 0.25
        return -rate * y

    found = scipy.integrate.solve_ivp(velocity, (0.0, 1.0), x[1] + 1, rtol=1e-6)
    return found.y[:, -1], len(seen), rate


def odeint_and_quad(x):
    k = x[0, 1] + 1
    ys = scipy.integrate.odeint(lambda y, t: -k * y, x[1] + 1, np.linspace(0, 1, 5))
    return ys, scipy.integrate.quad(lambda t: t * k, 0, 1)[0]


def filters(x):
    y = x * 2
    y[0] = 1.0
    smooth = scipy.ndimage.gaussian_filter(y, 1.0, output=y)
    b, a = scipy.signal.butter(2, 0.3)
    generic = scipy.ndimage.generic_filter(x, lambda v: v.sum() + y[0, 0], size=2)
    return smooth is y, y + 1, scipy.signal.lfilter(b, a, x[1]), generic


def linear_algebra(x):
    a = x[:, :3] @ x[:, :3].T + np.eye(3)
    a += 1
    solved = scipy.linalg.solve(a, x)
    lu = scipy.linalg.lu_factor(a, overwrite_a=True)
    return solved, lu[0], scipy.linalg.expm(a * 0.1), scipy.linalg.blas.ddot(x[0], x[1])


def interpolation(x):
    t = np.arange(4.0) + x[0, 0]
    spline = scipy.interpolate.CubicSpline(t, x[1])
    line = scipy.interpolate.interp1d(t, x[2])
    t += 0.0
    return spline(t + 0.0), line(t[1:3]), spline.c


def special_functions(x):
    y = np.abs(x) + 1
    out = y * 0
    scipy.special.gamma(y, out=out)
    return scipy.special.erf(x), out, scipy.special.logsumexp(x, axis=0), y * 2


def sparse(x):
    y = np.where(x > 0.5, x, 0.0)
    a = scipy.sparse.csr_matrix(y)
    a.data *= 2
    return a @ x[0], a.toarray(), (a + a).sum(), x.T @ a.toarray()


def spatial(x):
    tree = scipy.spatial.cKDTree(x * 1.0)
    d, i = tree.query(x[0] + 0.1, k=2)
    return d, i, scipy.spatial.distance.cdist(x, x + 1), x[i]


def statistics(x):
    rng = np.random.default_rng(3)
    drawn = scipy.stats.norm.rvs(size=4, random_state=rng) + x[0]
    return drawn, scipy.stats.linregress(x[0], x[1]).slope, scipy.stats.zscore(x)


def transforms(x):
    y = scipy.fft.fft(x + 1)
    return y, scipy.fft.dct(x[0]), scipy.signal.convolve(x, x[:2]), y.real * 2


SCIPY: list[Case] = [
    *(minimize, roots, curve_fit, least_squares, solve_ivp, odeint_and_quad, filters),
    *(linear_algebra, interpolation, special_functions, sparse, spatial, statistics),
    transforms,
]

# -- Comparison ----------------------------------------------------------------------


def assert_same(expected: Any, actual: Any, exact: bool) -> None:
    """Compare nested results: types, dtypes, values."""
    assert type(expected) is type(actual), (type(expected), type(actual))
    if isinstance(expected, (tuple, list)):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            assert_same(one, other, exact)
    elif isinstance(expected, dict):
        assert_same(list(expected.items()), list(actual.items()), exact)
    elif isinstance(expected, np.random.Generator):
        assert_same(_state_of(expected), _state_of(actual), exact)
    elif isinstance(expected, (np.ndarray, np.generic)) and not exact:
        np.testing.assert_allclose(expected, actual, rtol=1e-9, atol=1e-12)
    elif isinstance(expected, (np.ndarray, np.generic)):
        assert expected.dtype == actual.dtype
        np.testing.assert_array_equal(expected, actual)
    else:
        assert expected == actual, (expected, actual)


def run_draw(case: tuple[str, str, Case, tuple], mode: str) -> None:
    """Run one case of `draw_cases` plain and recorded."""
    _, stream, program, args = case
    plain, fast = _seeded(7)[stream], _seeded(7)[stream]
    recorded = npjit.accelerate(program, mode=mode)
    for _ in range(2):
        assert_same(program(plain, *args), recorded(fast, *args), exact=True)
        assert_same(_state_of(plain), _state_of(fast), exact=True)


def run_scipy(program: Case, mode: str) -> None:
    """Run one program with SciPy plain and recorded."""
    recorded = npjit.accelerate(program, mode=mode)
    for scale in (1.0, 0.5):
        x = np.array([[3.0, 1.0, 2.0, 0.5], [0.1, 0.2, 0.3, 0.4], [1.0, 4.0, 9.0, 2.5]])
        plain, fast = x * scale, x * scale
        assert_same(program(plain), recorded(fast), exact=False)
        assert_same(plain, fast, exact=False)


def main(mode: str) -> int:
    """Run all cases; return the number of those that failed."""
    runs: list[tuple[str, Callable[[], None]]] = [
        (f"{case[1]}.{case[0]}", lambda case=case: run_draw(case, mode))
        for case in draw_cases()
    ]
    runs += [(f.__name__, lambda f=f: run_scipy(f, mode)) for f in SCIPY]
    failed = 0
    for name, run in runs:
        with capture() as events, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                run()
                internal = [e for e in events if e.reason is Reason.INTERNAL]
                assert not internal, internal
            except Exception as error:  # noqa: BLE001 - it is counted and shown
                failed += 1
                print(f"{name}: {type(error).__name__}: {error}")
    print(f"{len(runs)} cases, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1])))
