"""What `doctor` says of one part."""

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One part: what is true of it, and what to do where it is not well."""

    part: str
    well: bool
    says: str
    do: str = ""
