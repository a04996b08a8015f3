"""`export` and `load`: programs of functions written for NumPy, as bytes.

The bytes are a mark, the version of this format, the length of a header, a digest of
what follows: the header as JSON, and the program as `jax.export` writes it. The header
is plain data; the program is not looked at before the header was found to be right.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import struct
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import jax.export
import numpy as np

from npjit._graph.aval import DTYPES
from npjit._transforms.convention import Convention, FlatFunction
from npjit._transforms.transformation import on_numpy
from npjit._version import __version__
from npjit._xla.settings import call_settings
from npjit.errors import LoadError

__all__ = ["Loaded", "export", "load"]

#: As in PNG and npy files, the first byte is none of a text.
_MARK: Final = b"\x93NPJIT"
_FORMAT: Final = 1
#: Mark, version of the format, bytes of the header, digest of header and program.
_START: Final = struct.Struct("<6sHI32s")
_DTYPES: Final = {dtype.name: dtype for dtype in DTYPES}
_PLAIN: Final = frozenset({type(None), bool, int, float, str})


def export(
    fn: Callable[..., Any],
    *args: Any,
    platforms: Sequence[str] | None = None,
    has_effects: bool = False,
    vjp_order: int = 0,
    **kwargs: Any,
) -> bytes:
    """Return the program of a function written for NumPy as bytes, for `npjit.load`.

    Parameters
    ----------
    fn : callable
        A function written for NumPy; also one that is accelerated, or one that
        `npjit.grad` and its kin have made.
    *args, **kwargs
        Arguments of a call. Of arrays and NumPy scalars only shape and dtype count, and
        `jax.ShapeDtypeStruct` stands for them; they may lie in tuples, lists and dicts.
        Python values are fixed in the program.
    platforms : sequence of str, optional
        What it is to run on, as ``("cpu", "cuda")``; JAX's default platform if not
        given.
    has_effects : bool, optional
        Return a pair: the result, and a dict of the arguments that the function has
        written in place, as `to_jax` does.
    vjp_order : int, optional
        How often the loaded function can be differentiated, in reverse mode.

    Returns
    -------
    bytes

    Raises
    ------
    ConcretizationError
        If `fn` needs the elements of an array.
    ImportError
        If flatbuffers is not installed, which ``npjit[export]`` brings.
    NpjitError
        If `fn` writes an argument in place, and not `has_effects`.
    TypeError
        If an argument or the result is nothing that the header can hold.

    Notes
    -----
    Arrays that `fn` finds elsewhere are constants of the program. Results are those of
    `to_jax`, within rounding of NumPy's. JAX loads what it has written for six months
    of its versions at least: see its documentation of `jax.export`.

    Examples
    --------
    >>> import numpy as np
    >>> import npjit
    >>> data = npjit.export(lambda x: np.sort(x)[::-1], np.zeros(3))
    >>> npjit.load(data)(np.array([1.0, 3.0, 2.0]))
    array([3., 2., 1.])
    """
    _check_flatbuffers()
    flat = FlatFunction(fn, args, kwargs, has_effects=has_effects)
    with call_settings():
        exported = jax.export.export(jax.jit(flat), platforms=platforms)(*flat.in_avals)
        program = bytes(exported.serialize(vjp_order=vjp_order))
    return _packed(_header_of(flat.convention()), program)


def load(data: bytes | bytearray | memoryview) -> Loaded:
    """Return the function that `npjit.export` has written.

    The bytes must be trusted: a call runs the program that is in them.

    Parameters
    ----------
    data : bytes
        What `export` returned, perhaps in another process or on another machine.

    Returns
    -------
    Loaded
        Takes and returns ndarrays.

    Raises
    ------
    LoadError
        If these bytes are not what `export` wrote, all of it, in a version that this
        one can read.
    ImportError
        If flatbuffers is not installed, which ``npjit[export]`` brings.
    """
    text, program = _parts(bytes(memoryview(data)))
    convention, versions = _read(text)
    _check_flatbuffers()
    try:
        exported = jax.export.deserialize(bytearray(program))
    except Exception as error:
        error.add_note(
            f"the program was exported with JAX {versions['jax']},"
            f" this is JAX {jax.__version__}"
        )
        raise
    _check_program(convention, versions, exported)
    return Loaded(convention, versions, exported)


class Loaded:
    """A function read by `npjit.load`: a program, called with ndarrays.

    It can be part of recordings and of JAX programs (`npjit.to_jax`), and be
    differentiated as often as `export` was told.

    Attributes
    ----------
    in_avals, out_avals : tuple of jax.ShapeDtypeStruct
        The arrays among arguments and results.
    args_info : dict of str to pytree
        The arguments by name: `jax.ShapeDtypeStruct` for arrays, others fixed.
    platforms : tuple of str
        What the program was made for.
    versions : dict of str to str
        Those of npjit, JAX and NumPy that have written it.
    """

    def __init__(
        self,
        convention: Convention,
        versions: dict[str, str],
        exported: jax.export.Exported,
    ) -> None:
        self.__name__ = convention.name
        self.in_avals = convention.in_avals
        self.out_avals = convention.out_avals
        self.args_info = dict(convention.arguments)
        self.platforms: tuple[str, ...] = exported.platforms
        self.versions = versions
        self._convention = convention
        self._exported = exported
        self._program = jax.jit(exported.call)
        self._call = on_numpy(self.__npjit_jax__, self.__npjit_jax__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program.

        Raises
        ------
        TypeError
            If it was made for other arguments.
        ValueError
            If it was made for another platform.
        """
        return self._call(*args, **kwargs)

    def __npjit_jax__(self, *args: Any, **kwargs: Any) -> Any:
        arrays = self._convention.arrays(args, kwargs)
        return self._convention.filled(self._program(*arrays))

    def as_text(self) -> str:
        """The program's text, in StableHLO."""
        text: str = self._exported.mlir_module()
        return text

    def __repr__(self) -> str:
        return f"<loaded program of {self.__name__}>"


_VERSIONS: Final = {
    "npjit": __version__,
    "jax": jax.__version__,
    "numpy": np.__version__,
}


def _header_of(convention: Convention) -> bytes:
    return json.dumps(
        {
            "name": convention.name,
            "versions": _VERSIONS,
            "x64": True,
            "parameters": list(convention.parameters),
            "arguments": [
                [name, _plain(f"argument {name!r}", x)]
                for name, x in convention.arguments.items()
            ],
            "result": _plain("the result", convention.result),
        }
    ).encode()


def _packed(text: bytes, program: bytes) -> bytes:
    held = text + program
    return _START.pack(_MARK, _FORMAT, len(text), _digest(held)) + held


def _digest(held: bytes) -> bytes:
    return hashlib.sha256(held).digest()


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """Header and program.

    Raises
    ------
    LoadError
        If they are not there, not as they were, or in a later format.
    """
    if not data.startswith(_MARK):
        raise LoadError("these bytes were not written by npjit.export")
    if len(data) < _START.size:
        raise LoadError("these bytes are cut off, in the first of their parts")
    _, version, length, digest = _START.unpack_from(data)
    if version != _FORMAT:
        raise LoadError(
            f"these bytes have format {version} of npjit.export; npjit {__version__}"
            f" reads format {_FORMAT}"
        )
    held = data[_START.size :]
    if _digest(held) != digest:
        raise LoadError(
            "these bytes are cut off, or are not as npjit.export wrote them"
        )
    return held[:length], held[length:]


def _read(text: bytes) -> tuple[Convention, dict[str, str]]:
    """What a header says: how to call the program, and what wrote it.

    Raises
    ------
    LoadError
        If it says something else.
    """
    try:
        header = json.loads(text)
        convention = Convention(
            str(header["name"]),
            tuple(map(str, header["parameters"])),
            {str(name): _from_plain(x) for name, x in header["arguments"]},
            _from_plain(header["result"]),
        )
        versions = {name: str(header["versions"][name]) for name in _VERSIONS}
        x64 = header["x64"]
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise LoadError(f"npjit.export writes no such header: {error!r}") from error
    if x64 is not True:
        raise LoadError(f"{convention.name} was not exported with 64 bits")
    return convention, versions


def _check_program(
    convention: Convention, versions: dict[str, str], exported: jax.export.Exported
) -> None:
    """That a program is what its header says, in a version that JAX can call."""
    known = range(
        jax.export.minimum_supported_calling_convention_version,
        jax.export.maximum_supported_calling_convention_version + 1,
    )
    version = exported.calling_convention_version
    if version not in known:
        raise LoadError(
            f"the program has JAX's calling convention {version} (JAX"
            f" {versions['jax']}), JAX {jax.__version__} knows {known[0]} to"
            f" {known[-1]}"
        )
    for told, found in [
        (convention.in_avals, exported.in_avals),
        (convention.out_avals, exported.out_avals),
    ]:
        if [(x.shape, x.dtype) for x in told] != [(x.shape, x.dtype) for x in found]:
            raise LoadError(
                f"the program of {convention.name} has other arrays than its header"
            )


def _plain(place: str, tree: Any) -> Any:
    """Arguments or results as JSON has them."""
    kind = type(tree)
    if kind in _PLAIN:
        return tree
    if kind is jax.ShapeDtypeStruct:
        return {"array": [tree.dtype.name, list(tree.shape)]}
    if kind is complex:
        return {"complex": [tree.real, tree.imag]}
    if kind is list:
        return [_plain(place, x) for x in tree]
    if kind is tuple:
        return {"tuple": [_plain(place, x) for x in tree]}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        items = [_plain(place, x) for x in tree]
        return {"namedtuple": [kind.__name__, list(kind._fields), items]}
    if kind is dict and all(type(key) in (str, int) for key in tree):
        return {"dict": [[key, _plain(place, x)] for key, x in tree.items()]}
    raise TypeError(
        f"{place} has a {kind.__name__}, which an exported program cannot name; bind an"
        " argument with functools.partial, return arrays, numbers, tuples or dicts"
    )


def _from_plain(data: Any) -> Any:
    """What `_plain` was given; ValueError, TypeError or LookupError if nothing."""
    if isinstance(data, list):
        return [_from_plain(x) for x in data]
    if not isinstance(data, dict):
        return data
    ((kind, held),) = data.items()
    return _READERS[kind](held)


def _array(held: Any) -> jax.ShapeDtypeStruct:
    name, shape = held
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"{shape} is no shape")
    return jax.ShapeDtypeStruct(tuple(shape), _DTYPES[name])


def _namedtuple(held: Any) -> Any:
    name, fields, items = held
    made: Any = namedtuple(name, fields)  # type: ignore[misc]
    return made(*map(_from_plain, items))


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "array": _array,
    "complex": lambda held: complex(*held),
    "dict": lambda held: {key: _from_plain(x) for key, x in held},
    "namedtuple": _namedtuple,
    "tuple": lambda held: tuple(map(_from_plain, held)),
}


def _check_flatbuffers() -> None:
    try:
        importlib.import_module("flatbuffers")
    except ImportError as error:
        raise ImportError(
            "npjit.export and npjit.load need flatbuffers: pip install 'npjit[export]'",
            name="flatbuffers",
        ) from error
