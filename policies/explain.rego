# Why the policy decides as it does: for each rule of `decision`, in its order, whether it decides and on which
# fact. The conditions are those of latchgate.rego themselves; this file only names them. The first rule that
# decides is the one that did.
package latchgate

import rego.v1

explain := {"decision": decision, "rules": [object.union(rule, {"decides": decides(rule.rule), "detail": detail(rule.rule)}) |
	some rule in rules
]}

rules := [
	{"rule": "0", "title": "the question and the data are complete"},
	{"rule": "1", "title": "the action is the one that is pinned"},
	{"rule": "2", "title": "the principal may run the action"},
	{"rule": "3a", "title": "the lease may call tools"},
	{"rule": "3b", "title": "the lease has the scopes of the action"},
	{"rule": "4", "title": "calls are left"},
	{"rule": "5", "title": "the principal may cause the action's effects"},
	{"rule": "5b", "title": "an operator approved the action in advance"},
	{"rule": "6a", "title": "the risk level asks for a human"},
	{"rule": "6b", "title": "the file is where secrets live"},
	{"rule": "6c", "title": "a path is unknown"},
	{"rule": "6d", "title": "a host is unknown"},
	{"rule": "7", "title": "low or medium risk is allowed"},
]

decides(rule) := rule in deciding

detail(rule) := object.get(facts, rule, "")

deciding contains "0" if not complete

deciding contains "1" if untrusted

deciding contains "2" if not authorised

deciding contains "3a" if not may_call

deciding contains "3b" if count(missing_scopes) > 0

deciding contains "4" if used_up

deciding contains "5" if count(excess_sinks) > 0

deciding contains "5b" if approved_in_advance

deciding contains "6a" if grave_risk

deciding contains "6b" if sensitive_file

deciding contains "6c" if {
	everyday_risk
	not known_paths
}

deciding contains "6d" if {
	everyday_risk
	not known_domains
}

deciding contains "7" if everyday_risk

facts["0"] := "a member that a rule reads is missing, or of the wrong type" if not complete

facts["1"] := sprintf("trust verdict: %v", [input.action_trust_verdict])

facts["2"] := sprintf("granted by %s: %v", [entry, granted("allowed_actions")])

facts["3a"] := sprintf("scopes of the lease: %v", [input.scopes])

facts["3b"] := sprintf("required: %v, missing: %v", [input.required_scopes, missing_scopes])

facts["4"] := sprintf("calls left: %v", [input.budgets_before.calls_remaining]) if {
	input.budgets_before.calls_remaining != unlimited
}

facts["4"] := "no budget bounds the calls" if input.budgets_before.calls_remaining == unlimited

facts["5"] := sprintf("requested: %v, beyond what is granted: %v", [input.requested_sinks, excess_sinks])

facts["5b"] := sprintf("standing approval: %v, known destination: %v, needs a human: %v", [listed, is_known, needs_human])

facts["6a"] := sprintf("risk: %v", [input.action_risk_level])

facts["6b"] := sprintf("path: %v", [object.get(input, "fs_path", "none")])

facts["6c"] := sprintf("unknown paths: %v", [object.get(input, "unresolved_paths", [])])

facts["6d"] := sprintf("unknown hosts: %v", [object.get(input, "unresolved_domains", [])])

facts["7"] := sprintf("risk: %v", [input.action_risk_level])

# What the gate counts down from where no budget is set: the largest signed 64-bit number.
unlimited := 9223372036854775807

default entry := "the principal's own entry"

entry := "the entry \"*\", for the principal has none" if not has_entry

entry := "the principal's own entry and \"*\"" if data.acl[input.principal].inherits_wildcard == true

listed := true in {x | x := data.latchgate.allowlist[input.action_id][input.principal]}

default is_known := false

is_known if known_destination

default needs_human := false

needs_human if consequential
