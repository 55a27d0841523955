"""What lies at the edges of what `verify` reads: a tombstone of nobody, and spans that meet."""

import pytest

from clevenio.consent import verification
from tests.consent.test_verification import folder, people, verify

__all__ = ["folder", "people"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_tombstone_of_a_subject_that_is_no_identifier_is_said_in_words(database, folder, people, tamper):
    tamper(
        "INSERT INTO consent_tombstones (subject, at, signature) "
        "SELECT 'nobody at all', at, hash FROM consent_decisions WHERE subject = :subject AND sequence = 1",
        people[0],
    )
    said = "the tombstone was changed, or is nobody's, of a subject that is none: 'nobody at all'"
    assert verify(database, folder) == [("tombstone", None, said)]


def test_the_spans_follow_each_other_and_leave_nobody_out():
    assert (verification.SPANS[0][0], verification.SPANS[-1][1]) == (None, None)
    ends = [end.int for _, end in verification.SPANS[:-1]]
    assert ends == sorted(first.int for first, _ in verification.SPANS[1:])
