"""The tables of the newsletter room."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The tables of the newsletter room."""
    # Nothing yet.
