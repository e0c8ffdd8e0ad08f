"""An index to the assessments that another version of the criteria made."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    latest = sa.text("latest IS TRUE")
    op.create_index(
        "ix_assessments_knowledge_version",
        "assessments",
        ["knowledge_version", "patient"],
        sqlite_where=latest,
        postgresql_where=latest,
    )
