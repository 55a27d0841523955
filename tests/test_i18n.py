import json
from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from clevenio import i18n
from clevenio.errors import BadInput, Refused
from clevenio.i18n import (
    current_language,
    environment,
    format_date,
    format_datetime,
    format_days,
    format_number,
    format_percent,
    use_language,
)


@pytest.fixture
def finnish(monkeypatch):
    """A Finnish catalogue of two messages."""

    class Catalogue:
        def gettext(self, message):
            return {"Hello %(name)s": "Hei %(name)s", "Leave": "Lähde & <b>mene</b>"}.get(message, message)

    monkeypatch.setattr(i18n, "translations", lambda _language: Catalogue())


def test_a_block_in_another_language_ends_with_it():
    with use_language("fi"):
        assert current_language() == "fi"
    assert current_language() == "en"


def test_literals_are_translated_when_the_template_is_loaded(finnish, monkeypatch):
    template = environment("fi").from_string('{{ _("Leave") }}')
    monkeypatch.undo()
    assert template.render() == "Lähde & <b>mene</b>"


def test_values_are_escaped_and_messages_are_not(finnish):
    template = environment("fi").from_string('{{ _("Hello %(name)s", name=name) }}')
    assert template.render(name="<script>") == "Hei &lt;script&gt;"


def test_plain_text_escapes_nothing(finnish):
    template = environment("fi", markup=False).from_string('{{ _("Hello %(name)s", name=name) }}')
    assert template.render(name="O'Hara & Sons") == "Hei O'Hara & Sons"


def test_a_template_may_translate_literals_only():
    with pytest.raises(SyntaxError, match="one literal"):
        environment("en").from_string("{{ _(name) }}")


def test_an_unknown_name_is_an_error():
    with pytest.raises(UndefinedError):
        environment("en").from_string("{{ nobody }}").render()


def test_dates_and_numbers_are_in_the_readers_form():
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    with use_language("fi"):
        assert format_date(late) == "23.\u00a0marraskuuta 2026"
        assert format_number(12345) == "12\xa0345"
    with use_language("en"):
        assert format_date(late) == "23\u00a0November 2026"
        assert format_number(12345) == "12,345"


def test_a_moment_is_short_in_lists_and_names_its_month_in_english():
    moment = datetime(2026, 11, 23, 8, 27, 8, tzinfo=UTC)
    with use_language("fi"):
        assert format_datetime(moment, "short") == "23.11.2026 klo\u00a010.27"
        assert format_datetime(moment) == "23.11.2026 klo\u00a010.27.08"
    with use_language("en"):
        assert format_datetime(moment, "short") == "23\u00a0Nov 2026, 10:27"
        assert format_datetime(moment) == "23\u00a0Nov 2026, 10:27:08"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (183, "6 months"),
        (365, "12 months"),
        (61, "2 months"),
        (182, "182 days"),
        (60, "60 days"),
        (30, "30 days"),
        (1, "1 day"),
        (400, "400 days"),
    ],
)
def test_days_that_are_whole_months_are_called_so(days, words):
    with use_language("en"):
        assert format_days(days) == words


@pytest.mark.parametrize(
    ("share", "finnish", "english"),
    [
        (0, "0\u00a0%", "0%"),
        (0.454, "45\u00a0%", "45%"),
        (1 / 379, "0,3\u00a0%", "0.3%"),
        (0.0004, "0,04\u00a0%", "0.04%"),
        (1e-9, "0,0000\u00a0%", "0.0000%"),
        (1, "100\u00a0%", "100%"),
    ],
)
def test_a_small_share_is_not_called_none(share, finnish, english):
    for language, said in (("fi", finnish), ("en", english)):
        with use_language(language):
            assert format_percent(share) == said


def test_only_the_sites_languages_can_be_chosen():
    with pytest.raises(ValueError, match="sv"):
        i18n.set_language("sv")


def test_a_kept_problem_is_said_in_the_language_of_whoever_reads_it():
    inner = [i18n.lazy_gettext("%(kind)s has no way out", kind="text/plain"), "verbatim"]
    problem = Refused("The message breaks a rule: %(faults)s.", faults=i18n.joined(inner))
    with use_language("fi"):
        kept = json.loads(json.dumps(i18n.kept(problem)))
        finnish = i18n.sentence(kept)
    assert i18n.sentence(kept) == "The message breaks a rule: text/plain has no way out; verbatim."
    assert finnish != i18n.sentence(kept)
    assert finnish == "Viesti rikkoo sääntöä: osassa text/plain ei ole peruutuslinkkiä; verbatim."
    assert str(problem) == i18n.sentence(kept)


def test_plain_values_of_a_kept_problem_stay_as_they_are():
    problem = BadInput(
        "Line %(line)s holds a character that no mail can show: %(code)s.", line=3, code="U+0001"
    )
    kept = i18n.kept(problem)
    assert kept["values"] == {"line": 3, "code": "U+0001"}
    with use_language("fi"):
        assert "U+0001" in i18n.sentence(kept)
        assert i18n.sentence(kept) != str(problem)
