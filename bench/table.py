"""The tables that `python -m bench` prints, and what they come to."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench.driver import GOAL, GOAL_OVER_MS, Result, Row
from bench.timing import Ratio, geometric_mean

__all__ = ["beaten", "costs", "header", "is_wrong", "line", "problems", "summary"]

TITLES = {"numpy": "NumPy", "jax": "JAX by hand"}
SHORT = {"numpy": "NumPy", "jax": "JAX"}
#: What comes before warm calls; and memory.
COSTS: tuple[tuple[str, Callable[[Result], float | None]], ...] = (
    ("one call in a new process, ms", lambda result: result.one_shot_ms),
    ("first call longer by, ms", lambda result: result.compile_ms),
    ("peak of that process, MB", lambda result: result.peak_mb),
)
#: How a program by JAX differs: array operations, or control flow, for a Python loop.
MARKS = {"rewritten": " +", "loop": " *"}
#: Programs beyond this are compared with JAX by hand apart.
LARGE = 100_000


def _title(system: str) -> str:
    return TITLES.get(system, system)


def header(systems: Sequence[str]) -> str:
    """Return the head of the table of ratios."""
    cells = [f"{'program':<24}{'NumPy ms':>10}{'spread':>8}"]
    cells += [f"{_title(s):>{_width(s)}}" for s in systems if s != "numpy"]
    return "".join([*cells, f"{'parity':>9}"])


def _width(system: str) -> int:
    return 24 if system == "auto" else 13


def line(row: Row, systems: Sequence[str]) -> str:
    """Return a row of it: times of NumPy divided by those of the others."""
    name = row.name + MARKS.get(row.form, "")
    numpy = row.results["numpy"]
    if not numpy.times_ms:
        return f"{name:<24}{numpy.problem}"
    cells = [f"{name:<24}{numpy.median_ms:>10.3f}{numpy.spread:>8.0%}"]
    cells += [
        f"{_ratio(system, row.results[system]):>{_width(system)}}"
        for system in systems
        if system != "numpy"
    ]
    return "".join([*cells, f"{_parity(row):>9}"])


def _ratio(system: str, result: Result) -> str:
    if result.ratio is None:
        return "-"
    median, low, high = result.ratio
    if system != "auto":
        return f"{median:.2f}"
    engine = {"numpy": "N", "accelerated": "X"}.get(result.engine or "", "?")
    return f"{median:.2f} [{low:.2f}, {high:.2f}] {engine}"


def _parity(row: Row) -> str:
    """The largest difference of npjit to NumPy, of the largest element."""
    found = [row.results[name] for name in ("auto", "jit") if name in row.results]
    if not found:
        return "-"
    if any(result.problem for result in found):
        return "FAILED"
    largest = max((result.difference or 0.0 for result in found), default=0.0)
    return f"{largest:.0e}" if largest else "equal"


def problems(row: Row) -> Iterator[str]:
    """Yield a line for each system that was not measured, but should have been."""
    if row.results["numpy"].problem:  # it is in the table, and all others follow
        return
    for system, result in row.results.items():
        if result.problem and system in ("auto", "jit", "jax"):
            yield f"  {row.name}, {_title(system)}: {result.problem}"


def is_wrong(row: Row) -> bool:
    """Whether NumPy, npjit or JAX by hand failed, or did not agree."""
    return bool(row.results["numpy"].problem) or any(problems(row))


def costs(rows: Sequence[Row], systems: Sequence[str]) -> Iterator[str]:
    """Yield the table of what comes before warm calls, and of memory."""
    groups = []
    for title, of in COSTS:
        names = [s for s in systems if any(_known(row, s, of) for row in rows)]
        if names:
            groups.append((title, of, names, max(len(title), 9 * len(names))))
    yield _in_groups("", ((title, width) for title, _, _, width in groups))
    heads = (
        ("".join(f"{SHORT.get(s, s):>9}" for s in names), width)
        for _, _, names, width in groups
    )
    yield _in_groups("program", heads)
    for row in rows:
        cells = (
            ("".join(f"{_number(of(row.results[s])):>9}" for s in names), width)
            for _, of, names, width in groups
        )
        yield _in_groups(row.name, cells)


def _in_groups(first: str, groups: Iterable[tuple[str, int]]) -> str:
    return f"{first:<24}" + " | ".join(f"{text:>{width}}" for text, width in groups)


def _known(row: Row, system: str, of: Callable[[Result], float | None]) -> bool:
    return of(row.results[system]) is not None


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def summary(rows: Sequence[Row], systems: Sequence[str]) -> Iterator[str]:
    """Yield what the rows come to, in words.

    Ratios are counted where a system agrees with NumPy. Programs are told apart whose
    form by JAX has something else in place of a Python loop.
    """
    for system in systems:
        found = [(r, row) for row in rows if (r := row.ratio_of(system))]
        if system != "numpy" and found:
            yield f"{_title(system)}: {_summary(system, found)}"
    loops = [row for row in rows if row.form == "loop"]
    others = [row for row in rows if row.form != "loop"]
    alike = [row for row in rows if row.form == "alike"]
    yield from _one_shots(rows)
    yield from _together("programs without *", others, systems)
    yield from _together("programs without * and +", alike, systems)
    yield from _together("programs with *", loops, systems)
    yield from _beside_jax(alike)


def beaten(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each program that another system runs faster than npjit."""
    for row in rows:
        found = {name: r.median for name in row.results if (r := row.ratio_of(name))}
        best = max(found, key=lambda name: found[name], default="auto")
        if "auto" in found and best not in ("auto", "jit"):
            figures = (f"{_title(name)} {found[name]:.2f}" for name in (best, "auto"))
            yield f"  {row.name}: {', '.join(figures)}"


def _summary(system: str, found: Sequence[tuple[Ratio, Row]]) -> str:
    mean = geometric_mean([r.median for r, _ in found])
    worst, row = min(found, key=lambda pair: pair[0].median)
    others = [row for _, row in found if not row.reaches_goal(system)]
    reached, close = len(found) - len(others), sum(r.is_close(system) for r in others)
    more = f", {close} more within {1000 * GOAL_OVER_MS:.0f} us of it" if close else ""
    return (
        f"{mean:.2f} times as fast as NumPy (geometric mean of {len(found)}), worst "
        f"{worst.median:.2f} ({row.name}), {reached} of {len(found)} at or above {GOAL}"
        f"{more}"
    )


def _one_shots(rows: Sequence[Row]) -> Iterator[str]:
    """How much longer than NumPy's single calls in new processes take."""
    for system in ("auto", "jit"):
        found = [(ms, row) for row in rows if (ms := _more_ms(row, system)) is not None]
        if found:
            middle = statistics.median(ms for ms, _ in found)
            most, row = max(found, key=lambda pair: pair[0])
            yield (
                f"{system}, one call in a new process: {middle:.0f} ms longer than "
                f"NumPy's (median), at most {most:.0f} ms ({row.name})"
            )


def _more_ms(row: Row, system: str) -> float | None:
    results = [row.results.get(name) for name in ("numpy", system)]
    numpy_ms, ms = (result.one_shot_ms if result else None for result in results)
    return None if numpy_ms is None or ms is None else ms - numpy_ms


def _together(what: str, rows: Sequence[Row], systems: Sequence[str]) -> Iterator[str]:
    """Geometric means over the programs that npjit and JAX by hand both measured."""
    names = [s for s in ("auto", "jit", "jax") if s in systems]
    found = [[row.ratio_of(name) for name in names] for row in rows]
    common = [ratios for ratios in found if all(ratios)]
    if common and len(names) > 1:
        columns = zip(*common, strict=True)
        means = [geometric_mean([r.median for r in column if r]) for column in columns]
        figures = zip(names, means, strict=True)
        yield f"{what}, the {len(common)} that all of these run as NumPy does: " + (
            ", ".join(f"{_title(name)} {mean:.2f}" for name, mean in figures)
        )


def _beside_jax(rows: Sequence[Row]) -> Iterator[str]:
    """How npjit's times compare with those of JAX by hand on large arrays."""
    large = [row for row in rows if row.elements > LARGE]
    for system in ("auto", "jit"):
        pairs = [(r, row) for row in large if (r := row.to("jax", system))]
        if pairs:
            worst, row = max(pairs, key=lambda pair: pair[0].median)
            mean = geometric_mean([r.median for r, _ in pairs])
            yield (
                f"{system}, time divided by that of JAX by hand, on the {len(pairs)} "
                f"programs without marks above {LARGE} elements: {mean:.2f} (geometric "
                f"mean), worst {worst.median:.2f} ({row.name})"
            )
