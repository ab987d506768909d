using System.Globalization;
using System.Text.Json;
using LatchGate.Egress;

namespace LatchGate.Telemetry.Otlp;

/// <summary>The attributes of a record (reference/egress.md C6). Never a path, query, header or body.</summary>
internal static class OtlpAttributes
{
    internal static void Write(Utf8JsonWriter json, EgressSignal signal)
    {
        var record = signal.Record;
        if (record.Ending != EgressEnding.Allowed)
        {
            Text(json, "latchgate.egress.deny_reason"u8, record.Reason.Label());
        }

        if (record.Address is { } kind)
        {
            Text(json, "latchgate.egress.address_class"u8, kind.Label);
        }

        Flag(json, "latchgate.egress.mixed"u8, record.Mixed);
        Text(json, "latchgate.egress.rule"u8, record.Rule);
        Text(json, "latchgate.egress.rule_set_digest"u8, signal.RuleSet);
        Text(json, "latchgate.egress.layer"u8, record.Layer.Label());
        Text(json, "latchgate.egress.mode"u8, record.Audited ? "audit" : "enforce");
        if (record.WouldDeny is { } reason)
        {
            Text(json, "latchgate.egress.would_deny"u8, reason.Label());
        }

        Number(json, "latchgate.egress.bytes_up"u8, record.BytesUp);
        Number(json, "latchgate.egress.bytes_down"u8, record.BytesDown);
        Number(json, "latchgate.egress.hop"u8, record.Hop);
        Text(json, "latchgate.principal"u8, signal.Principal);
        Text(json, "latchgate.action_id"u8, signal.ActionId);
        if (signal.ExecutionId is { } execution)
        {
            Text(json, "latchgate.execution_id"u8, execution);
        }

        Text(json, "network.transport"u8, "tcp");
        Text(json, "http.request.method"u8, record.Method);
        if (record.Status is { } status)
        {
            Number(json, "http.response.status_code"u8, status);
        }

        if (record.Target is { } target)
        {
            Text(json, "latchgate.egress.dst.name"u8, target.Host);
            Text(json, "server.address"u8, target.Host);
            Number(json, "server.port"u8, target.Port);
        }

        if (record.Peer is { } peer)
        {
            Text(json, "network.peer.address"u8, peer.Address.ToString());
            Number(json, "network.peer.port"u8, peer.Port);
        }
    }

    /// <summary>The names that CLRK gives the same facts, so that queries written for it find these records.</summary>
    internal static void WriteClrk(Utf8JsonWriter json, EgressSignal signal)
    {
        var record = signal.Record;
        if (record.Ending == EgressEnding.Denied)
        {
            Text(json, "clrk.egress.deny_reason"u8, record.Address?.Class switch
            {
                AddressClass.Loopback => "loopback",
                AddressClass.Unspecified => "unspecified",
                AddressClass.LinkLocal => "link_local",
                AddressClass.Multicast => "multicast",
                AddressClass.GateIfaddr => "worker_local_ifaddr",
                _ => "policy",
            });
        }

        if (record.Target is { } target)
        {
            Text(json, "clrk.dst.name"u8, target.Host);
        }

        Text(json, "agent.name"u8, signal.Principal);
        Text(json, "invocation.id"u8, signal.ExecutionId ?? signal.CallId);
    }

    internal static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> key, string value)
    {
        Begin(json, key);
        json.WriteString("stringValue"u8, value);
        End(json);
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> key, long value)
    {
        Begin(json, key);
        json.WriteString("intValue"u8, value.ToString(CultureInfo.InvariantCulture));
        End(json);
    }

    private static void Flag(Utf8JsonWriter json, ReadOnlySpan<byte> key, bool value)
    {
        Begin(json, key);
        json.WriteBoolean("boolValue"u8, value);
        End(json);
    }

    private static void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> key)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key);
        json.WriteStartObject("value"u8);
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
