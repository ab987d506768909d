using System.ComponentModel;
using System.Diagnostics;
using System.Text;

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
    private const int MostWords = 512;
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly string[] Kept = ["PATH", "HOME", "LANG"];

    internal async Task<ReloadResult> RunAsync(CancellationToken cancellation)
    {
        if (Find(words[0]) is not { } program)
        {
            return new ReloadResult(ReloadOutcome.NotStarted, $"there is no program '{words[0]}'");
        }

        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        for (var i = 1; i < words.Length; i++)
        {
            start.ArgumentList.Add(words[i]);
        }

        // The gate's own variables may name keys and sockets; none of that is the command's.
        start.Environment.Clear();
        foreach (var name in Kept)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        start.Environment["PATH"] = PathVariable;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return new ReloadResult(ReloadOutcome.NotStarted, e.Message);
        }

        using (process)
        {
            try
            {
                return await FinishAsync(process, limit.Token, cancellation).ConfigureAwait(false);
            }
            finally
            {
                // Ends the readers of a pipe that something else still holds.
                await limit.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<ReloadResult> FinishAsync(Process process, CancellationToken limit, CancellationToken cancellation)
    {
        process.StandardInput.Close();
        var error = DrainAsync(process.StandardError, limit);
        var output = DrainAsync(process.StandardOutput, limit);
        try
        {
            await process.WaitForExitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            return new ReloadResult(ReloadOutcome.TimedOut, $"killed after {timeout.TotalSeconds:0} s");
        }

        if (process.ExitCode == 0)
        {
            return new ReloadResult(ReloadOutcome.Done, "");
        }

        var said = await error.ConfigureAwait(false);
        said = said.Length > 0 ? said : await output.ConfigureAwait(false);
        return new ReloadResult(ReloadOutcome.Failed, said.Length > 0 ? $"exit code {process.ExitCode}: {said}" : $"exit code {process.ExitCode}");
    }

    // Reads to the end, so that the command never waits for a reader, and keeps the beginning. What it leaves running may hold the pipe
    // open: then the time limit ends the reading.
    private static async Task<string> DrainAsync(StreamReader reader, CancellationToken limit)
    {
        var kept = new StringBuilder(MostWords);
        var buffer = new char[1024];
        try
        {
            while (await reader.ReadAsync(buffer, limit).ConfigureAwait(false) is > 0 and var count)
            {
                kept.Append(buffer, 0, Math.Min(count, MostWords - kept.Length));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // What was said until then is enough.
        }

        return Pipeline.PlainText.Clean(kept.ToString().Trim());
    }

    private static string PathVariable => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : UsualPath;

    // The platform would also look beside the gate and in the current directory.
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
