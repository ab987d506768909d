using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Horology;
using Perfolizer.Metrology;

namespace LatchGate.Bench.Micro;

/// <summary>The parts of a call, one at a time, in this process: nothing is built, and the whole run stays below 90 seconds.</summary>
internal static class MicroRun
{
    internal static int Run(string[] classes)
    {
        var job = Job.Default
            .WithToolchain(InProcessNoEmitToolchain.Instance)
            .WithWarmupCount(4)
            .WithIterationCount(8)
            .WithIterationTime(TimeInterval.FromMilliseconds(200));
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(new QuietLogger())
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(TargetMethodColumn.Method, StatisticColumn.Median, StatisticColumn.P95)
            .AddColumnProvider(DefaultColumnProviders.Metrics)
            .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared))
            .WithSummaryStyle(SummaryStyle.Default.WithTimeUnit(TimeUnit.Microsecond).WithSizeUnit(SizeUnit.B))
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), $"latchgate-micro-{Environment.ProcessId}"))
            .WithOptions(ConfigOptions.JoinSummary);
        Type[] all =
        [
            typeof(DpopBenchmarks), typeof(ValidationBenchmarks), typeof(PolicyBenchmarks), typeof(BundleBenchmarks), typeof(SandboxBenchmarks), typeof(GrantBenchmarks), typeof(RateLimitBenchmarks), typeof(LedgerBenchmarks),
            typeof(ApprovalBenchmarks), typeof(EgressBenchmarks), typeof(RedactionBenchmarks), typeof(VerifyBenchmarks), typeof(GroupCommitBenchmarks),
        ];
        var chosen = classes is [] ? all : [.. all.Where(t => classes.Contains(t.Name, StringComparer.OrdinalIgnoreCase))];
        try
        {
            var summaries = BenchmarkRunner.Run(chosen, config);
            var isGood = summaries is not [] && summaries.All(static s => !s.HasCriticalValidationErrors && s.Reports.All(static r => r.Success));
            foreach (var summary in summaries)
            {
                BenchmarkDotNet.Exporters.MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
            }

            return isGood ? 0 : 1;
        }
        finally
        {
            if (Directory.Exists(config.ArtifactsPath))
            {
                Directory.Delete(config.ArtifactsPath, recursive: true);
            }
        }
    }

    /// <summary>Only what went wrong; the table comes at the end.</summary>
    private sealed class QuietLogger : ILogger
    {
        public string Id => nameof(QuietLogger);

        public int Priority => 0;

        public void Write(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error)
            {
                Console.Error.Write(text);
            }
        }

        public void WriteLine() => Console.Error.Write("");

        public void WriteLine(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error)
            {
                Console.Error.WriteLine(text);
            }
        }

        public void Flush()
        {
        }
    }
}
