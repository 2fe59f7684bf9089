"""Vendors' layouts: the same company as a vendor's tables would have it, a module a vendor.

A layout is a way of writing and draws no random numbers. What a vendor holds is in a folder of
its name, named and shaped as the vendor exports it; what it does not hold (plans, revenue, facts)
is beside it as inputs of our own, as a company has them from its billing and CRM. A row that a
layout cannot hold, such as one without an id where the vendor makes the ids, is left out.
"""

from engagement.simulate.layouts import (
    amplitude,
    ga4,
    mixpanel,
    own,
    pendo,
    posthog,
    rudderstack,
    segment,
    snowplow,
)
from engagement.simulate.layouts.layout import Layout

#: The layout of the project's own inputs.
OWN: Layout = own.LAYOUT
#: By vendor.
LAYOUTS: dict[str, Layout] = {
    "segment": segment.LAYOUT,
    "rudderstack": rudderstack.LAYOUT,
    "snowplow": snowplow.LAYOUT,
    "amplitude": amplitude.LAYOUT,
    "mixpanel": mixpanel.LAYOUT,
    "posthog": posthog.LAYOUT,
    "pendo": pendo.LAYOUT,
    "ga4": ga4.LAYOUT,
}


def layout_of(vendor: str | None) -> Layout:
    """The layout of a vendor, or of our own inputs without one.

    Raises:
        ValueError: If no vendor is called so.
    """
    if vendor is None:
        return OWN
    if vendor not in LAYOUTS:
        raise ValueError(f"No layout is called {vendor}: name one of {', '.join(LAYOUTS)}.")
    return LAYOUTS[vendor]
