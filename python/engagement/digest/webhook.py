"""Posts a message to a Slack webhook, whose address is a secret.

The address comes from the environment. No error message may contain it, not even one of a library.
"""

import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from engagement.errors import UsageError

VARIABLE = "ENGAGEMENT_SLACK_WEBHOOK"
ATTEMPTS = 5
#: From the first byte sent to the last received, however slowly they come.
DEADLINE_SECONDS = 10
#: Nobody waits longer than this before one attempt.
LONGEST_WAIT_SECONDS = 120
ENDLESS_SECONDS = 100_000
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
#: The status (0: no answer), the seconds of Retry-After, and the reason to tell.
Answer = tuple[int, int | None, str]


def address() -> str:
    """The address of the webhook.

    Raises:
        UsageError: The variable is not set, or is not an https address.
    """
    value = os.environ.get(VARIABLE, "").strip()
    if not value:
        raise UsageError(
            f"{VARIABLE} is not set: put the address of the Slack webhook there;"
            " nothing has been posted."
        )
    if not _is_usable(value):
        raise UsageError(
            f"{VARIABLE} holds no address that starts with https://: copy that of the Slack"
            " webhook again; nothing has been posted."
        )
    return value


def post(to: str, message: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> None:
    """Posts a message, with retries.

    A connection that fails, 429 and 5xx are tried again, after 1, 2, 4 and 8 seconds or as long as
    Retry-After says. An answer that gets lost may so make Slack show the message twice. What is not
    answered in time is not tried again.

    Raises:
        UsageError: Slack rejects the message or cannot be reached.
    """
    failed = ""
    for attempt in range(ATTEMPTS):
        status, retry_after, reason = _in_time(lambda: _send(to, message))
        if 200 <= status < 300:
            return
        failed = f"Slack answered {status}{reason}" if status else f"Slack {reason}"
        if status and status != 429 and status < 500:
            raise UsageError(
                f"{failed}: look whether the webhook in {VARIABLE} is still there, and its channel;"
                " nothing has been posted."
            )
        wait = retry_after if retry_after is not None else 2**attempt
        if wait > LONGEST_WAIT_SECONDS:
            asked = f"{wait} seconds" if wait < ENDLESS_SECONDS else "longer than a day"
            raise UsageError(f"{failed} and asks to wait {asked}: run the digest again then.")
        if attempt < ATTEMPTS - 1:
            sleep(wait)
    raise UsageError(f"{failed}, {ATTEMPTS} times: run the digest again later.")


def _in_time(send: Callable[[], Answer]) -> Answer:
    """What a call returns within the deadline; a socket's own timeout begins anew with each byte.

    Raises:
        UsageError: It takes longer. Nobody waits for the thread in which it goes on.
    """
    answers: Queue[Answer] = Queue()
    Thread(target=lambda: answers.put(send()), daemon=True).start()
    try:
        return answers.get(timeout=DEADLINE_SECONDS)
    except Empty:
        raise UsageError(
            f"Slack did not answer within {DEADLINE_SECONDS} seconds: look whether the message is"
            " there, and run the digest again later."
        ) from None


def _send(to: str, message: Mapping[str, Any]) -> Answer:
    """The status (0: no answer), the seconds of Retry-After, and the reason to tell."""
    request = urllib.request.Request(
        to, json.dumps(message).encode(), {"Content-Type": "application/json; charset=utf-8"}
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(
            request, timeout=DEADLINE_SECONDS
        ) as got:
            return int(got.status), None, ""
    except urllib.error.HTTPError as error:
        return error.code, _seconds(error.headers.get("Retry-After", "")), _reason(error, to)
    except (OSError, ValueError, http.client.HTTPException):
        return 0, None, "could not be reached"


def _seconds(retry_after: str) -> int | None:
    """The seconds of the header Retry-After; None where it says none."""
    if not (retry_after.isascii() and retry_after.isdecimal()):
        return None
    return int(retry_after) if len(retry_after) < 6 else ENDLESS_SECONDS


def _reason(error: urllib.error.HTTPError, to: str) -> str:
    """Slack's error code, such as channel_not_found; empty without one."""
    try:
        word = error.read(100).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return ""
    return f" ({word})" if re.fullmatch(r"[a-z]+(_[a-z]+)+", word) and word not in to else ""


def _is_usable(value: str) -> bool:
    """Whether urllib can open the address, over https."""
    try:
        parts = urlsplit(value)
        is_local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_printable = value.isascii() and value.isprintable() and " " not in value
    return (
        is_printable and has_port and bool(parts.hostname) and (parts.scheme == "https" or is_local)
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET that posts nothing: it is an error instead."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
