"""One seed of a long run; not in the command line, so that workers can import it."""

import traceback

from npjit.testing import ParityError
from tests.random_programs.check import PLACED, check_program
from tests.random_programs.choices import from_seed
from tests.random_programs.program import draw_program
from tests.random_programs.reduce import reduced

FAILURE = "difference"
XLA_MODES = ("jit", "auto", "check", *PLACED)


def run_seed(task: tuple[int, str, bool]) -> tuple[int, str, str]:
    """Draw and check one program: (seed, outcome, text of a failure)."""
    from npjit import accelerate

    seed, mode, is_reducing = task
    try:
        program = draw_program(from_seed(seed), exact=mode in XLA_MODES)
    except MemoryError:  # `[5] * x[0]` with a large x[0]
        return seed, "too large", ""
    if mode in PLACED and "catch_warnings" in program.text:
        return seed, "looks at warnings", ""
    try:
        raised = check_program(program, mode, accelerate)
    except Exception as error:  # noqa: BLE001 (a failure of this seed, the run goes on)
        failure = _described(error)
        if is_reducing:
            program = reduced(program, lambda p: check_program(p, mode, accelerate))
        return seed, FAILURE, f"{failure}\n{program}"
    outcome = next(filter(None, raised), "ran through")
    return seed, f"{outcome}, replayed" if program.replays else outcome, ""


def _described(error: Exception) -> str:
    """The difference; for one in exceptions, the traceback of npjit's."""
    if not isinstance(error, ParityError):
        return traceback.format_exc()
    cause = traceback.format_exception(error.__cause__) if error.__cause__ else []
    return "".join([*cause, "\n".join([str(error), *error.__notes__, ""])])
