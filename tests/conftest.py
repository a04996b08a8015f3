"""Settings of all tests: Hypothesis profiles; an internal error fails the test."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from npjit._diagnostics import events
from npjit._runtime.background import WORKER
from npjit.errors import Reason

# Explaining a failure of a random program takes a minute and tells little.
_common = {
    "deadline": None,
    "phases": [phase for phase in hypothesis.Phase if phase.name != "explain"],
}
# Deterministic, so that a change is what makes a test fail; "long" looks for more.
hypothesis.settings.register_profile("default", derandomize=True, **_common)
hypothesis.settings.register_profile("long", print_blob=True, **_common)
hypothesis.settings.load_profile("default")

# Mode "auto" tries XLA from the first call on.
os.environ["NPJIT_WARM_UP_SECONDS"] = "0"

_is_long = False


def pytest_configure(config: pytest.Config) -> None:
    global _is_long
    config.addinivalue_line(
        "markers", "internal_error: the test provokes an error inside npjit"
    )
    _is_long = config.getoption("--hypothesis-profile") == "long"


def is_long() -> bool:
    """Whether the tests run under ``--hypothesis-profile=long``."""
    return _is_long


def examples(default: int, long: int) -> int:
    """How many examples a test draws: more under ``--hypothesis-profile=long``."""
    return long if _is_long else default


@pytest.fixture(autouse=True)
def _no_internal_error(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which npjit reported a bug of its own.

    A test that provokes one on purpose is marked ``internal_error``; the tests of the
    event stream emit what they like.
    """
    with events.capture() as captured:
        yield
        WORKER.wait()  # what it tells belongs to this test
    marked = request.node.get_closest_marker("internal_error") is not None
    if not marked and "diagnostics" not in request.node.path.parts:
        internal = [str(e) for e in captured if e.reason is Reason.INTERNAL]
        assert not internal, "\n".join(internal)
