using System.Text;
using LatchGate.Config;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Tests.Config;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Secrets;

/// <summary>A directory with a key and a secrets file of the fixtures, which were made without the gate's code (fixtures/make.py).</summary>
internal sealed class SecretFiles : IDisposable
{
    internal SecretFiles(string fixture = "flat.yaml", string key = "key.txt")
    {
        Key = Root.Write("key.txt", Fixture(key));
        Path = Root.Write(fixture, Fixture(fixture));
    }

    internal TempDirectory Root { get; } = new();

    internal string Key { get; }

    internal string Path { get; set; }

    internal StringWriter LogText { get; } = new();

    /// <summary>More lines of the table.</summary>
    internal string More { get; set; } = "";

    internal SecretsConfig Config => GateConfigReader.Read(
        new ConfigLocation(ConfigLayer.Option, Root["latchgate.toml"]),
        Encoding.UTF8.GetBytes($"[secrets]\nsops_secrets_file = '{Path}'\nsops_key_file = '{Key}'\n{More}\n"),
        TestEnvironment.In(Root)).Secrets;

    internal static string Fixture(string name) => File.ReadAllText(System.IO.Path.Combine(RepositoryRoot.Path, "tests", "LatchGate.Tests", "Secrets", "fixtures", name));

    internal SecretStore Open() => SecretStore.Open(Config, new GateLog(LogText, LogLevel.Info, TimeProvider.System));

    /// <summary>Replaces the secrets file as sops does: by another one under its name.</summary>
    internal void Replace(string text)
    {
        File.WriteAllText(Root["next"], text);
        File.SetUnixFileMode(Root["next"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(Root["next"], Path, overwrite: true);
    }

    internal SecretProblem? Problem()
    {
        using var opened = OpenedSecrets.TryOpen(Config, out var problem);
        Assert.Equal(opened is null, problem is not null);
        return problem;
    }

    internal Dictionary<string, string> Values()
    {
        using var opened = OpenedSecrets.TryOpen(Config, out var problem);
        Assert.True(opened is not null, problem?.ToString());
        return opened.Values.Names.ToDictionary(static name => name, name => Encoding.UTF8.GetString(opened.Values.Find(name)));
    }

    public void Dispose() => Root.Dispose();
}
