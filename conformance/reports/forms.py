"""A scorecard in the forms that `check` writes to files."""

import msgspec

from ..scorecard import Scorecard
from .junit import junit
from .page import page


def as_json(card: Scorecard) -> bytes:
    """The scorecard itself; docs/report.schema.json says what it holds."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"


def as_html(card: Scorecard) -> bytes:
    """One page to read."""
    return page(card).encode("utf-8")


def as_junit(card: Scorecard) -> bytes:
    """What CI systems read."""
    return junit(card)
