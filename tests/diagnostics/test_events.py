"""Events are counted, logged, captured; counting holds under threads."""

import logging
import threading

import pytest

from npjit._diagnostics import events
from npjit._diagnostics.events import Event, Site
from npjit._diagnostics.stats import reset_stats, stats
from npjit.errors import FallbackError, Reason

SORT = Event("fallback", "numpy.sort", Reason.NO_LOWERING, "prog.py", 12)
BOOL = Event("break", "bool", Reason.VALUE_NEEDED, "prog.py", 3)
BUG = Event("fallback", "numpy.add", Reason.INTERNAL, detail="Traceback: KeyError")


@pytest.fixture(autouse=True)
def _own_counters():
    reset_stats()
    yield
    reset_stats()


def test_events_are_counted_by_name_operation_and_reason():
    events.emit(SORT)
    events.emit(SORT)
    events.emit(Event("record", "f", count=40))
    counts = events.counts()
    assert counts.operations == {
        ("fallback", "numpy.sort", Reason.NO_LOWERING): 2,
        ("record", "f", None): 40,
    }
    assert counts.sites == {
        Site("fallback", "numpy.sort", Reason.NO_LOWERING, "prog.py", 12): 2
    }


def test_counts_are_a_copy():
    before = events.counts()
    events.emit(SORT)
    assert not before.operations
    assert not before.sites


def test_reset_forgets_counts_but_keeps_subscribers():
    with events.capture() as seen:
        events.emit(SORT)
        events.reset()
        assert not events.counts().operations
        events.emit(BOOL)
    assert seen == [SORT, BOOL]


def test_capture_sees_its_block_only():
    events.emit(SORT)
    with events.capture() as outer:
        with events.capture() as inner:
            events.emit(BOOL)
        events.emit(SORT)
    events.emit(SORT)
    assert inner == [BOOL]
    assert outer == [BOOL, SORT]


def test_capture_ends_on_an_exception():
    with pytest.raises(KeyError), events.capture() as seen:
        raise KeyError
    events.emit(SORT)
    assert seen == []


def test_capture_sees_other_threads():
    with events.capture() as seen:
        thread = threading.Thread(target=events.emit, args=(SORT,))
        thread.start()
        thread.join()
    assert seen == [SORT]


def test_a_callback_may_subscribe_twice_and_leave_once():
    seen = []
    leave_first = events.subscribe(seen.append)
    leave_second = events.subscribe(seen.append)
    events.emit(SORT)
    leave_first()
    leave_first()
    events.emit(BOOL)
    leave_second()
    events.emit(SORT)
    assert seen == [SORT, SORT, BOOL]


def test_the_exception_of_a_subscriber_arrives_and_the_event_is_counted():
    def refuse(event):
        raise events.fallback_error(event)

    leave = events.subscribe(refuse)
    try:
        with pytest.raises(FallbackError, match=r"numpy\.sort at prog\.py:12"):
            events.emit(SORT)
    finally:
        leave()
    assert sum(events.counts().operations.values()) == 1


def test_no_count_is_lost_between_threads():
    def work():
        for _ in range(2000):
            events.emit(SORT)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(events.counts().sites.values()) == 8000


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (Event("compile", "f", elapsed_ns=1_500_000), logging.DEBUG),
        (SORT, logging.INFO),
        (BOOL, logging.INFO),
        (BUG, logging.WARNING),
    ],
    ids=str,
)
def test_events_are_logged_at_their_level(event, level, caplog):
    with caplog.at_level(logging.DEBUG, logger="npjit"):
        events.emit(event)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("npjit", level)
    assert record.getMessage() == str(event)


def test_text_of_an_event():
    assert str(SORT) == (
        f"fallback numpy.sort at prog.py:12: {Reason.NO_LOWERING.value}"
    )
    assert str(Event("record", "f", count=3)) == "record f x3"
    assert str(Event("compile", "f", elapsed_ns=1_500_000)) == (
        "compile f took 1.500 ms"
    )


def test_break_error_differs_from_fallback_error():
    assert events.fallback_error(BOOL).kind == "break"
    assert events.fallback_error(SORT).kind == "fallback"


def test_stats_add_up():
    for event in [SORT, SORT, BOOL, Event("record", "f", count=40)]:
        events.emit(event)
    events.emit(Event("compile", "f", elapsed_ns=2_000_000))
    events.emit(Event("hit", "f"))
    events.emit(Event("engine", "xla", count=38))
    now = stats()
    assert (now.recorded, now.compiled, now.hits) == (40, 1, 1)
    assert now.compile_ms == 2.0
    assert now.engines == {"xla": 38}
    assert set(now.events) == set(events.NAMES)
    (fallback,) = now.fallbacks
    assert (fallback.operation, fallback.line, fallback.count) == (
        "numpy.sort",
        "prog.py:12",
        2,
    )
    (point,) = now.breaks
    assert (point.reason, point.line) == ("VALUE_NEEDED", "prog.py:3")
    assert now.operations["fallback", "numpy.sort", "NO_LOWERING"] == 2


def test_stats_are_readable():
    events.emit(SORT)
    text = str(stats())
    for part in ["0 recorded", "numpy.sort at prog.py:12", "NO_LOWERING"]:
        assert part in text


def test_stats_as_dict_is_plain():
    events.emit(SORT)
    row = stats().as_dict()["fallbacks"][0]
    assert row["line"] == "prog.py:12"
    assert row["count"] == 1
