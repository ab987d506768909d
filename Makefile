# The two commands of README.md are `make demo` and `make test`; both do all their set-up.
CONFORMANCE := $(or $(LATCHGATE_CONFORMANCE),../shared/conformance)
SUITES := wasm wycheproof age dpop jcs rego-ir toml egress json-schema
# The lists of modules that manifests may name: the repository's, and that of the folder of further providers.
MODULES := $(if $(PROVIDERS),--modules providers/modules.lock --modules "$(PROVIDERS)/modules.lock")
DOTNET_QUIET := --nologo -v quiet -clp:NoSummary
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: help setup native gate manifests-tool manifests-lint manifests-lock manifests-schema demo test reproduce conformance bench fuzz fuzz-replay clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## install the Debian packages that the build needs
	@scripts/setup

native: setup ## build the providers and the sandbox runtime
	@PROVIDERS="$(PROVIDERS)" providers/build.sh

gate: native ## publish the binary: artifacts/latchgate (MANIFESTS=dir builds in other actions, SIGNERS=file takes signed ones alone)
	@PROVIDERS="$(PROVIDERS)" scripts/publish-gate "$(MANIFESTS)" "$(SIGNERS)"

manifests-tool: ## build artifacts/latchgate-manifests, which latchgate manifests lint runs
	@scripts/manifests-tool

manifests-lint: manifests-tool ## what a build would say of manifests: make manifests-lint [MANIFESTS=dir] [PROVIDERS=dir]
	@artifacts/latchgate-manifests lint "$(or $(MANIFESTS),manifests)" $(MODULES)

manifests-lock: manifests-tool ## enter new versions into lock.json: make manifests-lock [MANIFESTS=dir] [PROVIDERS=dir] [AMEND=ID]
	@artifacts/latchgate-manifests lock "$(or $(MANIFESTS),manifests)" $(foreach id,$(AMEND),--amend "$(id)") $(MODULES)

manifests-schema: manifests-tool ## write manifests/manifest.schema.json, for editors
	@artifacts/latchgate-manifests schema > manifests/manifest.schema.json

demo: gate ## the main job: one call, one signed receipt, and what is refused
	@scripts/demo

test: gate ## build and run every test
	@scripts/test

reproduce: setup ## build the providers twice and compare the bytes
	@PROVIDERS="$(PROVIDERS)" scripts/reproduce

conformance: native ## run one public suite: make conformance SUITE=jcs
	@test -n "$(SUITE)" || { echo "usage: make conformance SUITE=NAME, one of: $(SUITES)" >&2; exit 64; }
	@dotnet build tests/LatchGate.Conformance -c Release $(DOTNET_QUIET)
	@dotnet tests/LatchGate.Conformance/bin/Release/net10.0/LatchGate.Conformance.dll $(CONFORMANCE) $(SUITE)

bench: gate ## measure, beside the floor measured in the same run
	@scripts/bench

fuzz: native ## fuzz for a minute a target: make fuzz [TARGET=jcs] [SECONDS=60] [ENGINE=afl|loop]
	@scripts/fuzz "$(or $(TARGET),all)" "$(or $(SECONDS),60)" $(ENGINE)

fuzz-replay: native ## run one input again: make fuzz-replay FILE=fuzz/findings/jcs/crash-…
	@test -n "$(FILE)" || { echo "usage: make fuzz-replay FILE=fuzz/findings/TARGET/crash-HASH" >&2; exit 64; }
	@dotnet build fuzz/LatchGate.Fuzz -c Release $(DOTNET_QUIET)
	@fuzz/LatchGate.Fuzz/bin/Release/net10.0/LatchGate.Fuzz replay "$(FILE)"

clean: ## remove everything that was built
	rm -rf artifacts gate/bin gate/obj tools/*/bin tools/*/obj generators/bin generators/obj tests/*/bin tests/*/obj demo/*/bin demo/*/obj bench/*/bin bench/*/obj fuzz/*/bin fuzz/*/obj
