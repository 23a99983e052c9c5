# `make` alone lists the targets. Each target sets up what it needs first.
.DEFAULT_GOAL := help
PYTHON ?= python3
ASSET_MANAGER_ENV ?= prod
IMAGE ?= asset-manager:latest
export ASSET_MANAGER_ENV
# Hundreds of processes start from .venv; without its bytecode each would compile Dagster again.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
# Tests run in the written order, or with SEED=7 in a random one: the same for the same number.
ORDER = $(if $(SEED),-p randomly --randomly-seed=$(SEED) --randomly-dont-reset-seed)
STARTED := $(shell date +%s)
# Runs a command, prints how long the whole target took, set-up included, and keeps the command's exit code.
timed = $(1); status=$$?; seconds=$$(($$(date +%s) - $(STARTED))); \
  echo "make $@: $$((seconds / 60)) min $$((seconds % 60)) s"; exit $$status

.PHONY: help
help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

# --- set-up: one virtual environment from requirements.lock ---
$(BIN)/.installed: requirements.lock pyproject.toml
	@echo "==> installing the locked dependencies into .venv" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "asset-manager: needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=/path/to/python3.11." >&2; exit 4; }
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

.PHONY: setup
setup: $(BIN)/.installed ## install the virtual environment from the lock file

# --- the laptop's AWS ---
.PHONY: dev local local-down local-reset local-status local-ps local-logs local-databases local-env
local: setup ## start the local AWS, deploy both stacks of prod to it, print what it holds
	@$(BIN)/asset-manager local up
local-down: setup ## stop everything that `make local` started
	@$(BIN)/asset-manager local down
local-reset: setup ## stop everything and delete its data
	@$(BIN)/asset-manager local reset
local-status: setup ## print the resources, outputs and addresses of the local AWS
	@$(BIN)/asset-manager local status
local-ps: setup ## print the tasks that the local ECS runs, and those that ended recently
	@$(BIN)/asset-manager local ps
local-logs: setup ## print the last log lines of each task
	@$(BIN)/asset-manager local logs
local-databases: setup ## the database of each environment that there is a file of, as for the real one an operator makes it
	@$(BIN)/asset-manager local databases
local-env: setup ## `eval "$$(make -s local-env)"`: this shell's terraform, cdktf and aws reach the local AWS, and no other
	@$(BIN)/asset-manager local env

dev: setup ## the code location alone, with sample data, on 127.0.0.1:3000
	@$(BIN)/python -m sample.dev

# --- the real AWS ---
.PHONY: synth plan deploy rotate
synth: setup ## cdktf.out for ASSET_MANAGER_ENV (prod)
	@$(BIN)/python -P main.py && echo "cdktf.out/stacks: base/cdk.tf.json services/cdk.tf.json"
plan: setup ## terraform plan of both stacks
	@$(BIN)/asset-manager plan || [ $$? -eq 2 ] # 2: there is something to change
deploy: setup ## plan both stacks, show, ask (YES=1: do not), apply, wait for ECS, validate: ASSET_MANAGER_ENV
	@$(BIN)/asset-manager deploy $(if $(YES),--yes)
rotate: setup ## SECRET=DAGSTER_PG_PASSWORD: take a changed secret from the terminal or stdin, and roll the services
	@$(BIN)/asset-manager secrets set $(SECRET)

# --- on GitHub, by its `gh`: what .github/workflows calls ---
.PHONY: require-approval plan-comment drift upgrade-pr nightly-issue
require-approval: setup ## refuse, unless the repository's environment has reviewers and chosen branches
	@$(BIN)/asset-manager require-approval
plan-comment: setup ## PULL_REQUEST=12: plan, and renew its comment
	@$(BIN)/asset-manager plan-comment
drift: setup ## plan, and keep one issue open while there is something to change
	@$(BIN)/asset-manager drift
upgrade-pr: setup ## upgrade, as a pull request
	@$(BIN)/python -m tools dependencies
nightly-issue: setup ## keep one issue open while a job of the workflow run GITHUB_RUN_ID fails
	@$(BIN)/python -m tools nightly-issue

# --- the image ---
.PHONY: image image-proof screenshots
image: setup ## build the image by docker, or else buildah: IMAGE=name:tag
	@$(BIN)/python -m ops.releasing.image $(IMAGE)
image-proof: setup ## build it by buildah and prove what the Dockerfile promises (as root)
	@$(BIN)/python -m tools prove-image
screenshots: setup ## the README's pictures, from the deployment that `make local` left running
	@$(BIN)/python -m tools screenshots

# --- checks ---
.PHONY: test test-all test-scenario ready-to-test tools-to-test check lint policy workflows bench check-cdktn lock upgrade
test: ready-to-test ## before a pull request: lint, types, and every test but the scenarios. SEED=7: in a random order
	@$(call timed,$(BIN)/pytest -n 2 -m "not scenario" $(ORDER))
test-all: ready-to-test ## the same, and the scenarios. SEED=7: in a random order
	@$(call timed,$(BIN)/pytest -n 2 $(ORDER))
test-scenario: tools-to-test ## MODULE=test_release: one module of tests/e2e/scenarios
	@$(call timed,$(BIN)/pytest $(ORDER) tests/e2e/scenarios/$(MODULE).py)
ready-to-test: tools-to-test lint workflows
tools-to-test: setup node_modules/.installed .tools/checkov/.installed .tools/cdktn/.installed browser
lint: setup ## ruff, mypy --strict, and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@report=$$($(BIN)/lint-imports --no-logo --no-cache) || { echo "$$report"; exit 1; }; echo "$$report" | tail -1
policy: setup .tools/checkov/.installed ## Checkov over the JSON of both stacks: 0 failed, each waiver beside its resource
	@$(BIN)/python -m tools policy
workflows: setup .tools/workflows/.installed ## .github by GitHub's schemas and by zizmor
	@$(BIN)/python -m tools workflows
check: lint ## the inner loop: ruff, mypy --strict, unit and synth tests, under a minute
	@$(call timed,$(BIN)/pytest -m "unit or synth" $(ORDER))
bench: setup ## what is claimed to be fast, measured; more of it where `make local` is up
	@failed=0; for claim in "" .environments .numbers .backfill ".backfill 100 --throttle 30"; do \
	  $(BIN)/python -m benchmarks$$claim || failed=1; done; exit $$failed
check-cdktn: setup .tools/cdktn/.installed ## the same sources under cdktn, cdktf's fork: what differs in the JSON
	@$(BIN)/python -m tools check-cdktn
lock: setup ## resolve Pipfile into its lock files
	@$(BIN)/python -m tools lock
upgrade: setup ## raise what Pipfile names to its newest patch, and what that needs to its newest, and lock
	@$(BIN)/python -m tools upgrade

# Tests ask a real browser what a page of another site can do: the machine's own, else (as root) Debian's package.
.PHONY: browser
browser: setup
	@$(BIN)/python -m tools browser

# The cdktf CLI, by the npm of the Node wheel, so that no Node is needed on the machine.
node_modules/.installed: package.json package-lock.json $(BIN)/.installed
	@$(BIN)/python -m ops.terraform.toolchain npm-ci

# Environments of their own: Checkov pins an old boto3, cdktn other constructs. Once installed, they work offline.
.tools/%/.installed: tools/locks/%.lock $(BIN)/.installed
	@echo "==> installing $* into .tools/$*" >&2
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/$*
	@$(BIN)/uv pip sync --quiet --require-hashes --python .tools/$*/bin/python tools/locks/$*.lock
	@touch $@
