"""What is refused at the address of a mailed link: said in the person's language, with no bar over it."""

import pytest

from tests.support.application import new_client

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
ENGLISH = {"Accept-Language": "en"}
REFUSED = {
    403: {"method": "POST", "data": {"undo": "1"}, "headers": {**ENGLISH, "Sec-Fetch-Site": "cross-site"}},
    405: {"method": "DELETE", "headers": {**ENGLISH, "Sec-Fetch-Site": "same-origin"}},
    413: {"method": "POST", "data": {"reason": "x" * 1_100_000}, "headers": ENGLISH},
}
BAR = 'id="site-choices"'


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_speaks_the_persons_language_and_asks_for_no_choice(app, path, status):
    answer = new_client(app).open(path, **REFUSED[status])
    assert answer.status_code == status
    assert '<html lang="fi">' in answer.text
    assert BAR not in answer.text
    assert BAR in new_client(app).get("/fi/there-is-no-such-page").text


@pytest.mark.parametrize("status", REFUSED)
def test_the_language_that_was_asked_for_goes_before(app, path, status):
    asked = {**REFUSED[status], "query_string": {"language": "en"}}
    asked["headers"] = {**asked["headers"], "Accept-Language": "fi"}
    assert '<html lang="en">' in new_client(app).open(path, **asked).text


@pytest.mark.parametrize("status", REFUSED)
def test_a_token_that_is_none_leaves_the_browsers_language(app, status):
    answer = new_client(app).open("/u/made-up", **REFUSED[status])
    assert answer.status_code == status
    assert '<html lang="en">' in answer.text
    assert BAR not in answer.text


def test_a_link_that_leads_nowhere_has_no_bar_over_it_either(app):
    answer = new_client(app).get("/u/made-up")
    assert (answer.status_code, BAR in answer.text) == (404, False)
