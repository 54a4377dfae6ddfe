"""Measurements beside what people use today; every script here takes --quick and --json."""
