{#- What a run knows of the one before, and where it has to start over (docs/incremental.md). -#}

{#- Where a model or seed of this project is stored. -#}
{% macro project_relation(name, kind='model') -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set package = seed_package(name) if kind == 'seed' else 'product_engagement' -%}
    {%- set node = graph.nodes[kind ~ '.' ~ package ~ '.' ~ name] -%}
    {{ return(api.Relation.create(node.database, node.schema, node.alias)) }}
{%- endmacro %}


{#- A model of this project as a relation, wherever it is asked for; none where it has not been built, or is
    disabled. -#}
{% macro built_relation(name) -%}
    {%- set node = graph.nodes['model.product_engagement.' ~ name] if execute else none -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) if node else none) }}
{%- endmacro %}


{#- The row of int_run as the last run left it: {run_id, watermark, next_watermark, read_before,
    read_until, reading, configuration}; {} before the first, and with --full-refresh. While int_run itself is built that is the run before. -#}
{% macro last_run() -%}
    {%- set relation = built_relation('int_run') -%}
    {%- if not is_building() or flags.FULL_REFRESH or not relation -%}{{ return({}) }}{%- endif -%}
    {{ return(first_row(
        'select run_id, watermark, next_watermark, read_before, read_until, reading, configuration from ' ~ relation
    )) }}
{%- endmacro %}


{#- What the last finished run published: {as_of}; {} where none did. Stops a run whose as_of lies before it.
    run_id: that of the last run that started. -#}
{% macro last_finished_run(run_id) -%}
    {%- set history = built_relation('run_history') -%}
    {%- if not is_building() or flags.FULL_REFRESH or 'status' not in (columns_of(history) if history else {}) -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set ended = ' from ' ~ history ~ " where status in ('published', 'unpublished')" -%}
    {%- set latest = run_query(
        'select max(as_of)' ~ ended ~ ' and started_at = (select max(started_at)' ~ ended ~ ')'
    ).columns[0].values()[0] -%}
    {%- set wanted = env_var('ENGAGEMENT_AS_OF', '') or var('as_of') -%}
    {%- if wanted and latest and wanted | string < latest | string -%}
        {{ exceptions.raise_compiler_error(
            'as_of ' ~ wanted ~ ' lies before that of the last build, ' ~ latest ~ ': build into another schema, or'
            ~ ' rebuild this one with --full-refresh.'
        ) }}
    {%- endif -%}
    {{ return(first_row(
        'select as_of from ' ~ history ~ " where run_id = '" ~ run_id ~ "' and is_complete"
    )) }}
{%- endmacro %}


{#- The scoring versions and a hash of what each of them says, {version: hash}: its parameters and weights. -#}
{% macro version_hashes() -%}
    {%- if not is_building() -%}{{ return({}) }}{%- endif -%}
    {%- set parameters = [
        'window_days', 'winsor_percentile', 'curvature', 'half_life_days', 'min_population', 'normalize_by', 'calibration',
    ] -%}
    {%- set weights = joined_text(
        text_of(['event_name', 'weight', 'daily_cap', 'counts_as_active']), in_byte_order('event_name')
    ) -%}
    {%- set hashes = {} -%}
    {%- for version, content in run_query(
        'select versions.version, ' ~ text_of(parameters) ~ " || coalesce(weighted.weights, '') from "
        ~ seed('scoring_versions') ~ ' as versions left join (select version, ' ~ weights ~ ' as weights from '
        ~ seed('event_weights') ~ ' group by version) as weighted on versions.version = weighted.version'
    ).rows -%}
        {%- do hashes.update({version: local_md5(content)}) -%}
    {%- endfor -%}
    {{ return(hashes) }}
{%- endmacro %}


{#- The versions that say something else than in the run before, and under which scores have been published. -#}
{% macro edited_versions(hashes) -%}
    {%- set edited, last, published = [], built_relation('int_run'), built_relation('published_scores') -%}
    {%- if is_building() and last and published -%}
        {%- set before = fromjson(first_row('select * from ' ~ last).version_hashes or '{}') -%}
        {%- for version, hash in hashes.items()
            if before.get(version, hash) != hash
            and run_query(
                'select 1 from ' ~ published ~ ' where version = ' ~ quoted(version) ~ ' limit 1'
            ).rows -%}
            {%- do edited.append(version) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(edited) }}
{%- endmacro %}


{#- md5 of all that decides how a source row is read: the input, the vars and seeds of reading, the models and macros
    that read. -#}
{% macro reading_fingerprint() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set parts = [
        env_var('ENGAGEMENT_DATA', ''), env_var('ENGAGEMENT_INPUT_DATABASE', ''), reading_macros_fingerprint(),
        env_var('ENGAGEMENT_PSEUDONYM_SALT', ''),
    ] -%}
    {%- for name in [
        'timezone', 'clock_skew_minutes', 'earliest_event_date', 'loaded_before', 'reference_time',
        'input_database', 'input_schema', 'input_tables', 'input_columns', 'input_models', 'sources', 'source_schemas',
        'source_tables', 'source_events_kept',
        'snowplow_account_field', 'snowplow_app_ids_left_out', 'snowplow_bots_kept',
        'ga4_account_key', 'ga4_traffic_left_out',
        'amplitude_group_type', 'amplitude_projects', 'mixpanel_group_key', 'mixpanel_project_timezone',
        'posthog_group_type', 'posthog_group_index', 'posthog_static_ids', 'pendo_event_tables',
    ] -%}
        {%- do parts.append(name ~ '=' ~ var(name)) -%}
    {%- endfor -%}
    {%- for name in [
        'stg_events', 'int_source_rows_read', 'int_suspect_events', 'int_rejected_source_rows', 'int_rejected_events',
        'int_daily_event_counts',
    ] -%}
        {%- do parts.append(graph.nodes['model.product_engagement.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {%- for name in source_models('events') -%}
        {%- do parts.append(graph.nodes['model.product_engagement.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {%- for name in ['derived_events', 'actor_rules'] -%}
        {%- do parts.append(graph.nodes['seed.' ~ seed_package(name) ~ '.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {%- if 'pendo' in var('sources') -%}{%- do parts.append(pendo_names_fingerprint()) -%}{%- endif -%}
    {%- for name in var('input_models').values() -%}
        {%- do parts.append(graph.nodes['model.' ~ project_name ~ '.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('|'))) }}
{%- endmacro %}


{#- md5 of all else that decides a number: the seeds (aside from who is excluded and which domains name no account,
    which are followed by themselves, and the rules of signals, which every run applies anew), the other vars, the
    models, the macros. -#}
{% macro configuration_fingerprint() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set parts = [] -%}
    {%- for name in [
        'score_history_days', 'first_score_date', 'active_window_days', 'trend_score_change', 'min_trend_points',
        'established_after_days', 'segment_attributes', 'scored_actors', 'accounts_from_email_domains',
    ] -%}
        {%- do parts.append(name ~ '=' ~ var(name)) -%}
    {%- endfor -%}
    {%- do parts.append(formulas_fingerprint()) -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ('model', 'seed')
        and node.package_name == (seed_package(node.name) if node.resource_type == 'seed' else 'product_engagement')
        and node.name not in ('excluded_users', 'excluded_accounts', 'free_mail_domains', 'signal_rules') -%}
        {%- do parts.append(node.name ~ '=' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('|'))) }}
{%- endmacro %}


{#- The first incremental model that is not there though it should be; none if all are. -#}
{% macro missing_model() -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- for node in graph.nodes.values()
        if node.package_name == 'product_engagement'
        and node.resource_type == 'model'
        and node.config.materialized == 'incremental'
        and not built_relation(node.name) -%}
        {{ return(node.name) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}


{#- Whether a run reads every source row again rather than the touched days. -#}
{% macro reads_everything() -%}
    {{ return(_asked_of('int_run', 'reads_everything')) }}
{%- endmacro %}


{#- Whether a run computes every table anew from the daily counts, whatever has changed. -#}
{% macro starts_over() -%}
    {{ return(_asked_of('int_restatement', 'starts_over')) }}
{%- endmacro %}

{% macro _asked_of(model, flag) -%}
    {%- set relation = built_relation(model) -%}
    {%- if not is_building() or not relation -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query('select ' ~ flag ~ ' from ' ~ relation).columns[0].values()[0]) }}
{%- endmacro %}


{#- dbt's own macro of this name, for the models of this project: an incremental model is also made anew when
    the run reads everything (those that hold what was read) or starts over (all others). -#}
{% macro should_full_refresh() -%}
    {%- set configured = config.get('full_refresh') -%}
    {%- if configured is not none -%}{{ return(configured) }}{%- endif -%}
    {%- if flags.FULL_REFRESH -%}{{ return(true) }}{%- endif -%}
    {%- if config.get('materialized') != 'incremental' -%}{{ return(false) }}{%- endif -%}
    {%- if config.get('meta', {}).get('reads_source') -%}{{ return(reads_everything()) }}{%- endif -%}
    {{ return(starts_over()) }}
{%- endmacro %}


{#- The row of int_run of this run; before anything is built, that of a first one. -#}
{% macro this_run() -%}
    {%- set relation = built_relation('int_run') -%}
    {%- if not is_building() or not relation -%}
        {{ return({'watermark': none, 'reads_everything': true, 'starts_over': true, 'follows_publication': false}) }}
    {%- endif -%}
    {{ return(first_row('select * from ' ~ relation)) }}
{%- endmacro %}


{#- The models of this project that this run does not run (--select, --exclude). -#}
{% macro left_out_models() -%}
    {%- set left_out = [] -%}
    {%- for id, node in graph.nodes.items()
        if node.resource_type == 'model' and node.package_name == 'product_engagement' and id not in selected_resources -%}
        {%- do left_out.append(node.name) -%}
    {%- endfor -%}
    {{ return(left_out) }}
{%- endmacro %}

{#- Whether this run runs every model of this project. -#}
{% macro runs_every_model() -%}
    {{ return(execute and not left_out_models()) }}
{%- endmacro %}


{#- Before anything runs: a run of some intermediate models only would use up what the next whole run must know, so
    that one is told to start over. -#}
{% macro mark_partial_run() -%}
    {%- if is_building() and left_out_models() and built_relation('int_run') -%}
        {%- set stepped_on = [] -%}
        {%- for id in selected_resources if id.startswith('model.product_engagement.int_') -%}
            {%- do stepped_on.append(id) -%}
        {%- endfor -%}
        {%- if stepped_on -%}
            {%- do set_text(built_relation('int_run'), 'configuration', 'some models ran by themselves') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
