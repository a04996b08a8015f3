"""The programs of `tests.programs` do the same under NumPy and npjit."""

import importlib
import pkgutil

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit._diagnostics.values import Tolerance
from npjit.testing.copies import arrays_in
from npjit.testing.parity import Settings, check_parity
from tests import programs
from tests.programs import objects


def modules_of(package):
    return [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
        if not found.ispkg
    ]


PROGRAMS = modules_of(programs) + modules_of(objects)


def short_name(module):
    return module.__name__.rpartition(".")[2]


each_program = pytest.mark.parametrize("module", PROGRAMS, ids=short_name)


def arguments(module, seed=12):
    return module.arguments(np.random.default_rng(seed), module.SIZE)


def assert_program_has_parity(module, mode, accelerate=npjit.accelerate):
    tolerance = getattr(module, "TOLERANCE", 0.0) if mode == "jit" else 0.0

    def other_values(rng, *args):
        """Of the kind that the program is made for: a matrix stays definite."""
        fresh = module.arguments(rng, module.SIZE)
        for old, new in zip(arrays_in(args), arrays_in(fresh), strict=True):
            old[...] = new

    settings = Settings(
        Tolerance(tolerance, tolerance),
        modes=(mode,),
        vary=other_values,
        accelerate=accelerate,
    )
    with capture() as events:
        check_parity(module.program, arguments(module), {}, settings)
    return events


def unchanged(fn, **options):
    return fn


def in_a_block(fn, **options):
    def program(*args):
        with npjit.accelerate(**options):
            result = fn(*args)
        return result  # noqa: RET504  # what a block returns itself stays bound to it

    return program


def test_there_are_thirty_and_ten():
    assert len(modules_of(programs)) >= 30
    assert len(modules_of(objects)) >= 10


@each_program
def test_numpy_agrees_with_itself_and_is_finite(module):
    assert_program_has_parity(module, "numpy", unchanged)
    args = arguments(module)
    for array in map(np.asarray, arrays_in(args, module.program(*args))):
        assert array.dtype.kind in "biu" or np.isfinite(array).all()


@each_program
def test_mode_host(module):
    events = assert_program_has_parity(module, "host")
    assert any(event.name == "engine" for event in events)


@each_program
def test_mode_host_in_a_block(module):
    events = assert_program_has_parity(module, "host", in_a_block)
    assert any(event.name == "engine" for event in events)


@each_program
def test_mode_jit(module):
    events = assert_program_has_parity(module, "jit")
    ran = [event.operation for event in events if event.name == "engine"]
    assert "xla" in ran
    assert "host" not in ran
