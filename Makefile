# Daypass. `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check lint types migrate run worker bench format

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

.venv/base: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Daypass needs Python 3.11 or newer.")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/demo: .venv/base requirements-demo.txt requirements-google-groups.txt requirements-saml.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-demo.txt
	@touch $@

.venv/dev: .venv/demo requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: .venv/demo  ## start the whole local world; Ctrl-C ends it
	@$(BIN)/python -m demo

demo-reset:  ## forget the local world's data
	@$(PYTHON) -m demo.reset

test: .venv/dev  ## run all tests, and say what was left out
	@$(BIN)/python -m tests

lint: .venv/dev  ## style of code and templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	! git grep -nE '^([<|>]{7}( |$$)|={7}$$)'  # what a merge leaves behind

types: .venv/dev  ## mypy --strict
	$(BIN)/mypy .

check: lint types  ## everything that CI runs: lint, types, migrations, deployment checks, tests
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check
	@$(MAKE) --no-print-directory test

format: .venv/dev  ## format code and templates
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

migrate: .venv/base  ## create or change the tables; DATABASE_URL names the role that owns them
	$(BIN)/python manage.py migrate --noinput
	$(BIN)/python manage.py createcachetable

run: .venv/base  ## the web process, from environment variables
	$(BIN)/python manage.py prepare
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	exec $(BIN)/gunicorn --config gunicorn.conf.py portal.wsgi

worker: .venv/base  ## Celery worker and beat, where CELERY_BROKER_URL names a broker
	$(BIN)/python -m portal.worker

bench: .venv/dev  ## measure issuing and the catalog against the floor
	@$(BIN)/python -m bench
