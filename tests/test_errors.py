"""The errors' messages say what, where, why and what to do; they can be pickled."""

import copy
import pickle

import pytest

from npjit.errors import FallbackError, NpjitError, Reason, Unsupported

ERRORS = [
    Unsupported(Reason.DTYPE, "longdouble"),
    Unsupported(Reason.NO_LOWERING),
    FallbackError("numpy.sort", Reason.NO_LOWERING, "prog.py", 12, "kind='heapsort'"),
    FallbackError("bool", Reason.VALUE_NEEDED, "prog.py", 3, kind="break"),
]


@pytest.mark.parametrize("reason", Reason, ids=str)
def test_a_reason_has_a_text_and_reads_as_its_name(reason):
    assert reason.value
    assert str(reason) == reason.name


def test_no_reason_is_an_alias_of_another():
    # Two names with one text are one member, with two entries in __members__.
    assert len(Reason.__members__) == len(list(Reason))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_errors_survive_copy_and_pickle(error, duplicate):
    other = duplicate(error)
    assert type(other) is type(error)
    assert vars(other) == vars(error)
    assert str(other) == str(error)
    assert isinstance(other, NpjitError)


def test_unsupported_says_reason_and_detail():
    assert str(Unsupported(Reason.DTYPE, "longdouble")) == (
        f"{Reason.DTYPE.value} (longdouble)"
    )
    assert str(Unsupported(Reason.DTYPE)) == Reason.DTYPE.value


def test_fallback_error_says_operation_line_reason_and_remedy():
    text = str(ERRORS[2])
    for part in ["numpy.sort", "prog.py:12", Reason.NO_LOWERING.value, "heapsort"]:
        assert part in text
    assert text.endswith("pass strict=False")


def test_break_error_names_the_remedy_for_breaks():
    assert str(ERRORS[3]).endswith("pass strict=True in place of strict='breaks'")


def test_unknown_line_and_reason_leave_no_hole():
    text = str(FallbackError("numpy.sort"))
    assert text.startswith("numpy.sort runs in NumPy: no reason was given")
