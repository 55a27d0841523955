"""The content security policy follows the tags that are switched on, and lets nobody else in."""

import re

import pytest

from clevenio.consent.tags import DIRECTIVES
from clevenio.registry import Clocks
from clevenio.registry.loader import shipped
from tests.support.elsewhere import KEYS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def policy(client):
    parts = client.get("/en/").headers["Content-Security-Policy"].split("; ")
    return {
        name: set(re.findall(r"https://\S+", rest))
        for name, _, rest in (part.partition(" ") for part in parts)
    }


def test_as_shipped_it_names_nobody(client):
    assert set().union(*policy(client).values()) == set()


@pytest.mark.parametrize("keys", [{}, {"meta_pixel": KEYS["meta_pixel"]}, {"matomo": KEYS["matomo"]}, KEYS])
def test_the_policy_names_the_origins_of_the_tags_that_are_on_and_no_others(
    extra_settings, request, backend, keys
):
    extra_settings["TAGS"] = ",".join(f"{name}={key}" for name, key in keys.items())
    found = policy(request.getfixturevalue("client"))
    tags = shipped().in_force(keys, (), Clocks()).tags.values()
    for field, directive in DIRECTIVES.items():
        wanted = {origin for tag in tags for origin in getattr(tag, field)}
        assert found.get(directive, set()) == wanted, directive
    assert all(not origins for name, origins in found.items() if name not in DIRECTIVES.values())
