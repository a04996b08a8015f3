"""Calls that seem to come from the user's line."""

import sys
import traceback
import warnings

import numpy as np

from npjit._graph.stack import is_trampoline
from npjit._graph.trace import location
from npjit._host.trampoline import call_at


def here():
    frame = sys._getframe(1)
    return frame.f_code, frame.f_lasti, frame.f_globals


def test_location_is_file_and_line():
    line = here()
    expected = sys._getframe().f_lineno - 1
    assert location(line) == (__file__, expected)


def test_a_warning_points_to_the_line():
    line, lineno = here(), sys._getframe().f_lineno
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call_at(line, np.divide, (np.ones(2), np.zeros(2)), {})
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, lineno)]


def test_a_warning_is_shown_once_per_line_of_the_users_module():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            line = here()
            call_at(line, np.divide, (np.ones(2), np.zeros(2)), {})
    assert len(caught) == 1


def test_frames_are_known_by_their_code():
    line, codes = here(), []

    def look():
        codes.append(sys._getframe(1).f_code)
        return 7

    assert call_at(line, look, (), {}) == 7
    assert is_trampoline(codes[0])
    assert not is_trampoline(sys._getframe().f_code)
    assert codes[0].co_filename == __file__


def test_errors_pass():
    line, lineno = here(), sys._getframe().f_lineno
    try:
        call_at(line, np.reshape, (np.ones(3), (2, 2)), {})
    except ValueError as error:
        found = traceback.extract_tb(error.__traceback__)
    assert (__file__, lineno) in [(f.filename, f.lineno) for f in found]
