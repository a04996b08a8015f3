"""The command line, ``python -m npjit``."""

import argparse
from collections.abc import Sequence

from npjit._version import __version__

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of npjit.

    Parameters
    ----------
    argv : sequence of str, optional
        Command and options, in place of those of the process.

    Returns
    -------
    int
        Exit status: 0, or 1 if the command found a failure.

    Raises
    ------
    SystemExit
        With status 2 for an unknown command or option, with 0 after ``--help`` and
        ``--version``.
    """
    command = _parser().parse_args(argv).command
    return COMMANDS[command]()


def demo() -> int:
    """Run NumPy programs with and without npjit and print a table.

    Returns
    -------
    int
        1 if a result differs from NumPy's by more than is promised, else 0.
    """
    # Here and not above: only this command needs the engines.
    from npjit import accelerate
    from npjit._demo.run import run_demo

    is_ok = run_demo(
        lambda fn: accelerate(fn, mode="jit"), lambda line: print(line, flush=True)
    )
    return 0 if is_ok else 1


COMMANDS = {"demo": demo}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m npjit",
        description="Runs NumPy code through JAX and XLA, unchanged.",
    )
    parser.add_argument("--version", action="version", version=f"npjit {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="command", required=True, title="commands"
    )
    for name, command in COMMANDS.items():
        summary = (command.__doc__ or "").partition("\n")[0]
        commands.add_parser(name, help=summary, description=summary)
    return parser
