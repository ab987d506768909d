package latchgate_test

import rego.v1

import data.latchgate

# --- the question every test starts from, and the answers it expects -------------------------------------------

base := {
	"principal": "agent:test-agent",
	"session_id": "session-1",
	"action_id": "http_fetch",
	"action_version": "1.0.0",
	"action_risk_level": "low",
	"action_trust_verdict": "digest_ok",
	"request_hash": "sha256:00",
	"requested_sinks": ["http_read"],
	"requested_secrets": [],
	"egress_profile": "none",
	"budgets_before": {"calls_remaining": 10},
	"scopes": ["tools:call"],
	"required_scopes": ["tools:call"],
}

everyday := {
	"http_fetch", "http_bearer_get", "http_post", "http_sensitive_read", "github_read", "github_create_issue",
	"webhook_notify", "slack_post", "pagerduty_event", "sendgrid_send", "stripe_read", "fs_read",
}

sinks := ["http_read", "http_write", "http_delete"]

acl := {
	"*": {"allowed_actions": sort(everyday), "allowed_sinks": sinks},
	"agent:test-agent": {"allowed_actions": sort(everyday | {"github_delete"}), "allowed_sinks": sinks},
	"agent:restricted": {
		"allowed_actions": ["http_fetch", "github_read", "http_bearer_get"],
		"allowed_sinks": ["http_read"],
	},
	"agent:db-agent": {"allowed_actions": ["http_fetch", "github_read"], "allowed_sinks": ["http_read"]},
	"agent:inheriting": {
		"allowed_actions": ["github_delete"],
		"allowed_sinks": ["http_read"],
		"inherits_wildcard": true,
	},
	"agent:empty-acl": {"allowed_actions": [], "allowed_sinks": []},
	"agent:no-sinks": {"allowed_actions": ["http_fetch"]},
}

# Answers `base` with the overrides, under a standing-approval list.
ask_listed(overrides, allowlist) := answer if {
	answer := latchgate.decision with input as object.union(base, overrides)
		with data.acl as acl
		with data.policy_version as "m0-dev-001"
		with data.latchgate.allowlist as allowlist
}

ask(overrides) := ask_listed(overrides, {})

without(names) := answer if {
	answer := latchgate.decision with input as object.remove(base, names)
		with data.acl as acl
		with data.policy_version as "m0-dev-001"
		with data.latchgate.allowlist as {}
}

allowed(answer) if {
	answer.allow == true
	answer.requires_approval == false
	answer.standing_approval == false
}

standing(answer) if {
	answer.allow == true
	answer.requires_approval == false
	answer.standing_approval == true
}

pending(answer) if {
	answer.allow == true
	answer.requires_approval == true
	answer.standing_approval == false
}

refused(answer, reason) if answer == {"allow": false, "deny_reason": reason}

act(id, risk) := {"action_id": id, "action_risk_level": risk}

acting(principal, overrides) := object.union({"principal": principal}, overrides)

unauthorised(principal, id) := sprintf("principal '%s' is not authorised for action '%s'", [principal, id])

nothing_matched := "no matching allow rule"

# --- incomplete questions -----------------------------------------------------------------------------------

test_empty_input_is_denied if {
	refused(latchgate.decision, nothing_matched) with input as {}
		with data.acl as acl
		with data.policy_version as "v1"
}

test_each_missing_member_is_denied if {
	every name in object.keys(base) - {"session_id", "action_version", "request_hash"} {
		refused(without([name]), nothing_matched)
	}
}

test_missing_policy_version_is_denied if {
	refused(latchgate.decision, nothing_matched) with input as base
		with data.acl as acl
		with data.policy_version as null
}

test_empty_policy_version_is_denied if {
	refused(latchgate.decision, nothing_matched) with input as base
		with data.acl as acl
		with data.policy_version as ""
}

test_missing_acl_is_denied if {
	answer := latchgate.decision with input as base with data.policy_version as "v1"
	refused(answer, unauthorised("agent:test-agent", "http_fetch"))
}

test_members_of_the_wrong_type_are_denied if {
	every overrides in [
		{"scopes": "tools:call"}, {"required_scopes": "tools:call"}, {"requested_sinks": "http_read"},
		{"requested_secrets": null}, {"budgets_before": 10}, {"budgets_before": {"calls_remaining": "10"}},
		{"action_risk_level": 1}, {"unresolved_domains": "example.com"}, {"unresolved_paths": {"a": 1}},
		{"principal": null}, {"action_trust_verdict": null}, {"egress_profile": null},
	] {
		refused(ask(overrides), nothing_matched)
	}
}

test_unknown_risk_is_denied if {
	every risk in ["", "LOW", "severe", "medium "] {
		refused(ask({"action_risk_level": risk}), nothing_matched)
	}
}

test_unknown_risk_with_unresolved_domain_is_denied if {
	# The approval of rule 6d needs a level that the policy knows.
	refused(ask({"action_risk_level": "severe", "unresolved_domains": ["example.com"]}), nothing_matched)
}

# --- 1 trust ---------------------------------------------------------------------------------------------------

untrusted := {"action_trust_verdict": {"digest_mismatch": {"expected": "sha256:aa", "actual": "sha256:bb"}}}

test_digest_mismatch_is_denied if refused(ask(untrusted), "untrusted action: digest verification failed")

test_unregistered_is_denied if {
	refused(ask({"action_trust_verdict": "not_registered"}), "untrusted action: digest verification failed")
}

# --- 2 ACL -----------------------------------------------------------------------------------------------------

test_unknown_action_is_denied if {
	refused(ask({"action_id": "unknown_action"}), unauthorised("agent:test-agent", "unknown_action"))
}

test_unknown_principal_without_listed_action_is_denied if {
	refused(ask(acting("agent:nonexistent", {"action_id": "file_write"})), unauthorised("agent:nonexistent", "file_write"))
}

test_unknown_principal_uses_the_wildcard if allowed(ask({"principal": "agent:nonexistent"}))

test_restricted_denied_file_write if {
	refused(ask(acting("agent:restricted", {"action_id": "file_write"})), unauthorised("agent:restricted", "file_write"))
}

test_wildcard_cannot_use_github_delete if {
	id := "agent:some-random-agent"
	refused(ask(acting(id, act("github_delete", "critical"))), unauthorised(id, "github_delete"))
}

test_restricted_cannot_use_github_delete if {
	id := "agent:restricted"
	refused(ask(acting(id, act("github_delete", "critical"))), unauthorised(id, "github_delete"))
}

test_test_agent_can_use_github_delete if pending(ask(act("github_delete", "critical")))

test_restricted_can_use_github_read if allowed(ask(acting("agent:restricted", act("github_read", "low"))))

test_restricted_can_use_bearer_get if allowed(ask(acting("agent:restricted", act("http_bearer_get", "low"))))

test_restricted_cannot_use_http_post if {
	id := "agent:restricted"
	refused(ask(acting(id, act("http_post", "medium"))), unauthorised(id, "http_post"))
}

test_db_agent_can_use_github_read if allowed(ask(acting("agent:db-agent", act("github_read", "low"))))

test_db_agent_cannot_create_issue if {
	id := "agent:db-agent"
	refused(ask(acting(id, act("github_create_issue", "high"))), unauthorised(id, "github_create_issue"))
}

test_empty_entry_is_denied if {
	refused(ask({"principal": "agent:empty-acl"}), unauthorised("agent:empty-acl", "http_fetch"))
}

test_empty_entry_shadows_the_wildcard if {
	refused(ask(acting("agent:empty-acl", act("http_post", "medium"))), unauthorised("agent:empty-acl", "http_post"))
}

test_entry_without_sinks_does_not_fall_back_to_the_wildcard if {
	refused(ask({"principal": "agent:no-sinks"}), "disallowed sink(s): {\"http_read\"}")
	refused(ask({"principal": "agent:no-sinks", "requested_sinks": []}), nothing_matched)
}

# --- inheritance -----------------------------------------------------------------------------------------------

test_inheriting_can_use_wildcard_action if allowed(ask({"principal": "agent:inheriting"}))

test_inheriting_can_use_own_action if pending(ask(acting("agent:inheriting", act("github_delete", "critical"))))

test_inheriting_gets_wildcard_sinks if {
	allowed(ask({"principal": "agent:inheriting", "requested_sinks": ["http_write"]}))
}

test_inheriting_sinks_are_the_sorted_union if {
	ask({"principal": "agent:inheriting"}).allowed_sinks == ["http_delete", "http_read", "http_write"]
}

test_inheriting_denied_unknown_sink if {
	answer := ask({"principal": "agent:inheriting", "requested_sinks": ["http_read", "secret_exfil"]})
	refused(answer, "disallowed sink(s): {\"secret_exfil\"}")
}

# --- 3 scopes --------------------------------------------------------------------------------------------------

no_tools_call := "scope 'tools:call' is required for action execution but is absent from lease scopes: "

test_no_scopes_is_denied if refused(ask({"scopes": []}), concat("", [no_tools_call, "[]"]))

test_wrong_scope_is_denied if {
	refused(ask({"scopes": ["audit:read"]}), concat("", [no_tools_call, "[\"audit:read\"]"]))
}

test_several_scopes_with_tools_call if allowed(ask({"scopes": ["audit:read", "tools:call"]}))

test_only_tools_call_required if allowed(ask({"scopes": ["tools:call"], "required_scopes": ["tools:call"]}))

test_required_scope_present if {
	both := ["tools:call", "email:send"]
	allowed(ask({"scopes": both, "required_scopes": both}))
}

test_required_scope_missing if {
	answer := ask({"required_scopes": ["tools:call", "email:send"]})
	refused(answer, concat("", [
		"lease is missing required scope(s) for action 'http_fetch': required=[\"tools:call\", \"email:send\"], ",
		"present=[\"tools:call\"], missing={\"email:send\"}",
	]))
}

test_required_scopes_missing if {
	answer := ask({"required_scopes": ["tools:call", "file:write", "email:send"]})
	endswith(answer.deny_reason, "missing={\"email:send\", \"file:write\"}")
	answer.allow == false
}

test_more_scopes_than_required if {
	allowed(ask({
		"scopes": ["tools:call", "email:send", "file:write", "audit:read"],
		"required_scopes": ["tools:call", "email:send"],
	}))
}

test_required_scope_present_but_tools_call_missing if {
	answer := ask({"scopes": ["email:send"], "required_scopes": ["email:send"]})
	refused(answer, concat("", [no_tools_call, "[\"email:send\"]"]))
}

test_no_required_scopes_still_needs_tools_call if {
	refused(ask({"scopes": [], "required_scopes": []}), concat("", [no_tools_call, "[]"]))
}

# --- 4 budget --------------------------------------------------------------------------------------------------

exhausted := "budget exhausted: no calls remaining"

test_no_calls_left if refused(ask({"budgets_before": {"calls_remaining": 0}}), exhausted)

test_negative_calls_left if refused(ask({"budgets_before": {"calls_remaining": -1}}), exhausted)

test_budget_is_decremented if {
	answer := ask({"budgets_before": {"calls_remaining": 3}})
	allowed(answer)
	answer.budgets_after == {"calls_remaining": 2}
	answer.policy_version == "m0-dev-001"
}

# --- 5 sinks ---------------------------------------------------------------------------------------------------

test_disallowed_sink if {
	refused(ask({"requested_sinks": ["http_read", "secret_exfil"]}), "disallowed sink(s): {\"secret_exfil\"}")
}

test_disallowed_sinks_are_listed_in_order if {
	answer := ask({"requested_sinks": ["z_sink", "a_sink"]})
	refused(answer, "disallowed sink(s): {\"a_sink\", \"z_sink\"}")
}

# --- 5b standing approvals -------------------------------------------------------------------------------------

listed(id, principal) := {id: {principal: true}}

test_standing_approval_for_high_risk if {
	list := listed("github_create_issue", "agent:test-agent")
	standing(ask_listed(act("github_create_issue", "high"), list))
}

test_standing_approval_for_critical_risk if {
	standing(ask_listed(act("github_delete", "critical"), listed("github_delete", "agent:test-agent")))
}

test_standing_approval_does_not_override_acl if {
	list := listed("http_post", "agent:restricted")
	answer := ask_listed(acting("agent:restricted", act("http_post", "medium")), list)
	refused(answer, unauthorised("agent:restricted", "http_post"))
}

issue_listed := listed("github_create_issue", "agent:test-agent")

test_standing_approval_does_not_override_budget if {
	overrides := object.union(act("github_create_issue", "high"), {"budgets_before": {"calls_remaining": 0}})
	refused(ask_listed(overrides, issue_listed), exhausted)
}

test_standing_approval_does_not_override_scope if {
	overrides := object.union(act("github_create_issue", "high"), {"scopes": []})
	refused(ask_listed(overrides, issue_listed), concat("", [no_tools_call, "[]"]))
}

test_standing_approval_does_not_override_trust if {
	overrides := object.union(act("github_create_issue", "high"), untrusted)
	refused(ask_listed(overrides, issue_listed), "untrusted action: digest verification failed")
}

test_standing_approval_does_not_override_sinks if {
	overrides := object.union(act("github_create_issue", "high"), {"requested_sinks": ["secret_exfil"]})
	refused(ask_listed(overrides, issue_listed), "disallowed sink(s): {\"secret_exfil\"}")
}

test_standing_approval_of_another_principal if {
	list := listed("github_create_issue", "agent:other")
	pending(ask_listed(act("github_create_issue", "high"), list))
}

test_standing_approval_of_another_action if {
	list := listed("http_fetch", "agent:test-agent")
	pending(ask_listed(act("github_create_issue", "high"), list))
}

test_empty_list_has_no_effect if pending(ask_listed(act("github_create_issue", "high"), {}))

test_standing_approval_must_be_true if {
	every value in [false, null, 0, "true", {}] {
		list := {"github_create_issue": {"agent:test-agent": value}}
		pending(ask_listed(act("github_create_issue", "high"), list))
	}
}

test_low_risk_needs_no_standing_approval if allowed(ask_listed({}, listed("http_fetch", "agent:test-agent")))

test_standing_approval_decrements_budget if {
	overrides := object.union(act("github_create_issue", "high"), {"budgets_before": {"calls_remaining": 5}})
	answer := ask_listed(overrides, issue_listed)
	standing(answer)
	answer.budgets_after.calls_remaining == 4
}

test_standing_approval_does_not_cover_an_unresolved_domain if {
	overrides := object.union(act("github_create_issue", "high"), {"unresolved_domains": ["example.com"]})
	pending(ask_listed(overrides, issue_listed))
}

test_standing_approval_does_not_cover_an_unresolved_path if {
	overrides := {"action_category": "fs", "action_id": "fs_read", "fs_path": "x/.env", "unresolved_paths": ["x/.env"]}
	pending(ask_listed(overrides, listed("fs_read", "agent:test-agent")))
}

# --- 6a risk ---------------------------------------------------------------------------------------------------

test_low_is_allowed if {
	answer := ask({})
	allowed(answer)
	answer.budgets_after.calls_remaining == 9
	answer.allowed_sinks == sinks
	answer.approved_secrets == []
	answer.approved_egress == "none"
	answer.policy_version == "m0-dev-001"
}

test_high_needs_approval if pending(ask({"action_risk_level": "high"}))

test_critical_needs_approval if pending(ask({"action_risk_level": "critical"}))

test_low_and_medium_actions_are_allowed if {
	every id, risk in {
		"github_read": "low", "http_bearer_get": "low", "webhook_notify": "medium", "http_post": "medium",
		"slack_post": "medium", "pagerduty_event": "medium",
	} {
		allowed(ask(act(id, risk)))
	}
}

test_high_and_critical_actions_need_approval if {
	every id, risk in {
		"github_create_issue": "high", "http_sensitive_read": "high", "sendgrid_send": "high",
		"stripe_read": "high", "github_delete": "critical",
	} {
		pending(ask(act(id, risk)))
	}
}

test_secrets_and_egress_are_passed_on if {
	egress := {"proxy_allowlist": {"allowed_domains": ["api.example.com"]}}
	answer := ask({"requested_secrets": ["token"], "egress_profile": egress})
	allowed(answer)
	answer.approved_secrets == ["token"]
	answer.approved_egress == egress
}

# --- 6b sensitive paths ----------------------------------------------------------------------------------------

file(path) := {"action_id": "fs_read", "action_category": "fs", "fs_path": path}

test_sensitive_paths_need_approval if {
	every path in [
		".env", ".env.local", "src/.env", "a/b/.env.production", "secrets/key.pem", "a/secrets/b/c", "secrets",
		".ssh/id_ed25519", "home/.ssh/config", ".ssh", ".aws/credentials", "home/me/.aws/credentials", "./.env", "a//.env",
	] {
		pending(ask(file(path)))
	}
}

test_other_paths_are_allowed if {
	every path in [
		"README.md", "src/main.c", ".environment", "env", "my.env", "mysecrets/a", "secrets.md", ".aws/config",
		"ssh/config", "a.env.b", "credentials",
	] {
		allowed(ask(file(path)))
	}
}

test_a_path_of_another_category_is_not_judged if allowed(ask({"fs_path": ".env"}))

test_a_file_action_without_path_is_denied if {
	refused(ask({"action_id": "fs_read", "action_category": "fs"}), nothing_matched)
}

test_standing_approval_covers_a_sensitive_path if {
	standing(ask_listed(file("src/.env"), listed("fs_read", "agent:test-agent")))
}

# --- 6c, 6d unresolved destinations ----------------------------------------------------------------------------

test_unresolved_path_needs_approval if {
	pending(ask(object.union(file("docs/a.md"), {"unresolved_paths": ["docs/a.md"]})))
}

test_unresolved_domain_needs_approval if pending(ask({"unresolved_domains": ["example.com"]}))

test_no_unresolved_domains if allowed(ask({"unresolved_domains": []}))

test_several_unresolved_domains_need_approval if {
	pending(ask({"unresolved_domains": ["a.example", "b.example", "c.example"]}))
}

test_medium_risk_with_unresolved_domain_needs_approval if {
	pending(ask({"action_risk_level": "medium", "unresolved_domains": ["example.com"]}))
}

test_high_risk_with_unresolved_domain_needs_approval if {
	pending(ask({"action_risk_level": "high", "unresolved_domains": ["example.com"]}))
}
