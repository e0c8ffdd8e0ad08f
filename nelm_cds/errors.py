"""What a command can end with besides success.

CommandRefused: the caller must change something; exit 2.
CommandFailed: ours, or a part that is not there; exit 1.
"""


class CommandRefused(Exception):
    """One line that names the field and the way out."""


class CommandFailed(Exception):
    """One line that says what is not there and what to look at."""
