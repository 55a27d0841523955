"""What follows here where a file says that somebody left elsewhere.

An opt-out there is an objection to direct marketing here: an export cannot tell one from the other, and whoever asked
for silence is not to be found in an audience either. A complaint ends the kinds of mail, an address that mail does not
reach gets none. Nothing else of such a row is stored.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clevenio.consent import ledger
from clevenio.consent.notices import Wording, complaint_notice, withdrawal_notice
from clevenio.people.imports.known import Known
from clevenio.people.imports.leaving import Left, Way
from clevenio.people.imports.report import Note
from clevenio.people.imports.rows import Row
from clevenio.people.suppression import EVERYTHING, Returned
from clevenio.registry import load

ELSEWHERE = "opted out elsewhere"
REASONS = {
    Way.OPTED_OUT: ELSEWHERE,
    Way.COMPLAINED: Returned.COMPLAINT.value,
    Way.BOUNCED: Returned.HARD.value,
}


class Departure(NamedTuple):
    """What is to be written for one mailbox: what it is suppressed for, and who took back what. Perhaps nothing."""

    note: Note
    scopes: Sequence[str] = ()
    acts: Sequence[ledger.Act] = ()


def departure(row: Row, left: Left, known: Known) -> Departure:
    """What follows from a row that says that its person left. It is known from then on.

    A later word of their own stands: an agreement after the time in the file, and a return to us where the file has
    no time, because the same file would else end it again and again.
    """
    shut = known.shut(row)
    scopes = sorted(_scopes(left.way).difference(shut)) if EVERYTHING not in shut else []
    acts = _acts(row, left, known)
    if not scopes and not acts:
        return Departure(_said(row, left, "known", "This is known here already; nothing was stored."))
    returned = known.returned(row)
    if left.at is None and returned:
        return Departure(
            _said(
                row,
                left,
                "came_back",
                "This person left and came back here, and the file has no day. Record the opt-out if it is newer.",
            )
        )
    if left.at is not None and max(returned or left.at, known.agreed(row) or left.at) > left.at:
        return Departure(_said(row, left, "agreed_since", "This person agreed here later; that stands."))
    known.left(row, scopes, {purpose for act in acts for purpose in act.decisions})
    return Departure(_recorded(row, left), scopes, acts)


def _scopes(way: Way) -> set[str]:
    return {EVERYTHING} if way is Way.OPTED_OUT else set(load().topics)


def _acts(row: Row, left: Left, known: Known) -> list[ledger.Act]:
    """The withdrawals of everybody at the mailbox, by whatever spelling. A dead mailbox is no word of its owner's."""
    if left.way is Way.BOUNCED:
        return []
    evidence = _evidence(left)
    acts = []
    for person in known.at(row):
        ended = known.granted(person["id"])
        if left.way is Way.COMPLAINED:
            ended = [purpose for purpose in ended if purpose in load().topics]
        if ended:
            taken_back = dict.fromkeys(ended, ledger.State.WITHDRAWN)
            language = person["language"]
            acts.append(ledger.Act(person["id"], taken_back, _notice(left.way, language), language, evidence))
    return acts


def _notice(way: Way, language: str) -> Wording:
    return withdrawal_notice(language) if way is Way.OPTED_OUT else complaint_notice(language)


def _evidence(left: Left) -> Mapping[str, str]:
    said = {"because": ELSEWHERE if left.way is Way.OPTED_OUT else "complained elsewhere"}
    return {**said, "said_at": left.at.isoformat()} if left.at else said


def _recorded(row: Row, left: Left) -> Note:
    match left.way:
        case Way.OPTED_OUT:
            return _said(
                row, left, "recorded", "This person opted out there, and so here; nothing else was stored."
            )
        case Way.COMPLAINED:
            return _said(
                row,
                left,
                "recorded",
                "This person complained there, and gets no mail; nothing else was stored.",
            )
        case Way.BOUNCED:
            return _said(
                row, left, "recorded", "Mail does not arrive there, and none goes; nothing was stored."
            )


def _said(row: Row, left: Left, code: str, message: str) -> Note:
    return Note(row.line, left.way.value, code, message)
