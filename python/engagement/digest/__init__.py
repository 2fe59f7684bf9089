"""The changes since the last digest, for Customer Success.

`reading` makes a `document` from the public tables; `markdown`, `html` and `slack` render its
`phrasing`; `files` and `webhook` deliver it, and `sent_state` records each delivery.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engagement.digest import files, reading, sent_state, slack, webhook
from engagement.digest.document import Digest
from engagement.digest.files import as_json
from engagement.digest.markdown import render as as_markdown
from engagement.errors import UsageError
from engagement.project import Settings

__all__ = ["Digest", "DigestRequest", "as_json", "as_markdown", "send"]


@dataclass(frozen=True)
class DigestRequest:
    """The scope of a digest and its destinations; without one, it is only printed.

    Attributes:
        owner: Only this one's accounts; None: all.
        since: What changed after this day; None: since the last digest.
        folder: Where files are written.
        to_slack: Whether it is posted, if it has not been.
        repost: Whether it is posted even so.
        state: The file that remembers; None: the usual one.
        dashboard: Where the dashboard is, for links in HTML: an address or a file.
    """

    owner: str | None = None
    since: date | None = None
    folder: Path | None = None
    to_slack: bool = False
    repost: bool = False
    state: Path | None = None
    dashboard: str | None = None


def send(settings: Settings, request: DigestRequest) -> tuple[Digest, list[str]]:
    """Makes a digest, writes and posts it as requested, and records it when all of that is done.

    Returns:
        The digest, and a sentence on each way it went.

    Raises:
        UsageError: No run has finished, there is no such owner, or it could not be sent.
    """
    address = webhook.address() if request.to_slack else None
    state = sent_state.state_file(settings, request.state)
    last = sent_state.last_sent(state, request.owner)
    run = reading.last_run(settings)
    if request.owner is not None and request.owner not in run.owners:
        raise UsageError(
            f"--owner {request.owner} owns no account: write the name as it is in accounts."
        )
    span = _span(settings, request, run, last)
    digest = reading.digest(settings, run, span)
    if request.owner is not None:
        digest = digest.of(request.owner)

    done = []
    posted_until = last.posted_until if last and last.is_posted(run.as_of) else None
    is_due = address is not None and (request.repost or posted_until is None)
    if request.folder is not None:
        done.append(
            files.write_all(request.folder, digest, request.owner, run.owners, request.dashboard)
        )
    if address is not None and is_due:
        webhook.post(address, slack.render(digest))
        posted_until = run.started_at
        done.append(f"The digest of {run.as_of} has been posted.")
    if request.folder is not None or is_due:
        sent = sent_state.Sent(run.as_of, span.since, span.told_after, run.started_at, posted_until)
        sent_state.remember(state, request.owner, sent)
    if address is not None and not is_due:
        done.append(f"The digest of {run.as_of} was already posted: --repost posts it again.")
    return digest, done


def _span(
    settings: Settings, request: DigestRequest, run: reading.Run, last: sent_state.Sent | None
) -> sent_state.Span:
    if request.since is None:
        return last.span_of(run.as_of) if last else sent_state.Span(None, None)
    if request.since >= run.as_of:
        raise UsageError(
            f"--since {request.since} is not before {run.as_of}, the last day that counts: give an"
            " earlier one."
        )
    return sent_state.Span(request.since, reading.told_before(settings, request.since))
