namespace LatchGate.Storage;

/// <content>The write-ahead log behind the commits: made durable, and moved to the file.</content>
public sealed partial class GroupCommit
{
    /// <summary>Has the disk confirm what the log holds; false when it did not, and the writing has ended.</summary>
    private bool TryConfirm(Turn turn)
    {
        try
        {
            _sync();
            return true;
        }
        catch (DatabaseException failure)
        {
            Close(failure);
            Fail(turn, failure);
            return false;
        }
    }

    private bool IsCheckpointDue() => IsCheckpointDue(_database.PagesWritten, _nextCheckpoint);

    /// <summary>
    /// Moves the log to the file when it is due. What was committed is in the log: to move it is no part of anybody's work, and its failure
    /// is nobody's.
    /// </summary>
    private void Checkpoint()
    {
        try
        {
            var written = _database.PagesWritten;
            if (IsCheckpointDue(written, _nextCheckpoint))
            {
                _nextCheckpoint = (written + PagesUntilNextAttempt) & int.MaxValue;
                if (_database.TryCheckpoint())
                {
                    _nextCheckpoint = (written + PagesInLog) & int.MaxValue;
                }

                Volatile.Write(ref _checkpointProblem, null);
            }
        }
        catch (DatabaseException failure) when (failure.IsSync)
        {
            Close(failure);
        }
        catch (DatabaseException failure)
        {
            Volatile.Write(ref _checkpointProblem, failure.Message);
        }
    }

    /// <summary>
    /// Whether a count of pages has come to another. SQLite counts modulo 2^31, and a busy gate comes round: the other is ahead where it is
    /// less than half a round away (as RFC 1982 compares).
    /// </summary>
    internal static bool IsCheckpointDue(int written, int next) => ((written - next) & int.MaxValue) < 1 << 30;
}
