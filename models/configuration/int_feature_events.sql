-- One row per key feature and event that uses it, with the place of the feature in bit sets.

select
    feature,
    event_name,
    launched_on,
    plans,
    dense_rank() over (order by feature) - 1 as feature_index
from {{ seed('key_features') }}
