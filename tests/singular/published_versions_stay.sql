-- A new weight is a new version's row: then the scores of earlier dates stay as they were published.
{{ config(severity='warn') }}

select
    'the version ' || edited_versions || ' has been edited after its scores were published, and past scores'
    || ' are made anew: undo it, and add a row to scoring_versions.csv with the new weights; while nobody'
    || ' uses the scores yet, delete the database and build again' as warning
from {{ ref('int_run') }}
where edited_versions is not null
