from babel.messages.catalog import Catalog

from clevenio import catalogue


def test_the_catalogues_are_fresh_complete_and_not_fuzzy():
    assert catalogue.faults() == []


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
