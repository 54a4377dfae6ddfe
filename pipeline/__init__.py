"""Nightshift: a nightly batch scoring pipeline in which everything is as-of."""
