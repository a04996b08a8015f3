"""What a block puts in the place of modules, functions and generators."""

import copy
import functools
import inspect
import math
import pickle
import types

import numpy as np
import pytest

import npjit
from npjit._array.array import SUBSTITUTES
from npjit._config import Options
from npjit._convert.block_trace import BlockTrace
from npjit._convert.substitutes import (
    RecordedFunction,
    RecordedGenerator,
    RecordedModule,
    substitute,
)
from npjit._runtime.recording import HOST
from tests.ids import stable


def doubled(x):
    """Double it."""
    return x * 2


class Model:
    def step(self, x):
        return x + 1


@pytest.fixture
def trace():
    return BlockTrace(Options(mode="host"), HOST, HOST)


ROWS = [
    (np, RecordedModule),
    (np.random, RecordedModule),
    (pytest, RecordedModule),
    (math, None),
    (npjit, None),
    (np.sin, None),
    (np.sum, None),
    (np.zeros, RecordedFunction),
    (np.array, RecordedFunction),
    (np.linspace, RecordedFunction),
    (np.load, RecordedFunction),
    (np.random.rand, RecordedFunction),
    (np.random.default_rng, RecordedFunction),
    (np.random.default_rng(0), RecordedGenerator),
    (np.float64, None),
    (np.ndarray, None),
    (doubled, RecordedFunction),
    (functools.partial(doubled, 3), RecordedFunction),
    (functools.partial(math.sin, 3), None),
    (Model().step, RecordedFunction),
    (Model, None),
    (Model(), None),
    (copy.deepcopy, None),
    (math.sin, None),
    (len, None),
    (npjit.accelerate(doubled), None),
    (npjit.realize, None),
    (3.0, None),
]


@pytest.mark.parametrize(("original", "kind"), ROWS, ids=stable)
def test_what_is_substituted(trace, original, kind):
    found = substitute(trace, original)
    if kind is None:
        assert found is original
    else:
        assert type(found) is kind
        assert kind in SUBSTITUTES
        assert found.__npjit_original__ is original
        assert substitute(trace, original) is found
        assert isinstance(found, type(original))


def test_outside_of_a_block_they_are_the_originals(trace):
    function, module = substitute(trace, doubled), substitute(trace, np)
    rng = substitute(trace, np.random.default_rng(3))
    assert function(4) == 8
    assert module.zeros is np.zeros
    assert type(module.random) is types.ModuleType
    assert rng.normal() == np.random.default_rng(3).normal()


def test_functions_look_like_their_originals(trace):
    function = substitute(trace, doubled)
    assert inspect.isfunction(function)
    assert inspect.signature(function) == inspect.signature(doubled)
    assert (function.__name__, function.__doc__) == ("doubled", "Double it.")
    assert function == doubled
    assert hash(function) == hash(doubled)
    assert repr(function) == repr(doubled)
    assert pickle.loads(pickle.dumps(function)) is doubled
    assert copy.copy(function) is copy.deepcopy(function) is doubled
    function.note = 1
    assert doubled.note == 1
    del doubled.note


def test_modules_look_like_their_originals(trace):
    module = substitute(trace, np)
    assert inspect.ismodule(module)
    assert repr(module) == repr(np)
    assert module == np
    assert hash(module) == hash(np)
    assert module.__dict__ is np.__dict__
    assert (module.__name__, module.__file__) == ("numpy", np.__file__)
    with pytest.raises(
        AttributeError, match="module 'numpy' has no attribute 'zeroes'"
    ):
        _ = module.zeroes


def test_generators_share_the_stream(trace):
    plain, original = np.random.default_rng(5), np.random.default_rng(5)
    rng = substitute(trace, original)
    got = [rng.normal(), original.random(), *rng.integers(0, 9, 2), rng.random()]
    expected = [plain.normal(), plain.random(), *plain.integers(0, 9, 2)]
    assert got == [*expected, plain.random()]
    found = pickle.loads(pickle.dumps(rng))
    assert type(found) is np.random.Generator
    assert np.random.default_rng(rng) is rng
    assert rng.bit_generator is original.bit_generator
