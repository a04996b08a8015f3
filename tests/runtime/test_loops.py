"""Which functions may repeat a program within one call."""

import functools

import numpy as np
import pytest

from npjit._runtime.loops import may_loop


def straight(x):
    return np.sin(x) * 2 if x.sum() > 0 else x


def by_for(x):
    for _ in range(3):
        x = x * 2
    return x


def by_while(x):
    while x.sum() < 3:
        x = x * 2
    return x


def by_comprehension(x):
    return sum([x * i for i in range(3)])


def in_a_helper(x):
    return straight(by_for(x))


def in_a_nested_function(x):
    def step(y):
        for _ in range(3):
            y = y * 2
        return y

    return step(x)


def recursive(x):
    return recursive(x[1:]) if len(x) else x


class Model:
    def run(self, x):
        return self.step(x)

    def step(self, x):
        for _ in range(3):
            x = x * 2
        return x

    def once(self, x):
        return straight(x)

    def __call__(self, x):
        return self.step(x)


LOOPS = [
    by_for,
    by_while,
    by_comprehension,
    in_a_helper,
    in_a_nested_function,
    Model().run,
    Model(),
    functools.partial(by_for),
]
NO_LOOPS = [straight, recursive, Model().once, np.sin, functools.partial(straight), len]


def name_of(fn):
    return getattr(fn, "__qualname__", type(fn).__name__)


@pytest.mark.parametrize("fn", LOOPS, ids=name_of)
def test_loops(fn):
    assert may_loop(fn)


@pytest.mark.parametrize("fn", NO_LOOPS, ids=name_of)
def test_no_loops(fn):
    assert not may_loop(fn)
