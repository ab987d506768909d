using System.Diagnostics;

namespace LatchGate.Demo;

/// <summary>What a step came to.</summary>
/// <param name="Got">Compared with what was expected, letter for letter.</param>
/// <param name="Details">Lines for the reader.</param>
internal sealed record Outcome(string Got, params string[] Details);

/// <summary>A step failed that all later ones need.</summary>
internal sealed class StepFailedException : Exception;

/// <summary>Runs steps one after another and prints each as a line: mark, name, outcome, duration.</summary>
internal sealed class Timeline(TextWriter output, bool colour)
{
    private const int NameWidth = 45;
    private const int OutcomeWidth = 40;
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Dim = "\e[2m";
    private const string Reset = "\e[0m";

    private readonly long _start = Stopwatch.GetTimestamp();
    private int _steps;

    /// <summary>Steps whose outcome was not the expected one.</summary>
    internal int Failures { get; private set; }

    /// <summary>Whether standard output is a terminal, and colours are not unwanted (no-color.org).</summary>
    internal static bool WantsColour() =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    internal void Title(string text) => output.WriteLine($"\n{text}\n");

    internal void Note(string text) => output.WriteLine($"    {text}");

    /// <summary>A title with its lines; nothing when there are none.</summary>
    internal void Block(string title, IReadOnlyCollection<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        output.WriteLine($"\n{title}");
        foreach (var line in lines)
        {
            output.WriteLine($"    {line}");
        }
    }

    /// <summary>Runs one step, prints it, and counts it as failed when it throws or comes to something else than expected.</summary>
    /// <exception cref="OperationCanceledException">The demo itself was told to stop.</exception>
    internal async Task<bool> StepAsync(string name, string expected, Func<CancellationToken, Task<Outcome>> step, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        Outcome outcome;
        try
        {
            outcome = await step(stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Whatever went wrong is this step's outcome.
            outcome = new Outcome(e is OperationCanceledException ? "no answer in time" : $"{e.GetType().Name}: {e.Message}");
        }

        var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var good = outcome.Got == expected;
        _steps++;
        Failures += good ? 0 : 1;
        output.WriteLine($"  {Mark(good)} {name.PadRight(NameWidth)} {(good ? expected : "not as expected").PadRight(OutcomeWidth)} {milliseconds,6:0.0} ms");
        if (!good)
        {
            output.WriteLine($"      expected  {expected}");
            output.WriteLine($"      got       {outcome.Got}");
        }

        foreach (var detail in outcome.Details)
        {
            output.WriteLine($"      {Paint(Dim, detail)}");
        }

        output.Flush();
        return good;
    }

    /// <summary>A step without which the demo cannot go on.</summary>
    /// <exception cref="StepFailedException">It failed.</exception>
    /// <inheritdoc cref="StepAsync"/>
    internal async Task NeedAsync(string name, string expected, Func<CancellationToken, Task<Outcome>> step, CancellationToken stop)
    {
        if (!await StepAsync(name, expected, step, stop))
        {
            throw new StepFailedException();
        }
    }

    /// <summary>Something outside of any step went wrong.</summary>
    internal void Fail(string text)
    {
        Failures++;
        output.WriteLine($"  {Mark(false)} {text}");
    }

    /// <summary>Prints the last line.</summary>
    /// <returns>Whether every outcome was the expected one.</returns>
    internal bool Summary()
    {
        var seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        output.WriteLine(Failures == 0
            ? $"\n{Mark(true)} {_steps} steps, every outcome as expected, {seconds:0.0} s"
            : $"\n{Mark(false)} {Failures} not as expected, {_steps} steps run, {seconds:0.0} s");
        output.Flush();
        return Failures == 0;
    }

    private string Mark(bool good) => good ? Paint(Green, "✓") : Paint(Red, "✗");

    private string Paint(string code, string text) => colour ? $"{code}{text}{Reset}" : text;
}
