"""Customers of the demonstration: some have used the mailed link, one still waits for it."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio.accounts import passwords, signups, usage
from clevenio.accounts.queries import account_at, waiting_signup
from clevenio.accounts.signups import Entry
from clevenio.demo.crowd import HOST
from clevenio.demo.stage import Stage
from clevenio.people import identifiers, links
from clevenio.people.websites import website

# As many as it takes for figures of use to be shown at all.
NAMES = tuple(
    "aava halla huurre kaste kide kuura lumi marras nuoska pouta pyry routa sade tihku tuisku "
    "tyyni usva".split()
)
WAITING = "viima"
TICKED = (("newsletter", "ad_audiences"), ("newsletter", "product_news", "surveys"), (), ("newsletter",))


def address(name: str) -> str:
    """A customer's address."""
    return f"demo.{name}@{HOST}"


def are_there(session: Session) -> bool:
    """Whether they have signed up before."""
    return account_at(session, address(NAMES[0])) is not None


def sign_up(stage: Stage) -> None:
    """Sign up by the form's own operation; all but one open their link, and use their account."""
    # Nobody knows it: whoever wants to be one of these customers asks for a new one, by the kept mail.
    password = passwords.hashed(secrets.token_urlsafe(24))
    for number, name in enumerate(NAMES):
        at = stage.ago(len(NAMES) + 1 - number)
        with stage.writing() as session:
            _type(session, stage, name, number, password, at)
            _open(session, stage, name, at)
            found = account_at(session, address(name))
            if found is not None:
                later = stage.ago(max(1, len(NAMES) - 2 - number))
                begun = usage.begin_login(session, found.person_id, later)
                usage.complete_login(session, begun, found.id, later)
    with stage.writing() as session:
        _type(session, stage, WAITING, len(NAMES), password, stage.ago(1))


def _type(session: Session, stage: Stage, name: str, number: int, password: str, at: datetime) -> None:
    is_large = number % 3 > 0
    site = website("suuri.example.fi" if is_large else f"{name}.example.fi")
    profile = {
        "first_name": name.capitalize(),
        "last_name": "Esimerkki",
        "phone": identifiers.phone(f"+1 202 555 01{number:02}"),
        "company": "Esimerkki Suuri Oy" if is_large else f"Esimerkki {name.capitalize()} Oy",
        "website": site.address,
        "website_domain": site.domain,
        "role": (identifiers.Role.SALES if is_large else list(identifiers.Role)[number % 5]).value,
        "role_other": None,
    }
    entry = Entry(
        identifiers.address(address(name)),
        profile,
        password,
        TICKED[number % len(TICKED)],
        signups.current_terms(at),
    )
    signups.sign_up(session, stage.settings, entry, "en" if number % 3 == 2 else "fi", at)
    session.flush()


def _open(session: Session, stage: Stage, name: str, at: datetime) -> None:
    """Use a link like the one that was mailed."""
    waiting = waiting_signup(session, address(name), stage.ago(60))
    if waiting is not None:
        data = {"signup": str(waiting.id), "language": waiting.language}
        keys = stage.settings.mail_keys
        token = links.make(session, keys, "verify", at, data=data)
        session.flush()
        signups.verify(session, stage.settings, links.find(session, keys, "verify", token, at), at)
