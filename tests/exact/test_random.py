"""Random numbers come from NumPy's streams, in NumPy's order, also in place.

jax-prng-counter-based: XLA cannot draw them, so that they are leaves of the recording.
"""

import copy
import functools
import pickle

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.exact._together import attempt

X = np.array([3.5, -1.25, 0.0, 7.75, 2.5])
N = np.array([3, 1, 4, 1, 5])
M = np.arange(12.0).reshape(4, 3)


def philox(seed):
    return np.random.Generator(np.random.Philox(seed))


MAKERS = [np.random.default_rng, np.random.RandomState, philox]
BIT_GENERATORS = [
    np.random.PCG64,
    np.random.PCG64DXSM,
    np.random.MT19937,
    np.random.Philox,
    np.random.SFC64,
]
#: Draws, with the parameters that they must be given.
DRAWS = {
    "random": (),
    "normal": (1, 2),
    "standard_normal": (),
    "uniform": (-1, 1),
    "integers": (10,),
    "randint": (10,),
    "exponential": (2.0,),
    "gamma": (2.0, 1.0),
    "beta": (1.0, 2.0),
    "binomial": (10, 0.3),
    "poisson": (3.0,),
    "geometric": (0.3,),
    "chisquare": (2,),
    "f": (2, 3),
    "gumbel": (),
    "hypergeometric": (5, 6, 4),
    "laplace": (),
    "logistic": (),
    "lognormal": (),
    "logseries": (0.5,),
    "multinomial": (5, [0.2, 0.8]),
    "multivariate_normal": ([0, 1], np.eye(2)),
    "multivariate_hypergeometric": ([3, 4], 2),
    "negative_binomial": (3, 0.4),
    "noncentral_chisquare": (2, 1),
    "noncentral_f": (2, 3, 1),
    "pareto": (2,),
    "power": (2,),
    "rayleigh": (),
    "standard_cauchy": (),
    "standard_exponential": (),
    "standard_gamma": (2,),
    "standard_t": (3,),
    "triangular": (0, 1, 2),
    "vonmises": (0, 1),
    "wald": (1, 2),
    "weibull": (2,),
    "zipf": (3,),
    "dirichlet": ([1, 2, 3],),
    "choice": (5,),
}
OWN_WAY = {"bytes", "shuffle", "permutation", "permuted", "spawn", "bit_generator"}
OF_LEGACY = {"rand", "randn", "ranf", "sample", "seed", "get_state", "set_state"}
OF_LEGACY |= {"random_sample", "random_integers", "tomaxint"}


def state_of(rng):
    """All that tells what a stream will yield."""
    found = rng.get_state() if hasattr(rng, "get_state") else rng.bit_generator.state
    return found if isinstance(found, dict) else [np.asarray(part) for part in found]


def draw(x, n, make):
    """Each distribution, of each size; what is drawn is computed with."""
    rng, found = make(3), []
    for name, args in DRAWS.items():
        method = getattr(rng, name, None)
        if method is not None:
            drawn = method(*args, size=(2, n[0]))
            found += [method(*args), method(*args, size=3), drawn, drawn * 2 + 1]
    return found, state_of(rng)


def draw_with_arrays(x, n, make):
    """Distributions whose parameters are arrays of the recording."""
    rng, positive = make(3), np.abs(x) + 1
    found = [rng.normal(x, positive), rng.uniform(x * 2, high=x * 2 + 1)]
    found += [rng.normal(x.max(), x.std(), 2), rng.normal(x[:1], x[1] + 5, size=2)]
    found += [rng.poisson(positive), rng.exponential(positive[0], n[0])]
    found += [rng.binomial(n * 2, 1 / positive), rng.binomial(n[0], x[0] / 10)]
    found += [rng.geometric(1 / positive), rng.triangular(x, x + 1, x + 2)]
    found += [rng.choice(x * 2, 3), rng.choice(x * 2, (2, 2)), rng.choice(n[4], 2)]
    found += [
        rng.choice(n + 1, 2, False),
        rng.choice(x, 3, p=positive / positive.sum()),
    ]
    found += [rng.permutation(x * 2), rng.permutation(n[2]), rng.permutation(n)]
    found += [rng.permutation(np.outer(x, x)), rng.multinomial(n[4], n / n.sum())]
    found += [rng.dirichlet(positive, 2), rng.random(n[0])]
    found += [rng.multivariate_normal(x[:2] * 2, np.outer(x[:2], x[:2]) + np.eye(2))]
    return found, rng.random(), state_of(rng)


def shuffle(x, n, make):
    """Arrays of the recording, views of them and arguments, in place."""
    rng, m = make(1), M * 1
    y = x * 2
    rng.shuffle(y)
    rng.shuffle(x)
    rng.shuffle(n)
    z = np.outer(y, y)
    views = [z, z.T, z[1:3], z[:, ::2], y[::-1], y[1:], m[:2], m]
    for v in views:
        rng.shuffle(v)
        v += 1
    items = [y, z, 1, "a"]
    rng.shuffle(items)
    others = [
        n.astype("M8[D]"),
        np.array(["a", "b", "c"]),
        np.array([y, 1, None], object),
    ]
    others += [y.astype(">f8"), y > 3, y + 1j, y.astype(np.float32)]
    for other in others:
        rng.shuffle(other)
    return x, y, z, n, m, views, list(map(type, items)), others, state_of(rng)


def permute(x, n, make):
    rng = make(1)
    z = np.outer(x, x)
    out = z + 0
    rng.shuffle(z, axis=1)
    found = [rng.permuted(z), rng.permuted(z, axis=0), rng.permutation(z, axis=1)]
    found += [rng.permuted(z, axis=1, out=z) is z, rng.permuted(z, axis=0, out=out)]
    found += [rng.permuted(x, out=x) is x, z.copy()]
    rng.permuted(z[::2], axis=0, out=z[::2])
    z *= 2
    return found, x, z, out, rng.random()


def draw_into(x, n, make):
    rng, e, y = make(1), np.empty(4), x * 1
    found = [rng.random(out=e) is e, e + 1]
    rng.standard_normal(out=e)
    e *= 2
    rng.random(out=y)
    y += 1
    rng.standard_gamma(2.0, out=e)
    rows, narrow = np.zeros((3, 4)), np.empty(3, np.float32)
    rng.random(out=rows[1])
    rng.standard_exponential(out=rows[2, :])
    rng.random(dtype=np.float32, out=narrow)
    rng.standard_normal(4, out=e)
    found += [rng.random(out=x) is x, attempt(lambda: rng.random(out=rows[:, 1]))]
    found += [attempt(lambda: rng.random(out=np.empty(3, int)))]
    return found, x, y, e, rows, narrow, rng.random()


def draw_bits(x, n, kind):
    rng = np.random.Generator(kind(5))
    a = rng.normal(size=3) * 2 + x[:3]
    rng.shuffle(a)
    found = [rng.random(n[0]) + a, rng.integers(n, 10), rng.standard_normal(dtype="f4")]
    found += [rng.permutation(a), rng.random(2, dtype=np.float32) * 2]
    found += [child.random() for child in rng.spawn(2)]
    bits = rng.bit_generator
    state = bits.state
    found.append(rng.random())
    bits.state = state
    found += [rng.random(), bits.random_raw(2), state_of(rng)]
    if hasattr(bits, "jumped"):
        found.append(np.random.Generator(bits.jumped()).random())
    return a, found


def draw_legacy(x, n):
    np.random.seed(4)
    found = [np.random.rand(3) + x[:3], np.random.randn(2, 2) * 2, np.random.rand()]
    found += [np.random.randint(0, n[4], 5), np.random.randint(n, n + 2)]
    found += [np.random.uniform(x, x + 1), np.random.normal(x.mean(), x.std(), 3)]
    found += [np.random.choice(x * 2, 3), np.random.choice(n[4], 2, replace=False)]
    found += [np.random.permutation(x + 1), np.random.standard_normal((2, n[0]))]
    y = x * 2
    np.random.shuffle(y)
    np.random.shuffle(x)
    np.random.shuffle(y[::2])
    state = np.random.get_state()
    a = np.random.rand()
    np.random.set_state(state)
    np.random.seed(n)
    return found, x, y + 1, a == np.random.rand(), np.random.rand(), np.random.bytes(3)


def given_streams(x, n, rng, legacy):
    """The caller's streams have advanced when the call is over."""
    a = rng.normal(size=4)
    b = rng.random() if a @ a > 1 else rng.normal()
    rng.shuffle(x)
    twin, same = copy.deepcopy(rng), pickle.loads(pickle.dumps(rng))
    found = [twin.random() == rng.random(), same.random() == twin.random()]
    found += [legacy.normal(size=4), legacy.choice(x + b, 3), legacy.permutation(x)]
    return a, b, x, found, state_of(rng), state_of(legacy)


def made_streams(x, n):
    rngs = [np.random.default_rng(seed) for seed in (n, n[0], [1, 2], n.sum())]
    rngs += [np.random.default_rng(np.random.SeedSequence(n)), np.random.RandomState(n)]
    rngs += [np.random.RandomState(n[1]), np.random.Generator(np.random.PCG64(n[4]))]
    rngs += [np.random.default_rng(rngs[0]), np.random.default_rng(np.random.PCG64(3))]
    normal = np.random.default_rng(2).normal
    below = functools.partial(np.random.default_rng(1).integers, 0, 9)
    return [rng.random() + x for rng in rngs], normal(size=2) + x[:2], below(size=n[0])


def failing_draws(x, n):
    rng = np.random.default_rng(0)
    read_only = np.broadcast_to(x, (2, 5))
    tries = [
        lambda: rng.normal(x, -1),
        lambda: rng.normal(x, np.ones(3)),
        lambda: rng.choice(x, 9, False),
        lambda: rng.choice(x, 2, p=x),
        lambda: rng.integers(n, n),
        lambda: rng.poisson(-x - 9),
        lambda: rng.binomial(n, x),
        lambda: rng.shuffle(x[0]),
        lambda: rng.shuffle(read_only),
        lambda: rng.shuffle(x, axis=3),
        lambda: rng.permuted(x, out=read_only),
        lambda: rng.normal(size=x[0]),
        lambda: rng.normal(size=-1),
        lambda: np.random.randint(5, 2),
        lambda: np.random.default_rng(-n),
        lambda: rng.random(x),
    ]
    return [attempt(f) for f in tries], rng.random(), x


class Walk:
    """A walk whose steps are drawn by an attribute."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.x = np.zeros(3)

    def step(self):
        self.x = self.x + self.rng.normal(0, 1, self.x.shape)
        self.rng.shuffle(self.x)
        return self.x


def walk(x, n):
    w = Walk(n[0])
    return [w.step() * 2 for _ in range(3)], w.x, w.rng.random(), x + w.x[0]


def monte_carlo(x, n):
    """Draws whose number and parameters depend on what was drawn before."""
    rng, total = np.random.default_rng(n[0]), np.zeros(4)
    for _ in range(5):
        y = np.exp(-(rng.standard_normal(4) ** 2) / 2) * rng.uniform(size=4)
        accepted = rng.random(4) < y
        total += y
        total[accepted] += rng.normal(size=accepted.sum())
        total[rng.integers(0, 4, size=2)] *= 0.5
        if total.sum() > 3:
            total -= rng.random()
    order = rng.permutation(4)
    means = [total[rng.integers(0, 4, 4)].mean() for _ in range(3)]
    return total[order], order, means, np.std(means)


OF_MAKER = [draw, draw_with_arrays, shuffle]
OF_GENERATOR = [permute, draw_into]
PROGRAMS = [draw_legacy, made_streams, failing_draws, walk, monte_carlo]
MODES = ["host", "jit"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_distributions(make, mode):
    programs = OF_MAKER if make is np.random.RandomState else OF_MAKER + OF_GENERATOR
    for program in programs:
        assert_parity(program, X, N, make, modes=[mode], calls=2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", BIT_GENERATORS, ids=lambda kind: kind.__name__)
def test_bit_generators(kind, mode):
    assert_parity(draw_bits, X, N, kind, modes=[mode], calls=2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs(program, mode):
    # XLA's exponential function may differ in the last place.
    assert_parity(program, X, N, modes=[mode], calls=2, max_ulp=4)


@pytest.mark.parametrize("mode", MODES)
def test_given_streams(mode):
    streams = np.random.default_rng(8), np.random.RandomState(8)
    assert_parity(given_streams, X, N, *streams, modes=[mode])


@pytest.mark.parametrize("kind", [np.random.Generator, np.random.RandomState])
def test_all_draws_are_tried(kind):
    public = {name for name in dir(kind) if not name.startswith("_")}
    assert public - OWN_WAY - OF_LEGACY <= set(DRAWS)
