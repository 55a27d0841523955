"""Whatever stands in a browser's cookies, the page comes: what is no answer counts as no decision."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clevenio.consent.cookies import Choices, chosen, parse, variant
from clevenio.consent.notices import choices_notice
from clevenio.web.legible import legible

ID = choices_notice("en").id
WHOLE = Choices(ID, frozenset({"analytics", "marketing"}), frozenset({"meta_pixel"})).value
PAGES = ["/en/", "/fi/palvelu", "/en/choices", "/fi/valinnat/kuitti", "/en/choices/receipt.json"]

# Bytes as a header brings them: each is one character of the environment (PEP 3333).
anything = st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))
almost = st.one_of(
    st.integers(0, len(WHOLE) - 1).map(lambda end: WHOLE[:end]),
    st.tuples(st.integers(0, len(WHOLE) - 1), st.characters(max_codepoint=255)).map(
        lambda change: WHOLE[: change[0]] + change[1] + WHOLE[change[0] + 1 :]
    ),
    st.text(alphabet="0123456789abcdef", min_size=32, max_size=32).map(
        lambda version: WHOLE.replace(ID, version)
    ),
    st.tuples(st.just(f"v={ID};c="), st.text(max_size=50), st.just(";x="), st.text(max_size=50)).map(
        lambda parts: quote("".join(parts), safe="=")
    ),
)


def environ(value):
    return {"HTTP_COOKIE": legible(f"choices={value}")}


@given(st.one_of(anything, almost))
@example("%")
@example("%ff%fe")
@example("\x80")
@example(WHOLE + "x" * 5000)
@example(f"v={ID}")
@example(f'"v={ID}\\073c=analytics\\073x="')
def test_only_what_answers_todays_question_counts(value):
    found = chosen(environ(value))
    assert found is None or (found.notice[:12] == ID[:12] and str(found) == str(parse(found.value)))
    assert variant(environ(value)) == ("bar" if found is None else "none")


@pytest.mark.parametrize("backend", ["sqlite"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.one_of(anything, almost), receipt=anything)
@example(value="\x00", receipt="\x00")
@example(value=WHOLE + "x" * 5000, receipt="0" * 5000)
@example(value=f"v={'0' * 32};c=analytics;x=", receipt="00000000-0000-0000-0000-000000000000")
def test_no_cookie_makes_an_error_page(app, value, receipt):
    header = f"choices={value}; receipt={receipt}".replace("\r", "").replace("\n", "")
    for path in PAGES:
        answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": header})
        assert answer.status_code == (404 if path.endswith(".json") else 200), path
        if path == "/en/":
            assert ('id="site-choices"' in answer.text) is (chosen({"HTTP_COOKIE": legible(header)}) is None)


@pytest.mark.parametrize("backend", ["sqlite"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.one_of(anything, almost), receipt=anything)
def test_a_refusal_is_taken_from_a_browser_with_any_cookie(app, value, receipt):
    header = f"choices={value}; receipt={receipt}".replace("\r", "").replace("\n", "")
    answer = app.test_client(use_cookies=False).post(
        "/en/choices", data={"decision": "reject"}, headers={"Cookie": header}
    )
    assert answer.status_code == 303
    assert any(h.startswith("choices=v") for h in answer.headers.getlist("Set-Cookie"))
