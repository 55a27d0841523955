"""Every published digest, by the platform's rules on the raw input and by the whole way we take."""

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from clevenio.audiences.platforms import layouts
from clevenio.errors import BadInput
from clevenio.people import identifiers
from tests.support.raw_identifiers import cell, raw_cells

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
# Which layout a vector is for; Snapchat's files hold one kind of identifier each.
PLATFORMS = {
    "google": "google",
    "meta": "meta",
    "linkedin": "linkedin-contacts",
    "microsoft": "microsoft-email",
    "tiktok": "tiktok",
    "pinterest": "pinterest-email",
    "x": "x-email",
    "snap": "snapchat-{field}",
    "reddit": "reddit-email",
    "uid2": "uid2",
}
FIELDS = {"zip": "postal_code", "jobtitle": "title", "maid": "advertising_id"}
STAGE_A = {
    "email": lambda raw, _region: identifiers.address(raw).key,
    "phone": identifiers.phone,
    "first_name": lambda raw, _region: identifiers.name(raw),
    "last_name": lambda raw, _region: identifiers.name(raw),
    "title": lambda raw, _region: identifiers.name(raw),
    "company": lambda raw, _region: identifiers.company(raw),
    "country": lambda raw, _region: identifiers.country(raw),
    "postal_code": lambda raw, _region: identifiers.postal_code(raw),
    "advertising_id": lambda raw, _region: identifiers.advertising_id(raw),
}
# What X calls its users by is nothing that we know of anybody.
UNKNOWN = {("x", "username")}
OURS = [
    vector
    for vector in VECTORS
    if vector["platform"] in PLATFORMS and (vector["platform"], vector["field"]) not in UNKNOWN
]
# A country's name is no code to Google; on write it becomes one.
REPAIRED_ON_WRITE = {("country", "Finland"): "FI"}
HELPER = [vector for vector in VECTORS if vector["platform"] == "e164-helper"]


def field_of(vector):
    return FIELDS.get(vector["field"], vector["field"])


def expected(vector):
    if "error" in vector:
        return ""
    if not vector["hashed_in_file"]:
        return vector["normalized"]
    if not vector["normalized"]:
        return ""
    if vector["platform"] != "uid2":
        return vector["sha256"]
    written = base64.b64encode(bytes.fromhex(vector["sha256"])).decode()
    assert vector.get("base64", written) == written
    return written


def layout_of(vector):
    return layouts()[PLATFORMS[vector["platform"]].format(field=field_of(vector))]


def region_of(vector):
    return vector.get("default_country", "FI")


def called(vector):
    return f"{vector['platform']}-{vector['field']}-{vector['input']!a}-{vector['tier']}"


@pytest.mark.parametrize("vector", OURS, ids=called)
def test_a_platform_reads_the_raw_input_as_published(vector):
    layout = layout_of(vector)
    assert expected(vector) in set(raw_cells(layout, field_of(vector), vector["input"], region_of(vector)))


@pytest.mark.parametrize("vector", OURS, ids=called)
def test_what_we_accept_comes_out_as_published(vector):
    field = field_of(vector)
    try:
        stored = STAGE_A[field](vector["input"], region_of(vector))
    except BadInput:
        # What is refused on write never reaches a file; the raw reading above still holds.
        return
    layout = layout_of(vector)
    cells = {cell(column, stored) for column in layout.columns if column.field == field}
    assert REPAIRED_ON_WRITE.get((field, vector["input"]), expected(vector)) in cells


# What we refuse on write although a platform's normaliser has an opinion on it.
REFUSED_ON_WRITE = {
    "...@gmail.com",
    "+tag@gmail.com",
    ".user@example.com",
    "mailto:user@example.com",
    "-",
    "XX",
}


def test_only_what_is_no_identifier_is_refused_on_write():
    refused = set()
    for vector in OURS:
        if expected(vector):
            try:
                STAGE_A[field_of(vector)](vector["input"], region_of(vector))
            except BadInput:
                refused.add(vector["input"])
    assert refused == REFUSED_ON_WRITE


@pytest.mark.parametrize("vector", HELPER, ids=called)
def test_phone_numbers_become_e164_as_the_library_prints_them(vector):
    if "error" in vector:
        with pytest.raises(BadInput):
            identifiers.phone(vector["input"], region_of(vector))
    else:
        number = identifiers.phone(vector["input"], region_of(vector))
        assert number == vector["normalized"]
        assert hashlib.sha256(number.encode()).hexdigest() == vector["sha256"]


def test_no_vector_is_left_out():
    assert Counter(vector["platform"] for vector in [*OURS, *HELPER]) == {
        "google": 65, "meta": 54, "linkedin": 6, "microsoft": 3, "tiktok": 15, "pinterest": 2, "x": 2, "snap": 29,
        "reddit": 4, "uid2": 34, "e164-helper": 21,
    }  # fmt: skip
