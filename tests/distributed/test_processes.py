"""Programs on several devices, and in several processes, on this machine."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import npjit

ROOT = Path(__file__).parents[2]
SECONDS = 240
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="gloo: tested on Linux")


def start(program, *arguments, **environment):
    """A Python process that runs a file, or a module."""
    how = [program] if program.endswith(".py") else ["-m", program]
    environment.setdefault("PYTHONPATH", str(Path(npjit.__file__).parents[1]))
    return subprocess.Popen(
        [sys.executable, *how, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def assert_equal(process):
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output
    assert output.rstrip().endswith("equal"), output


def together(processes):
    try:
        for process in processes:
            assert_equal(process)
    finally:
        for process in processes:
            process.kill()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def program_of(name, folder):
    """A file with the program of docs/scaling.md under a name."""
    text = (ROOT / "docs" / "scaling.md").read_text()
    (program,) = re.findall(rf"^```python {name}\n(.*?)^```", text, re.M | re.S)
    file = folder / f"{name}.py"
    file.write_text(f"{program}\nprint('equal')\n")
    return str(file)


def test_the_program_for_eight_devices_of_the_page(tmp_path):
    file = program_of("eight-devices", tmp_path)
    assert_equal(start(file, JAX_NUM_CPU_DEVICES="8"))


@on_linux
def test_the_program_for_two_processes_of_the_page(tmp_path):
    file, address = program_of("two-processes", tmp_path), f"127.0.0.1:{free_port()}"
    together([start(file, i, address) for i in range(2)])


def test_eight_devices():
    assert_equal(start("tests.distributed.eight_devices", JAX_NUM_CPU_DEVICES="8"))


@on_linux
def test_two_processes():
    port = free_port()
    together([start("tests.distributed.two_processes", port, i) for i in range(2)])
