"""What the columns and the outcome of a file are called in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.i18n import sentence
from clevenio.people.imports.columns import COLUMNS
from clevenio.people.imports.formats import meanings
from clevenio.people.roles import LABELS, Role
from clevenio.registry import load

NAMES = {
    "email": _l("E-mail address"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "name": _l("Whole name"),
    "phone": _l("Phone number"),
    "mobile": _l("Mobile number"),
    "company": _l("Company"),
    "website": _l("Website of the company"),
    "role": _l("Role in the company"),
    "title": _l("Job title"),
    "country": _l("Country"),
    "postal_code": _l("Postal code"),
    "language": _l("Language"),
    "advertising_id": _l("Advertising identifier"),
    "opted_out": _l("Has opted out there"),
    "complained": _l("Has complained there"),
    "bounced": _l("Mail does not arrive"),
    "consent": _l("Consent: what for"),
    "consent_at": _l("Consent: when"),
    "consent_source": _l("Consent: where it was given"),
    "consent_wording": _l("Consent: the words that were shown"),
}
# What a wording can list, as `listed_data` has it.
LISTED = {**NAMES, "names": _l("Name")}

# What is said of many rows at once, by what is said of one where that names something of the row.
OF_MANY = {
    "The row has %(cells)s cells and the header %(columns)s.": _l(
        "The row has another number of cells than the header."
    ),
    "The same mailbox is on line %(line)s.": _l("The same mailbox is on another line."),
    "This mailbox left, by what line %(line)s says; nothing was stored.": _l(
        "This mailbox left, by what another line says; nothing was stored."
    ),
    "No consent was stored: %(columns)s is empty.": _l(
        "No consent was stored: several cells of its proof are empty."
    ),
    "%(purpose)s: this person has opted out; the consent was left out.": _l(
        "The person has opted out of what the consent is for; the consent was left out."
    ),
}


def name_of(column: str) -> str:
    """A column in words; empty for a note about the whole row."""
    return str(NAMES[column]) if column in COLUMNS else column


def hints(header: Sequence[str], columns: Sequence[str | None]) -> list[str]:
    """What is good to know about what each column of a file may be said to hold; empty where nothing is."""
    found = []
    for meant, column in zip(meanings(header), columns, strict=True):
        if column is None and meant is not None and meant in columns:
            taken, wanted = header[columns.index(meant)], name_of(meant)
            hint = _(
                "Two columns hold the same, and “%(taken)s” is used. To use this one, choose “%(wanted)s” here and "
                "leave out the other.",
                taken=taken,
                wanted=wanted,
            )
        elif column == "mobile" and "phone" in columns:
            hint = _("Used on the rows where “%(main)s” is empty.", main=header[columns.index("phone")])
        elif column == "title":
            hint = _(
                "Taken as the role where it is one of these: %(roles)s. A row with another title comes in without a role.",
                roles=_roles(", ".join(Role)),
            )
        else:
            hint = ""
        found.append(hint)
    return found


def listed(data: Sequence[str]) -> str:
    """What a wording lists, in words."""
    return ", ".join(str(LISTED.get(kind, kind)) for kind in data)


def said(note: Mapping[str, Any]) -> str:
    """The sentence of a kept note, in which columns, roles and purposes go by their names and not by their codes."""
    values = {
        name: IN_WORDS[name](value) if name in IN_WORDS and isinstance(value, str) else value
        for name, value in note["values"].items()
    }
    return sentence({**note, "values": values})


def _columns(codes: str) -> str:
    return ", ".join(_("“%(words)s”", words=name_of(code)) for code in codes.split(", "))


def _roles(codes: str) -> str:
    return ", ".join(str(LABELS[Role(code)]) for code in codes.split(", "))


def _purpose(code: str) -> str:
    registry = load()
    return registry.name_of(code) if code in registry.decidable else code


IN_WORDS: Mapping[str, Callable[[str], str]] = {"columns": _columns, "roles": _roles, "purpose": _purpose}


def reasons(report: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Column, sentence and number of each reason in a kept report, the most frequent first."""
    said: dict[str, list[Mapping[str, Any]]] = {}
    for note in (*report["rejected_rows"], *report["warnings"]):
        said.setdefault(f"{note['column']}: {note['code']}", []).append(note)
    found = [
        (name_of(said[code][0]["column"]), _of_many(said[code]), number)
        for code, number in report["reasons"].items()
        if code in said
    ]
    return sorted(found, key=lambda reason: -reason[2])


def _of_many(notes: Sequence[Mapping[str, Any]]) -> str:
    """What is said of all of these: the sentence of each where that is one and the same."""
    first = notes[0]
    if all(note["values"] == first["values"] for note in notes):
        return said(first)
    return str(OF_MANY.get(first["message"]) or said(first))
