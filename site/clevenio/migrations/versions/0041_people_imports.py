"""Files of people that staff bring in by the browser, and the counts of segments that were shown exactly."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """A file and its parts; what was shown of a segment for a platform."""
    op.create_table(
        "people_imports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_imports")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "people_import_parts",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["people_imports.id"],
            name=op.f("fk_people_import_parts_import_id_people_imports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_people_import_parts")),
    )
    op.create_table(
        "audience_shown_counts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("matching", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", "platform", name=op.f("pk_audience_shown_counts")),
    )
