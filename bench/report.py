"""The figures of a run as a page: ratios beside their bars, seconds, what took longest."""

from collections.abc import Mapping
from typing import Any

#: The most that a ratio should be; those in FASTER should be 1 at least.
BARS = {
    "full_refresh_vs_handwritten": 1.5,
    "full_refresh_with_tests_vs_handwritten": 2.0,
    "full_refresh_of_all_tables_vs_handwritten": 2.2,
    "night_vs_handwritten_night": 1.25,
    "late_night_vs_handwritten_night": 1.5,
    "night_vs_full_refresh": 0.05,
    "late_night_vs_full_refresh": 0.15,
    "raw_late_night_vs_full_refresh": 0.35,
    "raw_merge_night_vs_full_refresh": 0.9,
    "dbt_build_vs_select_one": 1.3,
}
FASTER = ("pandas_vs_ours",)


def verdict(ratio: str, value: float | None) -> str:
    """The bar of a ratio and whether it was met; empty where it has none or was not measured."""
    if value is None:
        return ""
    if ratio in FASTER:
        return f"≥ 1: {'met' if value >= 1 else 'missed'}"
    if ratio in BARS:
        return f"≤ {BARS[ratio]}: {'met' if value <= BARS[ratio] else 'missed'}"
    return ""


def page(content: Mapping[str, Any]) -> str:
    """Markdown of what a run of the benchmark found; content: as in its JSON."""
    fixed = "subtracted" if content["fixed_cost_subtracted"] else "not subtracted"
    lines = [
        f"# {content['events']:,} events",
        "",
        f"Measured {content['measured_at']} on {content['cores']} cores with DuckDB"
        f" {content['duckdb']}; medians of {content['repeat']} (what is called first or parse: one"
        f" run); dbt's fixed cost {fixed}.",
        "",
        "| ratio | | bar |",
        "|---|---|---|",
        *(
            f"| {name} | {'' if value is None else value} | {verdict(name, value)} |"
            for name, value in content["ratios"].items()
        ),
        "",
        "| | seconds | GB of memory | MB on disk |",
        "|---|---|---|---|",
    ]
    for name, measured in content["measures"].items():
        seconds = measured["failure"] or f"{measured['seconds']:.2f}"
        memory, disk = measured["memory_bytes"] / 1e9, measured["disk_bytes"] / 1e6
        lines.append(f"| {name} | {seconds} | {memory:.1f} | {disk:.0f} |")
    for name, nodes in content["profiles"].items():
        slowest = ", ".join(f"{node} {seconds}" for node, seconds in nodes.items())
        lines += ["", f"What took longest in `{name}`, in seconds, two at a time: {slowest}."]
    return "\n".join([*lines, ""])
