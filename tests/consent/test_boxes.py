"""What the boxes of the preference centre mean: never more than they show, and nothing ticked is dropped unsaid."""

import re

import pytest

from tests.consent.conftest import COOKIE, VENDOR
from tests.consent.test_views import both_languages, ticked, value

pytestmark = [pytest.mark.parametrize("backend", ["sqlite"]), pytest.mark.usefixtures("rich")]


@pytest.fixture
def centre(client):
    return Centre(client, "/en/choices")


class Centre:
    """The form as a browser without scripts fills it in: what the page holds, changed by a person."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.open(client.get(path).text)

    def open(self, html):
        form = re.search(r'<form[^>]*class="choices".*?</form>', html, re.DOTALL)[0]
        self.hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        self.ticked = set(re.findall(r'name="(category|vendor)" value="(\w+)"[^>]* checked', form))

    def tick(self, *names):
        self.ticked |= {self._box(name) for name in names}
        return self

    def untick(self, *names):
        self.ticked -= {self._box(name) for name in names}
        return self

    def _box(self, name):
        return ("category" if name in {"analytics", "marketing", "preferences"} else "vendor", name)

    def save(self):
        fields = {"decision": "save"}
        for name, text in (*self.hidden, *self.ticked):
            fields[name] = [*fields.get(name, []), text]
        answer = self.client.post(self.path, data=fields)
        self.open(answer.text if answer.status_code == 422 else self.client.get(self.path).text)
        return answer

    def drawn(self):
        return {name for _kind, name in self.ticked}

    def kept(self):
        """What is in force: by the cookie, and by what the page shows."""
        found = re.search(r";c=([a-z,]*);x=([a-z,]*)$", value(self.client, "choices"))
        return {*found[1].split(",")} - {""}, {*found[2].split(",")} - {""}, self.drawn()


def test_a_category_whose_list_was_not_touched_means_all_of_it(centre):
    assert centre.tick("analytics").save().status_code == 303
    assert centre.kept() == ({"analytics"}, {"banner"}, {"analytics", "counter", "tally"})


def test_unticking_the_last_vendor_refuses_the_category(centre):
    centre.tick("preferences", "analytics", "counter").save()
    assert centre.kept() == (
        {"analytics", "preferences"},
        {"tally", "banner"},
        {"preferences", "analytics", "counter"},
    )
    assert centre.untick("counter").save().status_code == 303
    assert centre.kept() == ({"preferences"}, {"counter", "tally", "banner"}, {"preferences"})


def test_unticking_a_category_refuses_it_with_all_its_vendors_still_ticked(centre):
    centre.tick("analytics", "marketing").save()
    assert centre.untick("analytics").save().status_code == 303
    assert centre.kept() == ({"marketing"}, {"counter", "tally"}, {"marketing", "banner"})


def test_one_vendor_for_another_is_what_the_boxes_say(centre):
    centre.tick("analytics", "counter").save()
    centre.untick("counter").tick("tally").save()
    assert centre.kept() == ({"analytics"}, {"counter", "banner"}, {"analytics", "tally"})


def test_saving_what_is_in_force_changes_nothing(centre, client):
    centre.tick("analytics", "tally").save()
    before = value(client, "choices"), client.get("/en/choices/receipt.json").json
    centre.save()
    assert (value(client, "choices"), client.get("/en/choices/receipt.json").json) == before


@pytest.mark.parametrize(
    ("language", "path", "said"),
    [
        ("en", "/en/choices", ["Counter belongs to “Analytics”", "tick “Analytics”, too, or untick Counter"]),
        ("fi", "/fi/valinnat", ["Counter kuuluu ryhmään ”Kävijämittaus”", "valitse myös ”Kävijämittaus”"]),
    ],
)
def test_a_vendor_without_its_category_is_asked_about_and_nothing_is_lost(client, language, path, said):
    centre = Centre(client, path)
    answer = centre.tick("preferences", "counter").save()
    assert answer.status_code == 422
    beside = re.search(r'<p class="error" id="analytics-alone">(.*?)</p>', answer.text)[1]
    assert all(words in beside for words in said)
    assert (
        'value="counter" id="analytics-counter" aria-invalid="true" aria-describedby="analytics-alone" checked'
        in answer.text
    )
    assert answer.text.count("<details open>") == 1
    assert {"fi": "Mitään ei tallennettu", "en": "Nothing was saved"}[language] in answer.text
    assert "Set-Cookie" not in answer.headers
    assert centre.drawn() == {"preferences", "counter"}
    # Sent again as it is, it is asked again; either way out that the message names is taken.
    assert centre.save().status_code == 422
    centre.tick("analytics").save()
    assert centre.kept()[0] == {"analytics", "preferences"}
    assert centre.drawn() == {"preferences", "analytics", "counter"}


def test_several_vendors_without_their_category_are_named_together(centre):
    page = centre.tick("counter", "tally", "banner").save().text
    assert "Counter, Tally belong to “Analytics”: tick “Analytics”, too, or untick them." in page
    assert "Banner belongs to “Marketing”" in page


def test_after_the_message_the_other_vendor_is_not_let_in(centre):
    centre.tick("counter").save()
    centre.untick("counter").tick("analytics").save()
    assert centre.kept()[0] == set()


def test_a_new_vendor_is_not_dropped_with_a_category_that_is_unticked(centre):
    centre.tick("analytics", "counter").save()
    assert centre.untick("analytics").tick("tally").save().status_code == 422
    assert centre.drawn() == {"counter", "tally"}
    assert value(centre.client, "choices").endswith(";c=analytics;x=banner,tally")


@both_languages
def test_a_post_that_does_not_say_what_it_showed_means_what_it_always_meant(client, language, path):
    for fields, ending in (
        ({"category": "analytics"}, ";c=analytics;x=banner"),
        ({"vendor": "counter"}, ";c=;x=banner,counter,tally"),
        ({"category": "analytics", "vendor": ["counter", "banner"]}, ";c=analytics;x=banner,tally"),
    ):
        answer = client.post(path, data={"decision": "save", **fields})
        assert answer.status_code == 303
        assert value(client, "choices").endswith(ending)


@pytest.mark.parametrize("shown", [["nonsense"], [""], ["analytics", "analytics"], ["preferences"]])
@pytest.mark.parametrize("was", [[], ["nonsense"], ["analytics:nobody"], [":"], ["marketing:counter"]])
def test_made_up_words_about_what_was_shown_grant_nothing_more(client, shown, was):
    fields = {"decision": "save", "category": "analytics", "vendor": "counter", "shown": shown, "was": was}
    assert client.post("/en/choices", data=fields).status_code == 303
    assert value(client, "choices").endswith(";c=analytics;x=banner,tally")


def test_a_refusal_is_taken_whatever_is_ticked(client):
    fields = {"decision": "reject", "vendor": "counter", "shown": "analytics"}
    assert client.post("/en/choices", data=fields).status_code == 303
    assert ";c=;" in value(client, "choices")


def test_a_form_from_before_the_text_changed_is_shown_again_as_it_was_ticked(centre):
    centre.tick("analytics", "counter", "preferences")
    centre.hidden = [(name, "0" * 32 if name == "notice" else text) for name, text in centre.hidden]
    answer = centre.save()
    assert answer.status_code == 422
    assert "The text has changed" in answer.text
    assert ticked(answer.text) == {"analytics", "counter", "preferences"}
    centre.save()
    assert centre.drawn() == {"analytics", "counter", "preferences"}


def test_a_category_that_stands_without_a_vendor_stands_on(client, extend):
    own = COOKIE.format(name="_own", category="analytics", provider="clevenio")
    extend(vendors=VENDOR.format(id="counter", name="Counter", category="analytics"), cookies=own, anew=True)
    client.post("/en/choices", data={"decision": "save", "category": "analytics"})
    fields = {"decision": "reject", "asked": "analytics:counter"}
    client.post("/en/choices", data=fields)
    centre = Centre(client, "/en/choices")
    assert centre.drawn() == {"analytics"}
    centre.tick("preferences").save()
    assert centre.drawn() == {"analytics", "preferences"}
    assert value(client, "choices").endswith(";c=analytics,preferences;x=counter")
