"""What is said of a file as a whole, and of a consent that it brought."""

import html
import re

from sqlalchemy import select

from clevenio.people.models import Person
from tests.people.imports.steps import GOOD, checked, one_database, post


@one_database
def test_what_is_said_of_many_rows_at_once_holds_for_each_of_them(marketer, work):
    where = checked(
        marketer,
        work,
        "email,consent,consent_at,consent_source,consent_wording\n"
        "a@example.com,newsletter,,fair,Send it.\n"
        "b@example.com,newsletter,2026-05-31T14:30,,Send it.\n"
        "c@example.com,newsletter,2026-05-31T14:30,,Send it.\n"
        "d@example.com,newsletter,,,Send it.\n"
        "e@example.com,newsletter,,fair,\n"
        "a@example.com,,,,\nb@example.com,,,,\nf@example.com\ng@example.com,\n",
    )
    page = html.unescape(marketer.get(where).text)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td.*?>(.*?)</td><td.*?>(\d+)</td>', page)
    assert sorted(rows) == [
        ("Consent: what for", "No consent was stored: several cells of its proof are empty.", "2"),
        ("Consent: when", "No consent was stored: “Consent: when” is empty.", "1"),
        (
            "Consent: where it was given",
            "No consent was stored: “Consent: where it was given” is empty.",
            "2",
        ),
        ("E-mail address", "The same mailbox is on another line.", "2"),
        ("The whole row", "The row has another number of cells than the header.", "2"),
    ]


@one_database
def test_a_reader_of_finnish_meets_no_code_of_ours(marketer, work):
    wording = "Saat luovuttaa nimeni, tehtävänimikkeeni ja sähköpostiosoitteeni Googlelle."
    marketer.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fi"
    where = checked(
        marketer,
        work,
        "email,role,consent,consent_at,consent_source,consent_wording\n"
        f"a@example.com,,ad_audiences:google,2026-05-31T14:30,messut,{wording!r}\n".replace("'", '"')
        + "b@example.com,,newsletter,,messut,x\nc@example.com,taikuri,,,,\n",
    )
    page = html.unescape(marketer.get(where).text)
    assert f"”{wording}”" in page
    assert "Sähköpostiosoite, Nimi, Tehtävänimike" in " ".join(page.split())
    file = marketer.get(f"{where}/rejects.csv").text
    for told in (page, file):
        assert "Suostumusta ei tallennettu: ”Suostumus: milloin” on tyhjä." in told.replace('""', '"')
        assert "Tätä roolia ei tunneta. Vaihtoehdot ovat: Omistaja tai perustaja, Toimitusjohtaja," in told
    assert ",Tehtävä yrityksessä," in file
    for code in ("consent_at", "chief_executive", "advertising_id"):
        assert code not in page + file


@one_database
def test_a_consent_is_told_of_with_the_day_and_the_place_that_the_file_gave(marketer, work, database):
    where = checked(marketer, work, GOOD.replace("newsletter,", "ad_audiences:google,"))
    assert post(marketer, f"{where}/storing").status_code == 303, marketer.get(where).text
    work()
    page = "/staff/audience-explanations"
    explained = post(marketer, page, page, email="aino@example.fi").text
    with database.session(write=False) as session:
        person = session.scalars(select(Person.id).where(Person.email == "aino@example.fi")).one()
    for told in (explained, marketer.get(f"/staff/people/{person}").text):
        assert "Given 31 May 2026, 14:30: trade fair form." in " ".join(told.split())
