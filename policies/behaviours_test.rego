# The behaviours that clients of the policy rely on, one test each, by name; latchgate_test.rego has the edges.
package latchgate_behaviours_test

import rego.v1

import data.latchgate
import data.latchgate_test as t

denied(overrides, part) := reason(t.ask(overrides), part)

reason(answer, part) if {
	answer.allow == false
	contains(answer.deny_reason, part)
}

allowed(overrides) := t.allowed(t.ask(overrides))

pending(overrides) := t.pending(t.ask(overrides))

listed(overrides, action) := t.ask_listed(overrides, {action: {"agent:test-agent": true}})

high := {"action_id": "github_create_issue", "action_risk_level": "high"}

critical := {"action_id": "github_delete", "action_risk_level": "critical"}

mismatch := {"action_trust_verdict": {"digest_mismatch": {"expected": "sha256:0", "actual": "sha256:1"}}}

test_default_deny if {
	answer := latchgate.decision with input as {} with data.acl as t.acl with data.policy_version as "m0-dev-001"
	reason(answer, "no matching allow rule")
}

test_allow_known_tool_valid_trust_with_budget if {
	answer := t.ask({})
	t.allowed(answer)
	answer.budgets_after.calls_remaining == 9
	answer.allowed_sinks == ["http_read", "http_write", "http_delete"]
	answer.policy_version == "m0-dev-001"
}

test_deny_unknown_action if denied({"action_id": "unknown_action"}, "not authorised")

test_deny_untrusted_action if denied(mismatch, "untrusted action")

test_deny_budget_exhausted if denied({"budgets_before": {"calls_remaining": 0}}, "budget exhausted")

test_deny_disallowed_sink if denied({"requested_sinks": ["http_read", "secret_exfil"]}, "disallowed sink")

test_deny_unknown_principal if denied({"principal": "agent:nonexistent", "action_id": "file_write"}, "not authorised")

test_high_risk_requires_approval if pending({"action_risk_level": "high"})

test_critical_risk_requires_approval if pending({"action_risk_level": "critical"})

test_low_risk_no_approval if allowed({"action_risk_level": "low"})

test_budgets_decremented_on_allow if {
	answer := t.ask({"budgets_before": {"calls_remaining": 3}})
	t.allowed(answer)
	answer.budgets_after.calls_remaining == 2
	answer.policy_version == "m0-dev-001"
}

test_restricted_agent_denied_file_write if denied({"principal": "agent:restricted", "action_id": "file_write"}, "not authorised")

test_deny_missing_tools_call_scope if denied({"scopes": []}, "tools:call")

test_deny_wrong_scope if denied({"scopes": ["audit:read"]}, "tools:call")

test_allow_multiple_scopes_including_tools_call if allowed({"scopes": ["audit:read", "tools:call"]})

test_allow_action_requiring_only_tools_call if allowed({"scopes": ["tools:call"], "required_scopes": ["tools:call"]})

test_allow_when_lease_carries_required_scope if {
	allowed({"scopes": ["tools:call", "email:send"], "required_scopes": ["tools:call", "email:send"]})
}

test_deny_lease_missing_required_scope if denied({"required_scopes": ["tools:call", "email:send"]}, "email:send")

test_deny_lease_missing_multiple_required_scopes if {
	denied({"required_scopes": ["tools:call", "email:send", "file:write"]}, "missing")
}

test_allow_lease_superset_of_required_scopes if {
	allowed({"scopes": ["tools:call", "email:send", "file:write", "audit:read"], "required_scopes": ["tools:call", "email:send"]})
}

test_deny_required_scopes_present_but_tools_call_missing_from_lease if {
	denied({"scopes": ["email:send"], "required_scopes": ["email:send"]}, "tools:call")
}

test_deny_empty_required_scopes_still_requires_tools_call if denied({"scopes": [], "required_scopes": []}, "tools:call")

test_github_read_low_risk_no_approval if allowed({"action_id": "github_read"})

test_webhook_notify_medium_risk_no_approval if allowed({"action_id": "webhook_notify", "action_risk_level": "medium"})

test_api_authenticated_low_risk_no_approval if allowed({"action_id": "http_bearer_get"})

test_http_post_medium_risk_no_approval if allowed({"action_id": "http_post", "action_risk_level": "medium"})

test_slack_post_message_medium_risk_no_approval if allowed({"action_id": "slack_post", "action_risk_level": "medium"})

test_pagerduty_medium_risk_no_approval if allowed({"action_id": "pagerduty_event", "action_risk_level": "medium"})

test_github_create_issue_high_risk_requires_approval if pending(high)

test_sensitive_api_read_high_risk_requires_approval if pending({"action_id": "http_sensitive_read", "action_risk_level": "high"})

test_sendgrid_high_risk_requires_approval if pending({"action_id": "sendgrid_send", "action_risk_level": "high"})

test_stripe_read_high_risk_requires_approval if pending({"action_id": "stripe_read", "action_risk_level": "high"})

test_github_delete_critical_risk_requires_approval if pending(critical)

test_wildcard_agent_cannot_use_github_delete if {
	denied(object.union(critical, {"principal": "agent:some-random-agent"}), "not authorised")
}

test_restricted_agent_cannot_use_github_delete if {
	denied(object.union(critical, {"principal": "agent:restricted"}), "not authorised")
}

test_test_agent_can_use_github_delete if pending(object.union(critical, {"principal": "agent:test-agent"}))

test_restricted_agent_can_use_github_read if allowed({"principal": "agent:restricted", "action_id": "github_read"})

test_restricted_agent_can_use_api_authenticated if allowed({"principal": "agent:restricted", "action_id": "http_bearer_get"})

test_restricted_agent_cannot_use_http_post if {
	denied({"principal": "agent:restricted", "action_id": "http_post", "action_risk_level": "medium"}, "not authorised")
}

test_db_agent_can_use_github_read if allowed({"principal": "agent:db-agent", "action_id": "github_read"})

test_db_agent_cannot_use_github_create_issue if {
	denied(object.union(high, {"principal": "agent:db-agent"}), "not authorised")
}

test_allowlist_bypasses_approval_for_high_risk if t.standing(listed(high, "github_create_issue"))

test_allowlist_bypasses_approval_for_critical_risk if t.standing(listed(critical, "github_delete"))

test_allowlist_does_not_bypass_acl_deny if {
	answer := t.ask_listed({"principal": "agent:restricted", "action_id": "http_post"}, {"http_post": {"agent:restricted": true}})
	reason(answer, "not authorised")
}

test_allowlist_does_not_bypass_budget if {
	reason(listed(object.union(high, {"budgets_before": {"calls_remaining": 0}}), "github_create_issue"), "budget exhausted")
}

test_allowlist_does_not_bypass_scope if {
	reason(listed(object.union(high, {"scopes": []}), "github_create_issue"), "tools:call")
}

test_allowlist_does_not_bypass_trust if {
	reason(listed(object.union(high, mismatch), "github_create_issue"), "untrusted")
}

test_allowlist_wrong_agent_still_requires_approval if {
	t.pending(t.ask_listed(high, {"github_create_issue": {"agent:other": true}}))
}

test_allowlist_wrong_action_still_requires_approval if t.pending(listed(high, "http_fetch"))

test_empty_allowlist_no_effect if t.pending(t.ask_listed(high, {}))

test_allowlist_low_risk_already_allowed if t.allowed(listed({}, "http_fetch"))

test_allowlist_decrements_budget if {
	answer := listed(object.union(high, {"budgets_before": {"calls_remaining": 5}}), "github_create_issue")
	t.standing(answer)
	answer.budgets_after.calls_remaining == 4
}

test_inheriting_principal_can_use_wildcard_action if allowed({"principal": "agent:inheriting"})

test_inheriting_principal_can_use_own_action if pending(object.union(critical, {"principal": "agent:inheriting"}))

test_inheriting_principal_gets_wildcard_sinks if {
	allowed({"principal": "agent:inheriting", "requested_sinks": ["http_write"]})
}

test_inheriting_principal_allowed_sinks_is_union if {
	t.ask({"principal": "agent:inheriting"}).allowed_sinks == ["http_delete", "http_read", "http_write"]
}

test_inheriting_principal_denied_unknown_sink if {
	denied({"principal": "agent:inheriting", "requested_sinks": ["secret_exfil"]}, "disallowed sink")
}

test_empty_acl_principal_denied if denied({"principal": "agent:empty-acl"}, "not authorised")

test_empty_acl_principal_denied_despite_wildcard if {
	denied({"principal": "agent:empty-acl", "action_id": "http_post", "action_risk_level": "medium"}, "not authorised")
}

test_unresolved_domain_requires_approval if pending({"unresolved_domains": ["example.com"]})

test_empty_unresolved_domains_allows if allowed({"unresolved_domains": []})

test_absent_unresolved_domains_allows if {
	not "unresolved_domains" in object.keys(t.base)
	allowed({})
}

test_multiple_unresolved_domains_requires_approval if {
	pending({"unresolved_domains": ["a.example", "b.example", "c.example"]})
}

test_high_risk_with_unresolved_domains_requires_approval if {
	pending(object.union(high, {"unresolved_domains": ["example.com"]}))
}

# The defects that these rules must not have again.

test_d48_a_sensitive_file_at_the_root_requires_approval if {
	every path in [".env", ".env.local", "secrets/key", ".ssh/id", ".aws/credentials"] {
		pending({"action_id": "fs_read", "action_category": "fs", "fs_path": path})
	}
}

test_d49_a_standing_approval_is_named_as_one if {
	answer := listed(high, "github_create_issue")
	answer.standing_approval == true
	answer.requires_approval == false
}

test_d52_an_answer_that_allows_names_all_that_it_allows if {
	every overrides in [{}, high, {"unresolved_domains": ["example.com"]}] {
		object.keys(t.ask(overrides)) == {
			"allow", "requires_approval", "standing_approval", "budgets_after", "allowed_sinks",
			"approved_secrets", "approved_egress", "policy_version",
		}
	}
}

test_an_unresolved_path_requires_approval_at_low_and_medium_risk if {
	every risk in ["low", "medium"] {
		pending({"action_risk_level": risk, "unresolved_paths": ["src/new"]})
	}
}

test_medium_risk_with_an_unresolved_domain_requires_approval if {
	pending({"action_risk_level": "medium", "unresolved_domains": ["example.com"]})
}

test_allowlist_with_an_unresolved_domain_still_requires_approval if {
	t.pending(listed(object.union(high, {"unresolved_domains": ["example.com"]}), "github_create_issue"))
}

test_missing_policy_version_denies if {
	answer := latchgate.decision with input as t.base with data.acl as t.acl with data.policy_version as null
	reason(answer, "no matching allow rule")
}

test_missing_allowed_sinks_denies if {
	answer := t.ask({"principal": "agent:no-sinks"})
	answer.allow == false
}
