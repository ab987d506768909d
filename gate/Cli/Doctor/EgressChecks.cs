using LatchGate.Config;
using LatchGate.Egress.Proxy;

namespace LatchGate.Cli.Doctor;

/// <summary>The proxy and its list: the same canary that the running gate uses, and the list computed anew.</summary>
internal static class EgressChecks
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    internal static async Task RunAsync(Section section, GateConfig config, EgressAllowlist? list, CancellationToken cancellation)
    {
        if (config.EgressProxy.Url is not { } url)
        {
            section.Skip("egress_proxy", "not configured: the gate alone decides what leaves (docs/squid.md)");
        }
        else
        {
            await ProbeAsync(section, url, config.EgressProxy.LiveAllowlistPath is not null, list, cancellation).ConfigureAwait(false);
        }

        if (list is not null)
        {
            foreach (var omitted in list.Omitted)
            {
                section.Warn("egress_list_omits", omitted, "Behind the proxy such targets are refused.");
            }

            if (config.EgressProxy.LiveAllowlistPath is { } path)
            {
                Compare(section, path, list);
            }
        }
    }

    private static async Task ProbeAsync(Section section, ProxyAddress url, bool isLive, EgressAllowlist? list, CancellationToken cancellation)
    {
        var probe = new ProxyProbe(url, Timeout);
        var fault = await probe.RunAsync(cancellation).ConfigureAwait(false);
        if (!fault.IsReachable())
        {
            section.Error("egress_proxy", $"{url} is not reachable ({fault.Label()})", fault.Remedy());
            return;
        }

        section.Ok("egress_proxy", $"reachable at {url}");
        if (fault != ProxyFault.None)
        {
            section.Error("egress_canary", $"{url} does not prove to deny by default ({fault.Label()})", fault.Remedy());
            return;
        }

        section.Ok("egress_canary", "unlisted names and private addresses are refused");
        if (list is null)
        {
            return;
        }

        if (await probe.HasInForceAsync(list, cancellation).ConfigureAwait(false) == true)
        {
            section.Ok("egress_list_in_force", $"the proxy uses the list of this build and configuration ({list.Count} entries)");
        }
        else if (isLive)
        {
            section.Error("egress_list_in_force", "the proxy uses another list than this build and configuration give", "Start the gate, which writes it; look at egress_reload_command.");
        }
        else
        {
            section.Warn(
                "egress_list_in_force", "the proxy does not show that it uses the list of this build and configuration",
                "Write it with 'latchgate egress allowlist --write FILE' and reload the proxy.");
        }
    }

    private static void Compare(Section section, string path, EgressAllowlist list)
    {
        try
        {
            if (!File.Exists(path))
            {
                section.Warn("egress_allowlist", $"{path} is not there yet", "The gate writes it when it starts.");
                return;
            }

            var drift = AllowlistDrift.Of(path, list);
            if (drift.IsEmpty)
            {
                section.Ok("egress_allowlist", $"{path}: {list.Count} entries, as computed");
            }
            else
            {
                section.Warn(
                    "egress_allowlist", $"{path} lacks {drift.Missing.Length} entries and has {drift.Surplus.Length} too many",
                    "Start the gate, which writes it. A call that an operator approved is listed while it runs.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            section.Error("egress_allowlist", $"{path} cannot be read: {e.Message}", "Let the gate's user read it and write its directory.");
        }
    }
}
