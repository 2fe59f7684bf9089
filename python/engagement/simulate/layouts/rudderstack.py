"""RudderStack's tables in a warehouse, mostly without users: docs/sources/rudderstack.md."""

from engagement.simulate.layouts.calls import Calls

LAYOUT = Calls(
    "rudderstack", has_users=False, also={"channel": "web", "context_request_ip": "203.0.113.7"}
).layout
