"""An index to the newest resources of a patient that did not count as a whole."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    where = sa.text("deleted IS FALSE AND not_understood IS NOT NULL")
    op.create_index(
        "ix_resources_not_understood",
        "resources",
        ["patient", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )
