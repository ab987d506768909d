using LatchGate.Config;

namespace LatchGate.Tests.Config;

internal static class TestEnvironment
{
    /// <summary>A user 1000 "ada" whose home and current directory are below <paramref name="root"/>; no variable set but those given.</summary>
    internal static ConfigEnvironment In(TempDirectory root, params (string Name, string Value)[] variables)
    {
        Directory.CreateDirectory(root["home"]);
        Directory.CreateDirectory(root["work"]);
        var table = variables.ToDictionary(v => v.Name, v => v.Value);
        return new ConfigEnvironment(table.GetValueOrDefault, root["work"], root["home"], 1000, "ada");
    }
}
