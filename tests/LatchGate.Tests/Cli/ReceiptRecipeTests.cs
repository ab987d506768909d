using System.Diagnostics;
using System.Text.Json;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Cli;

/// <summary>docs/receipts.md, run: a receipt of a key that was replaced, checked by other tools with what the command line exports.</summary>
public sealed class ReceiptRecipeTests
{
    [Theory]
    [InlineData("openssl")]
    [InlineData("node")]
    public async Task Another_tool_verifies_a_receipt_and_refuses_a_changed_one(string tool)
    {
        var (heading, needs) = tool == "openssl" ? ("## With OpenSSL", new[] { "sh", "jq", "xxd", "openssl", "sha256sum" }) : ("## With Node", ["node"]);
        foreach (var program in needs)
        {
            Assert.SkipUnless(IsInstalled(program), $"{program} is not installed here");
        }

        using var files = await new LedgerFiles().FilledAsync();
        var (kid, receipt) = Receipt(files);
        Assert.Equal(0, await files.Cli.RunAsync("receipts", "show", receipt, "--ledger", "ledger.db", "--keys", files.Keys, "--json"));
        await File.WriteAllTextAsync(files.File("receipt.json"), files.Cli.Output, TestContext.Current.CancellationToken);
        Assert.Equal(0, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "--format", "pem", "--kid", kid, "-o", "key.pem"));
        Assert.Equal(0, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "-o", "receipt-keys.json"));

        var recipe = Recipe(heading);
        var script = files.File(tool == "openssl" ? "verify.sh" : "verify.mjs");
        await File.WriteAllTextAsync(script, recipe, TestContext.Current.CancellationToken);
        var interpreter = tool == "openssl" ? "sh" : "node";
        var good = Run(interpreter, script, files.Temp.Folder);
        Assert.Equal((0, true), (good.Exit, good.Output.Contains("valid", StringComparison.Ordinal)));

        // Another result, another signature, another hash.
        var text = await File.ReadAllTextAsync(files.File("receipt.json"), TestContext.Current.CancellationToken);
        foreach (var changed in new[]
        {
            text.Replace("\"agent:demo\"", "\"agent:evil\"", StringComparison.Ordinal), Swap(text, "receipt_signature"), Swap(text, "result_hash"),
        })
        {
            Assert.NotEqual(text, changed);
            await File.WriteAllTextAsync(files.File("receipt.json"), changed, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, Run(interpreter, script, files.Temp.Folder).Exit);
        }
    }

    [Fact]
    public async Task Exported_keys_are_the_standard_forms()
    {
        using var files = new LedgerFiles();
        Assert.Equal(0, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys));
        var key = Assert.Single(files.Cli.Json.GetProperty("keys").EnumerateArray());
        Assert.Equal(["kty", "crv", "x", "kid", "alg", "use"], key.EnumerateObject().Select(m => m.Name));
        Assert.Equal(0, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "--format", "pem"));

        // RFC 8410 §10.1's algorithm identifier before the key itself.
        var lines = files.Cli.Output.Split('\n');
        Assert.Equal(("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"), (lines[0], lines[2]));
        Assert.Equal("302A300506032B6570032100" + Convert.ToHexString(files.Temp.Signer.PublicKey), Convert.ToHexString(Convert.FromBase64String(lines[1])));
        Assert.Equal(1, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "--kid", "0000000000000000", "--json"));
        Assert.Equal(64, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "--format", "der"));
        File.WriteAllText(files.File("there.pem"), "x");
        Assert.Equal(1, await files.Cli.RunAsync("keys", "export", "--keys", files.Keys, "-o", "there.pem", "--json"));
        Assert.Equal("exists", files.Cli.Json.GetProperty("error").GetString());
    }

    private static (string Kid, string Receipt) Receipt(LedgerFiles files)
    {
        using var database = Database.Open(files.Temp.Path, DatabaseAccess.ReadOnly);
        using var row = database.PrepareOnce("SELECT kid, receipt_id FROM receipts LIMIT 1");
        Assert.True(row.Step());
        return (row.String(0), row.String(1));
    }

    // The first block of code below a heading.
    private static string Recipe(string heading)
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "receipts.md"));
        var start = Array.IndexOf(page, heading);
        Assert.True(start >= 0, $"docs/receipts.md has no '{heading}'.");
        return string.Join('\n', page.Skip(start).SkipWhile(l => !l.StartsWith("```", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.StartsWith("```", StringComparison.Ordinal))) + "\n";
    }

    private static string Swap(string json, string member)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement.GetProperty(member).GetString()!;
        return json.Replace(value, (value[0] == '0' ? '1' : '0') + value[1..], StringComparison.Ordinal);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));

    private static (int Exit, string Output) Run(string program, string script, string directory)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [script])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
