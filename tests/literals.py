"""Numbers that somebody wrote into the code: constants, fields, defaults, comparisons, arguments.

Conventions
-----------
None, one and both (`COUNTED`) are no choice, nor is what keeps rounding from deciding (`ROUNDING`),
nor factors that turn one unit into another (`UNITS`). Rows of a table (calls of what begins with a
capital) have their numbers under names of their own. Inside a function what is handed to another
belongs to that call, however deep it stands in a sum; what else is worked with there is of the
function. What picks a part of something is no choice.
"""

import ast
from collections.abc import Iterator, Sequence

__all__ = ["patched", "texts", "thresholds"]

COUNTED = {-1, 0, 1, 2}
ROUNDING = 1e-6
UNITS = {10, 20, 60, 100, 1_000, 3_600, 1e6, 1e9, 2**20}  # decibels, minutes, percent, bytes
FACTORS = ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow
_WORKS = ast.stmt | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp | ast.Lambda
_ELSEWHERE = ast.stmt | ast.arguments | ast.Compare | ast.Call | ast.Subscript | ast.JoinedStr
_NAMED = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def number(node: ast.AST) -> float | None:
    """Value of a number as it is written, worked out where it is a sum of such."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = number(operand)
            return None if value is None else -value
        case ast.BinOp(left=left, right=right):
            if number(left) is None or number(right) is None:
                return None
            return float(eval(compile(ast.Expression(node), "house", "eval")))
    return None


def literals(node: ast.AST, *, factor: bool = False, calls: bool = True) -> Iterator[float]:
    """Numbers in an expression that somebody chose, in `calls` inside of it or not."""
    value = number(node)
    if value is None:
        factors = isinstance(node, ast.BinOp) and isinstance(node.op, FACTORS)
        for part in _parts(node) if calls or not isinstance(node, ast.Call) else ():
            yield from literals(part, factor=factors, calls=calls)
    elif value not in COUNTED and abs(value) > ROUNDING and not (factor and abs(value) in UNITS):
        yield value


def _parts(node: ast.AST) -> Sequence[ast.expr]:
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return parts
        case ast.Dict(values=parts):
            return parts
        case ast.BinOp(left=left, right=right):
            return (left, right)
        case ast.UnaryOp(operand=part) | ast.Starred(value=part):
            return (part,)
        case ast.Call(args=parts):
            name = _called(node)
            row = name.lstrip("_")[:1].isupper()
            return () if row else parts[:1] if name == "round" else parts
    return ()


def _called(call: ast.Call) -> str:
    """Name of what is called, without what it is of."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _handed(call: ast.Call) -> list[float]:
    """Numbers handed to what is called; what a call among them takes is that call's own."""
    given = [*call.args, *(k.value for k in call.keywords)]
    given = given[:1] if _called(call) == "round" else given
    units = UNITS if _called(call) == "divmod" else set()
    return [n for part in given for n in literals(part, calls=False) if n not in units]


def _worked(node: ast.AST, *, factor: bool = False) -> Iterator[float]:
    """Numbers that a statement, or what is made for each of many, works with itself."""
    for child in ast.iter_child_nodes(node):
        if number(child) is not None:
            yield from literals(child, factor=factor)
        elif not isinstance(child, _ELSEWHERE):
            factors = isinstance(child, ast.BinOp) and isinstance(child.op, FACTORS)
            yield from _worked(child, factor=factors)


def thresholds(text: str, *, comparing: bool = True) -> set[str]:
    """Numbers that a module holds, by where they stand, as `NUMBERS` writes it."""
    found: set[str] = set()

    def look(node: ast.AST, where: str, within: bool) -> None:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.Assign() | ast.AnnAssign() if isinstance(node, ast.Module | ast.ClassDef):
                    found.update(_assigned(child, where))
                case ast.arguments():
                    found.update(f"{where}({name})" for name in _defaults(child))
                case ast.Compare(left=left, comparators=others) if comparing:
                    numbers = (n for side in (left, *others) for n in literals(side))
                    found.update(f"{where}: {n:g}" for n in numbers)
                case ast.Call() if comparing and within and _handed(child):
                    found.add(f"{where} -> {_called(child)}")
                case _ if comparing and within and isinstance(child, _WORKS):
                    found.update(f"{where} ~ {n:g}" for n in _worked(child))
            name = getattr(child, "name", "") if isinstance(child, _NAMED) else ""
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            look(child, ".".join(filter(None, (where, name))), within or function)

    look(ast.parse(text), "", False)
    return found


def _assigned(node: ast.Assign | ast.AnnAssign, where: str) -> Iterator[str]:
    """Names of constants and fields that hold numbers; at the top of a module 0 and 1 are some."""
    if node.value is None:
        return
    alone = not where and number(node.value) is not None
    if alone or any(literals(node.value)):
        to = node.targets[0] if isinstance(node, ast.Assign) else node.target
        names = (part.id for part in ast.walk(to) if isinstance(part, ast.Name))
        yield from (f"{where}.{name}" if where else name for name in names)


def _defaults(arguments: ast.arguments) -> Iterator[str]:
    """Names of the arguments that are a number where nobody gives one, but for none and one."""
    placed = (*arguments.posonlyargs, *arguments.args)
    pairs = [*zip(reversed(placed), reversed(arguments.defaults), strict=False)]
    for argument, value in [*pairs, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]:
        if value is not None and (number(value) == 2 or any(literals(value))):
            yield argument.arg


def texts(text: str) -> Iterator[str]:
    """Texts that a module writes out, but no docstrings."""
    tree = ast.parse(text)
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | _NAMED) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def patched(text: str) -> Iterator[str]:
    """Names of what a test puts another in the place of, as ``module.name``, by `setattr`.

    A module or class is named as it is imported, in full.
    """
    tree = ast.parse(text)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known = {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names} | known
        elif isinstance(node, ast.Import):
            known = {a.asname or a.name: a.name for a in node.names} | known
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "setattr":
            first, *others = map(ast.unparse, node.args)
            if isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
            else:
                head, _, rest = first.partition(".")
                name = ".".join(filter(None, (known.get(head, head), rest)))
                yield f"{name}.{others[0].strip(chr(39))}"
