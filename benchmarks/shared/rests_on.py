"""What of the project's code a function rests on: every definition it reaches, and the data beside.

Conventions
-----------
Followed in the sources, nothing is run: from a function to each name it uses, through imports to
where that name is defined, and on from there. Of a class all of it counts; of a module what is
reached, and statements that define no name. Two definitions are the same if they differ in
docstrings, comments or layout alone. Rules, weights and other data of the project count where code
that is reached names them, except what a benchmark itself writes. The catalogue of sentences and
its code do not count: figures follow from codes, and how a code is put moves none of them. A name
that is looked up by text (``getattr``) is not seen.
"""

import ast
import hashlib
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.shared.corpora import PROJECT

__all__ = ["WRITTEN", "changed", "place", "rests_on", "together"]

# Data that benchmarks write of what they found: figures cannot rest on themselves.
WRITTEN = (
    "prosody/listening/judged.toml",
    "prosody/listening/measured.toml",
    "prosody/trained/coder.json",
)
_DATA = (".toml", ".npz", ".json", ".txt", ".tsv")
_ENDINGS = tuple(end[1:] for end in _DATA)
# What people read of it: no figure rests on how a sentence is put, nor on the code that puts it.
_SENTENCES = "diarize/messages/"
_WHOLE = "*"


def place(function: Callable[..., Any]) -> tuple[str, str]:
    """Give the module and the name of a function, by its file: the module may run as a program."""
    path = Path(inspect.getsourcefile(function) or "").resolve().relative_to(PROJECT)
    return ".".join(path.with_suffix("").parts), function.__name__


def rests_on(module: str, name: str, root: Path = PROJECT) -> dict[str, str]:
    """Hash what a function rests on.

    Parameters
    ----------
    module, name : str
        Of the function.
    root : Path
        Folder of the project's packages.

    Returns
    -------
    dict of str to str
        The first 12 digits of the SHA-256 of what is reached in each file, by its path; files of a
        folder of data count as one.
    """
    reached, left = dict[_Module, set[str]](), [(module, name)]
    while left:
        where, what = left.pop()
        read = _read(root, where)
        if read is None or _counts_not(read.path.relative_to(root).as_posix()):
            continue
        if what in reached.setdefault(read, set()):
            continue
        reached[read].add(what)
        left += read.uses(what)
    nodes = {read.path: read.nodes(names) for read, names in reached.items()}
    hashed = {path: _digest(*map(_dumped, own)) for path, own in nodes.items()}
    hashed |= {path: _digest(*_held(path)) for path in _data(nodes, root)}
    return {p.relative_to(root).as_posix(): hashed[p] for p in sorted(hashed)}


def together(parts: Mapping[str, str]) -> str:
    """Hash all parts as one."""
    return hashlib.sha256("".join(f"{p}\t{sha}\n" for p, sha in parts.items()).encode()).hexdigest()


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name the files of which something else is reached now."""
    differ = (p for p in {*before, *now} if before.get(p) != now.get(p))
    return sorted(p for p in differ if not _counts_not(p))


def _counts_not(name: str) -> bool:
    """Whether no figure rests on a file of the project, whatever is in it."""
    return name in WRITTEN or name.startswith(_SENTENCES)


def _data(nodes: Mapping[Path, Sequence[ast.stmt]], root: Path) -> Iterator[Path]:
    """Give the data that code names: by name, or beside it by how the name ends or by folder."""
    said = {path: frozenset(_strings(own)) for path, own in nodes.items()}
    named = frozenset[str]().union(*said.values())
    beside = dict[Path, frozenset[str]]()
    for path, strings in said.items():
        beside[path.parent] = beside.get(path.parent, frozenset()) | strings
    packages = sorted({path.relative_to(root).parts[0] for path in nodes})
    for path in (p for name in packages for p in sorted((root / name).rglob("*"))):
        name = path.relative_to(root).as_posix()
        if _counts_not(name):
            continue
        near = beside.get(path.parent, frozenset())
        ends = (path.name.endswith(end) for end in near if end.endswith(_ENDINGS))
        file = path.suffix in _DATA and (path.name in named or any(ends))
        if file or (path.name in near and path.is_dir() and _held(path)):
            yield path


def _strings(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    every = (one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant))
    return (one.value for one in every if isinstance(one.value, str))


def _held(path: Path) -> list[bytes]:
    """Give the bytes of a file, or of all data of a folder."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file.read_bytes() for file in files if file.suffix in _DATA]


def _dumped(node: object) -> str:
    """Write a tree as `ast.dump` of Python 3.11 does: newer ones write the same code otherwise."""
    if isinstance(node, list):
        return f"[{', '.join(map(_dumped, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    given = [(name, getattr(node, name, None)) for name in node._fields]
    told = (
        f"{name}={_dumped(value)}"
        for name, value in given
        if (value is not None or getattr(type(node), name, ...) is not None)
        and (name != "type_params" or value)
    )
    return f"{type(node).__name__}({', '.join(told)})"


def _digest(*parts: str | bytes) -> str:
    raw = b"\n".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(raw).hexdigest()[:12]


def _file(root: Path, module: str) -> Path:
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@dataclass(frozen=True, eq=False)
class _Module:
    """One source: its definitions by name, what defines none, and what its imports stand for."""

    root: Path
    module: str
    path: Path
    defined: Mapping[str, list[ast.stmt]]
    loose: list[ast.stmt]
    imported: Mapping[str, tuple[str, str]]

    def uses(self, name: str) -> Iterator[tuple[str, str]]:
        """Give what a definition of this module, or all of it, uses directly."""
        if name == _WHOLE:
            yield from ((self.module, one) for one in self.defined)
        elif name not in self.defined:
            yield from self._elsewhere(name, self.imported)
        for node in (*self.defined.get(name, ()), *self.loose):
            yield from self._in(node)

    def _in(self, node: ast.stmt) -> Iterator[tuple[str, str]]:
        known = {**self.imported, **_imports(node)}
        for one in ast.walk(node):
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                target = known.get(one.value.id)
                if target and _is_module(self.root, *target):
                    yield ".".join(filter(None, target)), one.attr
            elif isinstance(one, ast.Name) and one.id in self.defined:
                yield self.module, one.id
            elif isinstance(one, ast.Name):
                yield from self._elsewhere(one.id, known)

    def _elsewhere(
        self, name: str, known: Mapping[str, tuple[str, str]]
    ) -> Iterator[tuple[str, str]]:
        if name in known and not _is_module(self.root, *known[name]):
            yield known[name]

    def nodes(self, names: Collection[str]) -> list[ast.stmt]:
        """Give the statements that define these names, and those that define none."""
        own = sorted(self.defined if _WHOLE in names else {*names} & {*self.defined})
        return [*(node for name in own for node in self.defined[name]), *self.loose]


@lru_cache(maxsize=1024)
def _is_module(root: Path, module: str, name: str) -> bool:
    """Whether an import names a module, not something in one."""
    return _read(root, f"{module}.{name}" if name else module) is not None


@lru_cache(maxsize=1024)
def _read(root: Path, module: str) -> _Module | None:
    """Read a module of the project; None for anybody else's."""
    path = _file(root, module)
    if not path.is_file():
        return None
    defined, loose = dict[str, list[ast.stmt]](), list[ast.stmt]()
    imported: dict[str, tuple[str, str]] = {}
    for node in _plain(ast.parse(path.read_text("utf-8"))).body:
        names = _defines(node)
        imported |= _imports(node)
        if not isinstance(node, ast.Import | ast.ImportFrom) and names is None:
            loose.append(node)
        for name in names or ():
            defined.setdefault(name, []).append(node)
    return _Module(root, module, path, defined, loose, imported)


def _plain(tree: ast.Module) -> ast.Module:
    """Leave out docstrings, and what runs only where the module is the program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [n for n in node.body if not _says(n)] or [ast.Pass()]
    return tree


def _says(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.If) and "__main__" in ast.dump(node.test)


def _defines(node: ast.stmt) -> list[str] | None:
    """Give the names a statement of a module defines; None where it defines none."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [n.id for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)]
    return [name for name in names if name != "__all__"] if names else None


def _imports(node: ast.stmt) -> dict[str, tuple[str, str]]:
    """Give what names stand for that are imported in a statement: (module, name or nothing)."""
    found: dict[str, tuple[str, str]] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.ImportFrom) and one.module:
            found |= {a.asname or a.name: (one.module, a.name) for a in one.names}
        elif isinstance(one, ast.Import):
            found |= {a.asname or a.name.split(".")[0]: (a.name, "") for a in one.names if a.asname}
    return found
