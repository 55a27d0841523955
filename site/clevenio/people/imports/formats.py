"""Exports of other programs, recognised by the names of their columns as those programs publish them.

listmonk writes `uuid, email, name, attributes, status, created_at, updated_at` (`cmd/subscribers.go`);
Mailchimp's audience has `Email Address` first and ends in `LEID, EUID, NOTES, TAGS`, with `UNSUB_TIME` or
`CLEAN_TIME` in the files of those who left; HubSpot writes the labels of its contact properties, `Record ID`
among them, and of those who left `Portal Unsubscribe`, `Portal Bounce`, `Portal Spam Report`. What such a file has
besides is left out; who left there has left here, too.

Of two columns that hold the same its main one counts, in whatever order: `Email` before `Work email`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clevenio.people.imports.columns import columns_of, fitting, folded, meaning, require_header

Chosen = Mapping[str, str | None] | Sequence[str | None]


@dataclass(frozen=True)
class Format:
    """One program's export: the headers that give it away, and what those mean that we do not know by name.

    All headers are folded. Of several columns of one meaning the first in the file counts, and one that we know by
    name before those.
    """

    name: str
    marks: frozenset[str]
    means: Mapping[str, str | None]


FORMATS = (
    Format(
        "listmonk",
        frozenset(("uuid", "email", "attributes", "status", "createdat")),
        {"status": "opted_out"},
    ),
    Format(
        "Mailchimp",
        frozenset(("emailaddress", "leid", "euid")),
        # The country code and the language are guesses from an address of a network, nobody's word.
        {"unsubtime": "opted_out", "cleantime": "bounced", "cc": None, "language": None, "address": None},
    ),
    Format(
        "HubSpot",
        frozenset(("recordid", "email")),
        {
            "associatedcompany": "company",
            "countryregion": "country",
            "emailhardbouncereason": "bounced",
            "unsubscribedfromallemail": "opted_out",
            "websiteurl": "website",
            "workemail": "email",
        },
    ),
    Format(
        "HubSpot",
        frozenset(("portalunsubscribe", "portalbounce")),
        {"portalunsubscribe": "opted_out", "portalbounce": "bounced", "portalspamreport": "complained"},
    ),
)


def recognised(header: Sequence[str]) -> Format | None:
    """The program that wrote a file with this first line; None where that cannot be told."""
    keys = {folded(name) for name in header}
    return next((each for each in FORMATS if each.marks <= keys), None)


def suggested(header: Sequence[str]) -> list[str | None]:
    """What each cell of a first line most likely holds; None for what is unknown, or there already."""
    means, meant = _own_words(header), meanings(header)
    # Sorting keeps the file's order among equals.
    places = sorted(range(len(header)), key=lambda place: folded(header[place]) in means)
    counts = {meant[place]: place for place in reversed(places)}
    return [column if counts[column] == place else None for place, column in enumerate(meant)]


def meanings(header: Sequence[str]) -> list[str | None]:
    """What each cell of a first line means, some of them perhaps the same; None for what is unknown."""
    means = _own_words(header)
    return [means[key] if (key := folded(name)) in means else meaning(name) for name in header]


def _own_words(header: Sequence[str]) -> Mapping[str, str | None]:
    """What the program that wrote a file means by headers that we do not know by name."""
    format_ = recognised(header)
    return format_.means if format_ else {}


def columns_in(header: Sequence[str], chosen: Chosen) -> list[str | None]:
    """The column behind each cell of a first line: as it was chosen, else as its program or its names have it.

    Raises `BadInput` as `columns_of` does.
    """
    if not isinstance(chosen, Mapping):
        return fitting(chosen)
    if recognised(header) is None:
        return columns_of(header, chosen)
    require_header(header)
    found = zip(header, suggested(header), strict=True)
    return fitting([chosen.get(folded(name), column) for name, column in found])
