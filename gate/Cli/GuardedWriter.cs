using System.Text;

namespace LatchGate.Cli;

/// <summary>Results cannot be written any more: the disk is full, or there is no standard output.</summary>
internal sealed class OutputLostException(Exception cause) : Exception(cause.Message, cause);

/// <summary>Passes text on, and tells what to do about a failure apart from all other failures of input and output.</summary>
/// <param name="inner">Takes the text; its owner disposes it.</param>
/// <param name="failed">Hears of each failure; what it throws, the writer of the text gets.</param>
internal sealed class GuardedWriter(TextWriter inner, Action<Exception> failed) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>For results: without them a command has not done its work.</summary>
    internal static GuardedWriter OfResults(TextWriter inner) => new(inner, static cause => throw new OutputLostException(cause));

    /// <summary>For messages: work goes on without them.</summary>
    internal static GuardedWriter OfMessages(TextWriter inner) => new(inner, static _ => { });

    /// <inheritdoc/>
    public override void Write(char value) => Try(writer => writer.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(writer => writer.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(writer => writer.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(writer => writer.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(static writer => writer.Flush());

    private void Try(Action<TextWriter> write)
    {
        try
        {
            write(inner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The second is what .NET makes of a descriptor that is closed.
            failed((e as UnauthorizedAccessException)?.InnerException ?? e);
        }
    }
}
