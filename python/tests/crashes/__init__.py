"""Builds that are broken at random moments, beside a reader (make test-crashes)."""
