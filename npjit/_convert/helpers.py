"""The table of helpers that converted code calls; `expressions` names them.

Outside a recording they do what plain Python does. Inside, values that enter are
lifted, operators and attributes that Python code defines are converted like calls, and
stores of stand-ins are noted.
"""

from __future__ import annotations

from typing import Any

from npjit._array.array import lift
from npjit._convert.attributes import aug_attr, delete_attr, load_attr, store_attr
from npjit._convert.calls import (
    define,
    define_class,
    enter,
    hashed,
    resolve_method,
    shown,
    spread,
)
from npjit._convert.extracts import extract_method, extracting
from npjit._convert.functions import install_helpers
from npjit._convert.iteration import iterate, loop, unpack
from npjit._convert.markers import HELPER_NAMES
from npjit._convert.operators import OPERATORS, figure
from npjit._convert.resolve import resolve
from npjit._convert.subscripts import (
    aug_item,
    delete_item,
    load_item,
    make_slice,
    store_item,
)
from npjit._convert.up_to_date import settle

__all__ = ["HELPERS"]


HELPERS: dict[str, Any] = {
    **OPERATORS,
    "lift": lift,
    "resolve": resolve,
    "resolve_method": resolve_method,
    "spread": spread,
    "define": define,
    "define_class": define_class,
    "extracting": extracting,
    "extract_method": extract_method,
    "figure": figure,
    "settle": settle,
    "hashed": hashed,
    "shown": shown,
    "make_slice": make_slice,
    "load_attr": load_attr,
    "load_item": load_item,
    "store_attr": store_attr,
    "store_item": store_item,
    "aug_attr": aug_attr,
    "aug_item": aug_item,
    "delete_attr": delete_attr,
    "delete_item": delete_item,
    "unpack": unpack,
    "iterate": iterate,
    "enter": enter,
    "loop": loop,
}
if HELPERS.keys() != HELPER_NAMES:
    raise ImportError(f"helpers differ: {HELPERS.keys() ^ HELPER_NAMES}")
install_helpers(HELPERS)
