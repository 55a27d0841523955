"""How often passwords may be tried, at the customers' login and at the staff's, and second factors.

Strictly for one address from one network, so that a stranger elsewhere locks nobody out; generously
for a network with all its people. An address has a limit over all networks besides, which slows down
whoever guesses from many; it does not hold in a network where somebody logged in to that address lately.

None of these counts for a browser that the owner got in with before (`devices`): it has a limit of its own,
so whatever strangers guess, and from wherever, they shut no such browser out (OWASP ASVS 5.0, 6.1.1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.errors import BadInput
from clevenio.limits import Limit
from clevenio.people.addresses import address
from clevenio.people.text import CONTROL, tidy

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Door:
    """The limits of one login. `known` is no limit: it remembers a network as one of an address's own."""

    pair: Limit
    address: Limit
    network: Limit
    known: Limit
    device: Limit


def _door(name: str, pair: int, address: int, network: int, window: timedelta = QUARTER) -> Door:
    # One network cannot spend an address's limit alone: that takes two or three.
    return Door(
        Limit(f"{name} of an address from a network", pair, QUARTER),
        Limit(f"{name} of an address", address, window),
        Limit(f"{name} from a network", network, QUARTER),
        Limit(f"{name}, own network of an address", 1, timedelta(days=60)),
        # A stolen cookie gives no more tries than a network does.
        Limit(f"{name} from a known browser", pair, window),
    )


CUSTOMERS = _door("logins", 10, 25, 1000)
STAFF = _door("staff logins", 5, 15, 100)
# Of a million codes three are right at a time: at ten an hour from anywhere, one in 1400 days of guessing.
FACTORS = _door("second factors", 5, 10, 100, timedelta(hours=1))


def whose(typed: str) -> str:
    """The key to look for an address by; what is no address is tidied up, and is nobody's."""
    try:
        return address(typed).key
    except BadInput:
        return CONTROL.sub("", tidy(typed)).casefold()[:320]


@dataclass(frozen=True)
class Try:
    """One password typed for one address, known or not, or one code for one member.

    `key` is any keyed-hash key, `whose` an address's key or a member's id, `device` the number under which
    their browser is known, None for any other.
    """

    door: Door
    key: str
    whose: str
    network: str
    now: datetime
    device: str | None = None

    def begin(self, session: Session) -> bool:
        """Count the try before it is judged, so that many at once are counted, too.

        False where there were enough for now; then nothing is counted. The caller commits.
        """
        if self.is_spent(session):
            return False
        counted = self._counted(session)
        return all(limits.take(session, self.key, limit, who, self.now) for limit, who in counted)

    def succeed(self, session: Session) -> None:
        """The password was right: take the try out of the count, and know this network from now on."""
        for limit, who in self._counted(session):
            limits.give_back(session, self.key, limit, who, self.now)
        limits.take(session, self.key, self.door.known, self._pair, self.now)

    def vouch(self, session: Session) -> None:
        """Somebody showed by a mailed link that the address is theirs: nothing they guessed counts any more."""
        limits.forgive(session, self.key, self.door.pair, self._pair)
        limits.take(session, self.key, self.door.known, self._pair, self.now)

    def is_spent(self, session: Session) -> bool:
        """Whether the limits for this one are spent by now."""
        counted = self._counted(session)
        return any(limits.is_spent(session, self.key, limit, who, self.now) for limit, who in counted)

    def _counted(self, session: Session) -> list[tuple[Limit, str]]:
        if self.device is not None:
            return [(self.door.device, self.device)]
        counted = [(self.door.pair, self._pair), (self.door.network, self.network)]
        if not limits.is_spent(session, self.key, self.door.known, self._pair, self.now):
            counted.append((self.door.address, self.whose))
        return counted

    @property
    def _pair(self) -> str:
        return f"{self.whose} {self.network}"
