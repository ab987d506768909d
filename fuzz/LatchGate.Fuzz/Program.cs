using System.Globalization;
using LatchGate.Fuzz;
using LatchGate.Fuzz.Afl;
using LatchGate.Fuzz.Engine;

const string Usage = """
    usage: LatchGate.Fuzz list
           LatchGate.Fuzz run TARGET [--seconds N] [--executions N] [--seed N] [--grown DIR]
           LatchGate.Fuzz replay FILE [TARGET]      the target is else the name of the file's folder
           LatchGate.Fuzz recover TARGET            after a run that did not end in order
           LatchGate.Fuzz afl TARGET                for afl-fuzz
    Run in the fuzz/ folder: corpus/, dictionaries/ and findings/ are looked for there.
    """;

return args switch
{
    ["list"] => List(),
    ["run", var name, .. var rest] => WithTarget(name, target => Run(target, rest)),
    ["replay", var file] => WithTarget(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))!), target => Replay(target, file)),
    ["replay", var file, var name] => WithTarget(name, target => Replay(target, file)),
    ["recover", var name] => WithTarget(name, Recover),
    ["afl", var name] when AflMemory.IsPresent => WithTarget(name, static target => new ForkServer(target).Run()),
    _ => Fail(Usage),
};

static int List()
{
    foreach (var target in TargetList.All())
    {
        Console.WriteLine($"{target.Name,-18} {target.Property}");
    }

    return 0;
}

static int Run(FuzzTarget target, string[] rest)
{
    var options = new FuzzOptions(Path.Combine("corpus", target.Name), Path.Combine("dictionaries", target.Name + ".dict"), "findings");
    for (var i = 0; i < rest.Length; i += 2)
    {
        var value = i + 1 < rest.Length ? rest[i + 1] : "";
        if (rest[i] == "--grown" && value.Length > 0)
        {
            options = options with { Grown = value };
        }
        else if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue
            && rest[i] is "--seconds" or "--executions" or "--seed")
        {
            options = rest[i] switch
            {
                "--seconds" => options with { MaxTime = TimeSpan.FromSeconds((long)number) },
                "--executions" => options with { MaxExecutions = (long)number },
                _ => options with { Seed = number },
            };
        }
        else
        {
            return Fail(Usage);
        }
    }

    if (options.MaxTime == TimeSpan.MaxValue && options.MaxExecutions == long.MaxValue)
    {
        options = options with { MaxTime = TimeSpan.FromSeconds(60) };
    }

    var report = FuzzLoop.Run(target, options);
    Console.WriteLine(report);
    foreach (var finding in report.Findings)
    {
        Report(finding);
    }

    return report.Findings.Count == 0 ? 0 : 1;
}

static int Replay(FuzzTarget target, string file)
{
    try
    {
        target.Run(File.ReadAllBytes(file));
    }
    catch (Exception e)
    {
        // Shown whole: it is what the reader came for.
        Console.Error.WriteLine(e);
        return 1;
    }

    Console.WriteLine($"{target.Name}: the property holds for {file}");
    return 0;
}

static int Recover(FuzzTarget target)
{
    var finding = Journal.Recover(new FindingStore("findings", target.Name));
    if (finding is not null)
    {
        Report(finding);
    }

    return finding is null ? 0 : 1;
}

static void Report(Finding finding) =>
    Console.WriteLine($"  {finding.Kind}: {finding.What}\n    again: make fuzz-replay FILE=fuzz/{finding.Path}");

static int WithTarget(string name, Func<FuzzTarget, int> run) =>
    TargetList.Find(name) is { } target ? run(target) : Fail($"There is no target '{name}'. Targets: {string.Join(' ', TargetList.All().Select(static t => t.Name))}");

static int Fail(string text)
{
    Console.Error.WriteLine(text);
    return 64;
}
