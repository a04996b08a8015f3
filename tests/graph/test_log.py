"""The log: its key tells apart what differs, and grows equal for what looks alike."""

import numpy as np
import pytest

from npjit._config import Options
from npjit._graph.log import Log
from npjit._host.engine import HostEngine
from npjit._runtime import recording


def run_with(engine, fn, *args):
    """Record a call whose cuts run on an engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "engine_of", lambda mode: engine)
        recording.record_call(fn, args, {}, Options(mode="host"))


def logs_of(fn, *args):
    """The logs of a call as (key, starts, number of entries), just before their cut."""
    found = []

    class Watched(HostEngine):
        def run(self, trace, log):
            found.append((tuple(log.key), tuple(log.starts), len(log.entries)))
            super().run(trace, log)

    run_with(Watched(), fn, *args)
    return found


def step(x, i):
    x[i] = x[i - 1] * 2.0
    return x


@pytest.mark.parametrize("i", [1, 2, 4])
def test_moved_indices_are_starts_and_no_part_of_the_key(i):
    ((key, starts, count),) = logs_of(step, np.ones(5), i)
    ((other_key, other_starts, _),) = logs_of(step, np.ones(5), 3)
    assert count >= 2
    assert key == other_key
    assert starts != other_starts


DIFFERENT = [
    (lambda x, y: x + y),
    (lambda x, y: y + x),
    (lambda x, y: x + x),
    (lambda x, y: x - y),
    (lambda x, y: x[1:] + y[1:]),
    (lambda x, y: x[::2] + y[::2]),
    (lambda x, y: x.sum() + y),
    (lambda x, y: x.sum(keepdims=True) + y),
    (lambda x, y: x + 1),
    (lambda x, y: x + 1.0),
    (lambda x, y: np.add(x, y, out=x)),
    (lambda x, y: np.add(x, y, out=y)),
    (lambda x, y: x.reshape(2, 3) + 1.0),
    (lambda x, y: x.reshape(3, 2) + 1.0),
]


def test_keys_of_different_programs_differ():
    x, y = np.ones(6), np.zeros(6)
    keys = [logs_of(fn, x.copy(), y.copy())[0][0] for fn in DIFFERENT]
    twice = {key for key in keys if keys.count(key) > 1}
    # x + y and y + x read two leaves in turn: they are one program.
    assert twice == {keys[0]}
    assert keys[0] == keys[1]


def test_keys_of_different_aliasing_differ():
    x, y = np.ones(6), np.zeros(6)

    def add(a, b):
        a += 1
        return a + b

    assert logs_of(add, x, y)[0][0] != logs_of(add, x, x)[0][0]


def test_dead_results_are_not_live():
    lives = []

    class Watched(HostEngine):
        def run(self, trace, log):
            lives.append([slot for slot, _ in log.live()])
            super().run(trace, log)

    run_with(Watched(), lambda x: np.exp(np.sin(x) * 2.0), np.ones(3))
    assert [len(live) for live in lives] == [1]


def test_epochs_differ():
    assert Log().epoch != Log().epoch


def test_results_can_be_handed_over_twice():
    class Target:
        value = None

        def set_value(self, value):
            self.value = value

    log, targets = Log(), [Target(), Target()]
    log.results = [(target, i) for i, target in enumerate(targets)]
    log.finish()
    log.finish()
    assert [target.value for target in targets] == [0, 1]


def test_bytes_are_those_that_leaves_hold():
    sizes = []

    class Watched(HostEngine):
        def run(self, trace, log):
            sizes.append(log.nbytes)
            super().run(trace, log)

    run_with(Watched(), lambda x: x * 2.0 + 1.0, np.ones(100))
    assert sizes == [800]
