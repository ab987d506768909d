using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;

// The product and its tests are for Linux alone.
#pragma warning disable CA1416

namespace LatchGate.Tests.Cli;

public sealed class UpAndServeTests : IDisposable
{
    private readonly CliHarness _cli = new();
    private GateConfig? _ran;

    public UpAndServeTests() => _cli.RunGate = (config, onReady, _) =>
    {
        _ran = config;
        onReady(new GateReady(config.ListenUdsPath, config.ListenAdminUdsPath, 2));
        return Task.CompletedTask;
    };

    public void Dispose() => _cli.Dispose();

    private string[] Files() => [.. Directory.GetFiles(_cli.Root.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_cli.Root.Path, f)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task The_first_up_makes_everything_and_only_the_user_can_read_it()
    {
        Assert.Equal(0, await _cli.RunAsync("up"));
        Assert.Equal(
            [
                "home/.config/latchgate/latchgate.toml",
                "home/.config/latchgate/operators/default.key",
                "home/.config/latchgate/operators/default.pem",
                "home/.local/state/latchgate/keys/approvals.key",
                "home/.local/state/latchgate/keys/grant.key",
                "home/.local/state/latchgate/keys/issuer.pem",
                "home/.local/state/latchgate/keys/receipt.key",
                "home/.local/state/latchgate/policies/data.json",
            ],
            Files());
        foreach (var file in Files())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_cli.Root[file]));
            var directory = Path.GetDirectoryName(_cli.Root[file])!;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        }

        Assert.Equal(32, new FileInfo(_cli.Root["home/.local/state/latchgate/keys/receipt.key"]).Length);
        Assert.NotEqual(
            File.ReadAllBytes(_cli.Root["home/.local/state/latchgate/keys/receipt.key"]),
            File.ReadAllBytes(_cli.Root["home/.local/state/latchgate/keys/grant.key"]));
    }

    [Fact]
    public async Task The_made_configuration_is_complete()
    {
        await _cli.RunAsync("up");
        var config = _ran!;
        Assert.Equal("agent:ada", config.Identity.Principals[1000].Principal);
        Assert.Equal(["tools:call"], config.Identity.Principals[1000].Scopes);
        var credential = Assert.Single(config.OperatorCredentials);
        Assert.Equal("default", credential.Name);

        var key = File.ReadAllText(_cli.Root["home/.config/latchgate/operators/default.key"]).TrimEnd('\n');
        Assert.Matches("^key-default-[0-9a-f]{32}$", key);
        Assert.Equal(Sha256Digest.Of(Encoding.ASCII.GetBytes(key)), credential.ReadApiKeyDigest());

        using var issuer = ECDsa.Create();
        issuer.ImportFromPem(File.ReadAllText(config.IssuerKeyPath));
        Assert.Equal(256, issuer.KeySize);

        using var policy = JsonDocument.Parse(File.ReadAllBytes(config.PolicyDataPath));
        Assert.Equal("v1", policy.RootElement.GetProperty("policy_version").GetString());
        var acl = policy.RootElement.GetProperty("acl").GetProperty("agent:ada");
        Assert.Equal(["http_delete", "http_fetch"], acl.GetProperty("allowed_actions").EnumerateArray().Select(a => a.GetString()!));
        Assert.Equal(["http_delete", "http_read"], acl.GetProperty("allowed_sinks").EnumerateArray().Select(a => a.GetString()!));
    }

    [Fact]
    public async Task No_secret_is_printed()
    {
        await _cli.RunAsync("up");
        var key = File.ReadAllText(_cli.Root["home/.config/latchgate/operators/default.key"]).TrimEnd('\n');
        Assert.DoesNotContain(key, _cli.Output + _cli.Error);
        Assert.DoesNotContain(key, File.ReadAllText(_cli.Root["home/.config/latchgate/latchgate.toml"]));
        Assert.Contains("latchgate call http_fetch", _cli.Error);
    }

    [Fact]
    public async Task A_second_up_changes_nothing()
    {
        await _cli.RunAsync("up");
        var before = Files().ToDictionary(f => f, f => File.ReadAllBytes(_cli.Root[f]));
        Assert.Equal(0, await _cli.RunAsync("up", "--json"));
        Assert.Equal(0, _cli.Json.GetProperty("created").GetArrayLength());
        Assert.Equal(before.Keys, Files());
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(_cli.Root[file.Key])));
    }

    [Fact]
    public async Task An_up_that_was_cut_short_is_completed_with_the_keys_it_made()
    {
        await _cli.RunAsync("up");
        var pem = File.ReadAllText(_cli.Root["home/.config/latchgate/operators/default.pem"]);
        File.Delete(_cli.Root["home/.config/latchgate/latchgate.toml"]);
        File.Delete(_cli.Root["home/.local/state/latchgate/keys/grant.key"]);
        Assert.Equal(0, await _cli.RunAsync("up", "--json"));
        Assert.Equal(2, _cli.Json.GetProperty("created").GetArrayLength());
        Assert.Equal(pem, File.ReadAllText(_cli.Root["home/.config/latchgate/operators/default.pem"]));
    }

    [Fact]
    public async Task A_project_keeps_its_own_files_out_of_its_history()
    {
        Assert.Equal(0, await _cli.RunAsync("up", "--local"));
        Assert.Equal("*\n", File.ReadAllText(_cli.Root["work/.latchgate/.gitignore"]));
        Assert.Equal(_cli.Root["work/.latchgate/data/audit.db"], _ran!.LedgerDbPath);
        Assert.False(Directory.Exists(_cli.Root["home/.config"]));

        // From now on the directory is enough.
        Assert.Equal(0, await _cli.RunAsync("up", "--json"));
        Assert.Equal(_cli.Root["work/.latchgate/latchgate.toml"], _cli.Json.GetProperty("config").GetString());
    }

    [Fact]
    public async Task A_named_configuration_is_used_as_it_is()
    {
        await _cli.RunAsync("up");
        var file = _cli.Root["home/.config/latchgate/latchgate.toml"];
        var before = Files();
        Assert.Equal(0, await _cli.RunAsync("up", "--config", file));
        Assert.Equal(before, Files());
        Assert.Equal(64, await _cli.RunAsync("up", "--config", file, "--local"));
    }

    [Fact]
    public async Task Told_to_stop_up_ends_well()
    {
        using var stop = new CancellationTokenSource();
        _cli.RunGate = async (config, onReady, token) =>
        {
            onReady(new GateReady(config.ListenUdsPath, config.ListenAdminUdsPath, 2));
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        };
        Assert.Equal(0, await _cli.RunAsync(stop.Token, "up"));
        Assert.Contains("stopped", _cli.Error);
    }

    [Fact]
    public async Task Serve_needs_a_configuration_and_says_so_in_one_line_of_JSON()
    {
        Assert.Equal(1, await _cli.RunAsync("serve"));
        using var line = JsonDocument.Parse(_cli.Error);
        Assert.Equal(["startup_error", "detail", "remedy"], line.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal("config_validation_failed", line.RootElement.GetProperty("startup_error").GetString());
        Assert.Equal("", _cli.Output);
    }

    [Fact]
    public async Task Serve_runs_what_up_has_made()
    {
        await _cli.RunAsync("up");
        _ran = null;
        Assert.Equal(0, await _cli.RunAsync("serve"));
        Assert.Equal(ConfigLayer.User, _ran!.Source.Layer);
    }

    [Theory]
    [InlineData("keys/receipt.key", "signing_key_failed")]
    [InlineData("keys/grant.key", "signing_key_failed")]
    [InlineData("keys/issuer.pem", "issuer_init_failed")]
    [InlineData("policies/data.json", "policy_load_failed")]
    public async Task Serve_does_not_start_without_a_file_it_needs(string file, string code)
    {
        await _cli.RunAsync("up");
        _cli.RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run.");
        File.Delete(_cli.Root[$"home/.local/state/latchgate/{file}"]);
        Assert.Equal(1, await _cli.RunAsync("serve"));
        Assert.Equal(code, StartupErrorCode());
    }

    [Fact]
    public async Task Serve_does_not_start_with_a_key_that_others_can_read_or_that_is_cut()
    {
        await _cli.RunAsync("up");
        var key = _cli.Root["home/.local/state/latchgate/keys/receipt.key"];
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(1, await _cli.RunAsync("serve"));
        Assert.Equal("signing_key_failed", StartupErrorCode());
        Assert.Contains($"chmod 600 {key}", _cli.Error);

        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(key, new byte[31]);
        Assert.Equal(1, await _cli.RunAsync("serve"));
        Assert.Contains("has 31 bytes instead of 32", _cli.Error);
    }

    [Fact]
    public async Task Serve_does_not_start_where_a_directory_cannot_be()
    {
        await _cli.RunAsync("up");
        _cli.Root.Write("file", "");
        _cli.Variables["LATCHGATE_LEDGER_DB_PATH"] = _cli.Root["file/audit.db"];
        Assert.Equal(1, await _cli.RunAsync("serve"));
        Assert.Equal("ledger_open_failed", StartupErrorCode());
    }

    [Fact]
    public async Task A_defect_ends_with_an_error_and_not_with_a_crash()
    {
        _cli.RunGate = (_, _, _) => throw new InvalidOperationException("unforeseen");
        Assert.Equal(1, await _cli.RunAsync("up"));
        Assert.Contains("InvalidOperationException: unforeseen", _cli.Error);
    }

    private string StartupErrorCode()
    {
        using var line = JsonDocument.Parse(_cli.Error);
        return line.RootElement.GetProperty("startup_error").GetString()!;
    }
}
