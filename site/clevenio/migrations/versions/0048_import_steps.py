"""How far a file of people has been stored, so that storing goes on where it was cut off."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """A file that was being stored begins anew; who is in by then is found there."""
    op.add_column("people_imports", sa.Column("started_at", UtcDateTime(), nullable=True))
    op.create_table(
        "people_import_steps",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("through", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["people_imports.id"],
            name=op.f("fk_people_import_steps_import_id_people_imports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "through", name=op.f("pk_people_import_steps")),
    )
