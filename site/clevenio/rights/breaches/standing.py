"""Where an incident stands: what holds, what is still to be done, and how much of the 72 hours is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clevenio.rights.breaches.models import Addition, Aspect, Breach, Decision, Role

# GDPR Art. 33(1). Hours that pass, from awareness on, weekends and holidays included; nothing is added for
# the hour that had begun (Regulation 1182/71, Art. 3(1)), so the clock is never more generous than the law.
LIMIT = timedelta(hours=72)
DESCRIBED = (Aspect.CATEGORIES, Aspect.EFFECTS, Aspect.MEASURES)
DUTIES = (Aspect.CONTROLLERS, Aspect.AUTHORITY, Aspect.PEOPLE)
# Decisions that end a duty. To notify in phases meets the limit, and leaves the rest to be told.
ENDING = frozenset(Decision) - {Decision.IN_PHASES, Decision.MORE_TO_TELL}
NOTIFIED = (Decision.NOTIFIED, Decision.IN_PHASES)


@dataclass(frozen=True)
class Step:
    """Something that is still to be done, by when; `is_urgent` where a limit of the law runs."""

    aspect: Aspect
    at: datetime
    is_urgent: bool


@dataclass(frozen=True)
class Standing:
    """An incident with its additions, the oldest first."""

    breach: Breach
    additions: Sequence[Addition]

    def of(self, aspect: Aspect) -> list[Addition]:
        """Every addition about an aspect, the oldest first."""
        return [each for each in self.additions if each.aspect == aspect]

    def current(self, aspect: Aspect) -> Addition | None:
        """What holds about an aspect: what was added last."""
        return next(reversed(self.of(aspect)), None)

    @property
    def title(self) -> str:
        """The incident in a line."""
        return self._known(Aspect.INCIDENT).text

    @property
    def known_at(self) -> datetime:
        """When the company became aware of it."""
        moment = self._known(Aspect.KNOWN).moment
        assert moment is not None  # noqa: S101 # nosec B101 - the operation that adds it demands one
        return moment

    def _known(self, aspect: Aspect) -> Addition:
        return self.of(aspect)[-1]

    @property
    def deadline(self) -> datetime:
        """When the 72 hours are over."""
        return self.known_at + LIMIT

    @property
    def duties(self) -> tuple[Aspect, ...]:
        """Who is to be told, or told why not: controllers by a processor, authority and people by a controller."""
        role = self.breach.role
        return tuple(
            each for each in DUTIES
            if role == Role.BOTH or (each is Aspect.CONTROLLERS) == (role == Role.PROCESSOR)
        )  # fmt: skip

    @property
    def notified(self) -> Addition | None:
        """The first notification to the authority: the one that the 72 hours are about."""
        return next((each for each in self.of(Aspect.AUTHORITY) if each.decision in NOTIFIED), None)

    @property
    def is_closed(self) -> bool:
        """Whether somebody said that all is done."""
        return self.current(Aspect.CLOSED) is not None

    @property
    def is_clock_running(self) -> bool:
        """Whether the 72 hours still wait for a notification, or for the reason why there is none."""
        return Aspect.AUTHORITY in self.duties and self.current(Aspect.AUTHORITY) is None

    def left(self, now: datetime) -> timedelta:
        """How much of the 72 hours is left; negative by how much they are over."""
        return self.deadline - now

    def is_over(self, now: datetime) -> bool:
        """Whether the 72 hours passed and nothing was decided."""
        return self.is_clock_running and now > self.deadline

    @property
    def is_late(self) -> bool:
        """Whether the authority was told after the 72 hours."""
        first = self.notified
        return first is not None and first.moment is not None and first.moment > self.deadline

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is still to be done, in the order of the law; closing is the last."""
        if self.is_closed:
            return ()
        open_duties = [self._duty(each) for each in self.duties if not self._is_ended(each)]
        missing = [Step(each, self.deadline, False) for each in DESCRIBED if self.current(each) is None]
        return (*open_duties, *missing) or (Step(Aspect.CLOSED, self.deadline, False),)

    def _is_ended(self, duty: Aspect) -> bool:
        last = self.current(duty)
        return last is not None and last.decision in ENDING

    def _duty(self, duty: Aspect) -> Step:
        last = self.current(duty)
        if last is not None and last.moment is not None:
            return Step(duty, last.moment, duty is Aspect.CONTROLLERS)
        # A processor tells its controllers without delay (Art. 33(2)): it has no hours to wait for.
        return Step(duty, self.known_at if duty is Aspect.CONTROLLERS else self.deadline, True)
