"""People who do not exist, brought in like a marketer's file, with the proof of what they agreed to.

Addresses are under example.com, which takes no mail. Phones are from the numbers that regulators keep for films and
books (London 020 7946 0000 to 0999 by Ofcom, Sweden 070-174 06 05 to 99 by PTS); Finland keeps none.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from clevenio.demo.stage import Stage
from clevenio.i18n import local_day
from clevenio.people.identifiers import Role
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Person

SIZE = 420
HOST = "example.com"
FIRST = "Aava Halla Kaste Kide Kuura Lumi Marras Pouta Pyry Routa Sade Tuisku Tyyni Usva Viima Vilu".split()
LAST = "Esimerkki Keksitty Kuvitelma Mallikas Mukaelma Olematon Satunen Tarinainen Tekaistu Vertaus".split()
FORMS = "Oy Oyj Ky Tmi".split()
COMPANIES = 90
COLUMNS = (
    *("email", "first_name", "last_name", "phone", "company", "website", "role", "country", "postal_code"),
    *("language", "consent", "consent_at", "consent_source", "consent_wording"),
)
# Whom the first words below name, and nobody else.
NAMED = ("ad_audiences:google", "ad_audiences:meta", "ad_audiences:linkedin")
AUDIENCES = {
    "fi": "Saatte luovuttaa nimeni, tehtävänimikkeeni, yritykseni nimen, maani ja postinumeroni sekä "
    "sähköpostiosoitteeni ja puhelinnumeroni tiivisteinä Googlelle, Metalle ja LinkedInille.",
    "en": "You may give my name, job title, company, country and postal code, and my e-mail address and phone "
    "number as hashes, to Google, Meta and LinkedIn.",
}
LETTERS = {
    "fi": "Lähettäkää minulle uutiskirjeenne ja tuoteuutisenne sähköpostilla.",
    "en": "Send me your newsletter and your product news by e-mail.",
}


def address(number: int) -> str:
    """The address of one of the crowd, counted from 1."""
    return f"made.up.{number:03}@{HOST}"


def member(session: Session, number: int) -> Person:
    """One of the crowd."""
    return session.scalars(select(Person).where(Person.address_key == address(number))).one()


def is_made_up() -> ColumnElement[bool]:
    """Whether a person is of the demonstration: of the crowd, or one of its customers."""
    return or_(*(Person.address_key.like(f"{name}.%@{HOST}") for name in ("made.up", "demo")))


def is_there(session: Session) -> bool:
    """Whether the crowd came in before."""
    return session.scalar(select(Person.id).where(is_made_up()).limit(1)) is not None


def arrive(stage: Stage) -> None:
    """The crowd comes in from two files, as `clevenio people import` brings them: one for each sentence they agreed to."""
    with TemporaryDirectory() as folder, stage.writing() as session:
        for name, wordings in (("audiences", AUDIENCES), ("letters", LETTERS)):
            path = Path(folder) / f"made-up-{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(_rows(stage, wordings))
            import_people(session, stage.settings, path, now=stage.ago(60), is_strict=True)


def _rows(stage: Stage, wordings: Mapping[str, str]) -> Iterator[Sequence[str]]:
    for number in range(1, SIZE + 1):
        company = number % COMPANIES
        language = "en" if number % 4 == 0 else "fi"
        yield (
            address(number),
            FIRST[number % len(FIRST)],
            LAST[number // len(FIRST) % len(LAST)],
            _phone(number),
            f"Kuvitelma {company + 1} {FORMS[company % len(FORMS)]}",
            f"kuvitelma{company + 1}.example.fi",
            _role(number),
            "GB" if number % 20 == 0 else "SE" if number % 10 == 0 else "FI",
            f"{number % 99:02}100" if number % 10 else "",
            language,
            *_consent(stage, number, wordings[language], language),
        )


def _phone(number: int) -> str:
    if number % 5 == 4:
        return ""
    return f"+46 70 174 06 {number // 10 + 5:02}" if number % 10 == 0 else f"+44 20 7946 0{number:03}"


def _role(number: int) -> str:
    roles = [role.value for role in Role if role is not Role.OTHER]
    return roles[number % len(roles)]


def _consent(stage: Stage, number: int, wording: str, language: str) -> Sequence[str]:
    """One in eight comes without proof, and so into no audience and no mail."""
    if number % 8 == 7:
        return ("", "", "", "")
    letters = ["newsletter", *(["product_news"] if number % 3 == 0 else [])]
    purposes = letters if wording == LETTERS[language] else NAMED
    day = local_day(stage.ago(60 + number % 200))
    source = f"Made-up fair {day.year}" if language == "en" else f"Keksityt messut {day.year}"
    return (";".join(purposes), day.isoformat(), source, wording)
