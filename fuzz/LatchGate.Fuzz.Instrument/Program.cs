using LatchGate.Fuzz.Instrument;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: LatchGate.Fuzz.Instrument OUTPUT-FOLDER ASSEMBLY...");
    return 64;
}

var output = Directory.CreateDirectory(args[0]).FullName;
var blocks = new BlockTable();

// In the order of their names: block numbers depend on nothing but the assemblies' content.
foreach (var path in args[1..].OrderBy(Path.GetFileName, StringComparer.Ordinal))
{
    AssemblyRewriter.Rewrite(path, Path.Combine(output, Path.GetFileName(path)), blocks);
}

blocks.Write(Path.Combine(output, "blocks.tsv"));
return 0;
