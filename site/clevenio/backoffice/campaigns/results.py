"""What became of a campaign, in numbers: counts alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clevenio.newsletter import openings
from clevenio.newsletter.bounces import queries as bounces
from clevenio.newsletter.models import FINAL, Campaign
from clevenio.newsletter.queries import summary


@dataclass(frozen=True)
class Outcome:
    """A campaign by the states of its deliveries, the excluded by reason, and what came back of those that were sent."""

    candidates: int
    counts: Mapping[str, int]
    excluded: Mapping[str, int]
    bounced: int
    left: int
    complaints: int
    opens: openings.Opens

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


def outcome(session: Session, campaign: Campaign) -> Outcome:
    """Count a campaign as it stands now."""
    found, back = summary(session, campaign), bounces.returned(session, campaign.id)
    return Outcome(
        found.candidates,
        found.counts,
        found.excluded,
        back.bounced,
        found.departures,
        back.complaints,
        openings.of_campaign(session, campaign.id),
    )
