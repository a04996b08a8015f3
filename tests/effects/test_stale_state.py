"""State that changes between two calls: a replay must never be stale."""

import pytest

from tests.effects.cases import (
    arguments,
    effects,
    flow,
    hidden,
    names,
    numbers,
    objects,
)
from tests.effects.worlds import assert_same_story

COMPILED = [
    *arguments.CASES,
    *names.CASES,
    *objects.CASES,
    *effects.CASES,
    *flow.CASES,
    *numbers.CASES,
]
# What these are about, no engine comes to see.
CASES = [*COMPILED, *hidden.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_mode_host(case):
    assert_same_story(case, "host")


@pytest.mark.parametrize("case", COMPILED, ids=str)
def test_mode_jit(case):
    assert_same_story(case, "jit")
