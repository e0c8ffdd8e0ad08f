"""What the start of a process can refuse.

SettingRefused: a setting is missing or wrong; the message names file, field and way out.
"""


class SettingRefused(Exception):
    """A setting the operator must change. The message is one line and holds no secret."""
