"""A token of one purpose opens nothing else, and whatever opens nothing looks alike everywhere."""

import re

import pytest

from clevenio.audiences import downloads
from clevenio.audiences.models import Export
from clevenio.people import links
from clevenio.signing import Signer, new_handle

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NEEDS_STAFF = "/staff/"


def token_rules(app):
    """(path with a place for the token, methods) of every address that takes one."""
    for rule in app.url_map.iter_rules():
        if "token" in rule.arguments:
            yield re.sub(r"<(?:\w+:)?token>", "{}", rule.rule), sorted(rule.methods & {"GET", "POST"})


@pytest.fixture
def tokens(world):
    """A token of each purpose, signed by each ring."""
    made = {}
    for purpose in links.LIFETIME:
        for ring in ("mail_keys", "secret_keys"):
            keys = getattr(world.settings, ring)
            with world.database.session() as session:
                data = {"language": "en", "topic": "newsletter"}
                made[purpose, ring] = links.make(
                    session, keys, purpose, world.now, person=world.person, data=data
                )
                session.commit()
    with world.database.session() as session:
        export = Export(
            kind="audience",
            state="made",
            platform="google",
            vendor="google",
            segment="all",
            criteria={},
            actor="command",
            created_at=world.now,
            ledger_position=0,
            notices=[],
            rows=0,
            rejects={},
            files=[],
        )
        session.add(export)
        session.flush()
        made["download", "secret_keys"] = downloads.make(
            session, world.settings.secret_keys, export, world.person, world.now
        )
        session.commit()
    return made


def forged(keys):
    """Tokens of every sort that were never given out."""
    handle = new_handle()
    good = Signer(keys, "unsubscribe").sign(handle)
    return {
        "nobody's handle": good,
        "another key": Signer(("x" * 40,), "unsubscribe").sign(handle),
        "no signature": handle,
        "an empty signature": f"{handle}.",
        "a cut signature": good[:-1],
        "a lengthened signature": f"{good}A",
        "another spelling of the last bits": good[:-1] + ("B" if good[-1] == "A" else "A"),
        "two signatures": f"{good}.{good.partition('.')[2]}",
        "upper case": good.upper(),
        "not ASCII": "ääkkönen",
        "a space": f"{good}%20",
        "a NUL": f"{good}%00",
        "long": "a" * 5000,
    }


def seen(client, path, token, method):
    """What a stranger can tell of an answer, without the token they typed themselves."""
    answer = client.open(path.format(token), method=method, headers={"Accept-Language": "en"})
    spelt = token.replace("%20", " ").replace("%00", "\0")
    text = answer.text
    for each in sorted({token, spelt, answer.request.path.partition("?")[0]}, key=len, reverse=True):
        text = text.replace(each, "TOKEN")
    text = re.sub(r'name="csrf_token"[^>]*>', "", text)
    headers = {name: value for name, value in answer.headers if name not in ("Content-Length", "Set-Cookie")}
    return answer.status_code, re.sub(r'value="[^"]*TOKEN[^"]*"', "", text), str(sorted(headers.items()))


@pytest.mark.parametrize("actor", ["nobody", "customer", "administrator"])
def test_what_opens_nothing_looks_alike(world, tokens, actor):
    client = world.browsers[actor]
    for path, methods in token_rules(world.app):
        if (
            path.startswith(NEEDS_STAFF)
            and path.rsplit("/", 2)[1] in ("downloads", "files")
            and actor != "administrator"
        ):
            continue
        client.get(path.format("x"))
        for method in methods:
            wanted = seen(client, path, next(iter(forged(world.settings.mail_keys).values())), method)
            assert wanted[0] == 404, (method, path)
            for kind, token in forged(world.settings.mail_keys).items():
                assert seen(client, path, token, method)[0] == 404, (method, path, kind)
            opened = [
                purpose
                for (purpose, ring), token in tokens.items()
                if seen(client, path, token, method) != wanted
            ]
            # One purpose at most opens an address, whichever ring signs for it.
            assert len(opened) <= 1, (method, path, opened)


def test_every_purpose_of_a_link_is_one_of_these(world, tokens):
    """The search above is no search if it never finds the right door."""
    client = world.browsers["nobody"]
    door = seen(client, "/u/{}", tokens["unsubscribe", "mail_keys"], "GET")
    assert door[0] == 200
    assert seen(client, "/u/{}", tokens["unsubscribe", "secret_keys"], "GET")[0] == 404


def test_a_download_opens_for_whoever_asked_and_for_nobody_else(world, tokens):
    path = "/staff/audiences/downloads/" + tokens["download", "secret_keys"]
    assert world.browsers["administrator"].get(path).status_code == 404
    assert world.browsers["marketer"].get(path).status_code == 404
    assert world.browsers["support"].get(path).status_code == 403
    assert world.browsers["nobody"].get(path).status_code == 303
