using System.Globalization;
using LatchGate.Bench.EndToEnd;
using LatchGate.Bench.Micro;

// LatchGate.Bench micro                                  BenchmarkDotNet, one part of the gate at a time
// LatchGate.Bench e2e GATE REPORT.json [--quick]         a published gate under load, beside the floor
// LatchGate.Bench load GATE full|decision N SECONDS      one kind of call on N connections, for a profiler
// The directory for the ledger is $LATCHGATE_BENCH_DIR, by default /var/tmp.
switch (args)
{
    case ["micro", .. var filter]:
        return MicroRun.Run(filter);
    case ["e2e", var gate, var report, .. var options] when options is [] or ["--quick"]:
        EndToEndRun.Run(Path.GetFullPath(gate), Path.GetFullPath(report), options is ["--quick"] ? Windows.Quick : Windows.Full);
        return 0;
    case ["load", var gate, "full" or "decision", var connections, var seconds]:
        LoadOnce.Run(Path.GetFullPath(gate), args[2] == "full", int.Parse(connections, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("usage: LatchGate.Bench micro [CLASS…] | e2e GATE REPORT.json [--quick] | load GATE full|decision CONNECTIONS SECONDS");
        return 64;
}
