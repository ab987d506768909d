using System.Diagnostics;

namespace LatchGate.Storage;

/// <content>Whose turn it is: one at a time runs work, and one at a time waits for the disk.</content>
public sealed partial class GroupCommit
{
    private void Serve()
    {
        var turn = new Turn();
        while (true)
        {
            _handedOver.Wait();
            lock (_gate)
            {
                if (_stopping && !_writing)
                {
                    return;
                }
            }

            Checkpoint();
            if (TryTake(turn))
            {
                TakeTurn(turn, absorb: true);
            }
        }
    }

    /// <summary>A turn on the caller's thread, for its work alone; nobody waits for the disk meanwhile.</summary>
    private void LeadTurn(CommitWork item)
    {
        var turn = Interlocked.Exchange(ref _spare, null) ?? new Turn();
        turn.Reset();
        turn.Batch.Add(item);
        TakeTurn(turn, absorb: false);
        _spare = turn;
    }

    /// <summary>Takes what has queued up; false when there is nothing, and the writer's role is given up.</summary>
    private bool TryTake(Turn turn)
    {
        turn.Reset();
        lock (_gate)
        {
            _checkpointDue = false;
            Dequeue(turn);
            if (turn.Batch.Count == 0)
            {
                GiveUpWriting();
                return false;
            }
        }

        return true;
    }

    private void Dequeue(Turn turn)
    {
        while (turn.Batch.Count < LargestBatch && _queue.TryDequeue(out var item))
        {
            turn.Batch.Add(item);
        }
    }

    private void TakeTurn(Turn turn, bool absorb)
    {
        var end = Write(turn, absorb);
        if (end == TurnEnd.Confirm)
        {
            var due = IsCheckpointDue();
            PassOn(due);
            var confirmed = TryConfirm(turn);
            EndConfirming(turn);
            if (confirmed)
            {
                Committed?.Invoke(Stopwatch.GetElapsedTime(turn.Started));
                Complete(turn);
            }

            return;
        }

        EndConfirming(turn);
        PassOn(checkpointDue: false);
        if (end == TurnEnd.Complete)
        {
            Complete(turn);
        }
    }

    /// <summary>Passes the writer's role on to who takes the next turn, or gives it up.</summary>
    private void PassOn(bool checkpointDue)
    {
        bool handOver;
        lock (_gate)
        {
            _checkpointDue |= checkpointDue;
            handOver = _queue.Count > 0 || _checkpointDue;
            if (!handOver)
            {
                GiveUpWriting();
            }
        }

        if (handOver)
        {
            _handedOver.Release();
        }
    }

    private void GiveUpWriting()
    {
        _writing = false;
        if (!_confirming)
        {
            _idle.Set();
        }
    }

    /// <summary>
    /// Runs what queues up while the disk is at work on the last commit, and returns when it is done: what it has run then is committed
    /// at once, and what has queued up since is the next turn's.
    /// </summary>
    /// <exception cref="DatabaseException">The disk did not confirm the last commit, so there is none after it.</exception>
    private void Absorb(Turn turn)
    {
        while (true)
        {
            var from = turn.Batch.Count;
            lock (_gate)
            {
                if (_closed)
                {
                    throw DatabaseException.Unconfirmed(_failure?.Reason);
                }

                if (!_confirming)
                {
                    return;
                }

                if (!turn.IsWhole)
                {
                    Dequeue(turn);
                }

                _awaitsDisk = turn.Batch.Count == from;
                _awaitsWork = _awaitsDisk && !turn.IsWhole && from < LargestBatch;
            }

            if (turn.Batch.Count == from)
            {
                _resume.Wait();
            }
            else
            {
                _ = RunTogether(turn, from);
            }
        }
    }

    private void BeginConfirming(Turn turn)
    {
        turn.IsConfirming = true;
        lock (_gate)
        {
            _confirming = true;
        }
    }

    private void EndConfirming(Turn turn)
    {
        if (!turn.IsConfirming)
        {
            return;
        }

        bool resume;
        TaskCompletionSource? confirmed;
        lock (_gate)
        {
            _confirming = false;
            (confirmed, _confirmed) = (_confirmed, null);
            resume = _awaitsDisk;
            _awaitsDisk = _awaitsWork = false;
            if (!_writing)
            {
                _idle.Set();
            }
        }

        if (resume)
        {
            _resume.Release();
        }

        confirmed?.SetResult();
    }

    /// <summary>What is to follow when work has run.</summary>
    private enum TurnEnd
    {
        /// <summary>Nothing: it failed, and its callers know.</summary>
        None,

        /// <summary>Nothing was written: its callers can be told at once.</summary>
        Complete,

        /// <summary>The disk is to confirm it.</summary>
        Confirm,
    }

    /// <summary>One batch of work on its way.</summary>
    private sealed class Turn
    {
        internal List<CommitWork> Batch { get; } = [];

        /// <summary>Its work has run apart, each in a savepoint: nothing more is taken.</summary>
        internal bool IsWhole { get; set; }

        /// <summary>The disk is, or is about to be, at work on its commit.</summary>
        internal bool IsConfirming { get; set; }

        internal long Started { get; set; }

        // TotalChanges when what is to be committed began; SQLite also counts what is rolled back, so that is counted in here.
        internal int ChangesBefore { get; set; }

        /// <summary>The failure that is over when this is durable.</summary>
        internal WriteFailure? Settled { get; set; }

        internal void Reset()
        {
            Batch.Clear();
            (IsWhole, IsConfirming, Settled) = (false, false, null);
        }
    }
}
