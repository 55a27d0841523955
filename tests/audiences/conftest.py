"""A crowd of made-up people with decisions, and a short way to a file."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from clevenio.accounts import sessions
from clevenio.accounts.sessions import Kind
from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import Choice, find
from clevenio.consent import ledger
from clevenio.consent.notices import import_notice, signup_notice
from clevenio.database import Database
from clevenio.people import identifiers, operations
from clevenio.people.identifiers import address
from clevenio.people.models import Person
from clevenio.people.staff_members import Role, StaffMember, StaffRole
from clevenio.settings import Settings
from tests.support.application import form_token, new_client
from tests.support.factories import NOW, SUPPRESSION_KEY

HOME = "/staff/audiences"
LISTED = ("names", "title", "company", "country", "postal_code", "advertising_id")


@pytest.fixture
def extra_settings() -> dict[str, str]:
    return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}


class Crowd:
    """Adds people and what they decided; every act is committed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self,
        email: str,
        grants: str = "ad_audiences:google ad_audiences:meta ad_audiences:linkedin",
        refuses: str = "",
        listed: tuple[str, ...] | None = None,
        basis: ledger.Basis = ledger.Basis.CONSENT,
        **profile: str,
    ) -> Person:
        """A person; `listed` makes it one whose wording listed these data, too."""
        language = profile.pop("language", "fi")
        notice = signup_notice("fi")
        if listed is not None:
            notice = import_notice("We may share these.", "a fair", "en", listed)
        states = dict.fromkeys(grants.split(), ledger.State.GRANTED)
        states |= dict.fromkeys(refuses.split(), ledger.State.REFUSED)
        with self.database.session() as session:
            person = operations.add(
                session,
                SUPPRESSION_KEY,
                identifiers.address(email),
                language=language,
                source="signup",
                now=NOW,
                profile=profile,
            )
            ledger.record(
                session,
                person.id,
                states,
                channel=ledger.Channel.SIGNUP,
                language="fi",
                notice=notice,
                now=NOW,
                basis=basis,
            )
            session.commit()
        return person

    def many(self, number: int, **profile: Any) -> list[Person]:
        return [self.add(f"person{n}@example.com", **profile) for n in range(number)]

    def withdraw(self, person: Person, *purposes: str) -> None:
        self._decide(person, purposes or ("ad_audiences",), ledger.State.WITHDRAWN)

    def grant(self, person: Person, *purposes: str) -> None:
        self._decide(person, purposes, ledger.State.GRANTED)

    def _decide(self, person: Person, purposes: tuple[str, ...], state: ledger.State) -> None:
        with self.database.session() as session:
            operations.decide(
                session,
                session.get_one(Person, person.id),
                dict.fromkeys(purposes, state),
                channel=ledger.Channel.ACCOUNT,
                notice=signup_notice("fi"),
                language="fi",
                now=NOW,
            )
            session.commit()

    def object_to_everything(self, person: Person) -> None:
        with self.database.session() as session:
            operations.withdraw_everything(
                session,
                session.get_one(Person, person.id),
                channel=ledger.Channel.UNSUBSCRIBE_PAGE,
                notice=signup_notice("fi"),
                language="fi",
                now=NOW,
            )
            session.commit()

    def change(self, person: Person, **values: Any) -> None:
        with self.database.session() as session:
            found = session.get_one(Person, person.id)
            for name, value in values.items():
                setattr(found, name, value)
            session.commit()


@pytest.fixture
def crowd(database: Database) -> Crowd:
    return Crowd(database)


Exported = Callable[..., list[dict[str, str]]]


def parsed(content: bytes) -> list[dict[str, str]]:
    """The rows of a file by header; of repeated headers the first."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    return [{name: row[rows[0].index(name)] for name in rows[0]} for row in rows[1:]]


@pytest.fixture
def exported(database: Database, settings: Settings) -> Exported:
    """`exported("google", segment="all")`: an audience's rows, the whole way. A segment's name, or one as it is asked for."""

    def export(name: str, segment: str | Choice = "all") -> list[dict[str, str]]:
        chosen = platform(name, settings.data)
        with database.session() as session:
            choice = find(session, segment, NOW) if isinstance(segment, str) else segment
            ordered = order(session, settings, chosen, choice, actor="command", now=NOW)
            session.commit()
        with handout(database, settings, chosen, ordered.id, now=NOW) as opened:
            return parsed(b"".join(stream(opened)))

    return export


@pytest.fixture
def removed(database: Database, settings: Settings) -> Exported:
    """`removed("google")`: the rows of a removal file, the whole way."""

    def remove(name: str) -> list[dict[str, str]]:
        chosen = platform(name, settings.data)
        with database.session() as session:
            ordered = order_removal(session, chosen, actor="command", now=NOW)
            session.commit()
        with handout(database, settings, chosen, ordered.id, now=NOW) as opened:
            return parsed(b"".join(stream(opened)))

    return remove


@pytest.fixture
def signed_in(app, clock, database):
    """`signed_in(Role.MARKETER)`: the browser of a member of staff."""

    def sign_in(*roles: Role, email: str = "marketer@example.com"):
        form = address(email)
        with database.session() as session:
            member = StaffMember(
                email=form.email,
                address_key=form.key,
                email_ascii=form.ascii,
                language="en",
                invited_at=NOW,
                activated_at=NOW,
                granted=[StaffRole(role=role.value) for role in roles],
            )
            session.add(member)
            session.flush()
            half_in = sessions.start(session, Kind.STAFF, member.id, NOW, "test")
            token = sessions.confirm(session, half_in, NOW)
            session.commit()
        client = new_client(app)
        with client.session_transaction(HOME) as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    return sign_in


def posted(client, page, address, **fields):
    """What a form of a page answers when it is sent."""
    token = form_token(client.get(page))
    return client.post(address, data={"csrf_token": token, **fields})


@pytest.fixture
def file(database: Database) -> Callable[..., int]:
    """`file()`: a file that was fetched, as it is on record."""

    def make(**values: Any) -> int:
        facts = {
            "kind": "upload", "state": "finished", "platform": "google", "vendor": "google", "segment": "all",
            "criteria": {}, "actor": "command", "created_at": NOW, "ledger_position": 0, "notices": [],
            "rows": 400, "rejects": {"no_consent": 100}, "files": [], "is_added_only": False,
        }  # fmt: skip
        with database.session() as session:
            made = Export(**facts | values)
            session.add(made)
            session.commit()
            return made.id

    return make
