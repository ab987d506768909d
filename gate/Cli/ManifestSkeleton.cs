namespace LatchGate.Cli;

/// <summary>The manifest that <c>latchgate manifests new</c> writes.</summary>
internal static class ManifestSkeleton
{
    /// <summary>The manifest, for an action of that id.</summary>
    internal static string Of(string id) => $$$"""
        # yaml-language-server: $schema=../manifest.schema.json
        # Says in a sentence what the action is for.
        #
        # Risk rationale: low. Reads what is not private; nothing is changed anywhere.
        action_id: {{{id}}}
        version: 1.0.0
        description: Reads one item of example.com.
        provider_module_digest: builtin:http_api
        required_imports: [latchgate:io/http, latchgate:io/log]
        risk_level: low                        # low, medium, high, critical: the worst that a call can do
        declared_side_effects: [http_read]     # http_write, http_delete, …; one that ends in _read changes nothing
        tags: [agent]
        resource_limits:
          fuel: 5000000
          memory_mb: 16
          timeout_seconds: 30
          max_io_calls: 1
          max_host_response_bytes: 1048576
        verifier_kind: http_status
        verification_config:
          expected_status: [200]
        io:
          max_request_bytes: 4096
          max_response_bytes: 4194304
          request_schema:
            type: object
            additionalProperties: false
            required: [item]
            properties:
              item: { type: string, description: Which item., minLength: 1, maxLength: 128 }
              page: { type: integer, description: Which page., minimum: 1 }
        template:
          method: GET
          url_template: "https://api.example.com/items/{{item}}"
          query:
            page: "{{page}}"                   # left out when the request has none
          headers:
            accept: application/json
        egress:
          profile: proxy_allowlist
          allow:
            - name: api
              hosts: [api.example.com]
              schemes: [https]
              ports: [443]
              methods: [GET]
              # credentials:
              #   - { header: Authorization, prefix: "Bearer ", secret: EXAMPLE_TOKEN }

        """;
}
