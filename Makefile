# `make demo` shows the product with an invented company; `make test` runs the whole suite.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PEOPLE ?= 2000
DAYS ?= 60
PORT ?= 8000
FUZZ_SECONDS ?= 60
export FUZZ_SECONDS
KILLS ?= 200

.DEFAULT_GOAL := help
.PHONY: help install demo demo-data test check lint format types contracts bench faults log-faults lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/installed ## make .venv with what is locked

.venv/installed: requirements/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

demo: demo-data ## invent a company, rank it, serve it
	$(MANAGE) launch --port $(PORT)

demo-data: install ## all that demo does but serving
	$(MANAGE) demo --people $(PEOPLE) --days $(DAYS)

test: install check ## every check and every test, on SQLite and on what answers on loopback
	$(BIN)/python -m tests.run

check: lint types contracts ## lint, types, contracts, migrations, schema

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint apps --lint --check --quiet

types: install
	$(BIN)/mypy

contracts: install
	$(BIN)/lint-imports

format: install ## put code and templates in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint apps --reformat --quiet || true

bench: install ## ratios measured in one run, against the targets
	$(BIN)/python -m tests.bench

faults: install ## kill everything at random over a replayed month, compare with the truth
	$(BIN)/python -m tests.faults --kills $(KILLS)

log-faults: install ## kill the log's sequencers at random, compare the tree with that of a clean run
	$(BIN)/python -m tests.faults.log --kills $(KILLS)

fuzz: install ## damaged input for every reader of usage, FUZZ_SECONDS (60) each
	$(BIN)/python -m tests.fuzz

lock: install ## compile the requirements anew, with hashes
	cd requirements && for each in base production dev; do \
		../$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header $$each.in -o $$each.txt; done

screenshots: install ## pictures of a running demo for docs/images
	$(BIN)/python -m tests.browser.screenshots var/demo.json docs/images

clean: ## remove what was installed and generated, but not var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis static
