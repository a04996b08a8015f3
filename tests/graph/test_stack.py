"""An error may come later only where nobody could tell."""

import contextlib

import pytest

from npjit._graph.stack import unguarded_stack
from npjit._graph.trace import location


def lines_at_bottom(function):
    """What `unguarded_stack` says below a call, as names of functions."""
    stack = function(bottom.__code__)
    return None if stack is None else [code.co_name for code, _, _ in stack]


def bottom(function):
    return lines_at_bottom(function)


def plain(code):
    return unguarded_stack(code)


def through_another(code):
    found = plain(code)
    return found  # noqa: RET504 - a line after the call


def in_try(code):
    try:
        return unguarded_stack(code)
    finally:
        pass


def in_handler(code):
    try:
        raise ValueError
    except ValueError:
        return unguarded_stack(code)


def in_with(code):
    with contextlib.nullcontext():
        return unguarded_stack(code)


def behind_try(code):
    try:
        int("1")
    except ValueError:
        return None
    return unguarded_stack(code)


def in_try_further_out(code):
    try:
        return plain(code)
    except ValueError:
        return None


@pytest.mark.parametrize("function", [in_try, in_with, in_handler, in_try_further_out])
def test_a_handler_is_active(function) -> None:
    assert bottom(function) is None


@pytest.mark.parametrize("function", [plain, behind_try])
def test_no_handler_is_active(function) -> None:
    assert bottom(function) == ["lines_at_bottom", function.__name__]


def test_the_lines_are_those_of_the_calls() -> None:
    def ask():
        return through_another(ask_outside.__code__)

    def ask_outside():
        return ask()

    stack = ask_outside()
    names = [code.co_name for code, _, _ in stack]
    assert names == ["ask", "through_another", "plain"]
    first = through_another.__code__.co_firstlineno
    assert location(stack[1]) == (__file__, first + 1)


def test_without_a_bottom_nothing_is_known() -> None:
    assert unguarded_stack(None) is None
