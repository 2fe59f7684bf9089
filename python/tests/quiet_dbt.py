"""dbt without its debug messages, which no log of the tests holds: a seventh of a small build.

Only in the process of the tests: commands that they start run dbt as it is.
"""

from typing import Any

from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager

#: Debug messages that our own progress is made of.
READ = {"NodeStart", "NodeFinished"}

_make, _fire = BaseEvent.__init__, EventManager.fire_event


def _is_read(message: BaseEvent) -> bool:
    return message.level_tag() != "debug" or type(message).__name__ in READ


def _make_if_read(self: BaseEvent, *arguments: Any, **values: Any) -> None:
    if _is_read(self):
        _make(self, *arguments, **values)


def _fire_if_read(self: EventManager, e: BaseEvent, *arguments: Any, **values: Any) -> None:
    if _is_read(e):
        _fire(self, e, *arguments, **values)


def install() -> None:
    """From now on, in this process."""
    BaseEvent.__init__ = _make_if_read
    EventManager.fire_event = _fire_if_read
