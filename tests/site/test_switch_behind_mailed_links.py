"""The switch of language behind every mailed link stays at the link, also at one that is no good any more."""

import pytest

from tests.support.switch import tongue

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

LINKS = ["/u/x", "/c/x", "/v/x", "/r/x", "/a/x", "/q/x", "/d/x", "/m/x"]


@pytest.mark.parametrize("path", LINKS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_no_good_says_so_in_either_language(client, path, method):
    english = client.open(path, method=method, headers={"Accept-Language": "en"})
    assert tongue(english) == f"{path}?language=fi"
    finnish = client.get(tongue(english), headers={"Accept-Language": "en"})
    assert '<html lang="fi">' in finnish.text
    assert finnish.status_code == english.status_code == 404
    assert tongue(finnish) == f"{path}?language=en"


@pytest.mark.parametrize("path", ["/v/x", "/a/x"])
def test_a_form_that_is_no_page_leads_back_to_the_page_of_its_link(client, path):
    answer = client.post(f"{path}/refusal?language=en")
    assert answer.status_code == 404
    assert tongue(answer) == f"{path}?language=fi"


def test_the_table_of_mailed_links_is_whole(app):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/<token>")}
    short = {rule for rule in rules if rule.count("/") == 2}
    # A video in a page and an image in a mail are behind no link that anybody follows.
    assert short - {"/e/<token>", "/o/<token>"} == {path.replace("/x", "/<token>") for path in LINKS}


@pytest.mark.parametrize("path", ["/en/", "/en/privacy", "/en/contact", "/e/x"])
def test_no_other_page_reads_the_language_from_its_query(client, path):
    answer = client.get(f"{path}?language=fi", headers={"Accept-Language": "en"})
    assert '<html lang="en">' in answer.text
    assert "?language" not in answer.text
