"""Two acts on one subject at the same moment end as one chain."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from clevenio.consent import ledger, verification
from clevenio.consent.ledger import State
from tests.consent.acts import act

THREADS, ROUNDS = 4, 6


def decide_often(database, subject, barrier, number):
    for turn in range(ROUNDS):
        barrier.wait(timeout=30)
        with database.session() as session:
            state = State.GRANTED if (number + turn) % 2 else State.WITHDRAWN
            act(session, subject, newsletter=state, surveys=state)
            session.commit()


@pytest.mark.parametrize("is_known", [False, True], ids=["first acts", "later acts"])
def test_concurrent_acts_do_not_fork_a_chain(database, other_session, tmp_path, is_known):
    subject = uuid4()
    if is_known:
        with database.session() as session:
            act(session, subject, newsletter=State.GRANTED)
            session.commit()
    barrier = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: decide_often(database, subject, barrier, number), range(THREADS)))
    with other_session() as session:
        rows = ledger.history(session, subject)
        expected = THREADS * ROUNDS * 2 + is_known
        assert [row.sequence for row in rows] == list(range(1, expected + 1))
        assert list(verification.verify(session, tmp_path, ["key"])) == []
        last = {row.purpose: row.state for row in rows}
        assert ledger.decisions_of(session, subject) == last
