using System.Text;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Config;

public sealed class GateConfigTests : IDisposable
{
    // 43 characters of base64url for 32 bytes.
    private const string Jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private GateConfig Load(string toml, params (string, string)[] variables) =>
        GateConfigReader.Load(_root.Write("latchgate.toml", toml), TestEnvironment.In(_root, variables));

    private StartupException Refuse(string toml, params (string, string)[] variables)
    {
        var e = Assert.Throws<StartupException>(() => Load(toml, variables));
        Assert.Equal(StartupError.ConfigValidationFailed, e.Error);
        return e;
    }

    [Fact]
    public void Without_a_file_the_compiled_defaults_apply()
    {
        var config = GateConfigReader.Load(null, TestEnvironment.In(_root, ("XDG_RUNTIME_DIR", "/run/user/1000")));
        Assert.Equal(ConfigLayer.Default, config.Source.Layer);
        Assert.Equal("/run/user/1000/latchgate/gate.sock", config.ListenUdsPath);
        Assert.Equal("/run/user/1000/latchgate/gate-admin.sock", config.ListenAdminUdsPath);
        Assert.Equal("http://localhost:3000", config.PublicBaseUrl);
        Assert.Equal(300, config.LeaseTtlSeconds);
        Assert.Equal(_root["home/.local/state/latchgate/audit.db"], config.LedgerDbPath);
        Assert.Equal(1024, config.MaxConcurrentExecutions);
        Assert.Equal(LogLevel.Info, config.LogLevel);
        Assert.Null(config.Actions);
        Assert.Null(config.Egress.CeilingHosts);
        Assert.Empty(config.Egress.PrivateCidrs);
        Assert.False(config.Identity.AllowUnmapped);
        Assert.Empty(config.Identity.Principals);
        Assert.Empty(config.OperatorCredentials);
        Assert.Equal(new RateLimitsConfig(20, 5, 1000, 50, 100, 20, 5), config.RateLimits);
        Assert.False(config.Posture.IsRelaxed);
    }

    [Fact]
    public void A_principal_of_ten_kilobytes_is_refused()
    {
        var toml = $"[identity.peercred.principals.1000]\nprincipal = \"{new string('a', 10_240)}\"";
        Assert.Contains("is not a principal's name", Assert.Throws<StartupException>(() => Load(toml)).Detail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative/dir")]
    public void Without_a_usable_runtime_directory_the_sockets_are_below_tmp(string runtime)
    {
        var config = GateConfigReader.Load(null, TestEnvironment.In(_root, ("XDG_RUNTIME_DIR", runtime)));
        Assert.Equal("/tmp/latchgate-1000/gate.sock", config.ListenUdsPath);
    }

    [Fact]
    public void Every_section_is_read()
    {
        _root.Write("op.key", "key-ops-0123456789abcdef0123456789abcdef\n");
        var config = Load($"""
            listen_uds_path = "run/gate.sock"
            state_dir = "state"
            actions = ["http_fetch", "fs_read"]
            log_level = "warn"
            public_base_url = "https://gate.example/"
            lease_ttl_seconds = 61
            [identity]
            provider = "peercred"
            [identity.peercred]
            allow_unmapped = true
            [identity.peercred.principals.1001]
            principal = "agent:builder"
            scopes = ["tools:call", "audit:read"]
            owner = "Ada"
            labels = {"{"} team = "payments", env = "prod" {"}"}
            [operator_credentials.ops]
            api_key_file = "op.key"
            dpop_jkt = "{Jkt}"
            [egress]
            private_cidrs = ["10.1.0.0/16"]
            nat64_prefixes = ["64:ff9b::/96"]
            deny = [".internal.example.com", "10.1.2.3"]
            ceiling_hosts = ["*.Example.com"]
            open_egress = true
            mode = "audit"
            audit_until = "2030-12-31T00:00:00Z"
            prices."gpt-5" = {"{"} input_usd_micros_per_mtok = 1250000, output_usd_micros_per_mtok = 10000000 {"}"}
            [limits]
            max_connections = 7
            """);
        Assert.Equal(_root["run/gate.sock"], config.ListenUdsPath);
        Assert.Equal(_root["state/keys/receipt.key"], config.ReceiptSigningKeyPath);
        Assert.Equal(["http_fetch", "fs_read"], config.Actions!.Value);
        Assert.Equal(LogLevel.Warn, config.LogLevel);
        Assert.Equal("https://gate.example", config.PublicBaseUrl);
        Assert.True(config.Identity.AllowUnmapped);
        var principal = config.Identity.Principals[1001];
        Assert.Equal("agent:builder", principal.Principal);
        Assert.Equal(["tools:call", "audit:read"], principal.Scopes);
        Assert.Equal("Ada", principal.Owner);
        Assert.Equal([new PrincipalLabel("env", "prod"), new PrincipalLabel("team", "payments")], principal.Labels);
        var credential = Assert.Single(config.OperatorCredentials);
        Assert.Equal("ops", credential.Name);
        Assert.Equal(Sha256Digest.Of("key-ops-0123456789abcdef0123456789abcdef"u8), credential.ReadApiKeyDigest());
        Assert.Equal("10.1.0.0", Assert.Single(config.Egress.PrivateCidrs).Network.ToString());
        Assert.Equal([new HostPattern(HostPatternKind.Suffix, "internal.example.com"), new HostPattern(HostPatternKind.Exact, "10.1.2.3")], config.Egress.Deny);
        Assert.Equal([new HostPattern(HostPatternKind.OneLabel, "example.com")], config.Egress.CeilingHosts!.Value);
        Assert.True(config.Egress.OpenEgress);
        Assert.Equal(new DateTimeOffset(2030, 12, 31, 0, 0, 0, TimeSpan.Zero), config.Egress.AuditUntil);
        Assert.Equal(new TokenPrice(1_250_000, 10_000_000), config.Egress.Prices["gpt-5"]);
        Assert.Equal(LimitsConfig.Default with { MaxConnections = 7 }, config.Limits);
    }

    [Fact]
    public void The_ceiling_has_an_alias() =>
        Assert.Equal([new HostPattern(HostPatternKind.Exact, "api.example.com")], Load("egress.egress_runtime_allowlist = [\"api.example.com\"]").Egress.CeilingHosts!.Value);

    [Fact]
    public void Every_uid_of_one_principal_has_the_same_labels() =>
        Assert.EndsWith(
            "gives 'agent:a' other labels than uid 1 does.",
            Refuse("[identity.peercred.principals.1]\nprincipal = \"agent:a\"\nlabels.team = \"x\"\n[identity.peercred.principals.2]\nprincipal = \"agent:a\"").Detail,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("log_level = \"info\"\nleese_ttl_seconds = 60", "2:1: unknown key 'leese_ttl_seconds'", "Did you mean 'lease_ttl_seconds'?")]
    [InlineData("[limits]\n  max_conections = 1", "2:3: unknown key 'limits.max_conections'", "Did you mean 'limits.max_connections'?")]
    [InlineData("[egres]\ndeny = []", "1:2: unknown key 'egres'", "Did you mean 'egress'?")]
    [InlineData("[identity.peercred]\nalow_unmapped = true", "2:1: unknown key 'identity.peercred.alow_unmapped'", "Did you mean 'identity.peercred.allow_unmapped'?")]
    [InlineData("[posture]\nacl_insecure = true", "2:1: unknown key 'posture.acl_insecure'", "This build takes off only: operator_auth_insecure.")]
    [InlineData("[rate_limits]\nlease_rsp = 1", "2:1: unknown key 'rate_limits.lease_rsp'", "Did you mean 'rate_limits.lease_rps'?")]
    [InlineData("completely_different = 1", "1:1: unknown key 'completely_different'", "Remove it; this build knows no such setting.")]
    public void An_unknown_key_is_named_with_its_place_and_the_nearest_known_key(string toml, string where, string remedy)
    {
        var e = Refuse(toml);
        Assert.Equal($"{_root["latchgate.toml"]}:{where}.", e.Detail);
        Assert.Equal(remedy, e.Remedy);
    }

    [Theory]
    [InlineData("lease_ttl_seconds = 60", "1:21: 'lease_ttl_seconds' is 60, which is out of range.")]
    [InlineData("lease_ttl_seconds = 3601", "1:21: 'lease_ttl_seconds' is 3601, which is out of range.")]
    [InlineData("lease_ttl_seconds = 9223372036854775807", "1:21: 'lease_ttl_seconds' is 9223372036854775807, which is out of range.")]
    [InlineData("lease_ttl_seconds = \"300\"", "1:21: 'lease_ttl_seconds' is a string.")]
    [InlineData("listen_uds_path = 5", "1:19: 'listen_uds_path' is an integer.")]
    [InlineData("actions = \"http_fetch\"", "1:11: 'actions' is a string.")]
    [InlineData("actions = [\"a\",\n\"b c\"]", "2:1: 'actions' holds 'b c', which is not an action id.")]
    [InlineData("[rate_limits]\nlease_rps = 0", "2:13: 'rate_limits.lease_rps' is 0, which is out of range.")]
    [InlineData("[rate_limits]\nexecute_rps_per_peer = 100001", "2:24: 'rate_limits.execute_rps_per_peer' is 100001, which is out of range.")]
    [InlineData("[posture]\noperator_auth_insecure = 1", "2:26: 'posture.operator_auth_insecure' is an integer.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"*\"", "2:13: 'identity.peercred.principals.1000.principal' is not a principal's name.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"\"", "2:13: 'identity.peercred.principals.1000.principal' is not a principal's name.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a\\u0007b\"", "2:13: 'identity.peercred.principals.1000.principal' is not a principal's name.")]
    [InlineData("log_level = \"trace\"", "1:13: 'log_level' is 'trace', which is no log level.")]
    [InlineData("public_base_url = \"http://u@h\"", "1:19: 'public_base_url' is not a base URL.")]
    [InlineData("public_base_url = \"ftp://h\"", "1:19: 'public_base_url' is not a base URL.")]
    [InlineData("identity = 1", "1:12: 'identity' is an integer.")]
    [InlineData("identity.provider = \"none\"", "1:21: 'identity.provider' is 'none', which is no identity provider.")]
    [InlineData("[identity.peercred.principals.01000]\nprincipal = \"a\"", "1:31: 'identity.peercred.principals.01000' is not a uid.")]
    [InlineData("[identity.peercred.principals.1000]\nowner = \"a\"", "1:1: 'identity.peercred.principals.1000.principal' is missing.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"uid:1001\"", "2:13: 'identity.peercred.principals.1000.principal' is 'uid:1001', whose prefix is reserved.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a b\"", "2:13: 'identity.peercred.principals.1000.principal' is not a principal's name.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a\"\nscopes = [\"Tools\"]", "3:11: 'identity.peercred.principals.1000.scopes' holds 'Tools', which is not a scope.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a\"\nscopes = [\"a:b\"]", "3:11: 'identity.peercred.principals.1000.scopes' holds 'a:b', which is not a scope.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a\"\nscopes = [\"1st:read\"]", "3:11: 'identity.peercred.principals.1000.scopes' holds '1st:read', which is not a scope.")]
    [InlineData("[identity.peercred.principals.1000]\nprincipal = \"a\"\nscopes = [\"tools:\"]", "3:11: 'identity.peercred.principals.1000.scopes' holds 'tools:', which is not a scope.")]
    [InlineData("[egress]\nprivate_cidrs = [\"10.0.0.1/8\"]", "2:18: 'egress.private_cidrs' holds '10.0.0.1/8', which is not a network.")]
    [InlineData("[egress]\nnat64_prefixes = [\"64:ff9b::/95\"]", "2:19: 'egress.nat64_prefixes' holds '64:ff9b::/95', which is not a NAT64 prefix.")]
    [InlineData("[egress]\ndeny = [\"*\"]", "2:9: 'egress.deny' holds '*', which is not a host pattern.")]
    [InlineData("[egress]\ndeny = [\"a.*.example.com\"]", "2:9: 'egress.deny' holds 'a.*.example.com', which is not a host pattern.")]
    [InlineData("[egress]\ndeny = [\"010.1.1.1\"]", "2:9: 'egress.deny' holds '010.1.1.1', which is not a host pattern.")]
    [InlineData("[egress]\nmode = \"observe\"", "2:8: 'egress.mode' is 'observe', which is no mode.")]
    [InlineData("[egress]\nmode = \"audit\"", "1:1: 'egress.audit_until' is missing.")]
    [InlineData("[egress]\nmode = \"audit\"\naudit_until = \"soon\"", "3:15: 'egress.audit_until' is 'soon', which is not a time.")]
    [InlineData("[egress]\naudit_until = \"2030-12-31T00:00:00Z\"", "2:15: 'egress.audit_until' has no meaning without mode = \"audit\".")]
    [InlineData("[egress]\nceiling_hosts = []\negress_runtime_allowlist = []", "3:28: 'egress.egress_runtime_allowlist' stands beside 'egress.ceiling_hosts', which is the same.")]
    [InlineData("[egress.prices.m]\ninput_usd_micros_per_mtok = 1", "1:1: 'egress.prices.m.output_usd_micros_per_mtok' is missing.")]
    [InlineData("[identity.peercred.principals.1]\nprincipal = \"a\"\nlabels = { Team = \"x\" }", "3:12: 'identity.peercred.principals.1.labels.Team' is not a label's key.")]
    [InlineData("[identity.peercred.principals.1]\nprincipal = \"a\"\nlabels = { team = \"x y\" }", "3:19: 'identity.peercred.principals.1.labels.team' is not a label's value.")]
    [InlineData("[operator_credentials.a]\napi_key = \"0123456789abcdef\"", "1:1: 'operator_credentials.a.dpop_jkt' is missing.")]
    [InlineData("[operator_credentials.a]\ndpop_jkt = \"" + Jkt + "\"", "1:1: 'operator_credentials.a.api_key_file' is missing.")]
    [InlineData("[operator_credentials.a]\ndpop_jkt = \"short\"", "2:12: 'operator_credentials.a.dpop_jkt' is not a thumbprint.")]
    [InlineData("a = ", "1:5: a value is missing here.")]
    public void A_bad_value_is_refused_with_its_place(string toml, string detail) =>
        Assert.Equal($"{_root["latchgate.toml"]}:{detail}", Refuse(toml).Detail);

    [Theory]
    [InlineData("tools:call")]
    [InlineData("mcp:files:read")]
    [InlineData("n:1-")]
    [InlineData("a234567890123456789012345678901:3456789012345678901234567890123")]
    public void A_scope_that_a_lease_can_carry_can_be_given(string scope)
    {
        var identity = Load($"[identity.peercred.principals.1000]\nprincipal = \"a\"\nscopes = [\"{scope}\"]").Identity;
        Assert.Equal([scope], GateStartup.PeersOf(identity).Find(1000)!.Scopes);
    }

    [Fact]
    public void Two_operators_with_one_api_key_are_refused_by_name()
    {
        const string Same = $"api_key = \"0123456789abcdef\"\ndpop_jkt = \"{Jkt}\"\n";
        var config = Load($"[operator_credentials.ada]\n{Same}[operator_credentials.bob]\n{Same}");
        var refused = Assert.Throws<StartupException>(() => GateStartup.OperatorsOf(config));
        Assert.Equal(StartupError.ConfigValidationFailed, refused.Error);
        Assert.Equal("Operators 'ada' and 'bob' have the same API key.", refused.Detail);
        Assert.NotEmpty(refused.Remedy);
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_the_file_over_the_default()
    {
        const string Toml = "lease_ttl_seconds = 120\nlog_level = \"warn\"";
        Assert.Equal((120, LogLevel.Warn), Both(Load(Toml)));
        Assert.Equal((600, LogLevel.Debug), Both(Load(Toml, ("LATCHGATE_LEASE_TTL_SECONDS", "600"), ("LATCHGATE_LOG_LEVEL", "debug"))));
        Assert.Equal((300, LogLevel.Info), Both(Load("")));

        static (int, LogLevel) Both(GateConfig c) => (c.LeaseTtlSeconds, c.LogLevel);
    }

    [Fact]
    public void A_path_in_the_environment_is_relative_to_the_current_directory()
    {
        var config = Load("ledger_db_path = \"a.db\"", ("LATCHGATE_LEDGER_DB_PATH", "b.db"));
        Assert.Equal(_root["work/b.db"], config.LedgerDbPath);
    }

    [Theory]
    [InlineData("LATCHGATE_LEASE_TTL_SECONDS", "soon", "The environment variable LATCHGATE_LEASE_TTL_SECONDS is not an integer.")]
    [InlineData("LATCHGATE_LEASE_TTL_SECONDS", "", "The environment variable LATCHGATE_LEASE_TTL_SECONDS is not an integer.")]
    [InlineData("LATCHGATE_LEASE_TTL_SECONDS", "5", "The environment variable LATCHGATE_LEASE_TTL_SECONDS is 5, which is out of range.")]
    [InlineData("LATCHGATE_LISTEN_UDS_PATH", "", "The environment variable LATCHGATE_LISTEN_UDS_PATH is not a path.")]
    [InlineData("LATCHGATE_LOG_LEVEL", "INFO", "The environment variable LATCHGATE_LOG_LEVEL is 'INFO', which is no log level.")]
    public void A_bad_variable_stops_the_gate_although_the_file_is_good(string name, string value, string detail) =>
        Assert.Equal(detail, Refuse("lease_ttl_seconds = 300", (name, value)).Detail);

    [Fact]
    public void A_file_with_an_API_key_must_be_its_owners_alone()
    {
        var toml = $"[operator_credentials.ops]\napi_key = \"key-ops-0123456789abcdef\"\ndpop_jkt = \"{Jkt}\"";
        Assert.Equal(Sha256Digest.Of("key-ops-0123456789abcdef"u8), Load(toml).OperatorCredentials[0].ReadApiKeyDigest());

        var open = _root.Write("open.toml", toml, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var e = Assert.Throws<StartupException>(() => GateConfigReader.Load(open, TestEnvironment.In(_root)));
        Assert.StartsWith($"Close it with: chmod 600 {open}", e.Remedy);
        Assert.DoesNotContain("key-ops", e.Message);
    }

    [Fact]
    public void A_credential_never_prints_its_key()
    {
        var credential = Load($"[operator_credentials.ops]\napi_key = \"key-ops-0123456789abcdef\"\ndpop_jkt = \"{Jkt}\"").OperatorCredentials[0];
        Assert.Equal("operator 'ops'", credential.ToString());
    }

    [Fact]
    public void Both_listeners_on_one_socket_are_refused() =>
        Assert.Contains("are both", Refuse("listen_uds_path = \"s\"\nlisten_admin_uds_path = \"s\"").Detail);

    [Fact]
    public void A_user_whose_home_is_the_whole_file_system_permits_no_root_by_default()
    {
        var environment = TestEnvironment.In(_root) with { HomeDirectory = "/" };
        var location = new ConfigLocation(ConfigLayer.Default, null);
        Assert.Empty(GateConfigReader.Read(location, [], environment).FsRootAllowedPrefixes);
        Assert.Equal(["/"], GateConfigReader.Read(location, "fs_root_allowed_prefixes = [\"/\"]"u8, environment).FsRootAllowedPrefixes);
        Assert.Equal([_root["home"]], GateConfigReader.Read(location, [], TestEnvironment.In(_root)).FsRootAllowedPrefixes);
    }

    [Theory]
    [InlineData("listen_uds_path")]
    [InlineData("listen_admin_uds_path")]
    public void The_socket_for_metrics_is_no_other_listener_s(string other)
    {
        var detail = Refuse($"{other} = \"s\"\nlisten_metrics_uds_path = \"s\"").Detail;
        Assert.Contains($"listen_metrics_uds_path and {other} are both", detail);
    }

    [Fact]
    public void The_socket_path_for_metrics_must_fit_in_sun_path()
    {
        var refused = Refuse($"listen_metrics_uds_path = \"/{new string('s', 106)}\"");
        Assert.Contains("longer than 106 bytes", refused.Detail);
        Assert.Contains("listen_metrics_uds_path", refused.Remedy);
    }

    [Fact]
    public void A_configuration_may_come_through_a_pipe()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        pipe.Write("lease_ttl_seconds = 90"u8);
        var reader = pipe.ClientSafePipeHandle.DangerousGetHandle();
        pipe.SafePipeHandle.Dispose();
        Assert.Equal(90, GateConfigReader.Load($"/dev/fd/{reader}", TestEnvironment.In(_root)).LeaseTtlSeconds);
    }

    [Fact]
    public void A_device_without_end_is_refused_as_too_large() =>
        Assert.Contains("larger than", Assert.Throws<StartupException>(() => GateConfigReader.Load("/dev/zero", TestEnvironment.In(_root))).Detail);

    [Fact]
    public void A_socket_path_must_fit_in_sun_path()
    {
        var longest = "/" + new string('s', 105);
        Assert.Equal(longest, Load($"listen_uds_path = \"{longest}\"").ListenUdsPath);
        Assert.Contains("longer than 106 bytes", Refuse($"listen_uds_path = \"{longest}s\"").Detail);
    }

    [Fact]
    public void A_file_that_is_not_UTF8_is_refused()
    {
        File.WriteAllBytes(_root["bad.toml"], [.. Encoding.ASCII.GetBytes("log_level = \""), 0xFF]);
        var e = Assert.Throws<StartupException>(() => GateConfigReader.Load(_root["bad.toml"], TestEnvironment.In(_root)));
        Assert.Equal($"{_root["bad.toml"]}:1:14: the file is not UTF-8.", e.Detail);
    }
}
