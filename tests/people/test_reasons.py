"""Reasons: kept for good, so they name nobody and stay short."""

import pytest

from clevenio.errors import BadInput
from clevenio.people import reasons


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "empty"),
        (" \u00a0\u200b ", "empty"),
        ("x" * 201, "too_long"),
        ("one\ntwo", "control"),
        ("red \x1b[31m", "control"),
        ("because x@example.com said so", "address"),
        ("because x\uff20example.com said so", "address"),
        ("x (at) example.com", "address"),
        ("called from 040 123 4567", "phone"),
        ("called from 0401234567", "phone"),
        ("called from +358 40 123 4567", "phone"),
        ("called from +44 (0)20 7946 0018", "phone"),
        ("called from \uff0b358401234567", "phone"),
    ],
)
def test_what_must_not_be_kept_is_refused(value, why):
    with pytest.raises(BadInput) as refused:
        reasons.line_for_trail(value)
    assert refused.value.values["reason"] == why


@pytest.mark.parametrize(
    "value",
    [
        "asked by the holder",
        "Pyydetty puhelimessa 24.11.2026 klo 10.15",
        "ticket 2026-0012345 of 2026-11-24",
        "x" * 200,
        "GDPR Art. 18(1)(b), decision 4/2026",
    ],
)
def test_an_ordinary_reason_is_kept_as_it_is(value):
    assert reasons.line_for_trail(value) == value


def test_a_reason_of_several_lines_is_held_to_the_same():
    assert reasons.text("One line.\r\nAnother.") == "One line.\nAnother."
    with pytest.raises(BadInput):
        reasons.text("One line.\nWrite to x@example.com.")
