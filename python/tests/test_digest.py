"""What Customer Success is told, once; and that the address it is posted to stays a secret.

Scores are linear: n reports within a week are a score of 1 + 0.99 n. The renewal
of an account with a score of 10 or less is at risk, and a user declines who has lost half of the
points, from a score of 15 on. The history is
a week long on Saturday: no score has changed since a week before.
"""

import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import duckdb
import pytest
from conftest import Company, event
from markdown_it import MarkdownIt
from test_command_line import Outcome, engagement

from engagement.digest import files, html, markdown, sent_state, slack, webhook
from engagement.digest.document import Account, Change, Digest, Mover, Priority, Section
from engagement.errors import UsageError

SATURDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (7, 8, 9))
SECRET = "services/T0SECRET/B0SECRET/XoXoXoXo"
NASTY = "<script>alert(1)</script> & *Söhne* | `x` _y_ [z](http://z) <!channel> # ~"
RULES = """
    entity_type,signal,kind,severity,is_enabled,min_score,max_score,min_previous_score,min_change,min_fall,min_share,max_share,min_days,max_days,min_count,alert_budget,fact,min_fact,max_fact,sentence
    account,renewal_at_risk,risk,critical,true,,,,,,,1,,60,,25,mood,,3,The score is {score}: call.
    user,declining,risk,low,true,,,15,,0.5,,,,,,,,,,From {previous_score} to {score}.
"""
FIRST_DIGEST = """\
# Digest as of 2026-03-07

The first digest: 3 opened.

## Ann Ames

### Opened

- **critical** Beta (beta): The score is 6: call.

### First in line

- **2** Beta (beta): critical. The score is 6: call.

## Bob

### Opened

- **critical** Gamma (gamma): The score is 6: call.

### First in line

- **3** Gamma (gamma): critical. The score is 6: call.

## No owner

### Opened

- **critical** delta: The score is 6: call.

### First in line

- **1** delta: critical. The score is 6: call.
"""
SECOND_DIGEST = """\
# Digest as of 2026-03-08

Since 2026-03-07: 7 opened, 1 closed, 1 withdrawn.

## Ann Ames

### Opened

- **critical** Acme \\| \\*Co\\* (acme), MRR 1,000: The score is 6: call.
- **low** Acme \\| \\*Co\\* (acme), user a, MRR 1,000: From 21 to 6.

### Closed

- **critical** Beta (beta): The score is 6: call.

### Scores that rose most

- **+26** Beta (beta): 0 → 26

### Scores that fell most

- **-15** Acme \\| \\*Co\\* (acme), MRR 1,000: 21 → 6

### First in line

- **1** Acme \\| \\*Co\\* (acme), MRR 1,000: critical. The score is 6: call. 2 signals are open.

## Bob

### Opened

- **low** Echo (echo), MRR 500: declining (5 users)

### Withdrawn: late data or a changed rule shows that it never held

- **critical** Gamma (gamma): The score is 6: call.

### Scores that rose most

- **+26** Gamma (gamma): 0 → 26

### Scores that fell most

- **-59** Echo (echo), MRR 500: 100 → 41

### First in line

- **3** Echo (echo), MRR 500: low. From 21 to 9.

## No owner

### First in line

- **2** delta: critical. The score is 6: call.
"""


def reports(
    account: str, user: str, day: str, count: int, loaded: str = ""
) -> list[dict[str, Any]]:
    return [
        event(
            *(f"{user}{day}{loaded}{number}", "report", user, f"{day} 09:00:00"),
            account_id=account,
            loaded_at=f"{loaded or date.fromisoformat(str(day)) + timedelta(days=1)} 10:00:00",
        )
        for number in range(count)
    ]


@dataclass(frozen=True)
class Told:
    """The company on Sunday, and what was said on Saturday."""

    company: Company
    previewed: Outcome
    is_remembered_before_it_is_sent: bool
    written: str

    @property
    def state(self) -> Path:
        return self.company.folder / "company.duckdb.digest.json"

    def digest(self, *arguments: object) -> Outcome:
        return engagement("digest", "--database", self.company.database, *arguments)

    @contextmanager
    def altered(self, *statements: str) -> Iterator[None]:
        """The database as some statements leave it, for the time of a with block."""
        kept = self.company.folder / "kept.duckdb"
        shutil.copyfile(self.company.database, kept)
        try:
            with duckdb.connect(str(self.company.database)) as connection:
                connection.execute("use company.engagement")
                for statement in statements:
                    connection.execute(statement)
            yield
        finally:
            kept.replace(self.company.database)


def measured(*moods: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [
        {"account_id": account, "measured_on": day, "name": "mood", "value": value}
        for account, day, value in moods
    ]


@pytest.fixture(scope="module")
def sunday(workshop: Path) -> Told:
    """Acme is used less and less; Beta comes back; of Gamma, most of Friday arrives late; five
    users of Echo decline. Saturday's digest has been written."""
    company = Company(workshop).reset()
    company.score_reports()
    company.configure("signal_rules", RULES)
    named = ("acme", "Acme | *Co*"), ("beta", "Beta"), ("gamma", "Gamma"), ("echo", "Echo")
    owners = {"acme": "Ann Ames", "beta": "Ann Ames", "gamma": "Bob", "echo": "Bob"}
    company.write(
        "accounts",
        [
            {
                "account_id": account,
                "name": name,
                "owner": owners.get(account),
                "renews_on": "2026-04-01" if account != "echo" else None,
            }
            for account, name in (*named, ("delta", None))
        ],
    )
    company.write(
        "subscriptions",
        [
            {"account_id": account, "month": "2026-03-01", "mrr": mrr}
            for account, mrr in (("acme", 1000), ("echo", 500))
        ],
    )
    events = [
        *reports("acme", "a", "2026-03-01", 20),
        *reports("acme", "a", "2026-03-07", 5),
        *reports("beta", "b", "2026-03-05", 5),
        *reports("gamma", "g", "2026-03-06", 5),
        *reports("delta", "d", "2026-03-04", 5),
    ]
    for user in ("u1", "u2", "u3", "u4", "u5"):
        events += reports("echo", user, "2026-03-01", 20) + reports("echo", user, "2026-03-02", 8)
    company.write("events", events)
    moods = [("acme", "2026-03-08", 1), ("beta", "2026-03-05", 1), ("delta", "2026-03-04", 1)]
    company.write("account_facts", measured(*moods, ("gamma", "2026-03-06", 1)))
    company.build(as_of=SATURDAY)
    company.publish()
    state = company.folder / "company.duckdb.digest.json"
    state.unlink(missing_ok=True)
    arguments = ("digest", "--database", company.database)
    previewed = engagement(*arguments)
    is_remembered = state.exists()
    out = company.folder / "saturday"
    assert engagement(*arguments, "--out", out).status == 0
    company.write(
        "events",
        [
            *events,
            *reports("beta", "b", "2026-03-08", 20),
            *reports("gamma", "g", "2026-03-06", 20, loaded="2026-03-09"),
        ],
    )
    later = ("gamma", "2026-03-06", 5), ("beta", "2026-03-08", 5)
    company.write("account_facts", measured(*moods, *later))
    company.build(as_of=SUNDAY)
    company.publish()
    shutil.copyfile(state, company.folder / "saturday.json")
    return Told(company, previewed, is_remembered, (out / "digest-2026-03-07.md").read_text())


@pytest.fixture
def told(sunday: Told) -> Told:
    """Nothing has been sent since Saturday."""
    shutil.copyfile(sunday.company.folder / "saturday.json", sunday.state)
    return sunday


def test_the_first_digest_tells_all_that_is_open(told: Told) -> None:
    assert told.previewed.out == FIRST_DIGEST
    assert told.written == FIRST_DIGEST


def test_a_digest_that_was_only_looked_at_is_not_remembered(told: Told) -> None:
    assert not told.is_remembered_before_it_is_sent
    before = told.state.read_text()
    assert told.digest().out == SECOND_DIGEST
    assert told.state.read_text() == before


def test_a_day_has_one_digest_however_often_it_is_written(told: Told, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        done = told.digest("--out", tmp_path / folder)
        assert done.status == 0
        assert "the digest of 2026-03-08, and 3 folders" in done.out
    one, two = (
        {
            str(file.relative_to(tmp_path / folder)): file.read_bytes()
            for file in (tmp_path / folder).rglob("*.*")
        }
        for folder in ("one", "two")
    )
    assert one == two
    assert set(one) == {
        f"{folder}digest-2026-03-08.{ending}"
        for folder in ("", "ann-ames/", "bob/", "no-owner/")
        for ending in ("md", "html", "json")
    }
    assert one["digest-2026-03-08.md"].decode() == SECOND_DIGEST
    assert "Bob" not in one["ann-ames/digest-2026-03-08.md"].decode()


def later_run(hours: int, as_of: date = SUNDAY) -> str:
    """A row of run_history, some hours after the run of Sunday."""
    return (
        f"insert into run_history select * replace ('later{hours}' as run_id,"
        f" started_at + interval {hours} hour as started_at, date '{as_of}' as as_of)"
        " from run_history order by started_at desc limit 1"
    )


def change(entity: str, change: str, minutes: int, opened: str = "2026-03-08") -> str:
    """A row of signal_history, some minutes after the run of Sunday (before it: negative)."""
    return (
        f"insert into signal_history select 'run{minutes}', 'account', '{entity}',"
        f" 'renewal_at_risk', '{change}', date '2026-03-08', date '{opened}', 'risk', 'critical',"
        f" '{entity}', 'Bob',"
        f" 'Call {entity}.', max(started_at) + interval {minutes} minute from run_history"
    )


def test_a_later_run_of_the_day_extends_the_digest(told: Told, tmp_path: Path) -> None:
    told.digest("--out", tmp_path)
    with told.altered(change("new", "opened", 60), later_run(2)):
        content = json.loads(told.digest("--json").out)
    assert content["since"] == "2026-03-07"
    assert content["counts"] == {"opened": 8, "reopened": 0, "closed": 1, "withdrawn": 1}


def test_a_run_that_has_not_finished_is_not_told(told: Told) -> None:
    with told.altered(change("new", "opened", 60)):
        assert told.digest().out == SECOND_DIGEST


def test_the_digest_of_a_day_begins_where_the_last_one_ended(told: Told, tmp_path: Path) -> None:
    told.digest("--out", tmp_path)
    with told.altered(later_run(24, MONDAY)):
        out = told.digest().out
    assert "No signal has opened or closed since 2026-03-08." in out
    assert "### Opened" not in out


def test_since_a_day_is_since_the_digest_of_that_day(told: Told) -> None:
    told.state.unlink()
    assert "The first digest: 8 opened." in told.digest().out
    assert told.digest("--since", "2026-03-07").out == SECOND_DIGEST
    assert "Since 2026-03-01: 8 opened.\n" in told.digest("--since", "2026-03-01").out


def test_only_what_differs_from_the_last_digest_is_told(told: Told, tmp_path: Path) -> None:
    """Of what changed in several runs since then."""
    told.digest("--out", tmp_path)
    with told.altered(
        *(change("brief", "opened", 1), change("brief", "closed", 2)),
        *(change("acme", "closed", 1), change("acme", "reopened", 2)),
        *(change("delta", "closed", 1), change("delta", "opened", 2, "2026-03-09")),
        *(change("slow", "opened", 1), change("slow", "closed", 2), change("slow", "reopened", 3)),
        *(change("beta", "reopened", 1),),
        later_run(24, MONDAY),
    ):
        content = json.loads(told.digest("--json").out)
    found = {
        (told["account"]["account_id"], told["change"])
        for owner in content["owners"]
        for told in owner["changes"]
    }
    assert found == {("delta", "opened"), ("slow", "opened"), ("beta", "reopened")}


def test_up_to_three_users_of_an_account_are_told_apart(told: Told) -> None:
    with told.altered("delete from signal_history where entity_id in ('u1', 'u2')"):
        out = told.digest().out
    for user in ("u3", "u4", "u5"):
        assert f"- **low** Echo (echo), user {user}, MRR 500: From 21 to 9.\n" in out


def test_a_user_is_named_by_the_e_mail_address_that_is_published(told: Told) -> None:
    with told.altered(
        "delete from signal_history where entity_id in ('u1', 'u2')",
        "update user_profiles set email = 'ann@echo.com' where user_id = 'u3'",
    ):
        out = told.digest().out
        names = json.loads(told.digest("--json").out)["owners"][1]["changes"][0]
    assert "- **low** Echo (echo), user ann@echo.com, MRR 500: From 21 to 9.\n" in out
    assert "- **low** Echo (echo), user u4, MRR 500: From 21 to 9.\n" in out
    assert (names["users"], names["names"]) == (["u3"], ["ann@echo.com"])


@pytest.mark.parametrize(
    ("named", "linked"),
    [
        ("https://bi.example/d.html", "https://bi.example/d.html"),
        ("{folder}/a page.html", "../../a%20page.html"),
    ],
)
def test_html_links_each_account_to_its_page_of_the_dashboard(
    told: Told, tmp_path: Path, named: str, linked: str
) -> None:
    folder = tmp_path / "digests"
    told.digest("--out", folder, "--dashboard", named.format(folder=tmp_path))
    html = (folder / "bob" / "digest-2026-03-08.html").read_text()
    assert f'<a href="{linked}#account/echo">Echo (echo), MRR 500</a>' in html
    assert f'<a href="{linked}">Open the dashboard</a>' in html
    told.digest("--out", folder)
    assert "<a " not in (folder / "bob" / "digest-2026-03-08.html").read_text()


def test_a_dashboard_without_files_or_that_is_a_script_is_refused(
    told: Told, tmp_path: Path
) -> None:
    assert "--dashboard has no effect without --out" in told.digest("--dashboard", "d.html").error
    done = told.digest("--out", tmp_path, "--dashboard", "javascript:alert(1)")
    assert (done.status, "is not an address" in done.error) == (2, True)


def test_one_owner_has_a_digest_and_a_memory_of_their_own(told: Told, tmp_path: Path) -> None:
    done = told.digest("--owner", "Bob", "--out", tmp_path)
    assert done.status == 0
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.md")} == {
        "bob/digest-2026-03-08.md"
    }
    text = (tmp_path / "bob" / "digest-2026-03-08.md").read_text()
    assert "The first digest: 5 opened." in text
    assert "Ann" not in text
    assert told.digest().out == SECOND_DIGEST


def test_json_is_the_digest_and_nothing_else(told: Told, tmp_path: Path) -> None:
    printed = told.digest("--json", "--out", tmp_path).out
    assert printed == (tmp_path / "digest-2026-03-08.json").read_text()
    content = json.loads(printed)
    assert json.loads(json.dumps(content)) == content
    assert [owner["owner"] for owner in content["owners"]] == ["Ann Ames", "Bob", None]
    bob = content["owners"][1]
    assert [
        (told["change"], told["severity"], told["users"], told["signals"], told["sentence"])
        for told in bob["changes"]
    ] == [
        ("opened", "low", ["u1", "u2", "u3", "u4", "u5"], {"declining": 5}, None),
        ("withdrawn", "critical", [], {"renewal_at_risk": 1}, "The score is 6: call."),
    ]
    assert bob["fallers"] == [
        {
            "account": {"account_id": "echo", "name": "Echo", "mrr": 500.0},
            "previous_score": 100.0,
            "score": pytest.approx(40.6),
            "score_change": pytest.approx(-59.4),
        }
    ]


def test_a_company_without_signals_is_told_so_in_one_line(told: Told) -> None:
    told.state.unlink()
    with told.altered("delete from signal_history", "delete from account_priorities"):
        assert "\n\nNo signal is open.\n" in told.digest().out
        with_state = told.digest("--since", "2026-03-07").out
    assert "\n\nNo signal has opened or closed since 2026-03-07.\n" in with_state


@pytest.mark.parametrize(
    ("statements", "arguments", "sentence"),
    [
        (("delete from run_history",), (), "No run has finished"),
        (("update run_history set as_of = null",), (), "The last run accepted no event"),
        (("drop table run_history",), (), "run_history does not exist"),
        ((), ("--repost",), "--repost has no effect without --slack"),
        ((), ("--owner", "Nobody"), "--owner Nobody owns no account"),
        ((), ("--since", "2026-03-08"), "--since 2026-03-08 is not before 2026-03-08"),
        ((), ("--out", "/dev/null/folder"), "/dev/null/folder/digest-2026-03-08.md cannot be"),
        ((), ("--state", __file__), "test_digest.py is not a record of sent digests"),
        ((), ("--database", "/no/file"), "The database /no/file does not exist"),
    ],
)
def test_what_a_user_can_get_wrong_is_one_sentence(
    told: Told, statements: Sequence[str], arguments: Sequence[str], sentence: str
) -> None:
    with told.altered(*statements):
        done = told.digest(*arguments)
    assert (done.status, done.out) == (2, "")
    assert sentence in done.error
    assert len(done.error.splitlines()) == 1


@dataclass
class Slack:
    """A server that answers as it is told, 200 at last, and keeps what was posted."""

    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    posted: list[Any] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{SECRET}"

    def answer(self, body: bytes) -> tuple[int, dict[str, str], str]:
        self.posted.append(json.loads(body))
        return self.answers.pop(0) if self.answers else (200, {}, "ok")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    shown = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, text = shown.answer(body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "*")
    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        shown.port = running.server_port
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield shown
        running.shutdown()
        thread.join()


@pytest.fixture
def channel(server: Slack, monkeypatch: pytest.MonkeyPatch) -> Slack:
    """The server, as the environment names it."""
    monkeypatch.setenv(webhook.VARIABLE, server.address)
    return server


def test_a_digest_is_posted_once_a_day(told: Told, channel: Slack) -> None:
    assert told.digest("--slack").out == "The digest of 2026-03-08 has been posted.\n"
    repeated = told.digest("--slack")
    assert (repeated.status, len(channel.posted)) == (0, 1)
    assert "was already posted: --repost" in repeated.out
    assert told.digest("--slack", "--repost").status == 0
    assert channel.posted[0] == channel.posted[1]
    assert channel.posted[0]["text"] == (
        "Digest as of 2026-03-08. Since 2026-03-07: 7 opened, 1 closed, 1 withdrawn."
    )
    kinds = [block["type"] for block in channel.posted[0]["blocks"]]
    assert kinds == ["header", "context", "rich_text", "rich_text", "rich_text"]
    assert {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": "critical", "style": {"bold": True}},
            {"type": "text", "text": " Acme | *Co* (acme), MRR 1,000: The score is 6: call."},
        ],
    } in [line for section in channel.posted[0]["blocks"][2:] for line in lines_of(section)]


def test_what_is_told_after_the_post_is_in_the_next_one(
    told: Told, channel: Slack, tmp_path: Path
) -> None:
    """Even if a file has told it meanwhile."""
    told.digest("--slack")
    later = change("new", "opened", 60), later_run(2)
    with told.altered(*later):
        assert told.digest("--slack", "--out", tmp_path).status == 0
        assert len(channel.posted) == 1
    with told.altered(*later, later_run(24, MONDAY)):
        assert told.digest("--slack").status == 0
    assert "Since 2026-03-08: 1 opened." in channel.posted[1]["text"]


def test_a_post_that_fails_is_not_remembered(told: Told, channel: Slack, tmp_path: Path) -> None:
    before = told.state.read_text()
    channel.answers = [(404, {}, "channel_not_found")]
    done = told.digest("--slack", "--out", tmp_path)
    assert (done.status, len(channel.posted)) == (2, 1)
    assert told.state.read_text() == before
    assert told.digest("--slack", "--out", tmp_path).status == 0


def test_without_the_variable_nothing_is_sent(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(webhook.VARIABLE, raising=False)
    before = told.state.read_text()
    done = told.digest("--slack", "--out", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.error == (
        "ENGAGEMENT_SLACK_WEBHOOK is not set: put the address of the Slack webhook there;"
        " nothing has been posted."
    )
    assert list(tmp_path.iterdir()) == []
    assert told.state.read_text() == before


def test_the_address_is_nowhere(
    told: Told, channel: Slack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in what is printed nor in a file, dbt's own logs included."""
    monkeypatch.setattr(webhook, "ATTEMPTS", 1)
    said = [told.digest("--slack", "--out", tmp_path)]
    channel.answers = [(404, {}, SECRET), (500, {}, SECRET)]
    said += [told.digest("--slack", "--repost") for _ in range(2)]
    for broken in (
        f"ftp://host/{SECRET}",
        f"https://host:port/{SECRET}",
        f"https://ho st/{SECRET}",
    ):
        monkeypatch.setenv(webhook.VARIABLE, broken)
        said.append(told.digest("--slack", "--repost"))
    assert [done.status for done in said] == [0, 2, 2, 2, 2, 2]
    for done in said:
        assert not holds_secret(done.out + done.error)
    workshop = told.company.folder
    for file in (*tmp_path.rglob("*"), *workshop.rglob("*.log"), *workshop.rglob("*.json")):
        assert file.is_dir() or not holds_secret(file.read_text(errors="replace")), file


def holds_secret(text: str) -> bool:
    return any(part in text for part in SECRET.split("/")[1:])


def post(address: str) -> tuple[str, list[float]]:
    """What is said of a post (nothing, if it went well), and how long it waited in between."""
    waits: list[float] = []
    try:
        webhook.post(address, {"text": "Söhne & Co"}, waits.append)
    except UsageError as error:
        assert len(str(error).splitlines()) == 1
        assert not holds_secret(str(error))
        assert error.__cause__ is None
        return str(error), waits
    return "", waits


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([], []),
        ([(500, {})], [1]),
        ([(503, {}), (500, {}), (502, {})], [1, 2, 4]),
        ([(429, {"Retry-After": "0"})], [0]),
        ([(429, {"Retry-After": "1"})], [1]),
        ([(429, {"Retry-After": "30"}), (500, {})], [30, 2]),
        ([(429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})], [1]),
    ],
)
def test_what_passes_is_tried_again(
    server: Slack, answers: list[tuple[int, dict[str, str]]], waits: list[float]
) -> None:
    server.answers = [(status, headers, "rate_limited") for status, headers in answers]
    assert post(server.address) == ("", waits)
    assert server.posted == [{"text": "Söhne & Co"}] * (len(answers) + 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((404, {}, "channel_not_found"), "Slack answered 404 (channel_not_found): look whether"),
        ((403, {}, f"no {SECRET}"), "Slack answered 403: look whether"),
        ((302, {"Location": "/elsewhere"}, ""), "Slack answered 302: look whether"),
        ((429, {"Retry-After": "9999"}, ""), "Slack answered 429 and asks to wait 9999 seconds"),
        ((429, {"Retry-After": "9" * 5000}, ""), "Slack answered 429 and asks to wait longer"),
    ],
)
def test_what_does_not_pass_is_one_sentence_at_once(
    server: Slack, answer: tuple[int, dict[str, str], str], sentence: str
) -> None:
    server.answers = [answer]
    said, waits = post(server.address)
    assert said.startswith(sentence)
    assert (waits, len(server.posted)) == ([], 1)


def test_an_answer_that_comes_byte_by_byte_is_given_up(
    server: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "DEADLINE_SECONDS", 0.3)
    monkeypatch.setattr(webhook, "_send", lambda *_: sleep(1))
    said, waits = post(server.address)
    assert said.startswith("Slack did not answer within 0.3 seconds: look whether")
    assert waits == []


def test_a_slack_that_stays_down_is_one_sentence(server: Slack) -> None:
    server.answers = [(500, {}, "")] * 9
    assert post(server.address) == (
        "Slack answered 500, 5 times: run the digest again later.",
        [1, 2, 4, 8],
    )


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "no..host"])
def test_a_slack_that_is_not_there_is_one_sentence(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://{host.format(port=free.getsockname()[1])}/{SECRET}"
    assert post(nobody) == (
        "Slack could not be reached, 5 times: run the digest again later.",
        [1, 2, 4, 8],
    )


def test_no_channel_gets_what_controls_a_terminal_or_turns_the_text() -> None:
    digest = drawn(text="a\x00b\x1b[31mc\u202ed\u2066e\u200ff\x85g \U0001f468\u200d\U0001f469")
    for render in (markdown.render, html.render, lambda digest: str(slack.render(digest))):
        told = render(digest)
        assert not set("\x00\x1b\u202e\u2066\u200f\x85") & set(told)
        assert "\\u202e" not in told
        assert "\U0001f468\u200d\U0001f469" in told or "u200d" in told


def drawn(owners: int = 1, changes: int = 1, text: str = NASTY) -> Digest:
    """A digest whose every text is the same."""
    account = Account(text, text, 12.5)
    section = Section(
        text,
        tuple(
            Change("opened", "critical", "risk", account, (), {"renewal_at_risk": 1}, SUNDAY, text)
            for _ in range(changes)
        ),
        (Mover(account, 1, 2, 1),),
        (),
        (Priority(1, account, 2, "critical", "renewal_at_risk", text),),
    )
    return Digest(SUNDAY, None, None, "2026-03-09 02:00:00", (section,) * owners)


class Text(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("render", "tags"),
    [
        (html.render, {"html", "head", "meta", "title", "body", "h1", "p", "h2", "h3", "ul"}),
        (
            lambda digest: MarkdownIt().render(markdown.render(digest)),
            {"h1", "p", "h2", "h3", "ul"},
        ),
    ],
    ids=["html", "markdown"],
)
def test_a_name_is_no_markup(render: Callable[[Digest], str], tags: set[str]) -> None:
    page = Text(render(drawn()))
    assert page.tags == tags | {"li", "strong"}
    assert page.text.count(NASTY) == 6


def lines_of(section: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of the lists of an owner's block."""
    lists = [part for part in section["elements"] if part["type"] == "rich_text_list"]
    return [line for part in lists for line in part["elements"]]


def texts_of(block: Any) -> list[str]:
    """All texts of a block."""
    if isinstance(block, list):
        return [text for part in block for text in texts_of(part)]
    if isinstance(block, dict):
        found = block.get("text")
        return [found] if isinstance(found, str) else texts_of(list(block.values()))
    return []


def test_a_name_is_no_command_to_slack() -> None:
    """Rich text knows no markup, and no other text holds a name."""
    message = slack.render(drawn())
    assert "mrkdwn" not in json.dumps(message)
    named = [block for block in message["blocks"] if "Söhne" in str(block)]
    assert {block["type"] for block in named} == {"rich_text"}
    assert " ".join(NASTY.split()) in texts_of(named)


@pytest.mark.parametrize(("owners", "changes"), [(1, 500), (7, 30), (47, 9), (48, 1), (400, 40)])
def test_a_message_is_cut_to_what_slack_takes(owners: int, changes: int) -> None:
    message = slack.render(drawn(owners, changes, text="Größe & Söhne " * 4))
    blocks = message["blocks"]
    texts = ["".join(texts_of(block)) for block in blocks]
    assert len(blocks) <= 50
    assert len(texts[0]) <= 150
    assert max(map(len, texts)) <= 3000
    assert sum(map(len, texts)) < 10_000
    shown = len(lines_of(blocks[2]))
    assert int(re.findall(r"… and (\d+) more$", texts[2])[0]) == changes + 2 - shown
    if owners > 47:
        assert blocks[-1]["elements"][0]["text"] == f"… and {owners - 47} more owners"


def test_a_message_that_fits_is_whole() -> None:
    assert "more" not in slack.render(drawn(3, 3, text="Acme"))["blocks"][2]["elements"][-1]


def test_a_line_feed_in_a_name_makes_no_line() -> None:
    digest = drawn(text="one\n# two")
    assert "one \\# two" in markdown.render(digest)
    assert " one # two, MRR 12: one # two" in texts_of(slack.render(digest)["blocks"][2])


def test_folders_tell_owners_apart() -> None:
    found = files.folders({"Ann Ames", "ann  ames!", "李雷", "../..", "No owner", None})
    assert found["李雷"] == "李雷"
    assert found["../.."] == "owner-" + found["../.."][-8:]
    assert len(set(found.values())) == 6
    assert files.folders(["Ann Ames", None]) == {"Ann Ames": "ann-ames", None: "no-owner"}


def test_what_was_sent_is_read_as_it_was_written(tmp_path: Path) -> None:
    sent = sent_state.Sent(SUNDAY, SATURDAY, "2026-03-08 02:00:00", "2026-03-09 02:00:00", None)
    file = tmp_path / "folder" / "state.json"
    sent_state.remember(file, None, sent)
    sent_state.remember(file, "Bob", sent)
    assert sent_state.last_sent(file, None) == sent_state.last_sent(file, "Bob") == sent
    assert sent_state.last_sent(file, "Ann") is None
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_it_says_who_acts_what_is_due_and_how_many_are_overdue(told: Told) -> None:
    with told.altered(
        "update account_priorities set next_due_on = '2026-03-07', overdue_signals = 2"
        " where account_id in ('acme', 'echo')",
        "update account_priorities set top_action_state = 'taken', top_action_by = 'Kim'"
        " where account_id = 'acme'",
        "update signals set action_state = 'done' where entity_id = 'beta'",
    ):
        digest, of_ann = told.digest().out, told.digest("--owner", "Ann Ames").out
    assert "1 withdrawn. 4 signals are overdue.\n" in digest
    assert "2 signals are overdue." in of_ann
    (acme,) = [line for line in digest.splitlines() if line.startswith("- **1** Acme")]
    assert acme.endswith(" Taken by Kim. Due 2026-03-07.")


def test_nothing_is_overdue_where_nobody_says_what_they_do(told: Told) -> None:
    with told.altered("update account_priorities set overdue_signals = 2"):
        assert "overdue" not in told.digest().out


def test_it_leaves_out_what_is_dismissed_and_who_is_held_out(told: Told) -> None:
    before = told.digest().out
    assert "user a, MRR" in before
    with told.altered("update signals set is_dismissed = true where entity_id = 'a'"):
        after = told.digest().out
    assert "user a, MRR" not in after
    assert "Acme" in after
    with told.altered(
        "update signals set is_held_out = true where account_id = 'acme'",
        "delete from account_priorities where account_id = 'acme'",
    ):
        assert "Acme" not in told.digest().out
