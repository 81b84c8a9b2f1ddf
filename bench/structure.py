"""The shape of the code: lengths, types, overrides, names of migrations, tests beside source.

    ./run bench structure

Hints rather than goals; the figures that are named come with their worst places.
"""

from __future__ import annotations

from bench._city import say

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ("ccs", "pmis", "allimi", "payments")
#: Names that `makemigrations` gives by itself.
AUTO_NAMED = re.compile(
    r"^\d{4}_(auto_\d+|alter_.+|add_.+|remove_.+|rename_.+|delete_.+)|_and_more"
)
SHOWN = 5
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Place:
    """A piece of code with its length in lines."""

    name: str
    length: int


def modules(*folders: str) -> Iterator[tuple[Path, str]]:
    """Yield the Python modules below the folders, without migrations, with their text."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def lines_of_code(text: str) -> int:
    """Return how many lines are neither empty nor a comment."""
    stripped = (line.strip() for line in text.splitlines())
    return sum(1 for line in stripped if line and not line.startswith("#"))


def functions(path: Path, text: str) -> Iterator[tuple[Place, Function, bool]]:
    """Yield each function with its place and whether it stands in a class."""
    tree = ast.parse(text)
    methods = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for child in node.body
    }
    for node in ast.walk(tree):
        if isinstance(node, Function):
            name = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Place(name, length), node, id(node) in methods


def is_typed(function: Function, *, is_method: bool) -> bool:
    """Return whether every parameter and the result carry a type."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    if is_method and named and named[0].arg in ("self", "cls", "mcs"):
        named = named[1:]
    named += arguments.kwonlyargs
    named += [one for one in (arguments.vararg, arguments.kwarg) if one]
    return function.returns is not None and all(one.annotation for one in named)


def _show(title: str, target: str, number: str, places: list[str]) -> None:
    say(f"{title}: {number}  ({target})")
    for place in places[:SHOWN]:
        say(f"    {place}")


def _functions() -> None:
    found = [entry for path, text in modules(*SOURCE) for entry in functions(path, text)]
    lengths = [place.length for place, _node, _in_class in found]
    longest = sorted((place for place, _n, _c in found), key=lambda one: -one.length)
    percentile = statistics.quantiles(lengths, n=10)[-1]
    _show(
        f"90th percentile of the length of {len(found)} functions",
        "hint ≤ 25 lines, none above 60",
        f"{percentile:.0f} lines; {sum(length > 60 for length in lengths)} above 60",
        [f"{place.length} {place.name}" for place in longest],
    )
    untyped = [place.name for place, node, method in found if not is_typed(node, is_method=method)]
    _show("functions without types", "hint 0", str(len(untyped)), untyped)
    saves = [
        place.name
        for place, node, method in found
        if method and node.name == "save" and "/models" in place.name
    ]
    _show("models that override save()", "hint 0", str(len(saves)), saves)


def _modules() -> None:
    found = [
        Place(str(path.relative_to(ROOT)), text.count("\n")) for path, text in modules(*SOURCE)
    ]
    longest = sorted(found, key=lambda one: -one.length)
    _show(
        f"longest of {len(found)} modules",
        "hint ≤ 500 lines",
        f"{longest[0].length} lines",
        [f"{place.length} {place.name}" for place in longest],
    )


def _migrations() -> None:
    paths = [path for folder in SOURCE for path in sorted((ROOT / folder).glob("migrations/0*.py"))]
    auto = [str(path.relative_to(ROOT)) for path in paths if AUTO_NAMED.search(path.stem)]
    _show(f"of {len(paths)} migrations named by Django or like it", "hint 0", str(len(auto)), auto)


def _tests() -> None:
    source = sum(lines_of_code(text) for _path, text in modules(*SOURCE))
    tests = sum(lines_of_code(text) for _path, text in modules("tests"))
    counted = sum(
        len(re.findall(r"django_assert_(?:max_)?num_queries\(", text))
        for _path, text in modules("tests")
    )
    say(f"lines of tests ÷ lines of source: {tests} ÷ {source} = {tests / source:.2f}  (hint ≥ 1)")
    say(f"assertions of a query count: {counted}  (hint: one for each list page)")


def main() -> None:
    """Measure and print."""
    _functions()
    _modules()
    _migrations()
    _tests()


if __name__ == "__main__":
    main()
