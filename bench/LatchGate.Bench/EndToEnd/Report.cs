using System.Globalization;
using System.Text.Json;

namespace LatchGate.Bench.EndToEnd;

/// <summary>All figures of one run, as a table and as JSON. Times are microseconds unless a name says otherwise.</summary>
internal sealed record Report(
    Samples Startup, Memory Idle, Memory Loaded, Floor Floor, IReadOnlyList<LoadLine> Lines)
{
    private static readonly double[] Shares = [0.5, 0.9, 0.99, 0.999];

    internal Machine Machine { get; init; } = new(0, "", "", "", "");

    internal long BinaryBytes { get; init; }

    internal void Print(TextWriter to)
    {
        to.WriteLine($"{Machine.Cores} cores, {Machine.Processor}; {Machine.System}; ledger on {Machine.FileSystem}; load average {Machine.Load}");
        to.WriteLine();
        to.WriteLine(Line($"{"latency, µs",-34}{"p50",9}{"p90",9}{"p99",9}{"p99.9",9}{"req/s",9}{"p50/sum",9}{"p50/bare",10}"));
        foreach (var line in Lines)
        {
            var ratio = line.Connections == 1 ? Line($"{line.Samples.Percentile(0.5) / SumOf(line),9:0.00}{line.Samples.Percentile(0.5) / BareOf(line),10:0.00}") : "";
            to.WriteLine(Line($"{$"{line.Call.Name}, {line.Connections} connection{(line.Connections == 1 ? "" : "s")}",-34}{Columns(line.Samples)}{line.PerSecond,9:0}{ratio}"));
        }

        to.WriteLine();
        to.WriteLine(Line($"{"floor, µs",-34}{"p50",9}{"p90",9}{"p99",9}{"p99.9",9}{"times",9}"));
        foreach (var part in Floor.Parts)
        {
            to.WriteLine(Line($"{part.Name,-34}{Columns(part.Samples)}{part.Count,9}"));
        }

        to.WriteLine(Line($"{"sum for a decision only",-34}{Floor.DecisionOnly(),9:0}"));
        to.WriteLine(Line($"{"sum for a full durable call",-34}{Floor.FullCall(),9:0}"));
        foreach (var server in (FloorPart[])[Floor.BareDecision, Floor.BareCall])
        {
            to.WriteLine(Line($"{server.Name,-34}{Columns(server.Samples)}"));
        }

        to.WriteLine();
        to.WriteLine(Line($"start to readiness   p50 {Startup.Percentile(0.5) / 1000:0.0} ms, p90 {Startup.Percentile(0.9) / 1000:0.0} ms, of {Startup.Count} starts"));
        to.WriteLine(Line($"resident memory      idle {Idle.ResidentKiB / 1024.0:0.0} MiB ({Idle.AnonymousKiB / 1024.0:0.0} its own), after the load {Loaded.ResidentKiB / 1024.0:0.0} MiB ({Loaded.AnonymousKiB / 1024.0:0.0})"));
        to.WriteLine(Line($"binary               {BinaryBytes / 1e6:0.0} MB"));
    }

    internal void Save(string file)
    {
        using var stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("machine");
        json.WriteNumber("cores", Machine.Cores);
        json.WriteString("processor", Machine.Processor);
        json.WriteString("system", Machine.System);
        json.WriteString("ledger_file_system", Machine.FileSystem);
        json.WriteString("load_average", Machine.Load);
        json.WriteEndObject();
        json.WriteStartArray("calls");
        foreach (var line in Lines)
        {
            json.WriteStartObject();
            json.WriteString("call", line.Call.Name);
            json.WriteNumber("connections", line.Connections);
            WriteColumns(json, line.Samples);
            Number(json, "requests_per_second", line.PerSecond);
            if (line.Connections == 1)
            {
                Number(json, "floor_sum_p50", SumOf(line));
                Number(json, "bare_server_p50", BareOf(line));
                json.WriteNumber("ratio_to_sum", Math.Round(line.Samples.Percentile(0.5) / SumOf(line), 3));
                json.WriteNumber("ratio_to_bare_server", Math.Round(line.Samples.Percentile(0.5) / BareOf(line), 3));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("floor");
        foreach (var part in Floor.Parts.Append(Floor.BareDecision).Append(Floor.BareCall))
        {
            json.WriteStartObject();
            json.WriteString("part", part.Name);
            json.WriteNumber("times", part.Count);
            WriteColumns(json, part.Samples);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("startup_ms");
        Number(json, "p50", Startup.Percentile(0.5) / 1000);
        Number(json, "p90", Startup.Percentile(0.9) / 1000);
        json.WriteNumber("starts", Startup.Count);
        json.WriteEndObject();
        json.WriteNumber("idle_resident_kib", Idle.ResidentKiB);
        json.WriteNumber("idle_anonymous_kib", Idle.AnonymousKiB);
        json.WriteNumber("loaded_resident_kib", Loaded.ResidentKiB);
        json.WriteNumber("loaded_anonymous_kib", Loaded.AnonymousKiB);
        json.WriteNumber("binary_bytes", BinaryBytes);
        json.WriteEndObject();
    }

    private static string Columns(Samples samples) => string.Concat(Shares.Select(s => Line($"{samples.Percentile(s),9:0.0}")));

    private static void WriteColumns(Utf8JsonWriter json, Samples samples)
    {
        json.WriteNumber("samples", samples.Count);
        Number(json, "p50", samples.Percentile(0.5));
        Number(json, "p90", samples.Percentile(0.9));
        Number(json, "p99", samples.Percentile(0.99));
        Number(json, "p99_9", samples.Percentile(0.999));
    }

    private static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round(value, 2));

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private double SumOf(LoadLine line) => line.Call.Status == 200 ? Floor.FullCall() : Floor.DecisionOnly();

    private double BareOf(LoadLine line) => (line.Call.Status == 200 ? Floor.BareCall : Floor.BareDecision).Samples.Percentile(0.5);
}
