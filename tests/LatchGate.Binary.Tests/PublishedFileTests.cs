using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using LatchGate.Actions;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Binary.Tests;

/// <summary>The published file itself.</summary>
public sealed class PublishedFileTests(BinaryGate gate) : IClassFixture<BinaryGate>
{
    private const long MaxBytes = 16 * 1024 * 1024;

    [Fact]
    public void It_is_one_file_that_needs_nothing_but_glibc() =>
        Assert.Empty(NeededLibraries(File.ReadAllBytes(BinaryGate.Path)).Except(["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"]));

    [Fact]
    public void Its_publish_gave_no_trim_or_AOT_warning()
    {
        var log = Path.Combine(RepositoryRoot.Path, "artifacts", "publish.log");
        Assert.SkipUnless(File.Exists(log), "There is no artifacts/publish.log; build with: make gate");
        Assert.DoesNotMatch(new Regex("warning IL[0-9]+|(AOT|Trim) analysis warning"), File.ReadAllText(log));
    }

    [Fact]
    public void It_is_not_larger_than_it_has_to_be() => Assert.InRange(new FileInfo(BinaryGate.Path).Length, 1, MaxBytes);

    [Fact]
    public async Task It_says_what_it_was_built_from()
    {
        var version = await gate.RunAsync("version", "--json");
        Assert.Equal((0, ""), (version.Exit, version.Error));
        Assert.Equal("0.1.0", version.Json.GetProperty("version").GetString());
        Assert.Equal(CompiledActions.ManifestSetDigest.ToString(), version.Json.GetProperty("manifest_set_digest").GetString());
    }

    /// <summary>The <c>DT_NEEDED</c> entries of a 64-bit little-endian ELF file (System V ABI, chapter 5).</summary>
    private static List<string> NeededLibraries(ReadOnlySpan<byte> file)
    {
        Assert.True(file.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]));
        const int TypeDynamic = 6;
        const int TagNeeded = 1;
        var sections = (int)BinaryPrimitives.ReadInt64LittleEndian(file[40..]);
        var size = BinaryPrimitives.ReadInt16LittleEndian(file[58..]);
        var count = BinaryPrimitives.ReadInt16LittleEndian(file[60..]);
        var needed = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var section = file[(sections + i * size)..];
            if (BinaryPrimitives.ReadInt32LittleEndian(section[4..]) != TypeDynamic)
            {
                continue;
            }

            var names = file[(sections + BinaryPrimitives.ReadInt32LittleEndian(section[40..]) * size)..];
            var strings = file[(int)BinaryPrimitives.ReadInt64LittleEndian(names[24..])..];
            var entries = file.Slice((int)BinaryPrimitives.ReadInt64LittleEndian(section[24..]), (int)BinaryPrimitives.ReadInt64LittleEndian(section[32..]));
            for (; entries.Length >= 16; entries = entries[16..])
            {
                if (BinaryPrimitives.ReadInt64LittleEndian(entries) == TagNeeded)
                {
                    var name = strings[(int)BinaryPrimitives.ReadInt64LittleEndian(entries[8..])..];
                    needed.Add(Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]));
                }
            }
        }

        Assert.Contains("libc.so.6", needed);
        return needed;
    }
}
