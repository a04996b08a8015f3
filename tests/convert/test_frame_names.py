"""The names of frames of all kinds, read and bound from outside."""

import sys

import pytest

from npjit._convert.frame_names import FrameNames, is_suspending, names_of

ANSWER = 42


def _doubled(x):
    return x * 2 if type(x) is int else x


def _same(x):
    return x


def _names():
    return FrameNames(sys._getframe(1))


def test_names_of_code_and_of_functions_inside():
    def outer():
        return [ANSWER for _ in range(3)], lambda: unknown.attribute  # noqa: F821

    assert {"ANSWER", "unknown", "attribute", "range"} <= names_of(outer.__code__)


def test_fast_locals_and_globals():
    x, text = 4, "kept"
    visible = _names()
    assert {4, "kept", ANSWER} <= {v for v in visible.values() if type(v) in (int, str)}
    visible.replace(_doubled, _same)
    assert (x, text, ANSWER) == (8, "kept", 42)
    try:
        visible.replace(_same, _doubled)
        assert ANSWER == 84
    finally:
        globals()["ANSWER"] = 42


def test_cells_of_closures():
    x = 1

    def inner():
        nonlocal x
        _names().replace(_doubled, _same)
        return x

    assert (inner(), x) == (2, 2)


def test_unbound_names_stay_unbound():
    _names().replace(_doubled, _same)
    with pytest.raises(UnboundLocalError):
        later  # noqa: B018, F821
    later = 1
    assert later == 1


@pytest.mark.parametrize("in_class", [False, True])
def test_module_and_class_bodies(in_class):
    text = "x = 3\nlook()\ny = x\n"
    if in_class:
        text = "class C:\n " + text.replace("\n", "\n ") + "\ny = C.y"
    names = {"look": lambda: _names_of_caller().replace(_doubled, _doubled)}
    exec(text, names)
    assert names["y"] == 6


def _names_of_caller():
    return FrameNames(sys._getframe(2))


def test_globals_that_are_not_mentioned():
    visible = FrameNames(sys._getframe())
    assert "_doubled" not in visible.names
    visible.look_at_all_globals()
    assert "_doubled" in visible.names


def test_code_that_is_left_and_entered_again():
    def generator():
        yield

    async def coroutine():
        pass

    assert is_suspending(generator.__code__)
    assert is_suspending(coroutine.__code__)
    assert not is_suspending(_doubled.__code__)


def test_globals_of_python_itself_are_no_names():
    """`__loader__` leads to all that pytest holds."""
    names = FrameNames(sys._getframe())
    names.look_at_all_globals()
    assert "FrameNames" in names.names
    assert not {"__loader__", "__spec__", "__builtins__"} & names.names
