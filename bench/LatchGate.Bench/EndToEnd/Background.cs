namespace LatchGate.Bench.EndToEnd;

/// <summary>Threads that do not keep the process alive.</summary>
internal static class Background
{
    internal static void Start(string name, Action work) => new Thread(() => work()) { IsBackground = true, Name = name }.Start();
}
