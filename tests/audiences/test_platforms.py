"""The platforms besides Google, Meta and LinkedIn, the whole way from a stored person to the file."""

import base64
import csv
import hashlib
import io

import pytest
from sqlalchemy import select

from clevenio.audiences.export import handout_now, refusal
from clevenio.audiences.files import stream
from clevenio.audiences.models import Membership
from clevenio.audiences.platforms import layouts, platform
from clevenio.audiences.segments import Choice
from clevenio.registry import load
from tests.audiences.conftest import LISTED
from tests.support.factories import NOW

SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
ADDRESS, NUMBER = "Mai.Ja+Lehti@Gmail.com", "+358401234567"
DEVICE = "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def encoded(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


PLAIN = sha("mai.ja+lehti@gmail.com")
FILES = {
    "microsoft-email": (["email"], [PLAIN]),
    "pinterest-email": (["email"], [PLAIN]),
    "x-email": (["email"], [PLAIN]),
    "snapchat-email": (["email"], [PLAIN]),
    "snapchat-phone": (["phone"], [sha("358401234567")]),
    "reddit-email": (["email"], [sha("maija@gmail.com")]),
    "uid2": (["email_hash", "phone_hash"], [encoded("maija@gmail.com"), encoded(NUMBER)]),
    "tiktok": (
        ["Email_SHA256"] * 3 + ["Phone_SHA256"] * 2 + ["MAID_SHA256"],
        [
            PLAIN,
            sha("mai.ja@gmail.com"),
            sha("maija@gmail.com"),
            sha(NUMBER),
            sha("358401234567"),
            sha(DEVICE),
        ],
    ),
}


@pytest.fixture
def written(database, settings):
    """`written("tiktok")`: the lines of a file as lists of cells; a header may stand there several times."""

    def write(name: str) -> list[list[str]]:
        chosen, everybody = platform(name, settings.data), Choice("all", {})
        with handout_now(database, settings, chosen, everybody, actor="command", now=NOW) as ready:
            foreseen, whole = ready.size, b"".join(stream(ready))
        assert foreseen == len(whole)
        return list(csv.reader(io.StringIO(whole.decode())))

    return write


@SQLITE
@pytest.mark.parametrize(("name", "file"), FILES.items(), ids=FILES)
def test_a_file_has_its_header_and_each_cell_as_the_platform_reads_it(crowd, written, name, file):
    vendor = name.partition("-")[0]
    crowd.add(ADDRESS, f"ad_audiences:{vendor}", listed=LISTED, phone=NUMBER, advertising_id=DEVICE)
    crowd.add("other@example.com", "ad_audiences:google", phone="+358401234568")
    assert written(name) == [file[0], file[1]]


@SQLITE
@pytest.mark.parametrize("name", FILES)
def test_whoever_has_no_identifier_that_goes_has_no_row(crowd, written, database, name):
    vendor = name.partition("-")[0]
    crowd.add("one@example.com", f"ad_audiences:{vendor}", phone=NUMBER)
    crowd.add("two@example.com", f"ad_audiences:{vendor}")
    rows = written(name)[1:]
    assert len(rows) == (1 if name == "snapchat-phone" else 2)
    assert all(any(row) for row in rows)
    with database.session(write=False) as session:
        members = session.scalars(select(Membership)).all()
    carried = {"email": name != "snapchat-phone", "phone": name in ("snapchat-phone", "tiktok", "uid2")}
    assert {member.has_email for member in members} == {carried["email"]}
    assert sum(member.has_phone for member in members) == carried["phone"]


@SQLITE
def test_a_device_goes_to_tiktok_only_where_the_wording_listed_it(crowd, written):
    crowd.add("one@example.com", "ad_audiences:tiktok", advertising_id=DEVICE)
    assert [row[-1] for row in written("tiktok")[1:]] == [""]


@SQLITE
@pytest.mark.parametrize("name", layouts())
def test_a_platform_takes_a_file_while_its_recipient_is_declared_and_no_longer(settings, declared, name):
    chosen = platform(name, settings.data)
    assert refusal(chosen, NOW) is None
    declared(chosen.layout.vendor)
    assert refusal(chosen, NOW) is not None


def test_every_decision_of_the_box_is_about_a_platform_that_there_is():
    assert {vendor.id for vendor in load().audience_vendors} == {each.vendor for each in layouts().values()}
