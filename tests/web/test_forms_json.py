import pytest


@pytest.mark.parametrize(
    "path", ["/fi/yhteys", "/en/newsletter", "/en/signup", "/fi/kirjaudu", "/staff/login"]
)
def test_a_body_that_is_no_form_is_an_empty_form(client, path):
    answer = client.post(path, json={"email": 1, "name": 1, "password": 1})
    assert answer.status_code == 422
