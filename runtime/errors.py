"""What the start of a process, or its broker, can refuse.

SettingRefused: a setting is missing or wrong; the message names file, field and way out.
BrokerAway: the broker does not answer; safe to try again.
"""


class SettingRefused(Exception):
    """A setting the operator must change. The message is one line and holds no secret."""


class BrokerAway(Exception):
    """The broker does not answer now. The message names the class of the failure only."""
