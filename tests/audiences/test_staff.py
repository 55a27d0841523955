"""The back office's pages about audiences: who may, what is counted, and the link that works once."""

import hashlib
import io
import re
from datetime import timedelta
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences import handouts, queries
from clevenio.audiences.models import Download, Export, Segment
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW

PREVIEW = f"{HOME}/segments/all/google"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


def corrected(settings, platform, text):
    """A platform's data file with somebody's corrections."""
    folder = settings.data / "platforms"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{platform}.toml").write_text(text, encoding="utf-8")


def order_file(client, segment="all", platform="google"):
    return posted(client, PREVIEW, f"{HOME}/exports", segment=segment, platform=platform)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_removals_are_looked_for_only_where_a_platform_got_a_file(marketer, crowd, exported, monkeypatch):
    crowd.add("yes@example.com")
    exported("google")
    asked = []
    monkeypatch.setattr(queries, "rows_to_remove", lambda _session, chosen: asked.append(chosen.id) or 0)
    assert marketer.get(HOME).status_code == 200
    assert asked == ["google"]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("page", [HOME, f"{HOME}/segments/new", f"{HOME}/segments/all", PREVIEW])
def test_audiences_are_for_marketers_and_administrators(client, signed_in, page):
    assert client.get(page).status_code == 303
    assert signed_in(Role.MARKETER).get(page).status_code == 200
    assert signed_in(Role.ADMINISTRATOR, email="admin@example.com").get(page).status_code == 200
    for role in (Role.SUPPORT, Role.PRIVACY_OFFICER):
        assert signed_in(role, email=f"{role}@example.com").get(page).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_explanation_is_for_the_privacy_officer_as_well(signed_in):
    page = "/staff/audience-explanations"
    assert signed_in(Role.PRIVACY_OFFICER).get(page).status_code == 200
    assert signed_in(Role.SUPPORT, email="support@example.com").get(page).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_is_ordered_without_the_forms_token(marketer, crowd, database):
    crowd.add("yes@example.com")
    response = marketer.post(f"{HOME}/exports", data={"segment": "all", "platform": "google"})
    assert response.status_code == 400
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []


def test_a_preview_shows_counts_and_says_what_a_digest_is(marketer, crowd):
    crowd.add("yes@example.com")
    crowd.add("silent@example.com", grants="")
    page = marketer.get(PREVIEW)
    assert "A digest is personal data" in page.text
    assert "Download the file" in page.text
    assert "example.com" not in re.sub(r"marketer@example\.com", "", page.text)


def test_too_small_an_audience_has_no_button_and_names_the_number(marketer):
    page = marketer.get(PREVIEW)
    assert "At least 1 row is needed" in page.text
    assert "Download the file" not in page.text


def test_a_file_leaves_by_a_link_that_works_once(marketer, crowd, database):
    crowd.add("yes@example.com")
    link = order_file(marketer)
    assert link.status_code == 303
    file = marketer.get(link.location)
    assert file.status_code == 200
    assert (
        file.data == f"Email,Phone,First Name,Last Name,Country,Zip\n{sha('yes@example.com')},,,,,\n".encode()
    )
    assert file.headers["Cache-Control"] == "no-store"
    assert file.mimetype == "text/csv"
    assert re.fullmatch(
        r'attachment; filename="audience-google-2026-06-01-\d+\.csv"', file.headers["Content-Disposition"]
    )
    assert marketer.get(link.location).status_code == 404
    with database.session(write=False) as session:
        export = session.scalars(select(Export)).one()
        assert (export.state, export.actor[:6]) == ("finished", "staff:")
        assert [entry.action for entry in session.scalars(select(audit.AuditEntry))] == ["audience.export"]


@pytest.fixture
def files(database):
    """Thirty files, a day apart: Google and Meta in turn, the last of them a removal file."""
    with database.session() as session:
        for number in range(30):
            session.add(
                Export(
                    kind="removal" if number == 29 else "upload",
                    state="finished",
                    platform="meta" if number % 2 else "google",
                    vendor="google",
                    segment="all",
                    criteria={},
                    actor="command",
                    created_at=NOW - timedelta(days=29 - number),
                    ledger_position=0,
                    notices=[],
                    rows=1000 + number,
                    rejects={},
                    files=[],
                )
            )
        session.commit()


def numbers_in(page):
    return [
        int(cell.replace(",", ""))
        for cell in re.findall(r'data-label="Rows" class="number">([\d,]+)', page.text)
    ]


def test_the_files_have_pages_and_filters_like_other_lists(marketer, files):
    page = f"{HOME}/exports"
    assert numbers_in(marketer.get(HOME)) == [1029, 1028, 1027, 1026, 1025]
    assert numbers_in(marketer.get(page)) == list(range(1029, 1004, -1))
    assert numbers_in(marketer.get(f"{page}?page=2")) == list(range(1004, 999, -1))
    assert numbers_in(marketer.get(f"{page}?kind=removal")) == [1029]
    assert numbers_in(marketer.get(f"{page}?platform=google")) == list(range(1028, 999, -2))
    days = f"since={NOW - timedelta(days=4):%Y-%m-%d}&until={NOW - timedelta(days=3):%Y-%m-%d}"
    assert numbers_in(marketer.get(f"{page}?{days}")) == [1026, 1025]
    assert "/staff/audiences/exports?page=2&amp;kind=upload" in marketer.get(f"{page}?kind=upload").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_files_are_called_by_their_numbers_and_the_one_made_last_comes_first(marketer, files, database):
    with database.session() as session:
        session.get_one(Export, 3).created_at = NOW
        session.commit()
    for page in (HOME, f"{HOME}/exports"):
        named = re.findall(r'exports/(\d+)">File\xa0(\d+)</a></th>', marketer.get(page).text)
        assert named[:3] == [("30", "30"), ("3", "3"), ("29", "29")]


@pytest.mark.parametrize(
    "query",
    ["kind=x", "platform=%27--", "since=yesterday", "until=9999-99-99", "kind=upload&kind=removal&since=x"],
)
def test_a_filter_that_is_not_understood_is_said_and_narrows_nothing(marketer, files, query):
    page = marketer.get(f"{HOME}/exports?{query}")
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert len(numbers_in(page)) == 25


def test_before_the_first_file_the_list_says_how_one_comes_about(marketer):
    assert "choose a segment, then a platform" in marketer.get(f"{HOME}/exports").text


def test_a_download_says_how_long_it_is(marketer, crowd):
    crowd.many(3)
    file = marketer.get(order_file(marketer).location)
    assert file.headers["Content-Length"] == str(len(file.data))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_a_platform_takes_in_several_files_comes_as_an_archive_of_them(
    marketer, crowd, settings, database
):
    crowd.many(20)
    corrected(settings, "google", "maximum_rows = 8")
    assert "an archive (ZIP) of several files" in marketer.get(PREVIEW).text
    file = marketer.get(order_file(marketer).location)
    assert (file.status_code, file.mimetype) == (200, "application/zip")
    assert file.headers["Content-Disposition"].endswith('.zip"')
    with ZipFile(io.BytesIO(file.data)) as archive:
        assert [archive.read(name).count(b"\n") - 1 for name in archive.namelist()] == [7, 7, 6]
    with database.session(write=False) as session:
        export = session.scalars(select(Export)).one()
        assert (export.state, [each["rows"] for each in export.files]) == ("finished", [7, 7, 6])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_where_one_file_is_enough_nothing_is_said_of_several(marketer, crowd):
    crowd.many(3)
    assert "ZIP" not in marketer.get(PREVIEW).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_download_that_breaks_off_is_shorter_than_it_said(marketer, crowd, database, monkeypatch):
    crowd.many(5)
    monkeypatch.setattr(handouts, "BATCH", 2)
    link = order_file(marketer).location
    add_members = handouts.add_members
    calls = iter(range(9))

    def failing(*arguments):
        if next(calls) == 1:
            raise OSError("the disk is full")
        add_members(*arguments)

    monkeypatch.setattr(handouts, "add_members", failing)
    file = marketer.get(link, buffered=False)
    received: list[bytes] = []
    with pytest.raises(OSError, match="the disk is full"):
        received.extend(file.response)
    assert 0 < sum(map(len, received)) < int(file.headers["Content-Length"])
    with database.session(write=False) as session:
        assert session.scalars(select(Export.state)).one() == "started"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_looking_at_the_link_does_not_use_it_up(marketer, crowd):
    crowd.add("yes@example.com")
    link = order_file(marketer).location
    assert marketer.head(link).status_code == 405
    assert marketer.get(link).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_link_is_for_whoever_asked(marketer, signed_in, crowd, client):
    crowd.add("yes@example.com")
    link = order_file(marketer).location
    assert signed_in(Role.MARKETER, email="other@example.com").get(link).status_code == 404
    assert client.get(link).status_code == 303
    assert marketer.get(link).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
def test_unknown_forged_and_foreign_links_look_alike(marketer, crowd, database, settings):
    crowd.add("yes@example.com")
    order_file(marketer)
    with database.session(write=False) as session:
        handle = session.scalars(select(Download.handle)).one()
    pages = {
        (answer.status_code, re.sub('value="[^"]+"', "", answer.text))
        for answer in (
            marketer.get(f"{HOME}/downloads/nothing"),
            marketer.get(f"{HOME}/downloads/{handle}"),
            marketer.get(f"{HOME}/downloads/{handle}.{'A' * 43}"),
        )
    }
    assert [status for status, _ in pages] == [404]


def test_people_who_left_since_the_order_are_not_in_the_file(marketer, crowd):
    crowd.add("yes@example.com")
    gone = crowd.add("gone@example.com")
    link = order_file(marketer).location
    crowd.withdraw(gone)
    assert sha("gone@example.com").encode() not in marketer.get(link).data


def test_too_few_left_since_the_order_is_a_page_and_no_file(marketer, crowd):
    gone = crowd.add("gone@example.com")
    link = order_file(marketer).location
    crowd.withdraw(gone)
    answer = marketer.get(link)
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "Nothing was exported" in answer.text


def test_withdrawals_show_up_with_a_removal_file(marketer, crowd):
    gone = crowd.add("gone@example.com")
    assert sha("gone@example.com") in marketer.get(order_file(marketer).location).text
    assert "Download the removal file" not in marketer.get(HOME).text
    crowd.withdraw(gone)
    assert "Download the removal file" in marketer.get(HOME).text
    link = posted(marketer, HOME, f"{HOME}/removals", platform="google")
    assert sha("gone@example.com") in marketer.get(link.location).text


def test_a_segment_is_made_in_a_form_and_counted(marketer, crowd, database):
    crowd.add("sales@example.com", role="sales", language="fi")
    crowd.add("owner@example.com", role="owner", language="fi")
    answer = posted(
        marketer, f"{HOME}/segments/new", f"{HOME}/segments",
        name="Finnish sales", description="the fair", role="sales", language="fi", company="", topic=[],
    )  # fmt: skip
    assert answer.status_code == 303
    assert "Sales" in marketer.get(answer.location).text
    with database.session(write=False) as session:
        segment = session.scalars(select(Segment)).one()
        assert segment.criteria == {"role": ["sales"], "language": ["fi"]}
        assert UUID(segment.created_by.removeprefix("staff:"))
    page = marketer.get(f"{HOME}/segments/{segment.id}/google")
    assert "Finnish sales" in page.text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Give the segment a name."),
        ({"name": "All"}, "Choose another name."),
        ({"name": "taken"}, "There is already a segment of this name."),
        ({"name": "fine", "role": "boss"}, "Tick some of these boxes"),
        ({"name": "fine", "company": "--"}, "A company&#39;s name has a letter or a digit."),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_bad_segment_comes_back_with_what_was_typed(marketer, database, fields, message):
    posted(marketer, f"{HOME}/segments/new", f"{HOME}/segments", name="taken")
    answer = posted(
        marketer, f"{HOME}/segments/new", f"{HOME}/segments", **{"description": "typed with care", **fields}
    )
    assert answer.status_code == 422
    assert message in answer.text
    assert "typed with care" in answer.text
    with database.session(write=False) as session:
        assert [segment.name for segment in session.scalars(select(Segment))] == ["taken"]


@pytest.mark.parametrize(
    "address", ["segments/0", "segments/x", "segments/all/myspace", "segments/99999999999"]
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_does_not_exist_is_not_found(marketer, address):
    assert marketer.get(f"{HOME}/{address}").status_code == 404


def test_an_explanation_names_the_decisions_and_is_in_the_trail(marketer, crowd, database, settings):
    person = crowd.add("maija@example.com")
    page = "/staff/audience-explanations"
    answer = posted(marketer, page, page, email="Maija@example.com")
    assert answer.status_code == 200
    assert "a consent that names this platform" in answer.text
    assert "As a hash: E-mail address</p>" in answer.text
    with database.session(write=False) as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
        assert entry.action == "audience.explain"
        assert entry.subject == audit.subject_hash(settings.suppression_key, person.id)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_malformed_address_is_not_explained(marketer, database):
    page = "/staff/audience-explanations"
    assert posted(marketer, page, page, email="maija").status_code == 422
    answer = posted(marketer, page, page, email="nobody@example.com")
    assert answer.status_code == 422
    assert "Nobody here has this address." in answer.text
    assert 'value="nobody@example.com"' in answer.text
    with database.session(write=False) as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
        assert (entry.action, entry.subject) == ("audience.explain", None)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("roles", [(Role.PRIVACY_OFFICER,), (Role.ADMINISTRATOR,), (Role.MARKETER,)], ids=str)
def test_somebody_restricted_is_explained_to_the_privacy_officer_alone(
    signed_in, crowd, database, settings, roles
):
    person = crowd.add("held@example.com")
    crowd.change(person, restricted_at=NOW)
    page = "/staff/audience-explanations"
    answer = posted(signed_in(*roles), page, page, email="held@example.com")
    is_hidden = roles == (Role.MARKETER,)
    assert answer.status_code == (422 if is_hidden else 200)
    assert ("restricted" in answer.text) != is_hidden
    with database.session(write=False) as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
        assert entry.subject == audit.subject_hash(settings.suppression_key, person.id)
