"""What became of a campaign, in numbers: counts alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clevenio.newsletter import openings, queries
from clevenio.newsletter.bounces import queries as bounces
from clevenio.newsletter.models import FINAL, Campaign


@dataclass(frozen=True)
class Progress:
    """How far a campaign is, by the states of its deliveries."""

    candidates: int
    counts: Mapping[str, int]
    # What the relay said last of those that wait for another attempt.
    put_off: queries.PutOff | None

    @property
    def over(self) -> int:
        """How many deliveries are in a final state."""
        return sum(self.counts[state] for state in FINAL)

    @property
    def waiting(self) -> int:
        """How many are to be sent yet, those that the relay put off among them."""
        return sum(self.counts.values()) - self.over

    @property
    def missing(self) -> int:
        """How many candidates have no delivery at all, which is never so unless something went wrong."""
        return self.candidates - sum(self.counts.values())


@dataclass(frozen=True)
class Outcome(Progress):
    """The same with the excluded by reason, and what came of those that were sent."""

    excluded: Mapping[str, int]
    bounced: int
    left: int
    complaints: int
    opens: openings.Opens


def progress(session: Session, campaign: Campaign) -> Progress:
    """Count how far a campaign is now, and nothing else: screens ask again and again."""
    return Progress(
        campaign.candidates, queries.by_state(session, campaign.id), queries.put_off(session, campaign)
    )


def outcome(session: Session, campaign: Campaign) -> Outcome:
    """Count a campaign as it stands now."""
    reached, back = progress(session, campaign), bounces.returned(session, campaign.id)
    return Outcome(
        reached.candidates,
        reached.counts,
        reached.put_off,
        queries.excluded(session, campaign.id),
        back.bounced,
        queries.departures(session, campaign.id),
        back.complaints,
        openings.of_campaign(session, campaign.id, reached.counts),
    )
