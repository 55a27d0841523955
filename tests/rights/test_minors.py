"""Not for children: said where somebody signs up, where they agree, and where a guardian looks."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/fi/rekisteroidy", "Jos olet alle 18‑vuotias"),
        ("/en/signup", "If you are under 18, do not sign up."),
    ],
)
def test_it_is_said_beside_the_first_field_of_the_signup(client, path, sentence):
    page = client.get(path).text
    form = page[page.index("<form", page.index("<main")) :]
    assert sentence in form[: form.index('name="first_name"')]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("/fi/ehdot", "Palvelu ei ole lapsille"), ("/en/terms", "The service is not for children")],
)
def test_the_terms_say_it(client, path, sentence):
    assert sentence in client.get(path).text


@pytest.mark.parametrize(
    ("path", "deletion"), [("/fi/oikeudet", "/fi/tili/poisto"), ("/en/rights", "/en/account/deletion")]
)
def test_the_page_about_rights_leads_to_the_deletion(client, path, deletion):
    assert f'href="{deletion}"' in client.get(path).text
