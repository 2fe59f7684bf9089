"""Features from families of events: those whose names speak of the same thing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engagement.proposal.events import EventUse

#: More features than these are too many to look at.
MOST = 12
#: Words that say what is done, not to what; words that end in ed do, too.
VERBS = {
    *("add", "create", "delete", "edit", "export", "import", "invite", "make", "new", "remove"),
    *("run", "save", "send", "sent", "share", "start", "stop", "submit", "update", "upload"),
    *("begun", "built", "done", "made", "paid", "read", "set", "shown", "view", "views", "won"),
    *("click", "open", "complete", "in", "out", "up", "to", "of", "the", "a", "an"),
}


@dataclass(frozen=True)
class Feature:
    """Proposed rows of key_features: a feature and its events."""

    name: str
    event_names: Sequence[str]
    reason: str


def features(events: Iterable[EventUse]) -> list[Feature]:
    """A feature for each thing that people do something with, the most widely used first."""
    families: dict[str, list[EventUse]] = defaultdict(list)
    for event in events:
        thing = thing_of(event)
        if thing:
            families[thing].append(event)
    found = [_feature(name, members) for name, members in families.items()]
    ranked = sorted(found, key=lambda pair: (-pair[0], pair[1].name))
    return [feature for _, feature in ranked[:MOST]]


def thing_of(event: EventUse) -> str:
    """What an event is done with: the words of its name that are no verbs; none without any."""
    words = [word for word in event.words() if not (word in VERBS or word.endswith("ed"))]
    if not words or (event.is_passive and len(words) == 1 and words[0] in ("page", "screen")):
        return ""
    singular = [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words]
    return " ".join(singular)


def _feature(name: str, members: Sequence[EventUse]) -> tuple[float, Feature]:
    widest = max(members, key=lambda event: event.share)
    named = [event.name for event in sorted(members, key=lambda event: -event.share)]
    return widest.share, Feature(name, named, f"{widest.name}: {widest.spread()}")
