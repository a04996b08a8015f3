"""The thread that compiles: order, bounds, exit and fork."""

import os
import subprocess
import sys
import threading
import time

import pytest

from npjit._runtime.background import Worker


def run_python(text):
    """A process of its own, in which mode "auto" measures from the first call."""
    env = os.environ | {"NPJIT_WARM_UP_SECONDS": "0", "JAX_PLATFORMS": "cpu"}
    return subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        env=env,
        timeout=120,
    )


def test_jobs_are_done_in_order():
    worker, done = Worker(), []
    for i in range(10):
        assert worker.submit(lambda i=i: done.append(i))
    assert worker.wait(60)
    assert done == list(range(10))
    assert not worker.is_busy()
    worker.close()


def test_threads_switch_more_often_while_a_job_runs():
    before = sys.getswitchinterval()
    worker, during = Worker(), []
    worker.submit(lambda: during.append(sys.getswitchinterval()))
    assert worker.wait(60)
    assert during[0] < before == sys.getswitchinterval()
    try:
        worker.submit(lambda: sys.setswitchinterval(0.002))
        assert worker.wait(60)
        assert sys.getswitchinterval() == 0.002  # a user's own
    finally:
        sys.setswitchinterval(before)
    worker.close()


def test_the_queue_is_bounded():
    worker, go_on = Worker(), threading.Event()
    taken = sum(worker.submit(go_on.wait) for _ in range(100))
    assert 16 <= taken <= 17  # one may be running
    assert worker.is_full()
    assert not worker.wait(0.01)
    go_on.set()
    assert worker.wait(60)
    assert worker.submit(lambda: None)
    worker.close()


def test_closing_waits_for_the_job_that_runs_and_drops_the_others():
    worker, began, done = Worker(), threading.Event(), []

    def job():
        began.set()
        time.sleep(0.05)
        done.append("first")

    worker.submit(job)
    worker.submit(lambda: done.append("second"))
    assert began.wait(60)
    worker.close()
    assert done == ["first"]
    assert not worker.submit(job)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_raises_does_not_end_the_work():
    worker, done = Worker(), []

    def fail():
        raise SystemExit

    worker.submit(fail)
    assert worker.wait(60)
    worker.thread.join(60)
    worker.submit(lambda: done.append(1))
    assert worker.wait(60)
    assert done == [1]
    worker.close()


_COMPILES_AT_EXIT = """
import numpy as np, npjit
fast = npjit.accelerate(lambda x: np.sin(x) * np.cos(x) + np.tan(x).sum())
for _ in range({count}):
    fast(np.ones(2000))
    {after}
print("end")
"""


@pytest.mark.parametrize(
    ("count", "after"),
    [
        (1, ""),  # JAX is being imported
        (4, "from npjit._runtime.background import WORKER; WORKER.wait()"),
        (3, "from npjit._runtime import auto; import time; time.sleep(1.0)"),
    ],
)
def test_the_interpreter_ends_cleanly(count, after):
    done = run_python(_COMPILES_AT_EXIT.format(count=count, after=after))
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


_FORKS = """
import os, warnings
import numpy as np, npjit
from npjit._runtime.background import WORKER
warnings.simplefilter("ignore")
fast = npjit.accelerate(lambda x: np.sin(x) * 2)
x = np.ones(2000)
for _ in range(5):
    expected = fast(x)
    WORKER.wait()
fast(x)
pid = os.fork()
if pid == 0:
    same = all(np.allclose(fast(x), expected) for _ in range(20))
    print(same, WORKER.is_forked, WORKER.is_busy(), flush=True)
    os._exit(0)
_, status = os.waitpid(pid, 0)
print(status, np.allclose(fast(x), expected))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_forked_child_stays_in_numpy():
    done = run_python(_FORKS)
    assert done.stdout == "True True False\n0 True\n", done.stderr


_FORKS_IN_MODE = """
import os, warnings
import numpy as np, npjit
warnings.simplefilter("ignore")
fast = npjit.accelerate(lambda x: np.sin(x) * 2, mode="{mode}")
x = np.ones(20_000)
expected = fast(x), fast(x)
pid = os.fork()
if pid == 0:
    same = np.allclose(fast(x), expected[1]) and fast(x[:7]).shape == (7,)
    print(same, flush=True)
    os._exit(0)
_, status = os.waitpid(pid, 0)
print(status, (fast(x) == expected[1]).all())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.parametrize("mode", ["jit", "check"])
def test_what_was_compiled_is_left_to_numpy_in_a_forked_child(mode):
    done = run_python(_FORKS_IN_MODE.format(mode=mode))
    assert done.stdout == "True\n0 True\n", done.stderr


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2, 0.4])
def test_a_process_that_ends_does_not_wait_for_jax(seconds):
    found = run_python(
        "import atexit, sys, time\n"
        "atexit.register(lambda: print('npjit._runtime.measuring' in sys.modules))\n"
        "from npjit._runtime.recording import engine_of\n"
        f"engine_of('auto').load()\ntime.sleep({seconds})\n"
    )
    assert (found.returncode, found.stderr) == (0, "")
    if not seconds:
        assert found.stdout == "False\n"
