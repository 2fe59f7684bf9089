-- A reason for which many of the rows read are rejected is mostly a fault of a loader or of a mapping. Above
-- max_rejected_share the build stops.
{{ config(severity='warn') }}

{{ rejected_shares_above(var('warn_rejected_share')) }}
