"""The calls of a trace as calls on an adapter: method and arguments by literal table, and what counts as an answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..model.vocabulary import Parameter
from .adapter import Adapter, StatusCallback
from .trace import ReturnEvent

