"""Dated entries of recipients: who may receive data on a day, and the log of changes they tell."""

from dataclasses import replace
from datetime import date

import pytest

from clevenio.registry import load, loader
from clevenio.registry.vendors import Event, log


def day(text):
    return date.fromisoformat(text)


@pytest.fixture
def meta():
    return replace(load().vendors["meta"], since=day("2024-01-10"))


def told(entries):
    return [
        (change.day.isoformat(), change.event, change.vendor.id, change.fields) for change in log(entries)
    ]


def test_every_shipped_recipient_has_its_dates_and_a_transfer_its_ground():
    for vendor in loader.shipped().vendor_entries:
        assert vendor.is_in_force(vendor.since)
        assert vendor.is_safeguarded(vendor.since), vendor.id
        assert vendor.arrangement or vendor.role == "controller", vendor.id


def test_an_entry_holds_from_its_first_day_to_the_end_of_its_last(meta):
    ended = replace(meta, until=day("2024-03-01"))
    assert [ended.is_in_force(day(on)) for on in ("2024-01-09", "2024-01-10", "2024-03-01", "2024-03-02")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert meta.is_in_force(day("2999-01-01"))


def test_a_transfer_needs_its_ground_on_that_very_day(meta):
    ending = replace(meta, safeguard_since=day("2024-02-01"), safeguard_until=day("2024-02-29"))
    assert [ending.is_safeguarded(day(on)) for on in ("2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert replace(ending, transfers=()).is_safeguarded(day("2024-03-01"))


def test_the_log_tells_additions_changes_and_ends_the_newest_first_and_those_of_a_day_by_name(meta):
    before = replace(meta, safeguard="scc", scc_module=2, until=day("2024-05-31"))
    after = replace(meta, since=day("2024-06-01"), until=day("2025-01-31"))
    other = replace(meta, id="other", name="Another", since=day("2024-06-01"))
    assert told([after, other, before]) == [
        ("2025-02-01", Event.ENDED, "meta", ()),
        ("2024-06-01", Event.ADDED, "other", ()),
        ("2024-06-01", Event.CHANGED, "meta", ("safeguard",)),
        ("2024-01-10", Event.ADDED, "meta", ()),
    ]


def test_a_recipient_that_ended_and_came_back_was_not_changed_but_added_again(meta):
    first = replace(meta, until=day("2024-05-30"))
    again = replace(meta, since=day("2024-06-01"))
    assert [event for _, event, _, _ in told([first, again])] == [Event.ADDED, Event.ENDED, Event.ADDED]


def test_two_entries_of_one_recipient_may_not_overlap(tmp_path):
    from shutil import copytree

    from clevenio.errors import BadInput

    folder = copytree(loader.FOLDER, tmp_path / "registry")
    path = folder / "vendors.toml"
    source = path.read_text("utf-8")
    meta = next(part for part in source.split("[[vendor]]") if 'id = "meta"\n' in part)
    later = meta.replace("since = 2023-07-10", "since = 2025-01-01", 1)
    path.write_text(f"{source}\n[[vendor]]{later}", "utf-8")
    with pytest.raises(BadInput, match="meta stands here twice from 2025-01-01 on"):
        loader.read(folder)
    ended = source.replace(
        meta, meta.replace("since = 2023-07-10", "since = 2023-07-10\nuntil = 2024-12-31", 1)
    )
    path.write_text(f"{ended}\n[[vendor]]{later}", "utf-8")
    registry = loader.read(folder)
    assert registry.vendor_on("meta", day("2024-12-31")).until == day("2024-12-31")
    assert registry.vendor_on("meta", day("2025-01-01")).since == day("2025-01-01")
    assert registry.vendors["meta"].since == day("2025-01-01")
    assert registry.vendor_on("meta", day("2023-07-09")) is None
