"""The catalogue's maintenance: `python -m clevenio.catalogue update` and `check`.

`update` extracts messages from sources and templates and merges them into each language's file;
`check` fails, with the reason, where a catalogue is stale, incomplete or fuzzy.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from clevenio.places import TEMPLATES, TRANSLATIONS

PACKAGE = Path(__file__).resolve().parent
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "kept_words": None,
    "ngettext": (1, 2),
}
# Exceptions carry their msgid as the first argument; it is translated where it is shown.
# What is said of a row of a file stands behind where it is.
NOTES = {"Note": (4,), "leave_out": (4,), "_warn": (5,), "_leave_out": (4,), "_said": (4,)}
PROBLEMS = ("Problem", "Refused", "Missing", "BadInput", "Unavailable", "problem", "__init__")


def extract() -> Catalog:
    """Every message of the package and its templates."""
    template = Catalog(project="Clevenio", charset="utf-8", fuzzy=False)
    template.header_comment = "# Interface messages of the Clevenio website."
    keywords = KEYWORDS | dict.fromkeys(PROBLEMS) | NOTES
    for root, method in ((PACKAGE, "python"), (Path(TEMPLATES), "jinja2")):
        pattern = "**.py" if method == "python" else "**.html"
        found = extract_from_dir(
            str(root),
            [(pattern, method)],
            {pattern: {"trimmed": "true", "silent": "false"}} if method == "jinja2" else {},
            keywords=keywords,
            comment_tags=("Translators:",),
        )
        for name, _line, message, comments, context in found:
            if Path(name).name != "catalogue.py" and message:
                template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def po_files() -> list[Path]:
    """The catalogue of each language that is not the source language."""
    return sorted(Path(TRANSLATIONS).glob("*/LC_MESSAGES/messages.po"))


def merged(path: Path, template: Catalog) -> Catalog:
    """A language's catalogue with exactly the template's messages; what it has is kept."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """A catalogue as its file's bytes: sorted, no line numbers, no dates, so that diffs are small."""
    output = BytesIO()
    write_po(output, catalogue, width=100, no_location=True, omit_header=False, sort_output=True)
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team")
    lines = output.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(x for x in lines if not x.startswith(tuple(f'"{name}' for name in dated))).encode()


def update() -> None:
    """Write the template and every language's catalogue anew."""
    template = extract()
    (Path(TRANSLATIONS) / "messages.pot").write_bytes(written(template))
    for path in po_files():
        path.write_bytes(written(merged(path, template)))


def faults() -> list[str]:
    """What is wrong with the catalogues; an empty list when nothing is."""
    template = extract()
    found = []
    if (Path(TRANSLATIONS) / "messages.pot").read_bytes() != written(template):
        found.append("messages.pot is stale: run make messages")
    for path in po_files():
        catalogue = merged(path, template)
        if path.read_bytes() != written(catalogue):
            found.append(f"{path.parts[-3]} is stale: run make messages")
        for message in catalogue:
            if message.id and message.fuzzy:
                found.append(f"{path.parts[-3]}: fuzzy: {message.id!r}")
            if message.id and not all(_forms(message.string)):
                found.append(f"{path.parts[-3]}: not translated: {message.id!r}")
    return found


def _forms(string: object) -> tuple[object, ...]:
    return string if isinstance(string, tuple) else (string,)


def main(arguments: list[str]) -> int:
    """Run one of the two commands; returns the exit code."""
    if arguments == ["update"]:
        update()
        return 0
    if arguments == ["check"]:
        found = faults()
        print("\n".join(found) or "catalogues are fresh and complete")
        return 1 if found else 0
    print("usage: python -m clevenio.catalogue update|check")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
