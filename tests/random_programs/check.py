"""Runs a random program under NumPy and under npjit, and compares all it did."""

import functools
from typing import Any

import numpy as np

from npjit import accelerate as npjits
from npjit.testing.parity import (
    Accelerate,
    Call,
    ParityError,
    Settings,
    compare_calls,
    observe,
)
from tests.random_programs.program import ARGUMENTS, Program

# The first call of each is cold, the third has other values than the others.
SEEDS = (1, 1, 2)


def check_program(program: Program, mode: str, accelerate: Accelerate) -> list[str]:
    """Compare three calls; the module's globals live on from one to the next.

    Returns the names of the exceptions raised, "" for none; a difference raises
    `ParityError`.
    """
    try:
        plain, fast = program.namespace(), program.namespace()
        run = _accelerated(fast, functools.partial(accelerate, mode=mode))
        settings = Settings(modes=(mode,))
        raised = []
        for seed in SEEDS:
            if not _has_inputs(plain, seed):
                break
            expected = _call(plain, plain["program"], seed)
            compare_calls(expected, _call(fast, run, seed), mode, settings)
            error = expected.outcome.error
            raised.append(type(error).__name__ if error else "")
        return raised
    except ParityError as error:
        error.add_note(f"mode {mode!r}, inputs({seed})")
        raise
    finally:
        program.forget()


def _accelerated(namespace: dict[str, Any], accelerate: functools.partial[Any]) -> Any:
    """The function to call; it may have blocks in it, or nothing else."""
    if accelerate.func is npjits:  # others only make functions
        namespace["block"] = accelerate
    program = namespace["program"]
    return program if "ONLY_BLOCKS" in namespace else accelerate(program)


def _has_inputs(namespace: dict[str, Any], seed: int) -> bool:
    """Whether inputs can be made: a call may leave a global of another shape."""
    try:
        namespace["inputs"](seed)
    except (IndexError, ValueError):
        return False
    return True


def _call(namespace: dict[str, Any], fn: Any, seed: int) -> Call:
    arguments = namespace["inputs"](seed)
    names = ARGUMENTS.split(", ")
    with np.errstate():  # a program may set another
        outcome = observe(fn, arguments, {})
    inputs = [(f"argument {n!r}", x) for n, x in zip(names, arguments, strict=True)]
    names = [name for name in ("G0", "G1", "KEPT") if name in namespace]
    inputs += [(f"global {name!r}", namespace[name]) for name in names]
    # the functions too: some keep arrays in their defaults
    inputs += [
        (f"function {name!r}", value)
        for name, value in namespace.items()
        if callable(value) and getattr(value, "__module__", "") == namespace["__name__"]
    ]
    return Call(outcome, inputs)
