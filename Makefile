# The two commands are `make demo` and `make test`; `make` alone lists the rest.
# Everything runs in .venv, made on demand with Python and pip alone.

PYTHON ?= python3
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

# An environment is right for one state of the requirements; the name of its mark says which.
BASE_SUM := $(shell cksum < requirements/base.txt | tr ' ' '-')
DEV_SUM := $(shell cksum < requirements/dev.txt | tr ' ' '-')
BASE := $(VENV)/base-$(BASE_SUM)
DEV := $(VENV)/dev-$(DEV_SUM)

.DEFAULT_GOAL := help
.PHONY: help demo run test sure verify experiment bench journal migrate openapi \
  translations screenshots lock setup clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | \
	  while IFS='|' read -r name about; do printf '  make %-12s %s\n' "$$name" "$$about"; done
	@echo '  PORT=8080 chooses the port of demo and run; NAME=… a verify, experiment or bench;'
	@echo '  SIZE=full runs a proof at the size of its goal; PYTHON=… chooses the interpreter.'

demo: $(BASE) ## the whole shop with sample data, until Ctrl-C
	@$(BIN)/python -m shop demo

run: $(BASE) ## serve what is in the database, with the settings of the environment
	@$(BIN)/python -m shop run

test: $(DEV) ## everything: rules, services, pages, architecture, browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadscope $(ARGS)

sure: $(DEV) ## what to run before pushing: format, lint, types, contracts, tests
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(MAKE) --no-print-directory test

verify: $(BASE) ## check every invariant on the running data
	@$(BIN)/python -m shop verify $(NAME)

experiment: $(DEV) ## run the counted experiment NAME; without it, list them
	@$(BIN)/python -m shop experiment $(NAME)

bench: $(DEV) ## measure the ratio NAME; without it, list them
	@$(BIN)/python -m shop bench $(NAME)

journal: $(BASE) ## write the money book for hledger, or DIALECT=beancount, into the file OUT
	@$(BIN)/python -m shop journal $(if $(DIALECT),--dialect $(DIALECT)) $(if $(OUT),--out $(OUT))

migrate: $(BASE) ## bring the schema up to date
	@$(BIN)/python -m shop migrate

openapi: $(BASE) ## write docs/openapi.json from the schemas
	@$(BIN)/python -m shop openapi

translations: $(BASE) ## bring the English catalogue in line with the pages and list what is missing
	@$(BIN)/python -m shop.translations

screenshots: $(DEV) ## take the pictures of docs/screenshots of the demo that runs on PORT
	@$(BIN)/python -m tests.browser.screenshots http://127.0.0.1:$(or $(PORT),8000) $(WHO)

lock: $(DEV) ## pin requirements/*.in with hashes; UPGRADE=1 takes newer versions
	@cd requirements && for name in base dev peer; do \
	  ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --no-header --no-emit-index-url --no-annotate $(if $(UPGRADE),--upgrade) \
	    -o $$name.txt $$name.in || exit 1; done

setup: $(DEV) ## make the environment for development
	@echo "Ready: . $(BIN)/activate"

clean: ## remove the environment and the embedded servers' data
	@rm -rf $(VENV) var

$(BASE): | $(BIN)/python
	@if [ ! -e $(DEV) ]; then echo '安装运行所需的依赖… Installing what the shop needs…'; fi
	@[ -e $(DEV) ] || $(PIP) install -q --require-hashes -r requirements/base.txt || { \
	  echo '依赖安装失败：请检查网络和磁盘空间。'; \
	  echo 'The parts could not be installed: check the network and the free disk space.'; exit 1; }
	@rm -f $(VENV)/base-* && touch $@

$(DEV): | $(BIN)/python
	@echo '安装测试所需的依赖… Installing what testing needs…'
	@$(PIP) install -q --require-hashes -r requirements/dev.txt || { \
	  echo '依赖安装失败：请检查网络和磁盘空间。'; \
	  echo 'The parts could not be installed: check the network and the free disk space.'; exit 1; }
	@rm -f $(VENV)/dev-* $(VENV)/base-* && touch $@ $(BASE)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo '需要 Python 3.11 或更高版本。Python 3.11 or newer is needed.'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo '需要 Python 3.11 或更高版本：make PYTHON=python3.12 …'; \
	  echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '缺少 python3-venv，请安装：apt-get install python3-venv'; \
	  echo 'python3-venv is missing; install it: apt-get install python3-venv'; exit 1; }
	@$(PYTHON) -m venv $(VENV)
