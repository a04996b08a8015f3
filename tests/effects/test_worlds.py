"""The test of stale state can fail: accelerators that remember too much are found."""

import dataclasses
from functools import partial

import pytest
import wrapt

from npjit.testing import ParityError
from npjit.testing.copies import Copier
from tests.effects.test_stale_state import CASES
from tests.effects.worlds import assert_same_story, plain

# Here copies of the first result are right.
UNMOVED = {
    "nested, another part used",
    "draws from a new generator",
    "np.random.seed inside",
    "an error each time",
    "results own their memory",
    "arrays without operations",
}


def frozen(fn=None, **options):
    """Return copies of the first result for ever."""
    if fn is None:
        return partial(frozen, **options)
    first = []

    def call(wrapped, instance, args, kwargs):
        if not first:
            first.append(wrapped(*args, **kwargs))
        return Copier().copy(first[0])

    return wrapt.FunctionWrapper(fn, call)


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in UNMOVED], ids=str)
def test_every_case_moves(case):
    case = dataclasses.replace(case, replays=None)
    assert_same_story(case, "host", plain)
    with pytest.raises((ParityError, TypeError)):
        assert_same_story(case, "host", frozen)
