"""The record of processing says of every kind of personal data why it is held, for how long, and who gets it."""

from clevenio.i18n import use_language
from clevenio.registry import Origin, load
from clevenio.rights.record.activities import activities
from clevenio.rights.record.words import TREATMENTS, WHOSE


def test_every_kind_of_personal_data_stands_in_one_activity():
    found = [c.holding.id for activity in activities(load()) for c in activity.categories]
    assert sorted(found) == sorted(h.id for h in load().holdings.values() if set(h.whose) != {"nobody"})


def test_a_kind_that_serves_a_second_purpose_is_named_there_too():
    [newsletter] = [one for one in activities(load()) if one.purpose.id == "newsletter"]
    assert "person" in {holding.id for holding in newsletter.also}
    assert "person" not in {category.holding.id for category in newsletter.categories}
    assert "customer" in newsletter.whose


def test_audiences_name_every_platform_and_no_other_purpose_of_a_person_names_one():
    registry = load()
    by_purpose = {one.purpose.id: one.recipients for one in activities(registry)}
    assert by_purpose["ad_audiences"] == registry.audience_vendors
    assert by_purpose["agreements"] == ()


def test_what_is_withheld_or_a_key_is_no_category_of_data():
    registry = load()
    with use_language("en"):
        for activity in activities(registry):
            for category in activity.categories:
                hidden = {
                    str(registry.column(table.id, name).what)
                    for table in registry.tables_of(category.holding.id)
                    for name in table.of(Origin.WITHHELD)
                }
                assert not hidden & set(category.columns), category.holding.id


def test_every_code_has_words():
    for activity in activities(load()):
        assert all(WHOSE[each] for each in activity.whose)
        assert all(TREATMENTS[each.holding.erased] for each in activity.categories)
