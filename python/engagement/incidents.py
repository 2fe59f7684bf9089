"""Events that have fallen silent, in words: tracking broke, not the customers."""

from datetime import timedelta

from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: What two default windows reach: a silence that is older no longer moves a score.
REACH = timedelta(days=56)


def open_incidents(settings: Settings) -> tuple[str, ...]:
    """A sentence for each event that is silent now, or for which signals are held back."""
    (rows,) = read(settings, analysis(settings, "incidents"))
    return tuple(_sentence(row) for row in rows if _is_open(row))


def _is_open(row: Row) -> bool:
    is_recent = row["started_on"] > row["as_of"] - REACH
    return bool((row["ended_on"] is None and is_recent) or row["signals_held_back"])


def _sentence(row: Row) -> str:
    held_back = int(row["signals_held_back"])
    signals = "signal of risk is" if held_back == 1 else "signals of risk are"
    return (
        f"{row['event_name']} fell silent on {row['started_on']} in {int(row['silent_accounts']):,}"
        f" of the {int(row['accounts']):,} accounts that used it: probably tracking, not the"
        f" customers. {held_back:,} {signals} held back."
    )
