"""What has changed since the last digest, for Customer Success.

`reading` makes a `document` of the public tables; `markdown`, `html` and `slack` put its `words`
into their formats; `files` and `webhook` send it, and `memory` knows what has been sent.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engagement.digest import files, memory, reading, slack, webhook
from engagement.digest.document import Digest
from engagement.digest.files import as_json
from engagement.digest.markdown import render as as_markdown
from engagement.errors import UsageError
from engagement.project import Settings

__all__ = ["Digest", "Wanted", "as_json", "as_markdown", "send"]


@dataclass(frozen=True)
class Wanted:
    """What a digest is about and where it goes; nowhere, to look at it.

    Attributes:
        owner: Only this one's accounts; None: all.
        since: What changed after this day; None: since the last digest.
        folder: Where files are written.
        to_slack: Whether it is posted, if it has not been.
        again: Whether it is posted even so.
        state: The file that remembers; None: the usual one.
    """

    owner: str | None = None
    since: date | None = None
    folder: Path | None = None
    to_slack: bool = False
    again: bool = False
    state: Path | None = None


def send(settings: Settings, wanted: Wanted) -> tuple[Digest, list[str]]:
    """Makes a digest, writes and posts it as wanted, and remembers it when all of that is done.

    Returns:
        The digest, and a sentence on each way it went.

    Raises:
        UsageError: No run has finished, there is no such owner, or it could not be sent.
    """
    address = webhook.address() if wanted.to_slack else None
    state = memory.state_file(settings, wanted.state)
    last = memory.last_sent(state, wanted.owner)
    run = reading.last_run(settings)
    if wanted.owner is not None and wanted.owner not in run.owners:
        raise UsageError(f"--owner {wanted.owner} owns no account: give the name as accounts does.")
    span = _span(settings, wanted, run, last)
    digest = reading.digest(settings, run, span)
    if wanted.owner is not None:
        digest = digest.of(wanted.owner)

    done = []
    posted_until = last.posted_until if last and last.is_posted(run.as_of) else None
    is_due = address is not None and (wanted.again or posted_until is None)
    if wanted.folder is not None:
        done.append(files.write_all(wanted.folder, digest, wanted.owner, run.owners))
    if address is not None and is_due:
        webhook.post(address, slack.render(digest))
        posted_until = run.started_at
        done.append(f"The digest of {run.as_of} has been posted.")
    if wanted.folder is not None or is_due:
        sent = memory.Sent(run.as_of, span.since, span.told_after, run.started_at, posted_until)
        memory.remember(state, wanted.owner, sent)
    if address is not None and not is_due:
        done.append(f"The digest of {run.as_of} had been posted before: --again posts it again.")
    return digest, done


def _span(
    settings: Settings, wanted: Wanted, run: reading.Run, last: memory.Sent | None
) -> memory.Span:
    if wanted.since is None:
        return last.span_of(run.as_of) if last else memory.Span(None, None)
    if wanted.since >= run.as_of:
        raise UsageError(
            f"--since {wanted.since} is not before {run.as_of}, the last day that counts: give an"
            " earlier one."
        )
    return memory.Span(wanted.since, reading.told_before(settings, wanted.since))
