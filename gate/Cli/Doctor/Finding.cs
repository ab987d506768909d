namespace LatchGate.Cli.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Not used here, or not there yet.</summary>
    Skip,

    /// <summary>It works, and somebody should look at it.</summary>
    Warn,

    /// <summary>The gate would not start, or would refuse what it should do.</summary>
    Error,
}

/// <summary>What one check found.</summary>
/// <param name="Section">Its heading.</param>
/// <param name="Check">Its stable id.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Message">One sentence. Never a secret.</param>
/// <param name="Remedy">What to do; empty when nothing is to be done.</param>
internal sealed record Finding(string Section, string Check, Severity Severity, string Message, string Remedy = "")
{
    /// <summary>The word in JSON.</summary>
    internal string SeverityText => Severity switch
    {
        Severity.Ok => "ok",
        Severity.Skip => "skip",
        Severity.Warn => "warn",
        _ => "error",
    };

    /// <summary>The sign in front of it.</summary>
    internal string Symbol => Severity switch
    {
        Severity.Ok => "✓",
        Severity.Skip => "–",
        Severity.Warn => "⚠",
        _ => "✗",
    };
}

/// <summary>Collects the findings of one section.</summary>
internal sealed class Section(string name, List<Finding> findings)
{
    internal void Ok(string check, string message) => findings.Add(new Finding(name, check, Severity.Ok, message));

    internal void Skip(string check, string message) => findings.Add(new Finding(name, check, Severity.Skip, message));

    internal void Warn(string check, string message, string remedy) => findings.Add(new Finding(name, check, Severity.Warn, message, remedy));

    internal void Error(string check, string message, string remedy) => findings.Add(new Finding(name, check, Severity.Error, message, remedy));

    /// <summary>A check that the start makes too: what it throws is the finding.</summary>
    internal bool Try(string check, string message, Action verify)
    {
        try
        {
            verify();
            Ok(check, message);
            return true;
        }
        catch (Pipeline.StartupException e)
        {
            Error(check, e.Detail, e.Remedy);
            return false;
        }
    }
}
