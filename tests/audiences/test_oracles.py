"""Our platform functions beside the platforms' own packages; `docs/audiences-oracles.md` lists where they differ."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevenio.audiences.platforms import google, meta, uid2
from clevenio.people import identifiers
from tests.support import oracles
from tests.support.components import missing
from tests.support.raw_identifiers import cell

DOCUMENT = Path(__file__).parents[2] / "docs" / "audiences-oracles.md"
LAYOUTS = {"google": google.LAYOUT, "facebook": meta.LAYOUT, "uid2": uid2.LAYOUT, "builder": meta.LAYOUT}
WELL_FORMED = {
    "email": [
        "maija@example.fi", " Maija.Makela@Example.fi ", "maija_x-1@sub.example.fi", "mai.ja+lehti@gmail.com",
        "Mai.Ja+x@GoogleMail.com", "mai.ja+lehti@example.fi", "o'koe@example.fi", "äijä.mäkelä@example.fi",
        "ÄIJÄ@example.fi", "a\u0308ija\u0308@example.fi", "info@sää.example", "info@xn--s-0gaa.example",
        "\u00a0maija@example.fi\ufeff",
    ],
    "phone": [
        "+358401234567", "+358 40 123 4567", "040 123 4567", "(09) 123 4567", "00358401234567",
        "+358 (0)40 123 4567", "+46701234567", "+358 9 12345",
    ],
    "first_name": [
        "Maija", " ÄIJÄ ", "Äijä", "A\u0308ija\u0308", "Anna-Liisa", "José María", "Åsa", "Zoë", "O’Koe", "İsmet",
        "Dr. Matti",
    ],
    "last_name": ["Mäkelä", "Näyte-Näytös", "von Testi", "O'Koe", "Škvorecký", "Σίσυφος", "Koe Jr."],
    "city": ["Jyväskylä", "HELSINKI"],
    "country": ["FI", " fi", "SE", "AX", "Suomi"],
    "postal_code": ["00100", " 00100 ", "94016-1234", "FI-00100", "123 45", "SW1A 1AA", "sw1a 1aa", "01310-100"],
}  # fmt: skip
STAGE_A = {
    "email": lambda typed: identifiers.address(typed).key,
    "phone": identifiers.phone,
    "first_name": identifiers.name,
    "last_name": identifiers.name,
    # Nobody is asked for it, so nothing normalises it.
    "city": str,
    "country": identifiers.country,
    "postal_code": identifiers.postal_code,
}
LETTERS = "abcdeijklmnopqrstuvxyzåäöé"
addresses = st.from_regex(
    rf"[{LETTERS}0-9]{{1,9}}([._-][{LETTERS}0-9]{{1,9}})?(\+[a-z0-9]{{1,5}})?"
    r"@(gmail\.com|googlemail\.com|example\.fi|example\.com|sää\.example)",
    fullmatch=True,
)
# Long enough not to be a title.
a_name = st.from_regex(rf"[{LETTERS.upper()}][{LETTERS}]{{4,9}}([ '-][{LETTERS}]{{5,9}})?", fullmatch=True)
STORED = {
    "email": addresses,
    "phone": st.from_regex(r"\+358[4-5][0-9]{8}|\+46[17][0-9]{8}|\+35891[0-9]{5,7}", fullmatch=True),
    "first_name": a_name,
    "last_name": a_name,
    "country": st.sampled_from(["FI", "SE", "AX", "EE", "GB"]),
    "postal_code": st.from_regex(r"[0-9]{5}|[0-9]{3} [0-9]{2}|[A-Z]{2}[0-9] [0-9][A-Z]{2}", fullmatch=True),
}
# Of what is stored already: where a package differs on all of a kind, and the row that says so.
KINDS = {
    ("facebook", "first_name"): (r"[ '-]", "facebook-hyphen"),
    ("facebook", "last_name"): (r"[ '-]", "facebook-double-surname"),
    ("builder", "email"): (r"[^\x00-\x7f]", "builder-letters"),
    ("builder", "postal_code"): (" ", "builder-postcode-space"),
    ("uid2", "phone"): (r"^.[0-9]{1,9}$", "uid2-short"),
}


@pytest.fixture(params=["google", "facebook", "uid2", pytest.param("builder", marks=pytest.mark.slow)])
def asked(request):
    """The name of a package, and the package."""
    made = {"google": oracles.google, "facebook": oracles.facebook_business, "uid2": oracles.uid2}
    if request.param in made:
        yield request.param, made[request.param]()
        return
    if not shutil.which("npm"):
        missing("node and npm")
    with oracles.param_builder() as ask:
        yield request.param, ask


def ours(layout, field, stored):
    columns = [column for column in layout.columns if column.field == field]
    return cell(columns[0], stored)


def documented():
    """The rows of the document: name → (field, typed, ours, theirs), each as text."""
    rows = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [each.strip() for each in line.strip("|").split(" | ")]
        if len(cells) == 6 and "`" in line:
            name, field, *texts, why = cells
            assert name not in rows
            assert why
            rows[name] = (field, *map(plain, texts))
    return rows


def plain(written):
    text = "" if written == "–" else written.strip("`")
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def test_well_formed_identifiers_come_out_as_theirs_save_where_the_document_says_why(asked):
    package, ask = asked
    layout = LAYOUTS[package]
    expected = {row[:2]: row[2:] for name, row in documented().items() if name.startswith(f"{package}-")}
    found = {}
    for field in layout.fields:
        for typed in WELL_FORMED.get(field, ()):
            own, other = ours(layout, field, STAGE_A[field](typed)), ask(field, typed)
            if own != other:
                found[field, typed] = (own, other)
    assert {place: texts for place, texts in expected.items() if place not in found} == {}
    column = {column.field: column for column in reversed(layout.columns)}
    assert found == {
        (field, typed): tuple(
            column[field].digest.cells([text])[0] if column[field].is_hashed else text for text in texts
        )
        for (field, typed), texts in expected.items()
    }


def test_what_is_stored_comes_out_as_theirs(asked):
    package, ask = asked
    layout = LAYOUTS[package]
    fields = [field for field in layout.fields if field in STORED]

    @settings(max_examples=150, deadline=None, database=None)
    @given(st.sampled_from(fields).flatmap(lambda field: st.tuples(st.just(field), STORED[field])))
    def compare(place):
        field, stored = place
        kind, _row = KINDS.get((package, field), ("$^", None))
        if not re.search(kind, stored):
            assert ours(layout, field, stored) == ask(field, stored)

    compare()


def test_every_row_is_about_something_that_is_compared():
    rows = documented()
    assert {row for _kind, row in KINDS.values()} <= set(rows)
    assert all(typed in WELL_FORMED[field] for field, typed, *_texts in rows.values())
    assert {name.partition("-")[0] for name in rows} == set(LAYOUTS)
