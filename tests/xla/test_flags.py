"""Programs are looked at where something may get lost, and nowhere else."""

import numpy as np
import pytest

import npjit
from npjit._runtime.programs import PROGRAMS
from npjit.testing import assert_parity


@pytest.fixture(autouse=True)
def _empty_cache():
    PROGRAMS.clear()
    yield
    PROGRAMS.clear()


def flagged(fn, *args, **options):
    """The entries that the one program of a function looks at."""
    npjit.accelerate(fn, mode="jit", **options)(*args)
    (program,) = PROGRAMS.programs.values()
    (variant,) = program.variants
    return variant[1].flagged


def moves(x, y):
    return np.where(x > y, x, -y)[::-1], np.sort(x), np.abs(x).max(), np.round(5)


def chain(x, y):
    return (x * y + 1.0) * (x - y)


def chain_to_a_sum(x, y):
    return ((x - y) ** 2).sum()


def result_and_its_sum(x, y):
    z = x * y
    return z, z.sum()


def sum_of_a_part(x, y):
    return (x * y)[1:].sum()


def swallowed_by_a_comparison(x, y):
    return x * y > 1.0


def swallowed_by_a_divisor(x, y):
    return x / (x + y)


def swallowed_by_an_exponential(x, y):
    return np.exp(-(x * y))


def swallowed_by_a_maximum(x, y):
    return np.maximum(0.0, -(x * y))


def swallowed_by_a_choice(x, y):
    return np.where(x > 1e9, 0.0, x * y) + np.where(x > 1e9, x / y, 1.0)


def swallowed_in_place(x, y):
    z = x + y
    np.minimum(z, x * y, out=z)
    return z


def overwritten(x, y):
    z = x * y
    z[0] = 1.0
    return z


def written_apart(x, y):
    z = np.empty(x.shape)
    z[1:] = x[1:] * y[1:]
    z[0] = x[0] * 2.0
    return z


def stencil(x, y):
    for _ in range(3):
        x[1:-1] = (x[:-2] + x[2:]) * 0.5
    return x


def stencil_of_copies(x, y):
    for _ in range(3):
        new = x.copy()
        new[1:-1] = x[1:-1] + 0.5 * (x[2:] - x[:-2])
        x = new
    return x


def five_points(x, y):
    u = np.outer(x, y)
    for _ in range(3):
        u[1:-1, 1:-1] = (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]) * 0.25
    return u


def integers(x, y):
    return (np.arange(6) * 3 + 1) << 2


def integer_division(x, y):
    return np.arange(6) // np.arange(1, 7)


def cast_to_integers(x, y):
    return np.floor(x).astype(int)


def selection(x, y):
    return (1.0 / x[x > 2.0]).sum()


#: The function, and in which operation of it (counted from 0) each flag is raised.
ROWS = [
    (moves, []),
    (chain, [3]),
    (chain_to_a_sum, [2]),
    (result_and_its_sum, [1]),
    (sum_of_a_part, [0, 1]),
    (swallowed_by_a_comparison, [0]),
    (swallowed_by_a_divisor, [1]),
    (swallowed_by_an_exponential, [2]),
    (swallowed_by_a_maximum, [2]),
    (swallowed_by_a_choice, [6]),
    (swallowed_in_place, [2]),
    (overwritten, [0]),
    (written_apart, [5]),
    (integers, []),
    (integer_division, [0]),
    (cast_to_integers, [1]),
    (selection, [3]),
]
#: Those that are looked at only when all is done.
AT_THE_END = [stencil, stencil_of_copies, five_points]


def arguments():
    return np.linspace(1.0, 5.0, 6), np.linspace(2.0, 3.0, 6)


@pytest.mark.parametrize(("fn", "expected"), ROWS, ids=[f.__name__ for f, _ in ROWS])
def test_what_is_looked_at(fn, expected) -> None:
    assert flagged(fn, *arguments()) == expected


SWALLOWING = [fn for fn, _ in ROWS if fn.__name__.startswith("swallowed")]


@pytest.mark.parametrize("fn", SWALLOWING, ids=lambda fn: fn.__name__)
def test_what_is_swallowed_is_reported(fn) -> None:
    x, y = arguments()
    assert_parity(fn, x, y, max_ulp=2)
    x[2] = y[2] = 1e200  # the product overflows
    assert_parity(fn, x, y, max_ulp=2, vary=lambda rng, *args: None)


@pytest.mark.parametrize("fn", AT_THE_END, ids=lambda fn: fn.__name__)
def test_a_stencil_is_looked_at_once(fn) -> None:
    assert len(flagged(fn, *arguments())) == 1


@pytest.mark.parametrize("fn", [chain, integer_division, swallowed_by_a_divisor])
def test_ignoring_costs_nothing(fn) -> None:
    with np.errstate(all="ignore"):
        assert flagged(fn, *arguments()) == []


@pytest.mark.parametrize("fn", [chain, integer_division, swallowed_by_a_divisor])
def test_flags_can_be_switched_off(fn) -> None:
    assert flagged(fn, *arguments(), fp_reports=False) == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ignored_warnings_cost_nothing() -> None:
    assert flagged(chain, *arguments()) == []


def test_what_is_partly_ignored_is_looked_at_closely() -> None:
    def program(x, y):
        with np.errstate(divide="ignore"):
            z = 1.0 / (x - 1.0)
        return np.minimum(z, y) + x

    assert flagged(program, *arguments()) == [0, 1, 3]
