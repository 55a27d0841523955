import pytest

from clevenio.web.safe_next import safe_path


@pytest.mark.parametrize("path", ["/", "/fi/", "/en/my-choices/a.b-c_d~e", "/fi/yhteys", "/a%C3%A4"])
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
