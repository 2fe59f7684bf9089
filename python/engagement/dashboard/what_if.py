"""What the page needs to score all accounts again with other weights, half-life, scale or bands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engagement.dashboard.bands import Bands
from engagement.dashboard.reading import Tables
from engagement.tables import Row


def what_if(
    tables: Tables, account_ids: Sequence[str], bands: Bands, by_day: bool
) -> dict[str, Any] | None:
    """Scored events by account and event, and the parameters in force; None: nothing to score.

    by_day: with the days, so that another half-life can be tried; else their sums, each day with
    the factor of the half-life in force.

    Returns:
        events, weights, caps and active: by event. counts: for each account a list that alternates
        the position of an event and its counts: with by_day, age in days and count in turn.
    """
    scored, calibrations = tables["scored_days"], tables["calibrations"]
    latest = tables.publication.as_of
    if not scored or not calibrations or latest is None:
        return None
    inventory = {row["event_name"]: row for row in tables["events"]}
    events = sorted({row["event_name"] for row in scored})
    events += sorted(n for n, r in inventory.items() if r["weight"] is not None and n not in events)
    first = calibrations[0]
    half_life = None if first["half_life_days"] is None else float(first["half_life_days"])
    groups = {row["account_id"]: row["normalization_group"] for row in tables["accounts"]}
    return {
        "version": first["version"],
        "window_days": int(first["window_days"]),
        "percentile": float(first["winsor_percentile"]),
        "curvature": float(first["curvature"]),
        "half_life": half_life,
        "min_population": int(first["min_population"]),
        "normalize_by": first["normalize_by"],
        "calibration": first["calibration"],
        "groups": {
            row["normalization_group"]: {
                "cap": float(row["cap"]),
                "status": row["calibration_status"],
            }
            for row in calibrations
            if row["cap"] is not None
        },
        "group": [groups.get(account_id) for account_id in account_ids],
        "events": events,
        "weights": [_float(inventory, name, "weight") or 0 for name in events],
        "caps": [_float(inventory, name, "daily_cap") for name in events],
        "active": [bool(inventory.get(name, {}).get("counts_as_active")) for name in events],
        "bands": bands.as_json()[1:],
        "by_day": by_day,
        "counts": _counts(scored, account_ids, events, latest, half_life, by_day),
    }


def _float(inventory: dict[str, Row], event: str, column: str) -> float | None:
    value = inventory.get(event, {}).get(column)
    return None if value is None else float(value)


def _counts(
    scored: Sequence[Row],
    account_ids: Sequence[str],
    events: Sequence[str],
    latest: date,
    half_life: float | None,
    by_day: bool,
) -> list[list[Any]]:
    place = {name: position for position, name in enumerate(events)}
    found: dict[str, dict[int, list[Any]]] = {account_id: {} for account_id in account_ids}
    for row in scored:
        if row["account_id"] not in found:
            continue
        days = found[row["account_id"]].setdefault(place[row["event_name"]], [])
        days += [(latest - row["event_date"]).days, int(row["scored_events"])]
    if by_day:
        return [
            [part for event, days in by_event.items() for part in (event, days)]
            for by_event in found.values()
        ]
    return [
        [part for event, days in by_event.items() for part in (event, _sum(days, half_life))]
        for by_event in found.values()
    ]


def _sum(days: Sequence[int], half_life: float | None) -> float:
    """The counts of a list of ages and counts, each with its factor."""
    total = sum(
        count * (1 if half_life is None else round(0.5 ** (age / half_life), 9))
        for age, count in zip(days[::2], days[1::2], strict=True)
    )
    return round(total, 9)
