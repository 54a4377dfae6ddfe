# `make` alone says what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
READY := .venv/ready

# The environment holds the path of its checkout and leans on an interpreter: it is made anew where either has moved.
ifneq "$(shell cat $(READY) 2>/dev/null) $(wildcard $(PY))" "$(CURDIR) $(PY)"
.PHONY: $(READY)
endif

.PHONY: help demo test check up down bench faults

help:
	@echo 'Nightshift scores every night the transactions that reached a warehouse since the night before.'
	@echo
	@echo '  make demo            set-up and the main job: data, warm-up nights, Airflow with its UI; at most 10 minutes'
	@echo '  make demo DATA=DIR   the same with your transactions and labels (Parquet or CSV of the source contract)'
	@echo '  make up | make down  start or stop Airflow with its UI (and the embedded PostgreSQL, where that is the warehouse)'
	@echo '  make test            set-up and every test, by two processes, against a real PostgreSQL, Airflow and browser; ARGS="-k seal" picks some'
	@echo '  make check           the quick part: style, types, imports, tests of a few seconds'
	@echo '  make bench           everything measured beside what people use today, onto bench/RESULTS.md; ARGS=--quick: small'
	@echo '  make faults          nights disturbed, their data ruined, their commands raced, over 1,000 times, some two hours; TRIALS=50 SEED=7 JOBS=4 JSON=FILE'
	@echo
	@echo 'Each of them makes .venv from requirements.lock first, where it is missing or old (python3 3.11 to 3.13 with venv is all it needs).'

$(READY): requirements.lock setup.cfg ops/uv.txt ops/bootstrap.sh
	@bash ops/bootstrap.sh $@

demo: $(READY)
	@$(PY) -m ops.demo $(if $(DATA),--data "$(DATA)")

up: $(READY)
	@$(PY) -m ops.stay up

down:
	@if [ -x $(PY) ]; then $(PY) -m ops.stay down; else echo 'nothing was running: there is no .venv yet'; fi

test: $(READY)
	@$(PY) -u -m pytest --numprocesses=2 --dist=loadscope --no-loadscope-reorder $(ARGS)

check: $(READY)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -u -m pytest -m 'not slow and not airflow' $(ARGS)

bench: $(READY)
	@$(PY) bench/results.py $(ARGS)

faults: $(READY)
	@$(PY) -m tests.faults $(if $(TRIALS),--trials $(TRIALS)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json "$(JSON)") $(if $(JOBS),--jobs $(JOBS))
