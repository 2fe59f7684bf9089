"""Accounts and users: the rows of their tables, and all that the page of one account shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engagement.dashboard import formats
from engagement.dashboard.bands import Bands
from engagement.dashboard.reading import Tables, by_account
from engagement.explain import Explanation
from engagement.tables import Row

#: Sundays in the line of a table, and in the strip of an account's page.
LINE_WEEKS, STRIP_WEEKS = 13, 26
FEATURE_STATES = ("unavailable", "not_used", "used_before", "used")

Values = dict[str, Any]


@dataclass(frozen=True)
class Accounts:
    """The accounts in the order of their priority: rows of the table, and details beside them.

    weeks: the days that the strips show.
    """

    rows: list[Values]
    details: list[Values]
    weeks: list[date]
    features: list[str]
    milestones: list[str]

    def named(self, account_id: str) -> Values | None:
        """The row of an account."""
        return next((row for row in self.rows if row["id"] == account_id), None)


def accounts(tables: Tables, changes: Mapping[str, Explanation], bands: Bands) -> Accounts:
    """Everything about the accounts. changes: why the score of each has moved."""
    weeks = _weeks(tables)
    scores = dict(by_account(tables["account_weeks"]))
    parts = dict(by_account(tables["account_parts"]))
    signals = dict(by_account(tables["signals"]))
    features = sorted({r["name"] for r in tables["account_parts"] if r["part"] == "feature"})
    milestones = list(
        dict.fromkeys(
            row["milestone"] for row in tables["onboarding"] if row["entity_type"] == "account"
        )
    )
    before = _published_before(tables)
    rows, details = [], []
    for profile in tables["accounts"]:
        account_id = profile["account_id"]
        by_day = {row["score_date"]: row["score"] for row in scores.get(account_id, [])}
        strip = _strip(by_day, weeks, profile)
        rows.append(_row(profile, bands, strip))
        details.append(
            {
                **_facts(profile),
                "weeks": strip,
                **_change(changes.get(account_id)),
                **_parts(parts.get(account_id, []), features, milestones),
                "signals": [_signal(row, before) for row in signals.get(account_id, [])],
            }
        )
    return Accounts(rows, details, weeks, features, milestones)


def users(tables: Tables, bands: Bands) -> list[Values]:
    """The rows of the table of users, the highest score first."""
    names = {row["account_id"]: row["name"] or row["account_id"] for row in tables["accounts"]}
    return [
        {
            "id": row["account_id"],
            "user": row["user_id"],
            "name": names.get(row["account_id"]),
            "role": row["role"],
            "score": tenth(row["score"]),
            "band": row["band"],
            "band_step": bands.step(row["band"]),
            "change": tenth(row["score_change"]),
            "days": int(row["active_days"]),
            "features": _share(row["features_used"], row["features_available"]),
            "next": row["next_milestone"],
            "seen": row["last_seen_on"],
        }
        for row in tables["users"]
    ]


def _weeks(tables: Tables) -> list[date]:
    """The Sundays that are scored, and the latest date; the earliest first."""
    latest = tables.publication.as_of
    if latest is None:
        return []
    last = latest - timedelta(days=(latest.weekday() + 1) % 7)
    sundays = [last - timedelta(weeks=week) for week in reversed(range(STRIP_WEEKS))]
    known = {row["score_date"] for row in tables["product"]}
    first = min(known, default=latest)
    shown = [day for day in sundays if day >= first]
    return shown if latest in shown else [*shown, latest]


def _strip(by_day: Mapping[date, float], weeks: list[date], profile: Row) -> list[float | None]:
    """The score of each week: 0 without points, none before the account was there."""
    started = min(filter(None, (profile["signup_on"], min(by_day, default=None))), default=None)
    scores = {**by_day, weeks[-1]: profile["score"]} if weeks else by_day
    return [tenth(scores.get(day, 0 if started and day >= started else None)) for day in weeks]


def _row(profile: Row, bands: Bands, strip: list[float | None]) -> Values:
    return {
        "id": profile["account_id"],
        "name": profile["name"] or profile["account_id"],
        "owner": profile["owner"],
        "plan": profile["plan"],
        "mrr": None if profile["mrr"] is None else round(float(profile["mrr"])),
        "score": tenth(profile["score"]),
        "band": profile["band"],
        "band_step": bands.step(profile["band"]),
        "change": tenth(profile["score_change"]),
        "line": strip[-LINE_WEEKS - 1 :],
        "signal": _top_signal(profile),
        "severity": profile["top_severity"],
        "signals": profile["signals"],
        "priority": _whole(profile["priority_rank"]),
        "risk": _whole(profile["risk_rank"]),
        "users": int(profile["active_users"] or 0),
        "seen": profile["last_seen_on"],
        "status": profile["status"],
        "lost": profile["lost_on"],
        "here": "with us" if profile["lost_on"] is None else "left",
    }


def _top_signal(profile: Row) -> str | None:
    """The most severe signal, and that it is a user's if it is."""
    signal = profile["top_signal"]
    return f"{signal} (a user)" if signal and profile["top_user_id"] else signal


def _facts(profile: Row) -> Values:
    """What the page of an account says besides its row."""
    probability = profile["probability"]
    return {
        "signup": profile["signup_on"],
        "trial_ends": profile["trial_ends_on"],
        "renews": profile["renews_on"],
        "industry": profile["industry"],
        "parent": profile["parent_account_id"],
        "seats": _whole(profile["seats"]),
        "members": _whole(profile["members"]),
        "champion": profile["champion_user_id"],
        "champion_share": _hundredth(profile["champion_concentration"]),
        "top": profile["top_signal"],
        "sentence": profile["top_sentence"],
        "user": profile["top_user_id"],
        "due": profile["next_due_on"],
        "overdue": _whole(profile["overdue_signals"]) or 0,
        "open": _whole(profile["open_signals"]) or 0,
        "action": profile["top_action_state"],
        "customers": _whole(profile["customers"]),
        "horizon": _whole(profile["horizon_days"]),
        "probability": _hundredth(probability),
        "reasons": profile["reasons"],
        "peers": _whole(profile["peers"]),
        "peer_rank": _hundredth(profile["peer_percentile_rank"]),
        "target": _target(profile),
        "published_on": profile["published_on"],
        "published_score": tenth(profile["published_score"]),
    }


def _target(profile: Row) -> str:
    """What would bring the account to the next band."""
    if profile["lost_on"] is not None:
        return f"It left on {formats.day(profile['lost_on'])}."
    if profile["target_status"] is None:
        highest = profile["rank"] is not None
        return "It is in the highest band." if highest else "It has had no points in two windows."
    band = f"{profile['target_band']} (from {float(profile['target_min_score']):g})"
    if profile["target_status"] == "reachable":
        return f"To {band}: {profile['steps']}."
    return f"To {band}: more than events of its own kinds can give in one window."


def _change(explained: Explanation | None) -> Values:
    """The parts that add up to the change of its score."""
    if explained is None:
        return {"before": None, "before_on": None, "parts": [], "why": None, "tracking": None}
    return {
        "before": tenth(explained.previous_score),
        "before_on": explained.previous_date,
        "parts": [[part.what, round(part.change, 1)] for part in explained.parts],
        "why": explained.sentence(),
        "tracking": explained.tracking,
    }


def _parts(rows: list[Row], features: list[str], milestones: list[str]) -> Values:
    """Roles, the state of each feature, and the day of each milestone."""
    by_name = {(row["part"], row["name"]): row for row in rows}
    states = [by_name.get(("feature", name)) for name in features]
    steps = [by_name.get(("milestone", name)) for name in milestones]
    roles = [row for row in rows if row["part"] == "role"]
    return {
        "roles": [
            [row["name"], int(row["users"]), tenth(row["score"])]
            for row in sorted(roles, key=lambda row: (-int(row["users"]), row["name"] or ""))
        ],
        "features": "".join(
            str(FEATURE_STATES.index(row["state"]) if row else 0) for row in states
        ),
        "milestones": "".join(str(int(bool(row and row["state"] == "reached"))) for row in steps),
        "milestones_on": [row and row["since"] for row in steps],
    }


def _published_before(tables: Tables) -> date | None:
    """The last day that counted in the publication before this one."""
    published = {row["as_of"] for row in tables["runs"] if row["status"] == "published"}
    return max(published - {tables.publication.as_of, None}, default=None)


def _signal(row: Row, before: date | None) -> Values:
    return {
        "signal": row["signal"],
        "kind": row["kind"],
        "severity": row["severity"],
        "user": row["entity_id"] if row["entity_type"] == "user" else None,
        "opened": row["opened_on"],
        "closed": None if row["is_open"] else row["closed_on"],
        "due": row["due_on"],
        "overdue": bool(row["is_overdue"]),
        "new": before is not None and row["opened_on"] > before,
        "sentence": row["sentence"],
        "state": row["action_state"],
        "acted": row["action_on"],
        "by": row["action_by"],
        "dismissed": bool(row["is_dismissed"]),
    }


def tenth(value: float | None) -> float | None:
    """As it is shown, to a tenth."""
    return None if value is None else round(float(value), 1) or 0.0


def _hundredth(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _share(part: float | None, whole: float | None) -> float | None:
    """A rate, to the percent."""
    return round(float(part or 0) / float(whole), 2) if whole else None
