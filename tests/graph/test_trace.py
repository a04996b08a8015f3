"""The trace: where the user's line is, cuts, and what strict mode raises."""

import sys

import numpy as np
import pytest

import npjit
from npjit._config import Options
from npjit._diagnostics import events
from npjit._graph.trace import Trace, current, location, user_line
from npjit._host.engine import HostEngine
from npjit.errors import Reason


def new_trace(**options):
    return Trace(Options(**options), HostEngine(), HostEngine())


def test_the_users_line_is_the_innermost_frame_outside_npjit():
    found, expected = location(user_line()), sys._getframe().f_lineno
    assert found == (__file__, expected)


def test_current_is_of_the_thread_and_of_the_call():
    seen = []
    npjit.accelerate(lambda x: seen.append(current.trace), mode="host")(np.ones(2))
    assert current.trace is None
    assert seen[0].closed
    assert seen[0].direct > 0


@pytest.mark.parametrize(
    ("strict", "name", "raises"),
    [
        (False, "fallback", False),
        (False, "break", False),
        (True, "fallback", True),
        (True, "break", False),
        ("breaks", "fallback", True),
        ("breaks", "break", True),
    ],
)
def test_tell(strict, name, raises):
    trace = new_trace(strict=strict)
    with events.capture() as captured:
        if raises:
            with pytest.raises(npjit.FallbackError) as raised:
                trace.tell(name, "np.f", Reason.DTYPE, user_line(), "in particular")
            assert raised.value.kind == name
            assert "in particular" in str(raised.value)
        else:
            trace.tell(name, "np.f", Reason.DTYPE, user_line(), "in particular")
    (event,) = captured
    assert (event.name, event.filename) == (name, __file__)


def test_tiny_is_an_average():
    trace = new_trace(mode="auto")
    trace.recent_size = 2000 * 64 - 1
    assert trace.is_tiny()
    assert trace.recent_size == 0
    trace.recent_size = 2000 * 64
    assert not trace.is_tiny()
    assert not new_trace(mode="jit").is_tiny()


def test_an_empty_trace_flushes_nothing():
    trace = new_trace()
    with events.capture() as captured:
        trace.flush()
        trace.flush_on_host()
    assert captured == []
