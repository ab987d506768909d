using System.Diagnostics;
using System.Security.Cryptography;

namespace LatchGate.Fuzz.Engine;

/// <summary>
/// The in-process loop: mutates inputs that covered something new, keeps those that do so in turn, and saves those that break a property.
/// </summary>
internal sealed class FuzzLoop
{
    private const int ShrinkTries = 400;
    private const int TimeCheckEvery = 64;

    private readonly FuzzTarget _target;
    private readonly FuzzOptions _options;
    private readonly FindingStore _store;
    private readonly CoverageMap _coverage = new();
    private readonly Corpus _corpus = new();
    private readonly Mutator _mutator;
    private readonly List<Finding> _findings = [];
    private readonly HashSet<string> _signatures = [];
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Journal _journal;
    private readonly Watchdog _watchdog;
    private readonly Stopwatch _clock = new();
    private TimeSpan _processorAtStart;
    private SplitMix _random;
    private byte[] _running = [];
    private int _runningLength;
    private long _executions;

    private FuzzLoop(FuzzTarget target, FuzzOptions options)
    {
        _target = target;
        _options = options;
        _random = new SplitMix(options.Seed);
        _mutator = new Mutator(TokenDictionary.Read(options.Dictionary), target.MaxLength);
        _store = new FindingStore(options.Findings, target.Name);
        _running = new byte[target.MaxLength];
        if (Journal.Recover(_store) is { } left)
        {
            _findings.Add(left);
        }

        _journal = new Journal(_store, target.MaxLength);
        _watchdog = new Watchdog(options.HangLimit, ReportHang);
    }

    private bool IsDone =>
        _executions >= _options.MaxExecutions || _findings.Count >= _options.MaxFindings
        || (_executions % TimeCheckEvery == 0 && _clock.Elapsed >= _options.MaxTime);

    /// <summary>Fuzzes until a limit of <paramref name="options"/> is reached.</summary>
    internal static FuzzReport Run(FuzzTarget target, FuzzOptions options)
    {
        var loop = new FuzzLoop(target, options);
        try
        {
            return loop.Run();
        }
        finally
        {
            loop._watchdog.Dispose();
            loop._journal.Dispose();
            loop._digest.Dispose();
        }
    }

    private FuzzReport Run()
    {
        var seeds = Seeds();

        // Once unobserved: static constructors and first calls take ways that no later execution takes.
        Array.ForEach(seeds, seed => _ = Execute(seed));
        Trace.Edges.Clear();
        Trace.Blocks.Clear();
        _executions = 0;
        _processorAtStart = Environment.CpuUsage.TotalTime;
        _clock.Start();
        foreach (var seed in seeds)
        {
            // Seeds are kept even when they add nothing: somebody chose them.
            _ = Observe(seed);
            Keep(seed);
        }

        var seedEdges = _coverage.Edges;
        while (!IsDone)
        {
            _mutator.Make(_corpus, ref _random);
            if (Observe(_mutator.Current))
            {
                Keep(Shrink(_mutator.Current.ToArray(), _coverage.Signature));
            }
        }

        _clock.Stop();
        var processor = Environment.CpuUsage.TotalTime - _processorAtStart;
        var favoured = _corpus.Favoured.ToArray();
        WriteGrown(favoured);
        var (blocks, allBlocks) = BlockIndex.Count(_target.Subjects);
        return new FuzzReport(
            _target.Name, _executions, _clock.Elapsed, processor, seedEdges, _coverage.Edges, blocks, allBlocks,
            _corpus.Count, favoured.Length, Convert.ToHexStringLower(_digest.GetCurrentHash()), _findings);
    }

    private byte[][] Seeds()
    {
        var folders = new[] { _options.Seeds, _options.Grown }.Where(Directory.Exists);
        var seeds = folders.SelectMany(static folder => Directory.GetFiles(folder!).Order(StringComparer.Ordinal)).Select(File.ReadAllBytes);
        return [.. seeds.Select(seed => seed[..Math.Min(seed.Length, _target.MaxLength)]), []];
    }

    // True when the execution ended well and covered something new.
    private bool Observe(ReadOnlySpan<byte> input)
    {
        var broke = Execute(input);
        var isNew = _coverage.Absorb(Trace.Edges);
        if (broke is null)
        {
            return isNew;
        }

        if (_signatures.Add(SignatureOf(broke)))
        {
            _findings.Add(_store.Save(FindingKind.Crash, input, $"{broke.GetType().Name}: {broke.Message}"));
        }

        return false;
    }

    private Exception? Execute(ReadOnlySpan<byte> input)
    {
        _executions++;
        _runningLength = input.Length;
        input.CopyTo(_running);
        _journal.Note(input);
        _watchdog.Next();
        Trace.Begin();
        try
        {
            _target.Run(input);
            return null;
        }
        catch (Exception e)
        {
            // Whatever a target lets out is a finding.
            return e;
        }
    }

    private void Keep(byte[] input)
    {
        _corpus.Add(input, _coverage.Touched);
        _digest.AppendData(input);
    }

    // Cuts out what can go without a change in coverage, halves first: short inputs are quicker and mutate to better effect.
    private byte[] Shrink(byte[] input, ulong signature)
    {
        var tries = 0;
        for (var piece = input.Length / 2; piece > 0 && tries < ShrinkTries; piece /= 2)
        {
            for (var at = 0; at < input.Length && tries < ShrinkTries; tries++)
            {
                var end = Math.Min(at + piece, input.Length);
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(end)];
                if (Observe(shorter))
                {
                    // Another way, found by chance: seen now, so it must be kept now.
                    Keep(shorter);
                }

                if (_coverage.Signature == signature)
                {
                    input = shorter;
                }
                else
                {
                    at = end;
                }
            }
        }

        // So that what was touched is again this input's.
        _ = Observe(input);
        return input;
    }

    private void WriteGrown(byte[][] favoured)
    {
        if (_options.Grown is not { } folder)
        {
            return;
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        foreach (var input in favoured)
        {
            File.WriteAllBytes(Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8))), input);
        }
    }

    private void ReportHang()
    {
        var finding = _store.Save(FindingKind.Hang, _running.AsSpan(0, _runningLength), $"one execution took longer than {_options.HangLimit.TotalSeconds} s");
        Console.Error.WriteLine($"{_target.Name}: {finding.What}; input in {finding.Path}");
        _journal.Dispose();
    }

    // Where it was thrown and by whom, not with which values: many inputs break one thing.
    private static string SignatureOf(Exception e)
    {
        var frames = new StackTrace(e, fNeedFileInfo: false).GetFrames();
        return e.GetType().Name + string.Concat(frames.Take(4).Select(static frame =>
            $" {DiagnosticMethodInfo.Create(frame)?.DeclaringTypeName}.{DiagnosticMethodInfo.Create(frame)?.Name}+{frame.GetILOffset()}"));
    }
}
