# tenantcrm: `make up` to use it, `make test` and `make check` to work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=
WORKERS ?= 3

# uv reads the same hash-pinned file several times faster than pip; pip stays as the fallback.
install = ($(PIP) install -q --require-hashes -r requirements-uv.lock \
  && $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r $(1)) \
  || $(PIP) install --require-hashes -r $(1)

.PHONY: up test check bench screenshots crash lock clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("tenantcrm needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing tenantcrm into $(VENV) (once, about a minute) ..."
	$(call install,requirements.lock)
	$(PIP) install --no-deps --no-build-isolation -q -e .
	@$(BIN)/python -m compileall -q src migrations
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the tools for tests and checks into $(VENV) ..."
	$(call install,requirements-dev.lock)
	@touch $@

up: $(VENV)/.runtime
	@exec $(BIN)/tenantcrm up $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -m compileall -q src migrations
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports
	$(BIN)/python -m pip check --disable-pip-version-check
	@$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock --timeout 5 --progress-spinner off >/dev/null 2>&1 \
	  && echo "dependency audit: no known vulnerability" \
	  || echo "dependency audit: not done, or with findings; see $(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock"

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.gallery $(ARGS)

crash: $(VENV)/.dev
	$(BIN)/python -m tests.crash $(ARGS)

lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	grep -A 99 '^uv==' requirements-dev.lock | awk 'NR > 1 && !/^    --hash/ {exit} {print}' > requirements-uv.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock

clean:
	rm -rf $(VENV) .tenantcrm build dist .mypy_cache .ruff_cache .pytest_cache
