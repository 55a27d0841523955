"""Every form that anybody can reach, with what no form should be sent: never an error page, never a header."""

import time
from email import message_from_bytes

import pytest

from tests.support.crawl import crawl, entries

# An administrator meets every form of every role.
ACTORS = ["nobody", "customer", "administrator"]
HOSTILE = {
    "CRLF": "a\r\nX-Injected: yes\r\n\r\n<b>",
    "CRLF, encoded": "a%0d%0aX-Injected:%20yes",
    "line separators": "a\u2028X-Injected: yes\u0085\x0b\x0c",
    "NUL": "a\x00b@example.com",
    "surrogates and bidi": "\u202eevil\ufffe\U0001f984\u0000",
    "long": "ä" * 20_000,
    "number": "99999999999999999999999999",
    "negative": "-1",
    "structure": '{"$ne": null}',
    "template": "{{ 7919 * 104729 }}${7919*104729}<%= 7919*104729 %>%(name)s{0.__class__}",
    "markup": "\"'><script>alert(1)</script><img src=x onerror=alert(1)>",
    "path": "../../../../etc/passwd\x00.csv",
}

# What a template would make of it; too long to stand in a hash by chance.
PRODUCT = str(7919 * 104729)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def forms_of(world, actor):
    """The forms that are this actor's own: the public ones are attacked once, by nobody in particular."""
    _, forms = crawl(world.browsers[actor], entries(world.app))
    own = [form for form in forms if ("csrf_token" in form.fields) is (actor != "nobody")]
    assert len(own) >= 2
    return own


def carrying(form, value):
    """The form with every field but its token and version set to one value, and each box ticked with it."""
    kept = {
        name: form.fields[name] for name in ("csrf_token", "notice", "terms_version") if name in form.fields
    }
    return {**dict.fromkeys({**form.fields, **form.boxes}, value), **kept}


def one_by_one(form, value):
    """The form as it stands, with one field hostile at a time."""
    for name in {**form.fields, **form.boxes}:
        if name != "csrf_token":
            yield {**form.fields, name: value}


def check(answer, form, kind):
    where = (kind, form.action, answer.status_code)
    assert answer.status_code < 500, where
    assert "X-Injected" not in answer.headers, where
    assert not any(ending in value for _, value in answer.headers for ending in "\r\n\0"), where
    if answer.mimetype == "text/html":
        assert "<script>alert" not in answer.text, where
        assert "<img src=x" not in answer.text, where
        assert PRODUCT not in answer.text, where


@pytest.mark.parametrize("actor", ACTORS)
def test_every_form_answers_whatever_is_in_it(world, actor):
    client = world.browsers[actor]
    for form in forms_of(world, actor):
        for kind, value in HOSTILE.items():
            check(client.post(form.action, data=carrying(form, value)), form, kind)
        for values in one_by_one(form, HOSTILE["CRLF"]):
            check(client.post(form.action, data=values), form, "one at a time")
    for mail in world.table("mails"):
        headers = message_from_bytes(mail.message)
        assert "X-Injected" not in headers, mail.kind
        assert "\n" not in mail.recipient + mail.subject, mail.kind


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_answers_whatever_is_asked_of_it(world, actor):
    client = world.browsers[actor]
    names = (
        "page",
        "state",
        "next",
        "saved",
        "q",
        "email",
        "from",
        "to",
        "version",
        "sort",
        "role",
        "filter",
    )
    for path in entries(world.app):
        for kind, value in HOSTILE.items():
            # A request line ends somewhere; longer ones do not reach the application.
            answer = client.get(path, query_string=dict.fromkeys(names, value[:500]))
            assert answer.status_code < 500, (path, kind)
            assert "X-Injected" not in answer.headers, (path, kind)
            if answer.mimetype == "text/html":
                assert "<script>alert" not in answer.text, (path, kind)
                assert PRODUCT not in answer.text, (path, kind)


@pytest.mark.parametrize("actor", ["nobody", "customer", "administrator"])
def test_hostile_parts_of_an_address_answer_too(world, actor):
    client = world.browsers[actor]
    parts = [
        "%00",
        "%0d%0aX-Injected:yes",
        "..%2f..%2fetc%2fpasswd",
        "%ff%fe",
        "a" * 2000,
        "%F0%9F%A6%84",
        "'--",
    ]
    for rule in world.app.url_map.iter_rules():
        for name in rule.arguments - set(rule.defaults or {}):
            for part in parts:
                path = rule.rule
                for other in rule.arguments:
                    path = path.replace(f"<{other}>", part if other == name else "x")
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    answer = client.open(path, method=method)
                    assert answer.status_code < 500, (method, path)
                    assert "X-Injected" not in answer.headers, (method, path)


@pytest.mark.parametrize("actor", ACTORS)
def test_a_field_that_comes_twice_writes_to_one_address_at_most(world, actor):
    client = world.browsers[actor]
    for form in forms_of(world, actor):
        before = len(world.table("mails"))
        twice = {name: [value, "second@example.com"] for name, value in form.fields.items()}
        twice |= {name: [value, "administrator"] for name, value in form.boxes.items()}
        if "email" in twice:
            twice["email"] = ["first@example.com", "second@example.com"]
        if "csrf_token" in twice:
            twice["csrf_token"] = form.fields["csrf_token"]
        check(client.post(form.action, data=twice), form, "twice")
        to = {mail.recipient for mail in world.table("mails")[before:]}
        assert "second@example.com" not in to, form.action


@pytest.mark.parametrize("path", ["/en/contact", "/en/signup", "/en/login", "/en/choices", "/staff/login"])
def test_thousands_of_fields_and_cookies_cost_little(client, path):
    begun = time.perf_counter()
    fields = {f"field{number}": "x" for number in range(10_000)}
    assert client.post(path, data=fields).status_code == 422
    part = '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n'
    parts = (part * 1500 + "--b--\r\n").encode()
    assert client.post(path, data=parts, content_type="multipart/form-data; boundary=b").status_code == 413
    cookies = {"Cookie": "; ".join(f"c{number}=x" for number in range(10_000))}
    # A client with a jar of its own would drop the header.
    bare = client.application.test_client(use_cookies=False)
    assert bare.get(path, headers=cookies).status_code == 200
    assert time.perf_counter() - begun < 5


def test_a_body_beyond_a_megabyte_is_refused_everywhere(world):
    answers = {}
    for rule in world.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            path = rule.rule.replace("<", "").replace(">", "").replace("uuid:", "")
            answers[path] = world.browsers["nobody"].post(path, data={"x": "x" * 1_000_000}).status_code
    # Whoever is not signed in is turned away before anything is read; a path of the wrong shape is no route.
    assert {path: code for path, code in answers.items() if code not in (413, 403, 404, 303)} == {}
    assert 413 in answers.values()


@pytest.mark.parametrize(("path", "kept"), [("/en/login", 422), ("/staff/login", 422), ("/en/signup", 422)])
def test_an_endless_password_costs_no_more_than_a_long_one(client, path, kept):
    form = {"email": "aino@example.com", "terms": "yes", "first_name": "A", "last_name": "B", "role": "sales"}
    form |= {"company": "Esimerkki Oy", "website": "example.fi"}
    client.post(path, data={**form, "password": "x" * 300})
    begun = time.perf_counter()
    answer = client.post(path, data={**form, "password": "x" * 900_000})
    assert answer.status_code == kept
    assert "x" * 1000 not in answer.text
    assert time.perf_counter() - begun < 3
