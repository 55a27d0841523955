"""A customer and a member of staff on the audited site, and the cookies with which a scanner goes in as them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

from audits.security.site import AuditedSite
from clevenio.app import create_app
from clevenio.people import links
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.staff import PASSWORD as STAFF_PASSWORD
from tests.support.staff import code_at, give_app, make_member

CUSTOMER, STAFF = "customer@example.com", "administrator@example.com"


@dataclass(frozen=True)
class Visitors:
    """Cookies as `name=value`, and a link that works."""

    customer: str
    staff: str
    unsubscribe: str


@contextmanager
def visitors(site: AuditedSite) -> Iterator[Visitors]:
    """Both let in through the forms, second factor included, by an application on the same folder."""
    app = create_app(site.settings)
    kit = app.extensions["clevenio"]
    now = kit.clock()
    try:
        with kit.database.session() as session:
            person = make_account(session, CUSTOMER).person_id
            give_app(session, site.settings.secret_keys, make_member(session, STAFF, "administrator"))
            token = links.make(
                session,
                site.settings.mail_keys,
                "unsubscribe",
                now,
                person=person,
                data={"topic": "newsletter"},
            )
            session.commit()
        yield Visitors(_customer(app, site.url), _staff(app, site.url), token)
    finally:
        kit.database.close()
        kit.jobs.huey.storage.close()


def _customer(app: Flask, url: str) -> str:
    client = new_client(app)
    client.post("/en/login", data={"email": CUSTOMER, "password": PASSWORD}, base_url=url)
    if client.get("/en/account", base_url=url).status_code != 200:
        raise RuntimeError("the customer did not get in")
    return _cookie(client)


def _staff(app: Flask, url: str) -> str:
    client = new_client(app)
    client.post("/staff/login", data={"email": STAFF, "password": STAFF_PASSWORD}, base_url=url)
    token = form_token(client.get("/staff/factor", base_url=url))
    form = {"factor_code": code_at(app.extensions["clevenio"].clock()), "csrf_token": token}
    # Flask-WTF asks for a referrer over HTTPS, which every browser sends to its own site.
    answer = client.post("/staff/factor", data=form, base_url=url, headers={"Referer": f"{url}/staff/factor"})
    if client.get("/staff/", base_url=url).status_code != 200:
        raise RuntimeError(f"the member of staff did not get in: {answer.status_code}")
    return _cookie(client)


def _cookie(client: object) -> str:
    """The session as it stands once a page was seen: with the key of its form tokens in it."""
    cookie = client.get_cookie("__Host-session")  # type: ignore[attr-defined]
    if cookie is None:
        raise RuntimeError("nobody was let in")
    return f"__Host-session={cookie.value}"
