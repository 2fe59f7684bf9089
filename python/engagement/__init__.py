"""Product engagement: runs, validates and shows what the dbt project computes."""
