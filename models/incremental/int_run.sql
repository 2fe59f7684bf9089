-- One row: this run, its watermark, and why it starts over, if it does. Rows loaded since the
-- watermark are new; a run that does not finish leaves the watermark where it was.
-- depends_on: {{ ref('config_check') }}, {{ seed('scoring_versions') }}, {{ seed('event_weights') }}

{% set last = last_run() -%}
{% set finished = last_finished_run(last.run_id) if last else {} -%}
{% set watermark = (last.next_watermark if finished else last.watermark) if last else none -%}
{% set read_before = (last.read_until if finished else last.read_before) if last else none -%}
{% set publication = built_relation('publication') if last else none -%}
{% set published_run = first_row('select run_id from ' ~ publication).run_id if publication else '' -%}
{% set hashes = version_hashes() -%}
{% set reading, configuration = reading_fingerprint(), configuration_fingerprint() -%}

{% set reference = reference_time() -%}
{% do refuse_unfinished_as_of(reference) -%}
{% set read_until = env_var('ENGAGEMENT_READ_UNTIL', '') -%}

{% set reading_reason =
    'a full refresh was asked for' if flags.FULL_REFRESH
    else 'nothing has been built yet' if not last
    else 'the last run that read everything did not finish' if not watermark
    else 'the last run did not finish, and rows may be missing' if not finished and not restates_in_one_transaction()
    else 'the input is read in another way' if last.reading != reading
    else 'what was read is missing' if not (built_relation('int_daily_event_counts') and built_relation('int_rejected_events'))
-%}
{% set reason = reading_reason or (
    'the last run did not finish, or left models out' if not finished
    else last.configuration if last.configuration.startswith('some models')
    else 'the configuration or the project has changed' if last.configuration != configuration
    else 'the table ' ~ missing_model() ~ ' is missing' if missing_model()
) -%}

with

arrivals as (
    {% if reading_reason or not is_building() -%}
    select
        loaded_at,
        occurred_at,
        event_date
    from {{ ref('stg_events') }}
    {%- else -%}
    {{ events_since(watermark, 'loaded_at, occurred_at, event_date') }}
    {%- endif %}
),

latest as (
    select
        max(coalesce(loaded_at, case when event_date is not null then occurred_at end)) as latest_at,
        cast({{ quoted(watermark) }} as {{ type_timestamp() }}) as last_watermark
    from arrivals
),

final as (
    select
        cast('{{ invocation_id }}' as {{ type_text() }}) as run_id,
        {{ run_started() }} as started_at,
        cast({{ quoted(reading) }} as {{ type_text() }}) as reading,
        cast({{ quoted(configuration) }} as {{ type_text() }}) as configuration,
        cast({{ quoted(watermark if not reading_reason) }} as {{ type_timestamp() }}) as watermark,
        least({{ run_started() }}, coalesce(
            greatest(coalesce(latest_at, last_watermark), coalesce(last_watermark, latest_at)),
            {{ run_started() }}
        )) as next_watermark,
        cast({{ quoted(tojson(hashes)) }} as {{ type_text() }}) as version_hashes,
        cast({{ quoted(edited_versions(hashes) | join(', ')) }} as {{ type_text() }}) as edited_versions,
        {{ reference }} as reference_time,
        {{ local_date(reference) }} as reference_day,
        cast({{ quoted(read_before if not reading_reason) }} as date) as read_before,
        cast({{ quoted(read_until) }} as date) as read_until,
        cast({{ quoted(finished.as_of) }} as date) as previous_as_of,
        {{ 'true' if published_run == last.run_id else 'false' }} as follows_publication,
        {{ 'true' if reading_reason else 'false' }} as reads_everything,
        {{ 'true' if reason else 'false' }} as starts_over,
        cast({{ quoted(reason) }} as {{ type_text() }}) as reason
    from latest
)

select * from final
