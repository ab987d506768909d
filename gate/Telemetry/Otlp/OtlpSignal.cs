namespace LatchGate.Telemetry.Otlp;

/// <summary>Something on its way to a collector.</summary>
internal abstract class OtlpSignal
{
    /// <summary>How many spans it is.</summary>
    internal abstract int Spans { get; }

    /// <summary>Whether a log record goes with it.</summary>
    internal abstract bool IsLogged { get; }

    /// <summary>It was written, or dropped: its maker may use it again.</summary>
    internal virtual void Release()
    {
    }
}
