"""Programs as users write them, with their bodies in a block."""

import numpy as np
import pytest

from tests.blocks import assert_block_parity
from tests.test_user_programs import PROGRAMS

#: Compiled too: with attributes, with views that are written, with control flow.
COMPILED = ["heat", "wave", "gauss_seidel", "conjugate_gradient", "life"]


def unchanged(rng, *args):
    """Other values might not be of the kind that a program is made for."""


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_on_the_host(program):
    args = program.make(np.random.default_rng(3))
    assert_block_parity(program.fn, *args, modes=("host",), vary=unchanged)


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if str(p) in COMPILED], ids=str
)
def test_compiled(program):
    args = program.make(np.random.default_rng(3))
    assert_block_parity(
        program.fn, *args, modes=("jit",), rtol=program.tolerance, vary=unchanged
    )
