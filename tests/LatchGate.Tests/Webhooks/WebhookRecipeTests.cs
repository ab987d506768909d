using System.Diagnostics;
using System.Globalization;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Webhooks;

/// <summary>The recipes of docs/webhooks.md, run as they stand there on a request that the gate sent.</summary>
public sealed class WebhookRecipeTests
{
    [Theory]
    [InlineData("python3", "python", "recipe.py", """

        with open("body", "rb") as f: body = f.read()
        key, stamp, mac, now = __import__("sys").argv[1:]
        print(genuine(key.encode(), {"X-LatchGate-Timestamp": stamp, "X-LatchGate-Signature": mac}, body, int(now)))
        """)]
    [InlineData("node", "js", "recipe.mjs", """

        import { readFileSync } from "node:fs";
        const [key, stamp, mac, now] = process.argv.slice(2);
        console.log(genuine(key, { "x-latchgate-timestamp": stamp, "x-latchgate-signature": mac }, readFileSync("body"), Number(now)));
        """)]
    public async Task The_recipe_takes_what_the_gate_sends_and_nothing_else(string program, string language, string file, string use)
    {
        Assert.SkipUnless(IsInstalled(program), $"{program} is not installed");
        await using var receiver = new Receiver("HTTP/1.1 204 No Content\r\n\r\n");
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        await rig.AfterAsync(1);
        var request = Assert.Single(receiver.Requests);
        var (stamp, mac) = (Receiver.Header(request, "x-latchgate-timestamp")!, Receiver.Header(request, "x-latchgate-signature")!);
        var now = long.Parse(stamp, CultureInfo.InvariantCulture);
        using var directory = new Config.TempDirectory();
        directory.Write(file, Recipe(language) + use);
        await File.WriteAllBytesAsync(directory["body"], request.Body, TestContext.Current.CancellationToken);

        bool Judge(string key, string time, string signature, long at) => Run(
            program, directory.Path, [file, key, time, signature, at.ToString(CultureInfo.InvariantCulture)]).Trim().ToLowerInvariant() switch
        {
            "true" => true,
            "false" => false,
            var other => throw new InvalidOperationException(other),
        };
        Assert.True(Judge(WebhookRig.Key, stamp, mac, now + 299));
        Assert.False(Judge(WebhookRig.Key, stamp, mac, now + 301));
        Assert.False(Judge(WebhookRig.Key, (now + 1).ToString(CultureInfo.InvariantCulture), mac, now));
        Assert.False(Judge("another key", stamp, mac, now));
        Assert.False(Judge(WebhookRig.Key, stamp, mac[..^1], now));
        await File.WriteAllTextAsync(directory["body"], "{}", TestContext.Current.CancellationToken);
        Assert.False(Judge(WebhookRig.Key, stamp, mac, now));
    }

    [Fact]
    public void The_page_names_every_event()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "webhooks.md"));
        foreach (var name in LatchGate.Webhooks.WebhookEvents.Names.Split(", "))
        {
            Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal);
        }
    }

    // The first block in a language.
    private static string Recipe(string language)
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "webhooks.md"));
        var start = Array.IndexOf(page, "```" + language);
        Assert.True(start >= 0, $"docs/webhooks.md has no recipe in {language}.");
        return string.Join('\n', page.Skip(start + 1).TakeWhile(l => !l.StartsWith("```", StringComparison.Ordinal))) + "\n";
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));

    private static string Run(string program, string directory, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(error.Result);
    }
}
