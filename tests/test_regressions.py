"""Differences that random programs found, each by name."""

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity


def unpack_a_scalar(x):
    a, *rest = x.sum()
    return a, rest


def spread_a_scalar(x):
    return whole_view_is_another_object(*x.sum())


def read_only_after_views_were_made(x):
    flipped = x[::-1]
    x += 1
    x.flags.writeable = False
    flipped *= 2
    return flipped, x


def whole_view_is_another_object(x):
    y = x + 1
    return y[:], y


def pad_looks_at_contiguity(x):
    return np.pad(x[1:], 1)


def broadcast_operand_keeps_c_order(x):
    return np.floor(np.broadcast_to(x, (2, 4)) * 0.5)


def empty_view_of_an_empty_result(x):
    y = x[:0] + 1
    return np.multiply(np.atleast_2d(y), 2.0)


def list_repeated_by_a_scalar(x):
    return [5] * x.astype(int)[2]


def scalars_warn_with_their_own_text(x):
    return x.astype(np.int8)[1] + np.int8(127), x[0] / x[0]


def copy_in_fortran_order_of_one_row(x):
    return np.copy(x.reshape(1, 2, 2), order="F")


def real_scalars_warn_at_the_users_line(x):
    inf = np.float32(np.inf)
    inf -= np.float32(np.inf)
    return inf


def an_element_set_to_an_array(x):
    x[0] = x[1:]
    return x


def an_element_set_to_an_array_of_one(x):
    x[0] = x[1:2]
    return x


def extended_list_holds_no_stand_in(x):
    items = [x]
    items += [x[...]]
    return items


PROGRAMS = [value for value in list(globals().values()) if hasattr(value, "__code__")]
PROGRAMS = [fn for fn in PROGRAMS if fn.__module__ == __name__]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_program(fn, mode):
    assert_parity(fn, np.arange(4.0), modes=(mode,))


def test_defaults_may_be_replaced():
    def helper(x, factor=2.0, *, shift=0.0):
        return x * factor + shift

    fast = npjit.accelerate(mode="host")(lambda x: helper(x))
    assert fast(1.0) == 2.0
    helper.__defaults__, helper.__kwdefaults__ = (3.0,), {"shift": 1.0}
    assert fast(1.0) == 4.0


def test_endless_recursion_raises_recursion_error():
    def endless(x):
        return endless(x) + 1

    with pytest.raises(RecursionError):
        npjit.accelerate(mode="host")(endless)(np.ones(2))


@pytest.mark.smoke
def test_mean_and_deviation_of_one_large_array():
    def both(x):
        return x.mean(), x.std(), x.var()

    x = np.random.default_rng(0).standard_normal(200_000)
    fast = npjit.accelerate(mode="jit")(both)
    np.testing.assert_allclose(fast(x), both(x), rtol=1e-12)
