"""What belongs to somebody else: their ids, rows and rights, tried by everybody in every address and form."""

import re
from itertools import product

import pytest
from sqlalchemy import update

from clevenio.people.staff_members import StaffMember
from tests.site.test_roles_and_routes import open_to
from tests.support.crawl import crawl, entries
from tests.support.world import ROLES, SECRETS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
STAFF_TABLES = ("staff_members", "staff_roles")


def promotions(world):
    """Fields that no form has and that somebody might hope for."""
    return {
        "is_staff": "1",
        "is_admin": "true",
        "admin": "1",
        "roles": "administrator",
        "granted": "administrator",
        "kind": "staff",
        "id": str(world.account),
        "person": str(world.person),
        "person_id": str(world.person),
        "account": str(world.account),
        "account_id": str(world.account),
        "member": str(world.person),
        "subject": str(world.person),
        "verified_at": "2020-01-01T00:00:00+00:00",
        "disabled_at": "",
        "restricted_at": "",
        "source": "import",
        "address_key": "attacker@example.com",
        "_method": "DELETE",
        "_user_id": str(world.account),
    }


def standing(world):
    """Whatever of the victim's and of the staff's a stranger must not change."""
    return {
        **world.rows_of(world.person, world.account, world.inquiry),
        **{name: [tuple(row) for row in world.table(name)] for name in STAFF_TABLES},
    }


def submissions(world, actor, **more):
    """Every form of this actor as it stands, its boxes ticked and unticked, with more fields beside."""
    _, forms = crawl(world.browsers[actor], entries(world.app))
    for form in forms:
        for boxes in ({}, form.boxes):
            yield form.action, {**more, **form.fields, **boxes}


@pytest.mark.parametrize("actor", ["nobody", "customer"])
def test_no_form_takes_rights_or_reaches_somebody_else(world, actor):
    before, count = standing(world), 0
    for action, values in submissions(world, actor, **promotions(world)):
        count += 1
        assert world.browsers[actor].post(action, data=values).status_code < 500, action
    assert count >= 10
    assert standing(world) == before
    assert world.browsers[actor].get("/staff/").status_code in (303, 403)


@pytest.mark.parametrize("actor", ["nobody", "customer"])
def test_no_id_of_somebody_else_opens_or_changes_anything(world, actor):
    client, before = world.browsers[actor], standing(world)
    ids = sorted(
        world.ids_of(world.person, world.account, world.inquiry) | {row[0] for row in world.table("links")}
    )
    assert str(world.inquiry) in ids
    for rule in world.app.url_map.iter_rules():
        for name, value in product(rule.arguments - set(rule.defaults or {}), ids):
            path = re.sub(rf"<(?:\w+:)?{name}>", value, rule.rule)
            path = re.sub(r"<(?:\w+:)?\w+>", value, path)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = client.open(path, method=method)
                assert answer.status_code < 500, (method, path)
                assert not [secret for secret in SECRETS if secret in answer.text], (method, path)
    for action, values in submissions(world, actor):
        for name in values.keys() - {"csrf_token"}:
            answer = client.post(action, data={**values, name: str(world.account)})
            assert not [secret for secret in SECRETS if secret in answer.text], (action, name)
    assert standing(world) == before


@pytest.mark.parametrize("actor", ["nobody", "customer", *ROLES])
def test_real_ids_open_to_a_role_what_its_table_says_and_nothing_more(world, actor):
    """The pages and forms that an administrator finds, asked for by everybody else."""
    with world.app.test_request_context():
        urls = world.app.url_map.bind("localhost")
    pages, forms = crawl(world.browsers["administrator"], ["/staff/"])
    assert any(str(world.inquiry) in page for page in pages)
    asked = [("GET", path) for path in pages] + [("POST", form.action) for form in forms]
    for method, path in asked:
        endpoint, _ = urls.match(path.partition("?")[0], method)
        if actor in open_to(endpoint) or not path.startswith("/staff/"):
            continue
        answer = world.browsers[actor].open(path, method=method, data={} if method == "POST" else None)
        assert answer.status_code in (303, 403), (method, path)
        assert not [secret for secret in SECRETS if secret in answer.text], (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_a_member_of_staff_who_is_disabled_is_out_at_once(world, role):
    client = world.browsers[role]
    assert client.get("/staff/").status_code == 200
    with world.database.session() as session:
        session.execute(update(StaffMember).values(disabled_at=world.now))
        session.commit()
    assert client.get("/staff/").status_code == 303
    assert client.post("/staff/audiences/exports", data={"segment": "all"}).status_code == 403


OVERRIDES = [
    {"X-HTTP-Method-Override": "POST"},
    {"X-HTTP-Method": "DELETE"},
    {"X-Method-Override": "PUT"},
]


@pytest.mark.parametrize("headers", OVERRIDES, ids=str)
def test_no_header_makes_a_look_an_act(world, headers):
    paths = {rule.rule for rule in world.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    token = world.token("unsubscribe", world.person, topic="newsletter")
    before = standing(world)
    for rule in paths:
        path = re.sub(r"<(?:\w+:)?\w+>", token, rule)
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = world.browsers["customer"].open(
                path, method=method, headers=headers, query_string={"_method": "POST"}
            )
            assert answer.status_code < 500, path
    assert standing(world) == before
