namespace LatchGate.Bench.Micro;
internal static class MicroRun { internal static int Run(string[] filter) => filter.Length; }
