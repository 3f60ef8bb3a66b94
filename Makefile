# make run, make test: the two commands of the README. Needs Python 3.11 or newer and make.

PORT ?= 8000
# The first Python on the machine that is new enough; `make PYTHON=… run` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --durations 12
PYTEST_FULL = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --timeout 1800 --durations 12
SERVERS = $(BIN)/python -m tests.servers

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test test-full test-postgresql test-sqlite lint lock clean

run: .venv/product-installed
	@exec $(BIN)/python manage.py up --port $(PORT)

test: lint test-postgresql test-sqlite

test-postgresql: .venv/tests-installed
	$(SERVERS) -- $(PYTEST) -m "not full"

test-sqlite: .venv/tests-installed
	$(SERVERS) --sqlite -- $(PYTEST) -m "not full and not browser and not once"

# Kill and fault runs, long random runs, accessibility of every page. No such test: nothing to do.
test-full: .venv/tests-installed
	$(SERVERS) -- $(PYTEST_FULL) -m full || [ $$? -eq 5 ]
	$(SERVERS) --sqlite -- $(PYTEST_FULL) -m "full and not browser and not once" || [ $$? -eq 5 ]

lint: .venv/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(SERVERS) --sqlite -- $(BIN)/python manage.py makemigrations --check --dry-run

# After a change of requirements.in: pin everything anew, with hashes.
lock: .venv/tests-installed
	$(BIN)/uv pip compile $(LOCK) requirements.in -o requirements.txt
	cd tests && ../$(BIN)/uv pip compile $(LOCK) requirements.in -o requirements.txt
LOCK = --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-header \
	--no-emit-index-url --no-emit-find-links

clean:
	rm -rf .venv staticfiles

# A stamp is made only after everything before it succeeded, so an interrupted set-up starts again.
.venv/made:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is needed (Debian: python3-venv)."; exit 1; }
	@touch $@

.venv/product-installed: requirements.txt .venv/made
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.venv/tests-installed: tests/requirements.txt .venv/product-installed
	$(BIN)/pip install --quiet --require-hashes -r tests/requirements.txt
	@touch $@
