namespace LatchGate.Storage;

/// <summary>Work that waits for a commit, and whoever waits for it.</summary>
internal abstract class CommitWork
{
    /// <summary>What it threw.</summary>
    internal Exception? Failure { get; private protected set; }

    internal abstract bool TryRun();

    /// <summary>Tells the caller what came of it; false when the database did not take it.</summary>
    internal abstract bool Complete();

    internal abstract void Fail(DatabaseException failure);
}

/// <inheritdoc/>
internal sealed class CommitWork<T>(Func<T> work) : CommitWork
{
    // Continuations must never run on the writer.
    private readonly TaskCompletionSource<Written<T>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;

    internal Task<Written<T>> Completion => _completion.Task;

    internal override bool TryRun()
    {
        Failure = null;
        try
        {
            _value = work();
            return true;
        }
        catch (Exception failure)
        {
            // Carried to the caller: its own mistake must not take the writer down.
            Failure = failure;
            return false;
        }
    }

    internal override bool Complete()
    {
        switch (Failure)
        {
            case null:
                _completion.SetResult(new Written<T>(WriteFault.None, _value));
                break;
            case DatabaseException failure:
                Fail(failure);
                return false;
            default:
                _completion.SetException(Failure);
                break;
        }

        return true;
    }

    internal override void Fail(DatabaseException failure) => _completion.TrySetResult(new Written<T>(WriteFault.Unavailable, default));
}
