"""The token of NumPy's error state changes with it."""

import contextvars
import threading

import numpy as np
import pytest

from npjit._effects import error_state
from npjit._effects.error_state import state_token


def test_the_variable_is_found():
    assert state_token is not object
    assert state_token() is state_token()


@pytest.mark.parametrize("mode", ["ignore", "warn", "raise", "call", "print", "log"])
@pytest.mark.parametrize("kind", ["over", "under", "divide", "invalid", "all"])
def test_another_state_has_another_token(kind, mode):
    before = state_token()
    with np.errstate(**{kind: mode}):
        assert state_token() is not before
    assert state_token() is before


def test_whatever_sets_the_state_changes_the_token():
    def change():
        tokens = [state_token()]
        for setter, value in ((np.seterr, "raise"), (np.seterr, "warn")):
            setter(all=value)
            tokens.append(state_token())
        np.seterrcall(print)
        tokens.append(state_token())
        assert len({*map(id, tokens)}) == len(tokens)

    contextvars.copy_context().run(change)


def test_threads_have_states_of_their_own():
    found = []
    with np.errstate(all="raise"):
        mine = state_token()
        thread = threading.Thread(target=lambda: found.append(state_token()))
        thread.start()
        thread.join()
    assert found[0] is not mine


def test_without_the_variable_no_two_tokens_are_the_same():
    get = error_state._token_from(None)
    assert get() is not get()
