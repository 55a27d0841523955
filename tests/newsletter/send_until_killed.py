"""A sender as a process of its own: `send_until_killed.py CAMPAIGN`. Its leases are short."""

import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from clevenio.database import Database
from clevenio.mail import transport
from clevenio.newsletter.models import UNFINISHED
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.settings import Settings


def main(campaign_id: UUID) -> None:
    settings = Settings.from_env()
    database = Database(settings.database_url)
    with progress_database(settings.database_url) as progress:
        sender = Sender(
            campaign_id,
            settings,
            database,
            progress,
            transport(settings.smtp_url, settings.data),
            lambda: datetime.now(UTC),
            timedelta(seconds=1),
        )
        while sender.work(1) in UNFINISHED:
            time.sleep(0.05)


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
