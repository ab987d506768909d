using LatchGate.Secrets;

namespace LatchGate.Tests.Secrets;

public sealed class SopsProgramTests
{
    [Fact]
    public void Without_the_program_a_file_for_another_key_service_is_refused_by_name()
    {
        using var files = new SecretFiles("kms.yaml");
        Assert.Equal(SecretFault.SopsBinaryNeeded, files.Problem()?.Fault);
        Assert.Contains("kms", files.Problem()!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_prints_the_values_and_is_told_the_key()
    {
        using var files = new SecretFiles("kms.yaml");
        Program(files, """
            test "$#" = 4 && test "$1 $2 $3" = "--decrypt --output-type json" || exit 99
            printf '{"TOKEN":"kms-wrapped-secret","nested":{"key":"%s"},"args":["%s"],"short":7,"nothing":null}' "$SOPS_AGE_KEY_FILE" "$4"
            """);
        Assert.Equal(
            new Dictionary<string, string> { ["TOKEN"] = "kms-wrapped-secret", ["nested.key"] = files.Key, ["args.0"] = files.Path },
            files.Values());
    }

    [Theory]
    [InlineData("exit 128", "ended with 128 (could_not_retrieve_key)")]
    [InlineData("exit 51", "ended with 51 (mac_mismatch)")]
    [InlineData("exit 3", "ended with 3 (sops_exit)")]
    [InlineData("kill -9 $$", "was ended by signal 9")]
    [InlineData("echo not json", "printed no JSON object")]
    [InlineData("echo '{\"a\":\"12345678\",\"a\":\"12345678\"}'", "printed no JSON object")]
    [InlineData("head -c 1100000 /dev/zero", "printed more than 1 MiB")]
    public void A_failing_program_is_reported_by_name(string script, string detail)
    {
        using var files = new SecretFiles("kms.yaml");
        Program(files, $"echo 'secret-in-a-message' >&2\n{script}");
        var problem = files.Problem();
        Assert.Equal(SecretFault.SopsBinaryFailed, problem?.Fault);
        Assert.Contains(detail, problem!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sleep 600")]
    [InlineData("exec 1>&-; sleep 600")]
    [InlineData("sleep 600 & sleep 600")]
    public async Task A_program_that_hangs_is_killed_with_its_children(string script)
    {
        using var files = new SecretFiles("kms.yaml") { More = "sops_timeout_ms = 1000" };
        Program(files, $"echo $$ > {files.Root["pid"]}\n{script}");
        Assert.Equal(SecretFault.SopsBinaryTimeout, files.Problem()?.Fault);

        // Its process group, whose number is its own, has nobody left who runs; whoever is killed runs on until the kernel gets to it.
        var group = (await File.ReadAllTextAsync(files.Root["pid"], TestContext.Current.CancellationToken)).Trim();
        await Eventually.HoldsAsync(() => !Directory.EnumerateDirectories("/proc").Any(path => IsRunning(path, group)));
    }

    [Fact]
    public void A_program_that_others_can_write_is_not_run()
    {
        using var files = new SecretFiles("kms.yaml");
        Program(files, "echo '{}'");
        File.SetUnixFileMode(files.Root["sops"], (UnixFileMode)0b111_111_111);
        Assert.Equal(SecretFault.SopsBinaryFailed, files.Problem()?.Fault);
        File.Delete(files.Root["sops"]);
        Assert.Equal(SecretFault.SopsBinaryFailed, files.Problem()?.Fault);
    }

    private static void Program(SecretFiles files, string script)
    {
        _ = files.Root.Write("sops", $"#!/bin/sh\n{script}\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        files.More += $"\nsops_binary = '{files.Root["sops"]}'";
    }

    private static bool IsRunning(string path, string group)
    {
        if (!char.IsAsciiDigit(Path.GetFileName(path)[0]))
        {
            return false;
        }

        try
        {
            // pid (name) state ppid pgrp …
            var fields = File.ReadAllText(Path.Combine(path, "stat")).Split(") ", 2)[^1].Split(' ');
            return fields[2] == group && fields[0] is not ("Z" or "X");
        }
        catch (IOException)
        {
            // No process, or one that has just ended.
            return false;
        }
    }
}
