using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>
/// Standard input, output and error when whoever started the process has closed them (<c>2&gt;&amp;-</c>): their numbers would go to the next
/// files that are opened, and what is meant for a terminal would be written into those.
/// </summary>
internal static class StandardDescriptors
{
    private const int Output = 1;
    private const int LastStandard = 2;
    private const int ReadOnly = 0;

    /// <summary>Puts an empty file, at which writing fails, in the place of each that is closed. Call before any file is opened.</summary>
    internal static void Occupy()
    {
        // The kernel gives the lowest number that is free (open(2)).
        int descriptor;
        do
        {
            descriptor = Posix.Open("/dev/null", ReadOnly);
        }
        while (descriptor is >= 0 and <= LastStandard);

        if (descriptor > LastStandard)
        {
            _ = Posix.Close(descriptor);
        }
    }

    /// <summary>Whether the pipe, socket or terminal that standard output leads to has nobody at its other end.</summary>
    internal static unsafe bool IsOutputGone()
    {
        var descriptor = new Posix.PollDescriptor { Descriptor = Output };
        return Posix.Poll(&descriptor, 1, 0) > 0 && (descriptor.Happened & (Posix.PollHangUp | Posix.PollError)) != 0;
    }
}
