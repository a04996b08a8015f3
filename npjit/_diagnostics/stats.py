"""`npjit.stats()`: what npjit did in this process so far, counted and readable."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from npjit._diagnostics import events
from npjit.errors import Reason

__all__ = ["SiteCount", "Stats", "reset_stats", "stats"]


@dataclass(frozen=True, slots=True)
class SiteCount:
    """How often one operation left the recording on one source line.

    Parameters
    ----------
    operation : str
        As ``numpy.sort``.
    reason : str
        Name of a `npjit.errors.Reason`; empty if none was given.
    line : str
        ``file:line`` of the user's code; empty if it is not known.
    count : int
        Times it happened.
    text : str
        The reason in words.
    """

    operation: str
    reason: str
    line: str
    count: int
    text: str

    def __str__(self) -> str:
        where = f" at {self.line}" if self.line else ""
        reason = self.reason or "no reason given"
        return f"{self.count:>8} x {self.operation}{where}: {reason}, {self.text}"


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of what npjit did since the process or the last `reset_stats` began.

    Parameters
    ----------
    recorded : int
        Operations recorded.
    compiled, hits : int
        Programs compiled, and found compiled in the cache.
    compile_ms : float
        Time spent compiling, in milliseconds.
    engines : dict
        Operations run, by engine: ``"xla"`` and ``"host"``.
    events : dict
        Count by event name; every name of the event stream is there.
    operations : dict
        Count by event name, operation and name of the reason.
    fallbacks, breaks : tuple of SiteCount
        Operations that ran in NumPy, and values needed in mid-call; the most frequent
        first.
    replayed : int
        Calls that ran without their Python code.
    recorded_only : tuple of SiteCount
        Calls that were recorded and cannot be replayed: the function, and what
        prevents it, where.
    """

    recorded: int
    compiled: int
    hits: int
    compile_ms: float
    engines: dict[str, int]
    events: dict[str, int]
    operations: dict[tuple[str, str, str], int]
    fallbacks: tuple[SiteCount, ...]
    breaks: tuple[SiteCount, ...]
    replayed: int
    recorded_only: tuple[SiteCount, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as dicts, tuples, strings and numbers."""
        return asdict(self)

    def __str__(self) -> str:
        engines = ", ".join(f"{n} on {name}" for name, n in self.engines.items())
        lines = [
            f"operations: {self.recorded} recorded; run: {engines or 'none'}",
            f"programs: {self.compiled} compiled in {self.compile_ms:.1f} ms, "
            f"{self.hits} hits in the cache, {self.events['guard_miss']} guard misses",
            *_section("fallbacks (ran in NumPy)", self.fallbacks),
            *_section("breaks (a value was needed)", self.breaks),
            f"calls replayed without their Python code: {self.replayed}",
            *_section("calls recorded, and why they cannot be", self.recorded_only),
        ]
        return "\n".join(lines)


def stats() -> Stats:
    """Return the counts of this process.

    Returns
    -------
    Stats
        Readable with ``print``; unaffected by later work.
    """
    counts = events.counts()
    by_name: Counter[str] = Counter(dict.fromkeys(events.NAMES, 0))
    engines: Counter[str] = Counter()
    for (name, operation, _), count in counts.operations.items():
        by_name[name] += count
        if name == "engine":
            engines[operation] += count
    return Stats(
        recorded=by_name["record"],
        compiled=by_name["compile"],
        hits=by_name["hit"],
        compile_ms=counts.elapsed_ns["compile"] / 1e6,
        engines=dict(engines),
        events=dict(by_name),
        operations={
            (name, operation, _name_of(reason)): count
            for (name, operation, reason), count in counts.operations.items()
        },
        fallbacks=_sites(counts, "fallback"),
        breaks=_sites(counts, "break"),
        replayed=by_name["replay"],
        recorded_only=_sites(counts, "no_replay"),
    )


def reset_stats() -> None:
    """Set all counts to zero."""
    events.reset()


def _sites(counts: events.Counts, name: events.Name) -> tuple[SiteCount, ...]:
    return tuple(
        SiteCount(
            site.operation,
            _name_of(site.reason),
            f"{site.filename}:{site.lineno}" if site.filename else "",
            count,
            site.reason.value if site.reason is not None else "",
        )
        for site, count in counts.sites.most_common()
        if site.name == name
    )


def _name_of(reason: Reason | None) -> str:
    return "" if reason is None else reason.name


def _section(title: str, rows: Iterable[SiteCount]) -> list[str]:
    rows = list(rows)
    total = sum(row.count for row in rows)
    return [f"{title}: {total}", *(str(row) for row in rows)]
