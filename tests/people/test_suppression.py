"""Identifiers that nothing may reach: what shuts them, what opens them, and for which purpose."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from clevenio.people import suppression
from clevenio.people.suppression import EVERYTHING
from tests.support.factories import NOW

SCOPES = ("newsletter", "surveys", EVERYTHING)


@pytest.fixture
def shut(database):
    """`shut(acts, scope)` plays acts such as `("+", "newsletter")` and tells whether "key" is suppressed."""

    def shut(acts, scope):
        with database.session() as session:
            for sign, row_scope in acts:
                act = suppression.suppress if sign == "+" else suppression.lift
                act(session, "key", "email", row_scope, "test", NOW)
                session.flush()
            among = suppression.scopes_among(session, ["key", "other"])
            answers = {
                suppression.is_suppressed(session, "key", scope),
                "key" in session.scalars(suppression.suppressed(scope)).all(),
                bool({scope, suppression.EVERYTHING} & among.get("key", set())),
            }
            assert "other" not in among
            session.rollback()
        # Three ways to ask, one answer.
        (answer,) = answers
        return answer

    return shut


@pytest.mark.parametrize(
    ("acts", "suppressed"),
    [
        ([], set()),
        ([("+", "newsletter")], {"newsletter"}),
        ([("+", EVERYTHING)], {"newsletter", "surveys", EVERYTHING}),
        ([("+", "newsletter"), ("-", "newsletter")], set()),
        ([("+", "newsletter"), ("-", EVERYTHING)], {"newsletter"}),
        ([("+", EVERYTHING), ("-", EVERYTHING)], set()),
        ([("+", EVERYTHING), ("+", "surveys"), ("-", EVERYTHING)], {"surveys"}),
        ([("+", "newsletter"), ("-", "newsletter"), ("+", "newsletter")], {"newsletter"}),
    ],
)
def test_the_last_act_for_a_scope_decides_and_everything_covers_each_purpose(shut, acts, suppressed):
    assert {scope for scope in SCOPES if shut(acts, scope)} == suppressed


def test_what_an_identifier_is_suppressed_for_is_told_in_the_words_of_its_rows(database):
    with database.session() as session:
        assert (suppression.scopes(session, "key"), suppression.last_row(session, "key")) == (set(), 0)
        for scope in ("newsletter", EVERYTHING, "surveys"):
            suppression.suppress(session, "key", "email", scope, "test", NOW)
        suppression.suppress(session, "other", "email", "trials", "test", NOW)
        first = suppression.last_row(session, "key")
        suppression.lift(session, "key", "email", EVERYTHING, "test", NOW)
        assert suppression.scopes(session, "key") == {"newsletter", "surveys"}
        assert suppression.last_row(session, "key") > first


def test_keys_tell_kinds_and_installations_apart():
    keys = {
        suppression.email_key("a", "+358471234567"),
        suppression.phone_key("a", "+358471234567"),
        suppression.phone_key("b", "+358471234567"),
    }
    assert len(keys) == 3
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize("statement", ["UPDATE suppressions SET lifted = true", "DELETE FROM suppressions"])
def test_the_database_itself_refuses_to_forget(database, statement):
    with database.session() as session:
        suppression.suppress(session, "key", "email", EVERYTHING, "test", NOW)
        session.commit()
        with pytest.raises(DatabaseError):
            session.execute(text(statement))
