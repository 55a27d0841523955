"""A sender as a process of its own: `send_until_killed.py CAMPAIGN CONNECTIONS`. Its leases are short."""

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from clevenio.database import Database
from clevenio.mail import transport
from clevenio.newsletter.models import UNFINISHED
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.settings import Settings


def send(campaign_id: UUID, settings: Settings) -> None:
    """Send over one connection until the campaign is at its end."""
    database = Database(settings.database_url)
    with progress_database(settings.database_url) as progress:
        sender = Sender(
            campaign_id,
            settings,
            database,
            progress,
            transport(settings.smtp_url, settings.data),
            lambda: datetime.now(UTC),
            timedelta(seconds=2),
        )
        while sender.work(1) in UNFINISHED:
            time.sleep(0.05)


def main(campaign_id: UUID, connections: int) -> None:
    settings = Settings.from_env()
    threads = [threading.Thread(target=send, args=(campaign_id, settings)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]))
