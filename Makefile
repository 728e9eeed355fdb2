# The two commands of a newcomer are `make demo` and `make test`; `make` alone lists them all.
# Longer logic lives in .ci/ and altiplano/stack/.

.POSIX:
.SUFFIXES:

PYTHON = python3.11
CASA_VERSION = 6.7.0.31
POSTGRES_15 = /usr/lib/postgresql/15/bin
PYTEST_ARGS =
# Where SQL of our own is: what may differ between the oldest PostgreSQL that is supported and the newest.
SQL_TESTS = tests/archive tests/products tests/restores/test_leases.py tests/restores/test_queue.py \
    tests/restores/test_submit.py tests/restores/test_sweep.py

BIN = .venv/bin
CASA = .casa/$(CASA_VERSION)
RUN_READY = .venv/.run.installed
TEST_READY = .venv/.test.installed
CASA_READY = $(CASA)/.casa-$(CASA_VERSION).installed
ON_A_STACK = $(BIN)/python -m altiplano.stack exec --temporary
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11

help:
	@echo "make demo    set up, start the embedded servers, run the main job, leave the service on http://127.0.0.1:8000"
	@echo "make test    set up and run every check and test; PYTEST_ARGS='-k name' narrows them"
	@echo "make stop    end everything that was started"
	@echo "make clean   stop, and remove all that was made: environments, data, secrets"
	@echo "make lint    ruff and mypy"
	@echo "make check   Django's checks and missing migrations"
	@echo "make lock    resolve the requirements again"

demo: $(RUN_READY) $(CASA_READY)
	@$(BIN)/python manage.py demo

test: lint check $(CASA_READY)
	@.ci/debian chromium postgresql curl wget aria2 unzip bsdtar
	$(ON_A_STACK) -- pytest -n 3 $(PYTEST_ARGS)
	$(ON_A_STACK) --postgres-bin $(POSTGRES_15) -- python manage.py migrate --verbosity 0
	$(ON_A_STACK) --postgres-bin $(POSTGRES_15) -- pytest -n 3 -m "not casa and not browser and not slow" $(SQL_TESTS) $(PYTEST_ARGS)

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: $(TEST_READY)
	$(ON_A_STACK) -- .ci/check

stop:
	@$(PYTHON) -m altiplano.stack.ending

clean:
	@$(PYTHON) -m altiplano.stack.ending --remove
	rm -rf .venv .casa static-built .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(RUN_READY)
	$(COMPILE) requirements/uv.txt -o requirements/uv.lock
	$(COMPILE) requirements.txt -o requirements/run.lock
	$(COMPILE) requirements/test.txt -o requirements/test.lock
	$(COMPILE) requirements/casa-$(CASA_VERSION).txt -o requirements/casa-$(CASA_VERSION).lock

$(RUN_READY): requirements/run.lock requirements/uv.lock
	@PYTHON=$(PYTHON) .ci/install .venv run

$(TEST_READY): requirements/test.lock $(RUN_READY)
	@PYTHON=$(PYTHON) .ci/install .venv test

$(CASA_READY): requirements/casa-$(CASA_VERSION).lock $(RUN_READY)
	@PYTHON=$(PYTHON) .ci/install $(CASA) casa-$(CASA_VERSION)

.PHONY: help demo test lint check stop clean lock
