using System.Globalization;
using LatchGate.Bench.Append;
using LatchGate.Bench.EndToEnd;
using LatchGate.Bench.Micro;

// LatchGate.Bench micro                                  BenchmarkDotNet, one part of the gate at a time
// LatchGate.Bench e2e GATE REPORT.json [--quick]         a published gate under load, beside the floor
// LatchGate.Bench load GATE full|decision N SECONDS      one kind of call on N connections, for a profiler
// LatchGate.Bench http [SECONDS]                         the gate's HTTP path beside a bare call of the platform's client
// LatchGate.Bench append [SECONDS]                       durable appends by 1 and by 32 callers beside the bare disk
// LatchGate.Bench ledger GATE|- [EVENTS]                 start and memory of a gate on a long ledger; its verification and sealing
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
    case ["http", .. var time] when time.Length <= 1:
        await HttpPath.RunAsync(time is [var text] ? double.Parse(text, CultureInfo.InvariantCulture) : 30);
        return 0;
    case ["append", .. var time] when time.Length <= 1:
        AppendRun.Run(time is [var length] ? double.Parse(length, CultureInfo.InvariantCulture) : 40);
        return 0;
    case ["ledger", var gate, .. var events] when events.Length <= 1:
        await LongLedger.RunAsync(gate == "-" ? null : Path.GetFullPath(gate), events is [var count]
            ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000);
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: LatchGate.Bench micro [CLASS…] | e2e GATE REPORT.json [--quick] | load GATE full|decision CONNECTIONS SECONDS"
            + " | http [SECONDS] | append [SECONDS] | ledger GATE|- [EVENTS]");
        return 64;
}
