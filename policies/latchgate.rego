# METADATA
# title: LatchGate authorisation
# description: |
#   One question, one answer: may this principal run this action now? The rules of `decision` are tried from
#   the top; the first whose body holds answers. Whatever no rule answers is denied, and so is an input or a
#   data document that lacks a field: a rule never reads an absent value as "nothing to check".
package latchgate

import rego.v1

# No rule below answered.
default decision := {"allow": false, "deny_reason": "no matching allow rule"}

# 0. An incomplete question gets no answer but the default's.
decision := denied("no matching allow rule") if {
	not complete
}

# 1. The action's code or manifest is not what the registry pinned.
else := denied("untrusted action: digest verification failed") if untrusted

# 2. The principal's entry does not list the action.
else := denied(reason) if {
	not authorised
	reason := sprintf("principal '%s' is not authorised for action '%s'", [input.principal, input.action_id])
}

# 3a. The lease cannot execute anything.
else := denied(reason) if {
	not may_call
	reason := sprintf(
		"scope 'tools:call' is required for action execution but is absent from lease scopes: %v",
		[input.scopes],
	)
}

# 3b. The lease lacks a scope that this action needs.
else := denied(reason) if {
	count(missing_scopes) > 0
	reason := sprintf(
		"lease is missing required scope(s) for action '%s': required=%v, present=%v, missing=%v",
		[input.action_id, input.required_scopes, input.scopes, missing_scopes],
	)
}

# 4. The session has used up its calls.
else := denied("budget exhausted: no calls remaining") if used_up

# 5. The action's declared effects go beyond what the principal may cause.
else := denied(sprintf("disallowed sink(s): %v", [excess_sinks])) if count(excess_sinks) > 0

# 5b. An operator approved this action for this principal in advance. That stands in for the human's look at
# risk and at a sensitive path, and the gate records it as the approval. It does not stand in for a
# destination nobody has seen: rules 6c and 6d still ask.
else := permitted({"standing_approval": true}) if approved_in_advance

# 6. A human looks first.
else := permitted({"requires_approval": true}) if consequential

else := permitted({"requires_approval": true}) if {
	everyday_risk
	not known_destination
}

# 7. Allowed. The risk is named, so a level that this policy does not know falls through to the default.
else := permitted({}) if everyday_risk

untrusted if input.action_trust_verdict != "digest_ok"

# A rule of its own, so that a principal with no list at all is unauthorised, not unanswered.
authorised if input.action_id in granted("allowed_actions")

may_call if "tools:call" in input.scopes

missing_scopes := {scope | some scope in input.required_scopes} - {scope | some scope in input.scopes}

used_up if input.budgets_before.calls_remaining <= 0

excess_sinks := {sink | some sink in input.requested_sinks} - {sink | some sink in granted("allowed_sinks")}

approved_in_advance if {
	data.latchgate.allowlist[input.action_id][input.principal] == true
	known_destination
	consequential
}

consequential if grave_risk

consequential if sensitive_file

# 6a. The risk level itself asks for a human.
grave_risk if input.action_risk_level in {"high", "critical"}

# 6b. A known level, but the file is where secrets live.
sensitive_file if {
	everyday_risk
	sensitive_path
}

everyday_risk if input.action_risk_level in {"low", "medium"}

# 6c, 6d. Every path and every host of the request is one that the manifest or an operator named.
known_destination if {
	known_paths
	known_domains
}

known_paths if object.get(input, "unresolved_paths", []) == []

known_domains if object.get(input, "unresolved_domains", []) == []

# The lists of the principal's entry; with inherits_wildcard joined with those of "*"; without an entry, those
# of "*" alone. An entry that is present but empty grants nothing and is never replaced by "*".
granted(list) := sort(own | wildcard) if {
	data.acl[input.principal].inherits_wildcard == true
	own := {item | some item in data.acl[input.principal][list]}
	wildcard := {item | some item in data.acl["*"][list]}
} else := data.acl[input.principal][list] if {
	has_entry
} else := data.acl["*"][list] if {
	not has_entry
}

has_entry if _ = data.acl[input.principal]

# Globs over whole path segments. The path is read as if below a root, so a file at the top of the agent's
# folder matches as one further down does; a folder also matches as itself.
sensitive_globs := ["**/.env", "**/.env.*", "**/secrets/**", "**/.ssh/**", "**/.aws/credentials"]

sensitive_path if {
	input.action_category == "fs"
	some path in [concat("", ["/", input.fs_path]), concat("", ["/", input.fs_path, "/"])]
	some pattern in sensitive_globs
	glob.match(pattern, ["/"], path)
}

# Every member that a rule reads, with the type it is read as.
complete if {
	is_string(data.policy_version)
	data.policy_version != ""
	is_string(input.principal)
	is_string(input.action_id)
	is_string(input.action_risk_level)
	is_array(input.scopes)
	is_array(input.required_scopes)
	is_array(input.requested_sinks)
	is_array(input.requested_secrets)
	is_number(input.budgets_before.calls_remaining)
	input.action_trust_verdict != null
	input.egress_profile != null
	is_array(object.get(input, "unresolved_paths", []))
	is_array(object.get(input, "unresolved_domains", []))
	fs_path_known
}

# Only a file action has a path, and a file action has one.
fs_path_known if object.get(input, "action_category", "") != "fs"

fs_path_known if is_string(input.fs_path)

denied(reason) := {"allow": false, "deny_reason": reason}

permitted(extra) := object.union(
	{
		"allow": true,
		"requires_approval": false,
		"standing_approval": false,
		"budgets_after": {"calls_remaining": input.budgets_before.calls_remaining - 1},
		"allowed_sinks": granted("allowed_sinks"),
		"approved_secrets": input.requested_secrets,
		"approved_egress": input.egress_profile,
		"policy_version": data.policy_version,
	},
	extra,
)
