"""Parts of arrays: the stand-ins of views."""

from __future__ import annotations

from weakref import ref

from npjit._array.array import Array
from npjit._array.entries import is_writeable
from npjit._array.view import View
from npjit._graph.structure import ROOT, Structure

__all__ = ["is_root", "kept_part", "part_of", "view_with"]


def view_with(parent: Array, view: View) -> Array:
    """The stand-in of a view of `parent`."""
    return kept_part(parent, view, parent._structure.extended(view.prims))


def kept_part(parent: Array, view: View, structure: Structure) -> Array:
    """The stand-in of a view that user code gets."""
    array = part_of(parent, view, structure)
    if parent._storage.root is None and is_root(parent):
        parent._storage.root = ref(parent)
    array._is_view = True
    array._readonly = not view.writeable or not is_writeable(parent)
    return array


def part_of(parent: Array, view: View, structure: Structure) -> Array:
    """A view as an operand or a target, which nobody else will see."""
    return Array(
        parent._trace,
        parent._storage,
        view.aval,
        structure,
        parent._starts + view.starts,
        parent._offset + view.offset,
    )


def is_root(array: Array) -> bool:
    """Whether the array's memory is its own."""
    return array._structure is ROOT and not array._is_view
