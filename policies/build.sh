#!/bin/sh
# Compiles latchgate.rego and explain.rego to plan.json, the intermediate representation that the gate evaluates,
# and pins its digest. The plan depends on the policy alone: data.json is read at run time.
#
#   OPA=/path/to/opa policies/build.sh [OUTPUT_DIRECTORY]
set -eu
cd "$(dirname "$0")"
out=${1:-.}
opa=${OPA:-opa}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$opa" build -t plan -e latchgate/decision -e latchgate/explain -o "$work/bundle.tar.gz" latchgate.rego explain.rego
# The bundle's member names are absolute.
tar -xzOf "$work/bundle.tar.gz" --absolute-names /plan.json > "$out/plan.json"
digest=$(sha256sum < "$out/plan.json")
printf '%s  plan.json\n' "${digest%% *}" > "$out/plan.json.sha256"
