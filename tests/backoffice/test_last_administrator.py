"""There is always one administrator who can come in."""

from threading import Barrier, Thread

from clevenio.backoffice.members import operations
from clevenio.errors import Refused
from tests.support.factories import NOW
from tests.support.staff import make_member


def test_two_administrators_who_let_each_other_go_at_once_do_not_both_go(database, settings):
    with database.session() as session:
        ids = [make_member(session, f"{name}@example.com", "administrator").id for name in ("a", "b")]
        session.commit()
    start, results = Barrier(2), []

    def close(leaving):
        with database.session() as session:
            start.wait()
            try:
                found = operations.find(session, leaving)
                operations.disable(session, settings, found, "command", NOW)
                session.commit()
                results.append("gone")
            except Refused:
                session.rollback()
                results.append("stays")

    threads = [Thread(target=close, args=(each,)) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["gone", "stays"]
