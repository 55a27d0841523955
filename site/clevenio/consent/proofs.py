"""That decisions are the ledger's own, for whoever has neither the ledger nor its keys.

Each decision comes with its place in its chain and, once the daily seal has come over it, with the path
through that seal's tree: so the published fingerprints hold it, and nobody else's decision is shown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clevenio import chain, trees
from clevenio import seals as seal_files
from clevenio.consent import ledger, publication, seals, verification
from clevenio.consent.models import Decision, Notice, SealRow
from clevenio.i18n import gettext as _

Sealed = Mapping[str, Any]
Link = tuple[int, str, int, str]


def of(session: Session, subjects: Iterable[UUID]) -> dict[str, Any]:
    """The proof of all that some subjects decided, as JSON takes it.

    `chains` are whole, from the first decision on. `seals` are all public ones from the first that covers any
    of them, so that a later copy of the published document proves them too.
    """
    histories = {subject: ledger.history(session, subject) for subject in subjects}
    rows = [row for history in histories.values() for row in history]
    first = min((row.id for row in rows), default=None)
    public = [] if first is None else publication.sealed_since(session, first)
    seals_over = (_covering(public, row.id) for row in rows)
    buckets = _buckets(session, {seal["at"] for seal in seals_over if seal})
    shown = [
        {**seal, "buckets": buckets[seal["at"]]} if seal["at"] in buckets else dict(seal) for seal in public
    ]
    chains = [
        _chain(session, subject, _decisions(session, history, public, buckets), shown)
        for subject, history in histories.items()
        if history
    ]
    return {"chains": chains, "versions": _versions(session, {row.notice for row in rows}), "seals": shown}


def _chain(
    session: Session, subject: UUID, decisions: Sequence[Sealed], shown: Sequence[Sealed]
) -> dict[str, Any]:
    """A subject's decisions with what does not fit, in words: in the chain, and on the way to the seals."""
    by_moment = {seal["at"]: seal for seal in shown}
    astray = (
        row for row in decisions if row["path"] is not None and not is_under(row, by_moment[row["seal"]])
    )
    found = [
        *(each.text for each in verification.verify_subject(session, subject)),
        *(
            _(
                "decision %(number)s is not under the seal of %(moment)s",
                number=row["sequence"],
                moment=row["seal"],
            )
            for row in astray
        ),
    ]
    return {"subject": str(subject), "decisions": decisions, "findings": found}


def is_under(row: Sealed, seal: Sealed) -> bool:
    """Whether a decision's path leads to its seal, both as a proof has them: to its bucket, and that to its root."""
    leaf = chain.leaf(row["number"], row["subject"], row["sequence"], row["hash"])
    bucket = seal["buckets"].get(row["subject"][:2])
    return bool(trees.climbed(leaf, row["path"]) == bucket and chain.root(seal["buckets"]) == seal["root"])


def covered_to(proof: Mapping[str, Any]) -> tuple[int, int]:
    """How many decisions a proof has, and how many of them a seal covers."""
    decisions = [row for each in proof["chains"] for row in each["decisions"]]
    return len(decisions), sum(row["seal"] is not None for row in decisions)


def _covering(public: Sequence[Sealed], number: int) -> Sealed | None:
    return next((s for s in public if (s["since"] or 0) < number <= s["position"]), None)


def _buckets(session: Session, wanted: set[str]) -> dict[str, dict[str, str]]:
    """The digests of these seals, by their moments; of those of before there were trees, none."""
    query = select(SealRow.content).where(SealRow.content["at"].as_string().in_(wanted))
    found = session.scalars(query) if wanted else ()
    return {each["at"]: each["buckets"] for each in found if each.get("digests") == chain.TREES}


def _decisions(
    session: Session, history: Sequence[Decision], public: Sequence[Sealed], buckets: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A subject's decisions, each with its way to the seal over it; what lies beside them is read once a seal."""
    beside: dict[str, list[Link]] = {}
    found = []
    for row in history:
        seal = _covering(public, row.id)
        path = None
        if seal is not None and seal["at"] in buckets:
            links = beside.get(seal["at"]) or beside.setdefault(seal["at"], _beside(session, row, seal))
            place = next(index for index, link in enumerate(links) if link[0] == row.id)
            path = trees.path((chain.leaf(*link) for link in links), place)
        found.append({**_plain(row), "number": row.id, "seal": seal and seal["at"], "path": path})
    return found


def _plain(row: Decision) -> dict[str, Any]:
    return {**row.fields(), "subject": str(row.subject), "at": chain.moment(row.at), "hash": row.hash}


def _beside(session: Session, row: Decision, seal: Sealed) -> list[Link]:
    """The links of a seal that share the bucket of a decision, in their order."""

    def which(column: Any) -> ColumnElement[bool]:
        first = row.subject.int >> 120
        within: ColumnElement[bool] = column >= UUID(int=first << 120)
        return within if first == 255 else within & (column < UUID(int=(first + 1) << 120))

    return list(seals.links(session, seal["since"], seal["position"], which))


def _versions(session: Session, wanted: set[str]) -> dict[str, Any]:
    rows = session.scalars(select(Notice).where(Notice.id.in_(wanted)).order_by(Notice.id))
    return {
        row.id: {
            "kind": row.kind,
            "language": row.language,
            "kept_since": chain.moment(row.created_at),
            "content": row.content,
        }
        for row in rows
    }


def differences(
    session: Session, subject: UUID, kept: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, str]]:
    """What the ledger has otherwise than a proof that was kept: by the decision's number, in words.

    Decisions that came since are none; those that went when their time was over have a tombstone.
    """
    rows = {row.sequence: row for row in ledger.history(session, subject)}
    buried = {(link.number, link.hash) for link in seals.buried(session, subject)}
    for was in kept:
        number, row = int(was["sequence"]), rows.get(int(was["sequence"]))
        if row is None:
            if (was["number"], was["hash"]) not in buried:
                yield number, "is missing from the ledger"
            continue
        changed = sorted(name for name, value in _plain(row).items() if was[name] != value)
        if changed or row.id != was["number"]:
            yield number, f"is another one in the ledger now: {', '.join(changed) or 'number'}"


def seal_differences(
    session: Session,
    folder: Path,
    keys: Sequence[str],
    kept: Sequence[Sealed],
    covering: Collection[str],
) -> Iterator[tuple[str, str]]:
    """What the seals have otherwise, by their moments; those that are `covering` are made anew from their rows."""
    now = {seal["at"]: seal for seal in publication.sealed_since(session, 0)}
    outside = {each.content["at"]: each for each in seal_files.in_file(seals.path(folder)) if each}
    for was in kept:
        at = was["at"]
        if at not in now:
            yield at, "is missing from the database"
        elif now[at]["fingerprint"] != was["fingerprint"]:
            yield at, "is another one now"
        if at not in outside:
            yield at, "is missing from the file of seals"
            continue
        if wrong := seal_files.fault(outside[at], keys):
            yield at, wrong
        elif at in covering:
            yield from ((at, text) for text in seals.difference(session, outside[at].content, "seal"))
