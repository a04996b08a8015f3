"""A dot plot: a line for each program, a dot for each system."""

from collections.abc import Sequence
from pathlib import Path

from bench.driver import GOAL, Row

__all__ = ["plot"]

_STYLES = {
    "auto": ("npjit, auto", "tab:blue", "o"),
    "jit": ("npjit, jit", "tab:cyan", "o"),
    "jax": ("JAX by hand", "tab:orange", "D"),
    "numba": ("Numba", "tab:green", "s"),
    "numexpr": ("numexpr", "tab:purple", "^"),
    "torch": ("torch.compile", "tab:red", "v"),
}


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw how many times as fast as NumPy each system is on each program.

    Parameters
    ----------
    rows : sequence of Row
        Sorted here, by mode "auto".
    path : Path
        File to write; its suffix says in which format.
    """
    from matplotlib.figure import Figure

    rows = sorted(rows, key=_speed)
    figure = Figure(figsize=(9, 1.5 + 0.2 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for system, (label, color, marker) in _STYLES.items():
        found = [(i, r) for i, row in enumerate(rows) if (r := row.ratio_of(system))]
        if found:
            heights, ratios = zip(*found, strict=True)
            axes.hlines(
                heights, [r.low for r in ratios], [r.high for r in ratios], color
            )
            medians = [r.median for r in ratios]
            axes.plot(medians, heights, marker, color=color, label=label, alpha=0.8)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.axvline(GOAL, color="black", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="times as fast as NumPy")
    axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=7)
    axes.set_ylim(-1, len(rows))
    axes.grid(axis="x", alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper center", ncols=len(_STYLES))
    figure.savefig(path, dpi=150)


def _speed(row: Row) -> float:
    found = row.ratio_of("auto")
    return found.median if found else 0.0
