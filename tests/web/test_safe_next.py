import pytest

from clevenio.web.safe_next import safe_path

QUERIES = ["/staff/audit?since=2026-06-01&page=2", "/staff/audit?", "/?q=a+b%2Fc"]


@pytest.mark.parametrize(
    "path", ["/", "/fi/", "/en/my-choices/a.b-c_d~e", "/fi/yhteys", "/a%C3%A4", *QUERIES]
)
def test_a_plain_path_of_this_site_is_taken(path):
    assert safe_path(path, "/en/") == path


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "/fi/?next=//evil.example",
        "/fi/?next=/evil",
        "/fi/?next=https:evil",
        "/fi/?a=\\evil.example",
        "/fi/?a=1?b=2",
        "/fi/?a=ä",
        "/fi/?a=1#x",
        "/fi/?a=\r\nLocation: x",
        "?a=1",
        "//evil.example?a=1",
        "/fi/#x",
        "/fi/\n",
        "\t//evil.example",
        "/\t/evil.example",
        "/fi/ä",
        "/fi/%zz",
        "fi/",
    ],
)
def test_anything_else_leads_home(value):
    assert safe_path(value, "/en/") == "/en/"
