"""Objects that are known by a number, and not kept alive by it."""

import gc

from npjit._graph.weak import WeakLists


class Thing:
    pass


def test_the_living_are_found():
    things, known = [Thing(), Thing(), Thing()], WeakLists()
    known.add(1, things[0])
    known.add(1, things[1])
    known.add(2, things[2])
    assert known.of(1) == things[:2]
    assert list(known) == things
    assert 2 in known
    assert 3 not in known
    assert known.of(3) == []


def test_the_dead_are_forgotten():
    kept, known = Thing(), WeakLists()
    known.add(1, kept)
    known.add(1, Thing())
    known.add(2, Thing())
    gc.collect()
    assert known.of(1) == [kept]
    assert 2 not in known
    assert len(known) == 1


def test_an_object_that_was_replaced_takes_nothing_with_it():
    first, second, known = Thing(), Thing(), WeakLists()
    known.add(1, first)
    known.pop(1)
    known.add(1, second)
    del first
    gc.collect()
    assert known.of(1) == [second]
