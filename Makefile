# Two commands do everything: `make site` and `make test`.
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
# The browser that the tests drive. On Ubuntu, where the package is a snap, name one: make test CHROMIUM=/path/to/chrome
CHROMIUM ?=
export CHROMIUM

.PHONY: site test check bench lighthouse before-after screenshots lock browser clean

site: $(VENV)/.ready            ## the whole site, into site/
	$(BIN)/clinref build

# Three processes for two cores: a test that drives the browser waits for it a fifth of its time.
test: $(VENV)/.ready browser    ## everything that must hold
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 3 --dist loadfile

check: $(VENV)/.ready           ## the content alone
	$(BIN)/clinref check

bench: $(VENV)/.ready           ## WeasyPrint, which pip fetches here, needs libpango-1.0-0 and libpangoft2-1.0-0
	$(BIN)/python benchmarks/build.py
	$(BIN)/python benchmarks/flow.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/pdf.py
	$(BIN)/python benchmarks/scale.py

lighthouse: $(VENV)/.ready browser      ## what a reader's browser makes of the pages; npm fetches Lighthouse, as its lock file names it
	$(BIN)/clinref build --no-pdf
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/pages.py

before-after: $(VENV)/.ready browser    ## the same Markdown through the theme as it is installed, in the same run
	$(BIN)/clinref build --no-pdf
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/pages.py --before

screenshots: $(VENV)/.ready browser     ## every template, language, color scheme and width, and one page that shows them all
	$(BIN)/clinref build
	$(BIN)/python tests/site/screenshots.py

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

browser:
	@$(BIN)/python tests/site/browser.py

lock:                           ## after a change of the dependencies in pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile benchmarks/peers/requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
	  -o benchmarks/peers/requirements.lock

clean:
	rm -rf build site
