"""Every published digest, by the platform's rules on the raw input and by the whole way we take."""

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
PLATFORMS = {"google": "google", "meta": "meta", "linkedin": "linkedin-contacts"}
FIELDS = {"zip": "postal_code", "jobtitle": "title"}
STAGE_A = {
    "email": lambda raw, _region: identifiers.address(raw).key,
    "phone": identifiers.phone,
    "first_name": lambda raw, _region: identifiers.name(raw),
    "last_name": lambda raw, _region: identifiers.name(raw),
    "title": lambda raw, _region: identifiers.name(raw),
    "company": lambda raw, _region: identifiers.company(raw),
    "country": lambda raw, _region: identifiers.country(raw),
    "postal_code": lambda raw, _region: identifiers.postal_code(raw),
}
OURS = [vector for vector in VECTORS if vector["platform"] in PLATFORMS]
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
    return vector["sha256"] if vector["normalized"] else ""


def region_of(vector):
    return vector.get("default_country", "FI")


def called(vector):
    return f"{vector['platform']}-{vector['field']}-{vector['input']!a}-{vector['tier']}"


@pytest.mark.parametrize("vector", OURS, ids=called)
def test_a_platform_reads_the_raw_input_as_published(vector):
    layout = layouts()[PLATFORMS[vector["platform"]]]
    assert expected(vector) in set(raw_cells(layout, field_of(vector), vector["input"], region_of(vector)))


@pytest.mark.parametrize("vector", OURS, ids=called)
def test_what_we_accept_comes_out_as_published(vector):
    field = field_of(vector)
    try:
        stored = STAGE_A[field](vector["input"], region_of(vector))
    except BadInput:
        # What is refused on write never reaches a file; the raw reading above still holds.
        return
    layout = layouts()[PLATFORMS[vector["platform"]]]
    cells = {cell(column, stored) for column in layout.columns if column.field == field}
    assert REPAIRED_ON_WRITE.get((field, vector["input"]), expected(vector)) in cells


# What we refuse on write although a platform's normaliser has an opinion on it.
REFUSED_ON_WRITE = {
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


def test_no_vector_of_these_platforms_is_left_out():
    assert Counter(vector["platform"] for vector in [*OURS, *HELPER]) == {
        "google": 65, "meta": 54, "linkedin": 6, "e164-helper": 21,
    }  # fmt: skip
