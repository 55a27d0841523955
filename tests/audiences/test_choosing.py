"""Choosing people and platforms in the browser: the form of a segment, the counts, and who may change what."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from clevenio.audiences.blurring import ShownCount, show
from clevenio.audiences.models import Export, Segment
from clevenio.audiences.preview import Preview
from clevenio.audiences.segments import Choice
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.application import form_token
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NEW = f"{HOME}/segments/new"


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


def made(client, **fields):
    answer = posted(client, NEW, f"{HOME}/segments", **fields)
    assert answer.status_code == 303, answer.text
    return answer.location


def seen(client, key):
    """Which state of a segment its form shows."""
    return re.search(r'name="seen"[^>]*value="([^"]*)"', client.get(f"{HOME}/segments/{key}/edit").text)[1]


def test_a_segment_is_saved_with_all_it_asks_for_and_reads_as_a_sentence(marketer, database):
    page = made(
        marketer,
        name="Finns", match="any", role=["sales", "owner"], country="Finland\nruotsi", known_from="2026-01-01",
        active="P90D", out_company="Esimerkki Oy", out_opened="P30D",
    )  # fmt: skip
    with database.session(write=False) as session:
        assert session.scalars(select(Segment.criteria)).one() == {
            "role": ["sales", "owner"], "country": ["FI", "SE"], "active": ["P90D"], "known": ["2026-01-01/.."],
            "not:company": ["Esimerkki Oy"], "not:opened": ["P30D"], "match": ["any"],
        }  # fmt: skip
    text = marketer.get(page).text
    assert "whose country is Finland or Sweden" in text
    assert "Left out are those who work at Esimerkki Oy or who opened a mail of ours" in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"country": "Narnia"}, "This country is not known."),
        ({"known_from": "2026-02-01", "known_until": "2026-01-01"}, "This day comes before the other one."),
        ({"known_until": "9999-12-31"}, "Choose a day between the years 1900 and 2199."),
        ({"known_from": "0001-01-01"}, "Choose a day between the years 1900 and 2199."),
        ({"known_from": "yesterday"}, "Not a valid date value."),
        ({"active": "P1D"}, "Not a valid choice."),
        ({"out_role": "boss"}, "Tick some of these boxes"),
        ({"match": "some"}, "Not a valid choice."),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_nothing_typed_is_lost(marketer, fields, message):
    typed = {"name": "Finns", "out_company": "Esimerkki Oy", **fields}
    answer = posted(marketer, NEW, f"{HOME}/segments", **typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Esimerkki Oy" in answer.text


def test_a_segment_is_changed_from_what_it_is(marketer, database):
    page = made(marketer, name="Finns", country="FI", out_language=["en"], known_until="2026-03-31")
    form = marketer.get(f"{page}/edit").text
    assert "Finland" in form
    assert 'value="2026-03-31"' in form
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', form)[1]
    assert posted(marketer, f"{page}/edit", page, name="Swedes", country="SE", seen=seen).status_code == 303
    with database.session(write=False) as session:
        segment = session.scalars(select(Segment)).one()
        assert (segment.name, segment.criteria) == ("Swedes", {"country": ["SE"]})


def test_two_marketers_who_change_one_segment_do_not_undo_each_other(marketer, signed_in, database):
    other = signed_in(Role.MARKETER, email="other@example.com")
    page = made(marketer, name="Finns", country="FI")
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', other.get(f"{page}/edit").text)[1]
    assert posted(marketer, f"{page}/edit", page, name="Finns", country="SE", seen=seen).status_code == 303
    answer = posted(other, f"{page}/edit", page, name="Finns", country="NO", seen=seen)
    assert answer.status_code == 422
    assert "Somebody changed this segment meanwhile." in answer.text
    assert "NO</textarea>" in answer.text
    assert "It is called “Finns” now:" in answer.text
    assert "Sweden" in answer.text
    with database.session(write=False) as session:
        assert session.scalars(select(Segment.criteria)).one() == {"country": ["SE"]}
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', answer.text)[1]
    assert posted(other, f"{page}/edit", page, name="Finns", country="NO", seen=seen).status_code == 303
    with database.session(write=False) as session:
        assert session.scalars(select(Segment.criteria)).one() == {"country": ["NO"]}


def test_platforms_are_chosen_and_counted_side_by_side(marketer, crowd):
    crowd.many(12, phone="+358401234567")
    crowd.add("meta@example.com", grants="ad_audiences:meta")
    page = marketer.get(f"{HOME}/segments/all?platform=google&platform=meta")
    cells = re.findall(r'data-label="In the file">\s*([^<\s]+)', page.text)
    assert cells == ["12", "13"]
    assert "What each platform would get" not in marketer.get(f"{HOME}/segments/all").text


def test_a_segment_that_singles_somebody_out_shows_no_count_of_them(marketer, crowd):
    crowd.many(12)
    crowd.add("boss@example.com", company="Yksi Oy", role="owner")
    page = made(marketer, name="The boss", company="Yksi Oy", role=["owner"])
    text = marketer.get(f"{page}/google").text
    assert "under 10" in text
    assert re.findall(r'class="number">\s*1\s*<', text) == []


def test_two_segments_do_not_tell_of_the_one_between_them(marketer, crowd):
    crowd.many(24)
    crowd.add("boss@example.com", company="Yksi Oy")
    assert ">25<" in marketer.get(f"{HOME}/segments/all/google").text
    without = made(marketer, name="Without", out_company="Yksi Oy")
    text = marketer.get(f"{without}/google").text
    assert ">24<" not in text
    assert "about 20" in text
    again = marketer.get(f"{HOME}/segments/all/google").text
    assert ">25<" in again


def test_one_who_had_their_data_restricted_is_not_told_beside_exact_counts(marketer, crowd):
    crowd.change(crowd.many(25)[0], restricted_at=NOW)
    for page in (f"{HOME}/segments/all/google", f"{HOME}/segments/all?platform=google"):
        text = marketer.get(page).text
        assert "under 10" in text
        assert "a table counts fewer than ten people" in text
        assert re.findall(r'class="number"[^>]*>\s*1\s*<', text) == []


def test_a_preview_says_which_columns_the_consents_cover(marketer, crowd):
    crowd.many(10, listed=("names",), first_name="Aino", country="FI")
    text = marketer.get(f"{HOME}/segments/all/google").text
    found = re.findall(r'scope="row">([^<]+)</th><td class="number">([^<]+)<', text)
    rows = {name.strip(): number.strip() for name, number in found}
    assert (rows["First name"], rows["Country"]) == ("10", "0")


def test_only_those_who_are_new_go_into_a_second_file(marketer, crowd, database):
    crowd.many(10)
    preview = f"{HOME}/segments/all/google"

    def file(**fields):
        token = form_token(marketer.get(preview))
        link = marketer.post(
            f"{HOME}/exports",
            data={"csrf_token": token, "segment": "all", "platform": "google", **fields},
        )
        return marketer.get(link.location).text.strip().split("\n")[1:]

    assert len(file()) == 10
    crowd.add("new@example.com")
    text = marketer.get(preview).text
    assert "Download only those who are new" in text
    assert "under 10 people were in no earlier file" in text
    assert len(file(people="added")) == 1
    assert len(file()) == 11
    with database.session(write=False) as session:
        added = session.scalars(select(Export).where(Export.is_added_only)).one()
        assert (added.rows, added.rejects["already_there"]) == (1, 10)


def test_a_file_of_new_people_below_the_minimum_is_refused(signed_in, crowd, app, settings):
    client = signed_in(Role.MARKETER)
    crowd.many(6)
    kit = app.extensions["clevenio"]
    kit.settings = replace(settings, audience_minimum_override=5)
    preview = f"{HOME}/segments/all/google"
    first = posted(client, preview, f"{HOME}/exports", segment="all", platform="google")
    assert client.get(first.location).data
    crowd.add("new@example.com")
    answer = posted(client, preview, f"{HOME}/exports", segment="all", platform="google", people="added")
    assert answer.status_code == 403
    assert "too few rows: 5 are needed" in answer.text, "how many there are is for the preview to say"


def test_those_who_are_new_are_no_more_exact_than_the_counts_beside_them(marketer, crowd, database):
    crowd.many(30)
    preview = f"{HOME}/segments/all/google"
    link = posted(marketer, preview, f"{HOME}/exports", segment="all", platform="google")
    assert marketer.get(link.location).data
    for n in range(13):
        crowd.add(f"new{n}@example.com")
    assert "13 people were in no earlier file" in marketer.get(preview).text
    # Somebody has looked at another segment that lies near this one.
    near = Choice("near", {"language": ["fi"]})
    with database.session() as session:
        session.execute(delete(ShownCount))
        show(session, near, "google", Preview(44, 44, {}, {}, {}, 0), NOW)
        session.commit()
    text = marketer.get(preview).text
    assert "about 10 people were in no earlier file" in text
    # A form's token is random.
    hidden = r'<head>.*</head>|<script.*?</script>|value="[^"]*"'
    assert "13" not in re.findall(r"[0-9]+", re.sub(hidden, "", text, flags=re.DOTALL))


def test_a_file_that_was_never_fetched_tells_no_counts(marketer, crowd, database):
    crowd.many(30)
    for n in range(13):
        crowd.add(f"no{n}@example.com", grants="newsletter")
    preview = f"{HOME}/segments/all/google"
    link = posted(marketer, preview, f"{HOME}/exports", segment="all", platform="google")
    with database.session(write=False) as session:
        [number] = session.scalars(select(Export.id))
    before = marketer.get(f"{HOME}/exports/{number}").text
    assert "Who stayed out" not in before
    assert marketer.get(link.location).data
    after = marketer.get(f"{HOME}/exports/{number}").text
    assert "about 10" in re.search("Who stayed out.*", after, re.DOTALL)[0]


def test_a_saved_segment_is_ticked_as_a_part_of_another_and_never_of_itself(marketer, crowd, database):
    crowd.many(12, country="FI")
    crowd.add("other@example.com", country="SE")
    part = made(marketer, name="Finns", country="FI").rsplit("/", 1)[1]
    whole = made(marketer, name="All but Finns", out_segment=[part])
    text = marketer.get(whole).text
    assert "Left out are those who belong to “Finns” (people whose country is Finland)." in text
    form = marketer.get(f"{whole}/edit").text
    assert re.search(rf'name="out_segment"[^>]*value="{part}"[^>]*checked', form) or re.search(
        rf'checked[^>]*name="out_segment"[^>]*value="{part}"', form
    )
    assert "All but Finns" not in re.findall(
        r"<label[^>]*>([^<]*)", marketer.get(f"{HOME}/segments/{part}/edit").text
    )
    answer = posted(
        marketer, f"{HOME}/segments/{part}/edit", f"{HOME}/segments/{part}",
        name="Finns", segment=[whole.rsplit("/", 1)[1]], seen=seen(marketer, part),
    )  # fmt: skip
    assert answer.status_code == 422
    answer = posted(marketer, NEW, f"{HOME}/segments", name="Nobody", segment=["999"])
    assert answer.status_code == 422
    with database.session(write=False) as session:
        assert len(session.scalars(select(Segment)).all()) == 2


def test_a_company_list_that_would_be_the_same_again_says_so(marketer, crowd, database):
    for n in range(3):
        crowd.add(
            f"aino@esimerkki{n}.example", grants="ad_audiences:linkedin", listed=("company",),
            company=f"Esimerkki {n} Oy", website_domain=f"esimerkki{n}.example", role="sales",
        )  # fmt: skip
    preview = f"{HOME}/segments/all/linkedin-companies"
    said = "Nothing has changed since the file of"
    assert said not in marketer.get(preview).text
    link = posted(marketer, preview, f"{HOME}/exports", segment="all", platform="linkedin-companies")
    assert marketer.get(link.location).data
    assert said in marketer.get(preview).text
    crowd.add(
        "veikko@esimerkki1.example", grants="ad_audiences:linkedin", listed=("company",),
        company="Esimerkki 1 Oy", website_domain="esimerkki1.example", role="sales",
    )  # fmt: skip
    assert said in marketer.get(preview).text, "another person at the same company is no other list"
    crowd.add(
        "aino@uusi.example", grants="ad_audiences:linkedin", listed=("company",),
        company="Uusi Oy", website_domain="uusi.example", role="sales",
    )  # fmt: skip
    assert said not in marketer.get(preview).text
