# Two commands are enough: make demo, make test. Each does all the set-up it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WAREHOUSES := $(VENV)-warehouses
NEXT_DBT := $(VENV)-dbt-1.12
READY := $(VENV)/.ready
DEMO := .demo
EVENTS ?= 10_000_000
REPEAT ?= 3
CRASHES ?= 300

# What has a target of its own: each vendor's tables, pages in a real browser, and a cluster of Spark.
TESTS := python/tests
OF_SOURCES := $(wildcard $(TESTS)/test_sources_*.py $(TESTS)/engines/test_*sources*.py $(TESTS)/engines/test_*vendors*.py)
OF_BROWSERS := $(wildcard $(TESTS)/test_*_in_browser.py)
OF_SPARK := $(TESTS)/engines/test_spark.py
IN_TWO := --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 30

.PHONY: help setup engines demo test test-sources test-browsers test-postgres test-spark test-engines test-crashes test-warehouses test-dbt-1.12 lint cli-reference release bench lock clean

help:
	@echo "make demo    simulate a company, build, validate and show its scores, as a page, too"
	@echo "make test    every test but those below, on DuckDB and PostgreSQL (make test-postgres: those alone)"
	@echo "make test-sources     each vendor's tables, as files and on PostgreSQL"
	@echo "make test-browsers    the dashboard in Chromium"
	@echo "make test-spark       a small company on a cluster of Spark"
	@echo "make test-engines     whole companies on every engine, compared with DuckDB"
	@echo "make test-crashes     builds killed, frozen and starved at random moments (CRASHES=300)"
	@echo "make test-warehouses  what can be proven of Snowflake, BigQuery, Redshift and Databricks without them"
	@echo "make test-dbt-1.12    the core on the next dbt"
	@echo "make lint    ruff, mypy, tsc, sqlfluff, bandit, and known vulnerabilities of what is installed"
	@echo "make cli-reference    docs/cli.md from the help of the command"
	@echo "make setup   .venv with the engagement command"
	@echo "make release dist/, built and tried in an empty environment (REHEARSE=1 before it is dated)"
	@echo "make bench   what a build costs (EVENTS=10_000_000 REPEAT=3)"
	@echo "make lock    requirements.txt from requirements.in"
	@echo "make clean   remove all that the others made"

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

engines: setup $(VENV)/.engines

$(VENV)/.engines: requirements-engines.txt scripts/install-postgres scripts/install-chromium
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-engines.txt
	scripts/install-postgres
	scripts/install-chromium
	touch $@

demo: setup
	test -f $(DEMO)/company/_simulation.json || $(BIN)/engagement simulate --out $(DEMO)/company
	$(BIN)/engagement build --data $(DEMO)/company --database $(DEMO)/scores.duckdb
	$(BIN)/engagement validate --data $(DEMO)/company --database $(DEMO)/scores.duckdb
	$(BIN)/engagement show --database $(DEMO)/scores.duckdb
	$(BIN)/engagement dashboard --database $(DEMO)/scores.duckdb --out $(DEMO)/dashboard.html

test: engines
	$(BIN)/pytest $(IN_TWO) $(addprefix --ignore=,$(OF_SOURCES) $(OF_BROWSERS) $(OF_SPARK))

test-sources: engines
	$(BIN)/pytest $(IN_TWO) $(OF_SOURCES)

test-browsers: engines
	$(BIN)/pytest $(OF_BROWSERS)

test-postgres: engines
	$(BIN)/pytest python/tests/engines/test_postgres.py

test-spark: engines
	$(BIN)/pytest $(OF_SPARK)

test-engines: engines
	WHOLE_COMPANIES=1 $(BIN)/pytest python/tests/engines

test-crashes: engines
	cd python/tests && TABLES=all ../../$(BIN)/pytest test_publication.py -k failing_test
	cd python/tests && ../../$(BIN)/python -m crashes duckdb --rounds $(CRASHES)
	cd python/tests && ../../$(BIN)/python -m crashes postgres --rounds $(CRASHES)

test-warehouses: $(WAREHOUSES)/.ready
	PYTHONPATH=python $(WAREHOUSES)/bin/python -m pytest python/tests/warehouses

# dbt runs without a parser that it asks for, and that no package index has.
test-dbt-1.12: $(NEXT_DBT)/.ready
	PYTHONPATH=python $(NEXT_DBT)/bin/python -m pytest \
		python/tests/test_golden_numbers.py python/tests/test_simulated_company.py python/tests/test_nightly_runs.py

# All there is is in the file, with its version: nothing is to be resolved.
$(WAREHOUSES)/.ready $(NEXT_DBT)/.ready: $(VENV)-%/.ready: requirements-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

lint: setup
	$(BIN)/ruff check python bench scripts
	$(BIN)/ruff format --check python bench scripts
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar models tests analyses
	scripts/check-javascript
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive python/engagement scripts bench
	$(BIN)/python scripts/audit.py

cli-reference: setup
	$(BIN)/python scripts/cli_reference.py

release: setup
	$(BIN)/python scripts/release.py $(if $(REHEARSE),--rehearse)

bench: setup
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	$(BIN)/python bench/bench.py --events $(EVENTS) --repeat $(REPEAT)

COMPILE = $(VENV)-lock/bin/uv pip compile --quiet --python-version 3.11 --universal --no-strip-extras \
	--generate-hashes --no-emit-index-url --custom-compile-command 'make lock'

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-engines.in --constraints requirements.txt --output-file requirements-engines.txt
	$(COMPILE) requirements-dbt-1.12.in --overrides requirements-dbt-1.12.left-out --output-file requirements-dbt-1.12.txt
	$(COMPILE) requirements-warehouses.in --output-file requirements-warehouses.txt
	$(COMPILE) bench/requirements.in --output-file bench/requirements.txt
	rm -r $(VENV)-lock

clean:
	rm -rf dist $(VENV) $(VENV)-lock $(WAREHOUSES) $(NEXT_DBT) $(DEMO) bench/.work target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
