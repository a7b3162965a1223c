# Each target is one line a person could type. `make test` needs nothing but Python 3.9+;
# the others make a throwaway environment in the system's temporary folder for their tools.
PYTHON ?= python3
TOOLS ?= $(shell $(PYTHON) -c "import tempfile; print(tempfile.gettempdir())")/minflask-tools
WITH = $(PYTHON) -m tests.house.tools $(TOOLS)

.PHONY: test lint types metrics bench extensions bench-servers peers docs fuzz single forms bundles matrix browser package clean

test:  ## the whole suite, on the standard library alone
	$(PYTHON) -W error -m tests

lint:  ## flake8, settings in setup.cfg
	$(WITH) flake8==7.1.1 -- -m flake8 minflask tests docs/examples

types:  ## mypy --strict on the package and on a user's typed application
	$(WITH) mypy==1.18.2 -- -m mypy minflask tests/house/typed_app.py

metrics:  ## sizes and lengths against the house numbers
	$(PYTHON) -m tests.house.metrics

bench:  ## minflask, Flask and Bottle in one run; writes the figures that the README shows
	$(WITH) flask==3.1.3 bottle==0.13.4 mako==1.3.10 waitress==3.0.2 -- -m tests.bench --json docs/results.json
	$(PYTHON) -m tests.house.figures

extensions:  ## the suites of extensions and applications, on Flask and on minflask; long, needs the network
	$(PYTHON) -m tests.house.extensions $(TOOLS)/extensions

bench-servers:  ## load on the server beside waitress and gunicorn, with wrk
	$(WITH) waitress==3.0.2 gunicorn==23.0.0 flask==3.1.3 -- -m tests.bench.servers

docs:  ## the HTML, with Sphinx
	$(WITH) sphinx==7.4.7 furo==2024.8.6 -- -m sphinx -W --keep-going -q -b html docs docs/_build/html

peers:  ## the same answers under waitress and gunicorn
	$(WITH) waitress==3.0.2 gunicorn==23.0.0 -- -m tests.house.peers

single:  ## the whole package as one file, minflask.py
	$(PYTHON) -m minflask bundle --framework-only -o minflask.py

forms:  ## the suite against the one file, a copy under another name, and a zip
	$(PYTHON) -m tests.house.forms

bundles:  ## the examples as one file, served to a user without rights, page by page as the folders
	$(PYTHON) -m tests.house.bundles

matrix:  ## the suite on this Python, on PyPy, and on CPython as WebAssembly under Node
	$(PYTHON) -m tests.house.matrix $(TOOLS)

package:  ## wheel and sdist, built, checked, installed and tried out
	$(WITH) build==1.2.2.post1 twine==6.1.0 setuptools==75.1.0 wheel==0.44.0 vermin==1.6.0 -- -m tests.house.packaging

browser: docs  ## the docs, the upload example, and an application in Pyodide, seen in a real browser (Chromium)
	$(PYTHON) -m tests.browser.docs
	$(PYTHON) -m tests.browser.uploads
	$(PYTHON) -m tests.browser.pyodide $(TOOLS)

fuzz:  ## the seeded properties, at length
	MINFLASK_FUZZ=200000 $(PYTHON) -W error -m tests fuzz

clean:  ## away with all that was made
	rm -rf build dist minflask.py docs/_build *.egg-info .mypy_cache && find . -name __pycache__ -prune -exec rm -rf {} +
