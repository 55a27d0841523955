"""Which column of a file holds what: our own names, and the names other programs give them."""

import unicodedata
from collections.abc import Mapping, Sequence

from clevenio.errors import BadInput

# Each column under its name in the contract, with what Finnish and English exports call it.
# Compared without case, space and punctuation: "E-Mail Address" is "emailaddress".
HEADERS: Mapping[str, tuple[str, ...]] = {
    "email": (
        *("e-mail address", "mail", "primary email", "work email", "business email"),
        *("sähköposti", "sähköpostiosoite", "s-posti", "työsähköposti", "epost"),
    ),
    "first_name": ("given name", "forename", "etunimi"),
    "last_name": ("surname", "family name", "sukunimi"),
    "name": ("full name", "contact name", "nimi", "koko nimi"),
    "phone": (
        *("phone number", "telephone", "telephone number", "tel"),
        *("puhelin", "puhelinnumero", "puh"),
    ),
    # Counts where the phone's cell is empty.
    "mobile": (
        *("mobile phone", "mobile number", "mobile phone number"),
        *("matkapuhelin", "matkapuhelinnumero", "gsm", "kännykkä"),
    ),
    "company": (
        *("company name", "organisation", "organization", "employer", "account name"),
        *("yritys", "yrityksen nimi", "organisaatio", "työnantaja"),
    ),
    "website": (
        *("web site", "url", "homepage", "company website", "www"),
        *("verkkosivu", "verkkosivut", "verkkosivusto", "kotisivu", "kotisivut"),
    ),
    "role": ("job role", "rooli", "rooli yrityksessä"),
    # In people's own words: counts where the role's cell is empty and the words are one of the roles.
    "title": ("job title", "position", "tehtävänimike", "ammattinimike", "nimike", "titteli"),
    "country": ("country code", "maa", "maakoodi"),
    "postal_code": ("postcode", "zip", "zip code", "postinumero", "postinro"),
    "language": ("language code", "preferred language", "kieli", "asiointikieli"),
    "advertising_id": ("advertising identifier", "mobile ad id", "maid", "idfa", "gaid", "mainostunniste"),
    "opted_out": ("opted out", "opt out", "unsubscribed", "peruutettu", "kielto", "markkinointikielto"),
    "complained": ("complaint", "spam complaint", "marked as spam"),
    "bounced": ("bounce", "hard bounce", "hard bounced", "palautunut"),
    "consent": ("consents", "suostumus", "suostumukset"),
    "consent_at": ("consent date", "consent time", "suostumusaika", "suostumuksen aika"),
    "consent_source": ("suostumuksen lähde",),
    "consent_wording": ("consent text", "suostumusteksti", "suostumuksen teksti"),
}
COLUMNS = tuple(HEADERS)


def folded(header: str) -> str:
    """A header as it is compared: its letters and digits alone, without case."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return "".join(character for character in text if character.isalnum())


_KNOWN = {folded(alias): column for column, names in HEADERS.items() for alias in (column, *names)}


def meaning(header: str) -> str | None:
    """The column that a header names in our words or in those that other programs use; None for none."""
    return _KNOWN.get(folded(header))


def chosen_columns(options: Sequence[str]) -> dict[str, str | None]:
    """What `--map "Their header=column"` says, by folded header; nothing after `=` leaves it out.

    Raises `BadInput`.
    """
    chosen: dict[str, str | None] = {}
    for option in options:
        header, equals, column = option.rpartition("=")
        if not equals or not folded(header) or column.strip() not in (*COLUMNS, ""):
            raise BadInput(
                'Write --map "Their header=column", where column is one of %(columns)s.',
                columns=", ".join(COLUMNS),
            )
        chosen[folded(header)] = column.strip() or None
    return chosen


def columns_of(header: Sequence[str], chosen: Mapping[str, str | None]) -> list[str | None]:
    """The column behind each cell of the first line; None for one that is left out.

    Raises `BadInput` for a first line that is no header, for an unknown header, for two headers of
    one meaning, for a file without addresses and for a mapping that fits no header.
    """
    require_header(header)
    keys = [folded(name) for name in header]
    if strange := sorted(chosen.keys() - set(keys)):
        raise BadInput("--map names a header that the file does not have: %(header)s.", header=strange[0])
    columns: list[str | None] = []
    for name, key in zip(header, keys, strict=True):
        if key not in chosen and key not in _KNOWN:
            raise BadInput(
                "The header “%(header)s” is not known. Known are %(columns)s. "
                'Use --map "%(header)s=column" to say what it holds, or --map "%(header)s=" to leave it out.',
                header=name.strip()[:40],
                columns=", ".join(COLUMNS),
            )
        columns.append(chosen.get(key, _KNOWN.get(key)))
    return fitting(columns)


def require_header(header: Sequence[str]) -> None:
    """Raises `BadInput` where the first line is somebody's data. It is not quoted."""
    if any("@" in name for name in header):
        raise BadInput("The first line holds an address. Put a header above it: email, first_name and so on.")


def fitting(columns: Sequence[str | None]) -> list[str | None]:
    """The columns, where each is there once and an address is among them. Raises `BadInput`."""
    for place, column in enumerate(columns):
        if column is not None and column in columns[:place]:
            raise BadInput("Two columns of the file mean %(column)s.", column=column)
    if "email" not in columns:
        raise BadInput("The file has no column %(column)s.", column="email")
    return list(columns)
