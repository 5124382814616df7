# The commands of Reprise. npm (of any Node >= 18) installs node_modules, which brings Node 24; everything after runs on that.

.DEFAULT_GOAL := help
.PHONY: help check test nightly demo bench-transfer bench-plan bench-sweep cluster cluster-down generate build format clean
MAKEFLAGS += --no-print-directory

INSTALLED := node_modules/.package-lock.json
RUN := npm run -s

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/  make \1\t\2/p' Makefile | expand -t 24

check: $(INSTALLED) ## format, lint, types, dead code, generated files: seconds
	@$(RUN) check

test: $(INSTALLED) ## every test tier; what this machine cannot run is skipped loudly (TIER=unit: one tier)
	@$(RUN) test -- $(TIER:%=--tier %)

nightly: $(INSTALLED) ## the same with the full counts of everything random or repeated
	@$(RUN) nightly

demo: $(INSTALLED) ## the main job on a real local cluster, start to finish (KEEP=1 keeps the cluster)
	@$(RUN) demo

bench-transfer: $(INSTALLED) ## restore and upload beside s5cmd, rclone and the AWS CLI (SIZE=1GB ROUNDS=3 SERVER=null TLS=1 …)
	@SIZE=$(SIZE) ROUNDS=$(ROUNDS) SERVER=$(SERVER) DIRECTION=$(DIRECTION) WITHOUT=$(WITHOUT) TLS=$(TLS) DIR=$(DIR) \
	  OUTPUT=$(OUTPUT) $(RUN) bench-transfer

bench-plan: $(INSTALLED) ## plan the retention of 1,000,000 checkpoints (RUNS=10000 CHECKPOINTS=100 ROUNDS=7)
	@RUNS=$(RUNS) CHECKPOINTS=$(CHECKPOINTS) ROUNDS=$(ROUNDS) $(RUN) bench-plan

bench-sweep: $(INSTALLED) ## list, plan and delete a whole store beside s5cmd, rclone and the AWS CLI (SIZE=100000 ROUNDS=1 SERVER=memory …)
	@SIZE=$(SIZE) ROUNDS=$(ROUNDS) SERVER=$(SERVER) WITHOUT=$(WITHOUT) OUTPUT=$(OUTPUT) $(RUN) bench-sweep

cluster: $(INSTALLED) ## bring up the local cluster, S3 server and operator, until make cluster-down
	@$(RUN) cluster

cluster-down: $(INSTALLED) ## stop the local cluster
	@$(RUN) cluster-down

generate: $(INSTALLED) ## write the generated files (crds/) from their sources
	@$(RUN) generate

build: $(INSTALLED) ## bundle the programs into dist/
	@$(RUN) build

format: $(INSTALLED) ## format the sources in place
	@$(RUN) format

clean: ## remove dist/ and node_modules
	rm -rf dist node_modules

# A linked node_modules belongs to another checkout: it is used as it is.
$(INSTALLED): package-lock.json
	@if [ -L node_modules ]; then exit 0; fi; \
	if ! command -v npm >/dev/null; then \
	  echo "npm is missing. Install Node 18 or newer with npm (https://nodejs.org), then run make again." >&2; exit 1; fi; \
	log=$$(mktemp); echo "installing node_modules (npm ci) ..." >&2; \
	if npm ci --ignore-scripts --no-audit --no-fund >"$$log" 2>&1; then rm -f "$$log"; touch $(INSTALLED); \
	else cat "$$log" >&2; rm -f "$$log"; \
	  echo "npm ci failed: check the network and the npm registry (npm config get registry), then run make again." >&2; exit 1; fi
