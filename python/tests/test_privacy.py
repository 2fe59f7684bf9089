"""What is personal, and how a person is erased."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import Company, event
from test_command_line import engagement, options

from engagement.project import CHECKOUT
from engagement.publication import previous_file

ANN, ALIAS, ADDRESS = "ann-of-acme", "device-1-of-ann", "ann@acme.example"
DAYS = range(1, 21)


@pytest.fixture(autouse=True)
def seeds_of_commands(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """erase has no --seeds; with others than the builds had, dbt reads the whole project again."""
    monkeypatch.setenv("ENGAGEMENT_SEEDS", str(company.seeds.relative_to(CHECKOUT)))


def write(company: Company, until: int, users: tuple[str, ...] = (ANN, "bob", "42")) -> None:
    """Events until a day of May, of users of the account acme; some of Ann's under an alias."""
    company.write(
        "events",
        [
            event(
                f"{user} {day} {name}",
                name,
                ALIAS if user == ANN and day % 3 == 0 else user,
                f"2026-05-{day:02} 09:00:00",
                account_id="acme",
                loaded_at=f"2026-05-{day:02} 12:00:00",
                properties=json.dumps({"who": ADDRESS}) if user == ANN else "",
            )
            for user in users
            for day in range(1, until + 1)
            for name in ("task_created", "" if day == 5 else "logged_in")
        ],
    )
    company.write(
        "users",
        [
            {"user_id": user, "account_id": "acme", "email": ADDRESS if user == ANN else ""}
            | {"role": "admin", "is_champion": "true" if user == ANN else "false"}
            for user in users
        ],
    )
    company.write("accounts", [{"account_id": "acme", "name": "Acme"}])
    aliases = [{"alias_id": ALIAS, "user_id": ANN}] if ANN in users else []
    company.write("identities", aliases, "alias_id user_id")


def totals(company: Company) -> list[tuple[Any, ...]]:
    """What is published of each day, in sums."""
    with duckdb.connect(str(company.database), read_only=True) as connection:
        return connection.execute(
            "select score_date, entity_type, count(*), sum(score), sum(points)"
            " from engagement.published_scores group by all order by all"
        ).fetchall()


def holding(company: Company, *words: str) -> list[Path]:
    """The files outside the inputs that hold one of some words, as bytes."""
    return [
        file
        for file in company.folder.rglob("*")
        if file.is_file()
        and company.data not in file.parents
        and "kept" not in file.parts
        and any(word.encode() in file.read_bytes() for word in words)
    ]


def test_neither_addresses_nor_properties_are_published_unless_asked_for(
    company: Company,
) -> None:
    write(company, 6)
    queries = (
        "select count(email) from engagement.user_profiles",
        "select count(properties) from engagement.rejected_events",
    )
    company.build(tests=True)
    assert [company.value(query) for query in queries] == [0, 0]
    assert ADDRESS.encode() not in company.database.read_bytes()
    assert company.differences() == []
    company.build(publish_personal_data=True)
    assert [company.value(query) for query in queries] == [1, 1]
    assert company.differences(publish_personal_data=True) == []


def test_an_erased_person_is_found_nowhere_and_remaining_rows_have_another_id(
    company: Company,
) -> None:
    write(company, 18)
    company.build(tests=True)
    write(company, 19)
    company.build(tests=True)
    assert previous_file(company.database).is_file()
    database = ("--database", company.database)
    for file_format in ("csv", "jsonl", "parquet"):
        out = company.folder / f"out-{file_format}"
        exported = ("user_scores", "user_profiles", "rejected_events", "--format", file_format)
        assert engagement("export", *exported, "--out", out, *database).status == 0
    assert engagement("digest", "--out", company.folder / "digests", *database).status == 0
    pages = [company.folder / f"{name}.html" for name in ("page", "cut_short", "redacted")]
    assert engagement("dashboard", "--out", pages[0], *database).status == 0
    whole = pages[0].read_text()
    pages[1].write_text(whole[: whole.index('id="packed-data"') + 40])
    assert engagement("dashboard", "--redact", "--out", pages[2], *database).status == 0
    assert holding(company, ANN)
    published, profiles = totals(company), company.query(PROFILES)

    done = engagement("erase", "user", ANN, *database, "--data", company.data)
    assert done.status == 0, done.error
    erased_id = done.out.splitlines()[0].split()[-1].rstrip(".")
    assert holding(company, ANN, ALIAS, ADDRESS) == []
    assert [page.exists() for page in pages] == [False, False, True]
    assert totals(company) == published
    assert "the input events still holds the person in 38 rows" in done.error
    assert "the input users still holds the person in 1 rows" in done.error
    assert "the input identities still holds the person in 1 rows" in done.error
    renamed = {(erased_id if row[0] == ANN else row[0], *row[1:]) for row in profiles}
    assert set(company.query(PROFILES)) == renamed
    with duckdb.connect(str(company.database), read_only=True) as connection:
        ids = connection.execute("select distinct user_id from engagement.user_scores").fetchall()
    assert set(ids) == {(erased_id,), ("bob",), ("42",)}

    # A night goes on from there, and says what a full refresh does.
    write(company, 20)
    company.build(tests=True)
    assert company.query("select started_over_because from engagement.run_history")[-1] == (None,)
    night = company.query(PROFILES)
    assert company.differences() == []
    assert holding(company, ANN, ALIAS, ADDRESS) == []
    company.build("--full-refresh")
    assert company.query(PROFILES) == night
    assert holding(company, ANN, ALIAS, ADDRESS) == []
    again = engagement("erase", "user", ANN, *database)
    assert (again.status, again.out.splitlines()[0]) == (0, f"{ANN} is now {erased_id}.")


PROFILES = "select user_id, events, score, is_champion from engagement.user_profiles order by all"


def test_a_domain_that_is_a_persons_own_is_erased_with_the_person(company: Company) -> None:
    """As the id of an account; the domain of a company stays. Totals stay, too."""

    def write_reports(until: int) -> None:
        company.write(
            "events",
            [
                event(f"{number} {day}", "task_created", user, f"2026-05-{day:02} 09:00:00")
                for number, user in enumerate((ANN, "bob", "cat@of-cat.example"))
                for day in range(1, until + 1)
            ],
        )

    company.write(
        "users",
        [
            {"user_id": ANN, "email": "mail@ann-of-acme.example"},
            {"user_id": "bob", "email": "bob@firm.example"},
            {"user_id": "eve", "email": "eve@firm.example"},
            {"user_id": "cat@of-cat.example", "email": ""},
        ],
    )
    write_reports(18)
    company.build(tests=True, accounts_from_email_domains=True)
    published, profiles = totals(company), company.query(ACCOUNTS)
    assert {row[0] for row in profiles} == {"ann-of-acme.example", "firm.example", "of-cat.example"}
    for user in (ANN, "bob", "cat@of-cat.example"):
        done = engagement("erase", "user", user, *options(company)[2:4])
        assert done.status == 0, done.error
    words = (ANN, "of-cat.example", "bob")
    assert holding(company, *words) == []
    assert totals(company) == published

    write_reports(19)
    company.build(accounts_from_email_domains=True)
    assert company.query("select started_over_because from engagement.run_history")[-1] == (None,)
    assert company.differences(accounts_from_email_domains=True) == []
    company.build("--full-refresh", accounts_from_email_domains=True)
    assert company.differences(accounts_from_email_domains=True) == []
    assert holding(company, *words) == []
    found = company.query(ACCOUNTS)
    assert sorted(row[0][:7] for row in found) == ["erased-", "erased-", "firm.ex"]
    assert [row[1:] for row in found] == [(18, 1), (18, 1), (18, 2)]


ACCOUNTS = "select account_id, events, members from engagement.account_profiles order by all"


def test_who_acted_on_a_signal_is_erased_and_a_note_that_names_them_is_told(
    company: Company,
) -> None:
    write(company, 18)
    company.build()
    account, signal, opened_on = company.query(
        "select account_id, signal, opened_on from engagement.signals where account_id is not null"
    )[0]
    row = {"account_id": account, "signal": signal, "opened_on": opened_on, "state": "taken"}
    own = {"by": ANN, "note": "it's mine", "at": ""}
    about = {"by": "kim", "note": f"called {ANN} twice", "at": ""}
    company.write("signal_actions", [{**row, **own}, {**row, **about}])
    company.build(publish_personal_data=True)
    company.publish()
    acted = (
        "select distinct action_by, action_note from engagement.signals where action_state <> ''"
    )
    assert company.query(acted) == [(ANN, "it's mine")]

    options = ("--database", company.database, "--data", company.data)
    done = engagement("erase", "user", ANN, *options)
    assert "the input signal_actions still holds the person in 2 rows" in done.error
    assert holding(company, ANN) == []
    company.write("signal_actions", [{**row, **own}])
    company.build(publish_personal_data=True)
    assert company.query(acted) == [(None, None)]
    assert company.differences(publish_personal_data=True) == []
    assert holding(company, ANN) == []


def test_an_alias_stands_for_the_person(company: Company) -> None:
    write(company, 6)
    company.build()
    company.publish()
    for _ in range(2):
        done = engagement("erase", "user", ALIAS, "--database", company.database)
        assert done.status == 0
        assert done.out.splitlines()[0].startswith(f"{ALIAS} is now erased-")
        assert holding(company, ANN, ALIAS, ADDRESS) == []


def test_a_number_is_replaced_where_it_is_an_id_and_nowhere_else(company: Company) -> None:
    write(company, 18)
    company.build()
    company.publish()
    before = company.query("select account_id, top_sentence from engagement.account_priorities")
    assert engagement("erase", "user", "42", "--database", company.database).status == 0
    assert (
        company.query("select account_id, top_sentence from engagement.account_priorities")
        == before
    )
    with duckdb.connect(str(company.database), read_only=True) as connection:
        ids = connection.execute("select distinct user_id from engagement.user_scores").fetchall()
    assert len(ids) == 3
    assert ("42",) not in ids


def test_who_is_unknown_or_somebody_elses_is_not_erased(company: Company) -> None:
    write(company, 6)
    company.write(
        "identities",
        [
            {"alias_id": "shared", "user_id": ANN, "valid_from": "", "valid_to": "2026-05-03"},
            {"alias_id": "shared", "user_id": "bob", "valid_from": "2026-05-03", "valid_to": ""},
        ],
    )
    company.build()
    company.publish()
    before = company.database.read_bytes()
    for user, sentence in (
        ("nobody", "There is no user nobody: look for the id in user_profiles."),
        (ANN.upper(), f"There is no user {ANN.upper()}: did you mean {ANN}?"),
        ("ann-of-acne", f"There is no user ann-of-acne: did you mean {ANN}?"),
        ("shared", f"The id shared has belonged to several users, {ANN}, bob: name one."),
    ):
        done = engagement("erase", "user", user, "--database", company.database)
        assert (done.status, done.error) == (2, sentence)
    assert company.database.read_bytes() == before


def test_pseudonyms_stand_for_all_received_ids(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(company, 10)
    events = pd.read_csv(company.data / "events.csv", dtype="str", keep_default_na=False)
    events.assign(event_id=events.index).to_csv(company.data / "events.csv", index=False)
    company.configure("excluded_users", "user_id,reason\nbob,a colleague")
    monkeypatch.setenv("ENGAGEMENT_PSEUDONYM_SALT", "it's salt")
    company.build(tests=True)
    assert company.differences() == []
    assert company.value("select count(*) from engagement.user_profiles") == 2
    assert holding(company, ANN, ALIAS) == []
    monkeypatch.delenv("ENGAGEMENT_PSEUDONYM_SALT")
    company.build()
    assert company.value("select max(user_id) from engagement.user_profiles") == ANN


def test_files_with_persons_are_for_their_owner_only(company: Company) -> None:
    write(company, 6)
    company.build()
    company.publish()
    out = company.folder / "out"
    assert engagement("export", "user_scores", "--out", out, *options(company)[2:4]).status == 0
    assert (out / "user_scores.csv").stat().st_mode & 0o077 == 0
    assert engagement("erase", "user", ANN, "--database", company.database).status == 0
    assert company.working_file.stat().st_mode & 0o077 == 0
    assert company.database.stat().st_mode & 0o044 == 0o044


def test_a_late_day_of_an_erased_person_is_read_again(company: Company) -> None:
    """Its rows keep the id that stands for the person, and are not counted twice."""
    write(company, 18)
    company.build()
    company.publish()
    assert engagement("erase", "user", ANN, "--database", company.database).status == 0
    company.build(read_again=(date(2026, 5, 1), date(2026, 5, 10)))
    assert company.differences() == []


def test_what_a_build_that_died_left_in_the_log_of_the_file_is_erased_too(company: Company) -> None:
    write(company, 6)
    company.build()
    company.publish()
    code = (
        "import duckdb, os, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "made = 'create table engagement_internal.left_behind as select ? as who'\n"
        "connection.execute(made, [sys.argv[2]])\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, company.working_file, ANN], check=True)
    log = Path(f"{company.working_file}.wal")
    assert ANN.encode() in log.read_bytes()
    assert engagement("erase", "user", ANN, "--database", company.database).status == 0
    assert holding(company, ANN) == []
    assert not log.exists()
    assert company.value("select count(*) from engagement_internal.left_behind") == 1
