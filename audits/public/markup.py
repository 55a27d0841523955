"""The Nu HTML checker (vnu), and the types of schema.org, over what the pages send."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from audits.finding import Result, none_of
from audits.public.site import CHECKERS, Pages
from audits.tools import NotRunError, node_tool, run

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
# Compiled with the pages each time: a compiler that says nothing of it would say nothing of them.
UNKNOWN = "noSuchProperty"
SPOILT = json.dumps(
    {
        "@context": "https://schema.org",
        "@graph": [{"@type": "Organization", "name": "Esimerkki", UNKNOWN: "x"}],
    }
)
STRICT = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")


def vnu(pages: Pages) -> Iterator[Result]:
    """No error in any page; warnings are counted beside."""
    if not shutil.which("java"):
        raise NotRunError("java is missing")
    program = node_tool(CHECKERS) / "vnu-jar" / "build" / "dist" / "vnu.jar"
    with tempfile.TemporaryDirectory(prefix="vnu-") as folder:
        files = {f"{number}.html": path for number, path in enumerate(pages.everything)}
        for name, path in files.items():
            (Path(folder) / name).write_text(pages.html(path), encoding="utf-8")
        command: list[str | Path] = [
            "java",
            "-jar",
            program,
            "--format",
            "json",
            "--stdout",
            "--exit-zero-always",
        ]
        said = run([*command, folder], seconds=300)
    found = list(complaints(said, files))
    errors = [line for kind, line in found if kind == "error"]
    text = f"{len(errors)} errors, {len(found) - len(errors)} warnings"
    # What it only warns of may be meant: the bar says that it is a region, for programs that look for that.
    yield Result("vnu", f"{len(files)} pages", text, "0 errors", not errors, tuple(errors))


def complaints(said: str, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(kind, line) of what the checker says: once for all pages that have it alike."""
    told: dict[tuple[str, str], list[str]] = {}
    for each in json.loads(said)["messages"]:
        kind = each.get("subType", each["type"])
        text = f"{each['message']} {' '.join(each.get('extract', '').split())[:90]}"
        told.setdefault((kind, text), []).append(
            f"{files[each['url'].rpartition('/')[2]]}:{each.get('lastLine', 0)}"
        )
    for (kind, text), places in told.items():
        yield kind, f"{', '.join(places[:3])} ({len(places)} in all): {kind}: {text}"


def wrong(said: str, looked: Sequence[str]) -> list[str]:
    """What the compiler says of the pages. Raises `NotRunError` unless it says of the block after them what is wrong."""
    told = [(int(line) - 1, text) for line, text in re.findall(r"structured\.ts\((\d+),\d+\): (.*)", said)]
    if not any(number == len(looked) and UNKNOWN in text for number, text in told):
        raise NotRunError(f"tsc did not find what is wrong on purpose: {said.strip()[:500]}")
    return [f"{looked[number]}: {text}" for number, text in told if number < len(looked)]


def schema(pages: Pages) -> Iterator[Result]:
    """The structured data of every page is of the types it names, with properties and values that these have.

    Raises `NotRunError` where no page has any, or where a block that is wrong was not found to be.
    """
    modules = node_tool(CHECKERS)
    lines, looked = [], []
    for path in pages.listed:
        for block in BLOCK.findall(pages.html(path)):
            looked.append(path)
            lines.append(f"export const page{len(looked)}: Graph = {block}")
    if not looked:
        raise NotRunError("no page that was looked at has structured data")
    lines.append(f"export const spoilt: Graph = {SPOILT}")
    source = modules.parent / "structured.ts"
    # The import stands on the first line with the first page, so that a line is a page.
    source.write_text('import type { Graph } from "schema-dts";' + "\n".join(lines), encoding="utf-8")
    said = run(
        ["node", modules / "typescript" / "bin" / "tsc", *STRICT, source],
        seconds=300,
        cwd=modules.parent,
        codes=(0, 1, 2),
    )
    found = wrong(said, looked)
    lacking = [f"{path}: no structured data" for path in pages.listed if path not in looked]
    yield none_of("schema", f"structured data of {len(looked)} pages", [*found, *lacking])
