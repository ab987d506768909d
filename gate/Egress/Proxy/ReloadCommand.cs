using System.Text;
using LatchGate.Pipeline;
using LatchGate.Secrets.Sops;

namespace LatchGate.Egress.Proxy;

/// <summary>How a reload ended.</summary>
internal enum ReloadOutcome
{
    /// <summary>The command ended with 0.</summary>
    Done,

    /// <summary>There is no such program, or it may not be run.</summary>
    NotStarted,

    /// <summary>It ended with another code, or by a signal.</summary>
    Failed,

    /// <summary>It did not end in time, and was killed.</summary>
    TimedOut,
}

/// <summary>The result of a reload.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">Exit code and the first words of what it said, cleaned; empty when it is done.</param>
internal readonly record struct ReloadResult(ReloadOutcome Outcome, string Detail);

/// <summary>
/// Runs the operator's reload command: its words as they are, no shell, an empty standard input and an environment of
/// <c>PATH</c>, <c>HOME</c> and <c>LANG</c> alone.
/// </summary>
internal sealed class ReloadCommand(string[] words, TimeSpan timeout)
{
    private const int KeptBytes = 512;
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    // The gate's own variables may name keys and sockets; none of that is the command's.
    private static readonly string[] Kept = ["HOME", "LANG"];

    internal Task<ReloadResult> RunAsync() => Task.Run(Run);

    // Waits for the program on its thread: it is seldom, and bounded.
    private ReloadResult Run()
    {
        if (Find(words[0]) is not { } program)
        {
            return new ReloadResult(ReloadOutcome.NotStarted, $"there is no program '{words[0]}'");
        }

        Span<byte> said = stackalloc byte[KeptBytes];
        var run = ChildProcess.RunForEffect([program, .. words.AsSpan(1)], Variables(), said, timeout);
        return run.Ending switch
        {
            ChildEnding.NotStarted => new ReloadResult(ReloadOutcome.NotStarted, $"{program} cannot be run"),
            ChildEnding.TimedOut => new ReloadResult(ReloadOutcome.TimedOut, $"killed after {timeout.TotalSeconds:0} s"),
            ChildEnding.Exited when run.Code == 0 => new ReloadResult(ReloadOutcome.Done, ""),
            ChildEnding.Exited => Failed($"exit code {run.Code}", said[..run.Length]),
            _ => Failed($"signal {run.Code}", said[..run.Length]),
        };
    }

    private static ReloadResult Failed(string how, ReadOnlySpan<byte> said)
    {
        var words = PlainText.Clean(Encoding.UTF8.GetString(said).Trim());
        return new ReloadResult(ReloadOutcome.Failed, words.Length > 0 ? $"{how}: {words}" : how);
    }

    private static string[] Variables()
    {
        var variables = new List<string> { $"PATH={PathVariable}" };
        foreach (var name in Kept)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables.Add($"{name}={value}");
            }
        }

        return [.. variables];
    }

    private static string PathVariable => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : UsualPath;

    // Never in the current directory, where anybody may have put something.
    private static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return Path.IsPathFullyQualified(program) && File.Exists(program) ? program : null;
        }

        foreach (var folder in PathVariable.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(folder, program);
            if (Path.IsPathFullyQualified(candidate) && File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
