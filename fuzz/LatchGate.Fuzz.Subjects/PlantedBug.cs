namespace LatchGate.Fuzz.Subjects;

/// <summary>
/// A bug that only guidance by coverage finds: one input in 2^68, but each byte that is right enters a block of its own.
/// </summary>
public static class PlantedBug
{
    /// <summary>How many bytes are right; throws when all are: <c>latch</c>, a byte of high nibble 9, <c>!7~</c>.</summary>
    /// <exception cref="InvalidOperationException">The bug was reached.</exception>
    public static int Read(ReadOnlySpan<byte> input)
    {
        if (input.Length < 9 || input[0] != 'l')
        {
            return 0;
        }

        if (input[1] != 'a')
        {
            return 1;
        }

        if (input[2] != 't')
        {
            return 2;
        }

        if (input[3] != 'c')
        {
            return 3;
        }

        if (input[4] != 'h')
        {
            return 4;
        }

        if (input[5] >> 4 != 9)
        {
            return 5;
        }

        if (input[6] != '!')
        {
            return 6;
        }

        if (input[7] != '7')
        {
            return 7;
        }

        return input[8] == '~' ? throw new InvalidOperationException("The planted bug was reached.") : 8;
    }
}
