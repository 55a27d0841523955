"""What a consent wording lists, and what it must not be read to list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio.consent.notices import wording_of
from clevenio.people.wordings import listed_data
from clevenio.registry import load

LISTS = [
    (
        "I agree that Clevenio may share my name, job title, company, country and postal code with Google.",
        {"names", "title", "company", "country", "postal_code"},
    ),
    ("We share your first and last name, e-mail and employer with LinkedIn.", {"names", "email", "company"}),
    ("You may give Google my name and postcode.", {"names", "postal_code"}),
    ("My name and my ZIP code may be shared with Meta.", {"names", "postal_code"}),
    (
        "I agree to the disclosure of my personal data (name, job title, e-mail) to Google.",
        {"names", "title", "email"},
    ),
    ("I agree that you may share my company name with Google.", {"company"}),
    ("Upload my phone number and my country of residence to Meta.", {"phone", "country"}),
    (
        "Clevenio saa antaa nimeni, tehtävänimikkeeni, yritykseni, asuinmaani ja postinumeroni Googlelle.",
        {"names", "title", "company", "country", "postal_code"},
    ),
    ("Saatte luovuttaa mainosalustoille etu- ja sukunimeni sekä sähköpostiosoitteeni.", {"names", "email"}),
    ("Nimeni ja yritykseni saa luovuttaa Googlelle.", {"names", "company"}),
    ("Annamme nimesi ja työnantajasi LinkedInille.", {"names", "company"}),
    (
        "Clevenio saa luovuttaa Googlelle seuraavat tietoni: nimi, yritys ja maa.",
        {"names", "company", "country"},
    ),
    ("You may share my e-mail and my advertising identifier with Meta.", {"email", "advertising_id"}),
    ("I let you share my mobile advertising ID with Meta.", {"advertising_id"}),
    ("Saatte luovuttaa mainostunnistettani Metalle.", {"advertising_id"}),
    ("Saatte luovuttaa Metalle nimeni ja mainostunnisteeni.", {"names", "advertising_id"}),
    ("Clevenio saa luovuttaa Metalle tietoni: sähköposti, mainostunniste.", {"email", "advertising_id"}),
    ("Clevenio saa antaa etunimeni, sukunimeni ja puhelinnumeroni Metalle", {"names", "phone"}),
]


@pytest.mark.parametrize(("wording", "data"), LISTS)
def test_what_a_wording_names_as_given_is_listed(wording, data):
    assert set(listed_data(wording)) == data


@pytest.mark.parametrize(
    "wording",
    [
        "I want to hear from your company about my country.",
        "I agree to receive the newsletter at my e-mail address.",
        "Send me offers for my company.",
        "I let you share my company's plans with Google.",
        "I let you share my first name with Google.",
        "Clevenio may share its name and company with me.",
        "I let you share my advertising preferences with Meta.",
        "Emme luovuta mainostunnistettasi kenellekään.",
        "We will not share your name or company with anybody.",
        "Share everything except my name with Google.",
        "I agree that your company may share news about our country.",
        "Haluan tietoa yritykseni markkinoinnista.",
        "Emme luovuta nimeäsi kenellekään.",
        "Lähettäkää minulle uutiskirje yrityksesi kuulumisista.",
        "Etunimeni saa antaa Googlelle.",
        "Saatte käyttää kaikkea paitsi nimeni Googlelle.",
        "",
    ],
)
def test_what_it_mentions_otherwise_is_not(wording):
    assert listed_data(wording) == ()


@pytest.mark.parametrize("language", ["fi", "en"])
def test_our_own_wording_for_audiences_lists_exactly_what_the_registry_says_it_does(language):
    registry = load()
    wording = wording_of(registry, "ad_audiences", language)
    assert set(listed_data(wording)) == set(registry.purposes["ad_audiences"].data)


@given(st.sampled_from(LISTS), st.sampled_from([" ", "\n", "\u00a0 "]))
def test_case_and_line_breaks_change_nothing(example, space):
    wording, data = example
    assert set(listed_data(space.join(wording.upper().split(" ")))) == data
