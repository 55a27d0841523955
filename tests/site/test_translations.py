import re
from pathlib import Path

from babel.messages.catalog import Catalog

from clevenio import catalogue


def test_the_catalogues_are_fresh_complete_and_not_fuzzy():
    assert catalogue.faults() == []


def test_every_problem_says_its_words_where_it_is_raised():
    """Words that stand in a name of their own are collected by nobody, so they would stay English."""
    named = re.compile(rf"\b(?:{'|'.join(catalogue.PROBLEMS[:-1])})\((?:[A-Z][A-Z_]+|_\w+)\b")
    found = [
        f"{path.name}: {hit.group()}"
        for path in Path(catalogue.PACKAGE).rglob("*.py")
        for hit in named.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_a_message_without_finnish_is_a_fault(monkeypatch):
    template = catalogue.extract()
    template.add("A sentence nobody has translated")
    monkeypatch.setattr(catalogue, "extract", lambda: template)
    assert "fi: not translated: 'A sentence nobody has translated'" in catalogue.faults()


def test_a_message_that_is_gone_makes_the_catalogue_stale(monkeypatch):
    monkeypatch.setattr(
        catalogue, "extract", lambda: Catalog(project="Clevenio", charset="utf-8", fuzzy=False)
    )
    assert "fi is stale: run make messages" in catalogue.faults()


# What a message calls a number of things; `%(number)s` is the number of one of them.
COUNTED = re.compile(
    r"%\((?:num|count|rows|people|subjects|exports|refusals|networks|files|entries|accounts|needed)\)s (?!(?:for|and|are|in)\b)[a-z]"
)
NEVER_ONE = {"%(count)s times, %(first)s–%(last)s"}


def uncounted(template):
    """Messages that name a number of things and have one form for every number."""
    single = {each.id for each in template if each.id and isinstance(each.id, str)}
    return {message for message in single - NEVER_ONE if COUNTED.search(message)}


def test_whatever_is_counted_has_a_form_for_one_and_a_form_for_many():
    assert uncounted(catalogue.extract()) == set()


def test_a_count_without_its_forms_is_found():
    template = Catalog(fuzzy=False)
    template.add("%(rows)s rows left in one day.")
    template.add(("%(num)s row", "%(num)s rows"))
    template.add("Entry %(number)s of the trail")
    assert uncounted(template) == {"%(rows)s rows left in one day."}
