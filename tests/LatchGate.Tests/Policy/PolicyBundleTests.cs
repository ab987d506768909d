using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using LatchGate.Pipeline;
using LatchGate.Policy.Bundles;
using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.BundleMaker;

namespace LatchGate.Tests.Policy;

/// <summary>A bundle is read strictly: it has one reading, a bounded size, and nothing that the gate would not heed.</summary>
public sealed class PolicyBundleTests
{
    private const string Manifest = """{"revision":"r-7","roots":["acl","policy_version","latchgate"],"rego_version":1}""";

    private static readonly (string, byte[]) PlanFile = ("/plan.json", Plan);

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    public void A_bundle_brings_its_plan_its_revision_and_its_data_by_folder(TarEntryFormat format)
    {
        var bundle = PolicyBundle.Read(
            Pack(
                format, PlanFile, Text("/.manifest", """{"revision":"r-7"}"""), Text("/data.json", """{"a":1}"""), Text("/teams/build/data.json", """{"size":3}"""),
                Text("/teams/data.json", """{"build":{"lead":"x"}}"""), Text("/latchgate.rego", "package latchgate")),
            null);

        Assert.Equal("r-7", bundle.Revision);
        Assert.Equal([""], bundle.Roots);
        Assert.Equal(Plan, bundle.Plan.ToArray());
        Assert.Equal(Json("""{"a":1,"teams":{"build":{"size":3,"lead":"x"}}}"""), bundle.Data);
    }

    [Fact]
    public void A_long_name_of_an_extended_header_is_read()
    {
        var folder = string.Join('/', Enumerable.Repeat(new string('d', 60), 6));
        var bundle = PolicyBundle.Read(Pack(TarEntryFormat.Pax, PlanFile, Text($"{folder}/data.json", "1")), null);

        Assert.Contains(new string('d', 60), RegoText.ToJson(bundle.Data), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_tar_command_writes_for_a_folder_is_read()
    {
        var tar = Tar(writer =>
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "./"));
            writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "./sub/"));
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "./plan.json") { DataStream = new MemoryStream(Plan) });
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "./sub/data.json") { DataStream = new MemoryStream("2"u8.ToArray()) });
        });

        Assert.Equal(Json("""{"sub":2}"""), PolicyBundle.Read(Gzip(tar), null).Data);
    }

    [Theory]
    [InlineData("../data.json")]
    [InlineData("/a/../data.json")]
    [InlineData("a//data.json")]
    [InlineData("./../data.json")]
    [InlineData("a\\data.json")]
    [InlineData("a\u0001/data.json")]
    [InlineData("//data.json")]
    public void A_name_that_is_no_plain_path_is_refused(string name) =>
        Refused("no plain path", Pack(PlanFile, Text(name, "{}")));

    [Theory]
    [InlineData("/policy.wasm")]
    [InlineData("/patch.json")]
    [InlineData("/data.yaml")]
    [InlineData("/sub/plan.json")]
    [InlineData("/sub/.manifest")]
    public void A_file_that_the_gate_would_not_heed_is_refused(string name) => Refused("would not heed", Pack(PlanFile, Text(name, "{}")));

    [Fact]
    public void A_name_that_occurs_twice_is_refused() =>
        Refused("twice", Pack(PlanFile, Text("/data.json", "{}"), Text("data.json", """{"acl":{}}""")));

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public void A_link_is_refused(TarEntryType type) => Refused("link", Gzip(Tar(writer =>
    {
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "plan.json") { DataStream = new MemoryStream(Plan) });
        writer.WriteEntry(new UstarTarEntry(type, "data.json") { LinkName = "/etc/passwd" });
    })));

    [Fact]
    public void A_device_is_refused() =>
        Refused("link", Gzip(Tar(writer => writer.WriteEntry(new UstarTarEntry(TarEntryType.Fifo, "data.json")))));

    [Fact]
    public void An_archive_in_gnus_own_format_is_refused() => Refused("POSIX", Pack(TarEntryFormat.Gnu, PlanFile));

    [Fact]
    public void Two_data_files_that_set_the_same_are_refused() =>
        Refused("a/b is set twice", Pack(PlanFile, Text("/data.json", """{"a":{"b":1}}"""), Text("/a/data.json", """{"b":1}""")));

    [Fact]
    public void Data_outside_of_the_roots_is_refused() =>
        Refused("outside of the roots", Pack(PlanFile, Text("/.manifest", Manifest), Text("/data.json", """{"other":1}""")));

    [Theory]
    [InlineData("/data.json", "[1]", "no object")]
    [InlineData("/data.json", "{\"a\":1,\"a\":2}", "not valid JSON")]
    [InlineData("/data.json", "{", "not valid JSON")]
    [InlineData("/.manifest", "[]", "no JSON object")]
    [InlineData("/.manifest", "{\"roots\":[]}", "roots")]
    [InlineData("/.manifest", "{\"roots\":[1]}", "roots")]
    [InlineData("/.manifest", "{\"revision\":5}", "revision")]
    public void A_malformed_document_is_refused(string name, string content, string reason) => Refused(reason, Pack(PlanFile, Text(name, content)));

    [Fact]
    public void A_bundle_without_a_plan_is_refused() => Refused("no plan.json", Pack(Text("/data.json", "{}")));

    [Fact]
    public void More_entries_than_the_limit_are_refused() =>
        Refused("entries", Pack([PlanFile, .. Enumerable.Range(0, 10_000).Select(static i => Text($"/f{i}.rego", ""))]));

    [Fact]
    public void A_bundle_that_unpacks_to_more_than_the_limit_is_refused()
    {
        var zeros = new byte[PolicyBundle.LargestSize + 1];
        Refused("unpacks to more", Gzip(zeros));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var tar = Tar(writer => writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "plan.json") { DataStream = new MemoryStream(Plan) }));
        for (var length = 0; length < tar.Length; length += 509)
        {
            Assert.Throws<StartupException>(() => PolicyBundle.Read(Gzip(tar[..length]), null));
        }
    }

    [Fact]
    public void No_damaged_byte_brings_anything_but_a_refusal()
    {
        var random = new Random(7_061_922);
        var packed = Pack(TarEntryFormat.Pax, Text("/plan.json", "{}"), Text("/.manifest", Manifest), Text("/acl/data.json", """{"x":{}}"""));
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress))
        {
            gzip.CopyTo(unpacked);
        }

        for (var i = 0; i < 3_000; i++)
        {
            var damaged = unpacked.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                PolicyBundle.Read(Gzip(damaged), null);
            }
            catch (StartupException e)
            {
                Assert.Equal(StartupError.PolicyLoadFailed, e.Error);
            }
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6 })]
    public void What_is_no_gzip_file_is_refused(byte[] packed) =>
        Assert.Equal(StartupError.PolicyLoadFailed, Assert.Throws<StartupException>(() => PolicyBundle.Read(packed, null)).Error);

    [Fact]
    public void The_gates_data_is_laid_over_the_bundles()
    {
        var bundle = PolicyBundle.Read(Pack(PlanFile, Text("/data.json", """{"acl":{"a":{"allowed_actions":["x"]}},"teams":{"t":1}}""")), null);

        var merged = DataMerge.Overlay(bundle, (RegoObject)Json("""{"_comment":"c","policy_version":"v","acl":{"_c":1,"b":{}},"latchgate":{"allowlist":{"_c":1}}}"""));

        Assert.Equal(Json("""{"policy_version":"v","acl":{"a":{"allowed_actions":["x"]},"b":{}},"teams":{"t":1},"latchgate":{"allowlist":{}}}"""), merged);
        Assert.Equal(Json("""{"acl":{"a":{"allowed_actions":["x"]}},"teams":{"t":1}}"""), bundle.Data);
    }

    [Theory]
    [InlineData("""{"acl":{"a":{"allowed_sinks":["y"]}}}""", "acl/a")]
    [InlineData("""{"acl":{"a":{}}}""", "acl/a")]
    [InlineData("""{"acl":1}""", "acl")]
    [InlineData("""{"teams":{"t":1}}""", "teams/t")]
    public void What_both_set_is_a_conflict(string own, string path)
    {
        var bundle = PolicyBundle.Read(Pack(PlanFile, Text("/data.json", """{"acl":{"a":{"allowed_actions":["x"]}},"teams":{"t":1}}""")), null);

        Assert.StartsWith($"{path} is set twice", Assert.Throws<StartupException>(() => DataMerge.Overlay(bundle, (RegoObject)Json(own))).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"acl":{"b":{}}}""")]
    [InlineData("""{"latchgate":{"allowlist":{"x":{"p":true}}}}""")]
    [InlineData("""{"deep":1}""")]
    public void What_the_bundles_roots_claim_the_gates_data_may_not_set(string own)
    {
        var bundle = PolicyBundle.Read(Pack(PlanFile, Text("/.manifest", """{"roots":["acl","latchgate","deep/er"]}""")), null);

        Assert.Contains("which the gate's data.json sets as well", Assert.Throws<StartupException>(() => DataMerge.Overlay(bundle, (RegoObject)Json(own))).Detail, StringComparison.Ordinal);
        Assert.Equal(Json("""{"policy_version":"v","latchgate":{"allowlist":{}}}"""), DataMerge.Overlay(bundle, (RegoObject)Json("""{"policy_version":"v","latchgate":{"allowlist":{}}}""")));
    }

    private static RegoValue Json(string text) => RegoJson.Parse(Encoding.UTF8.GetBytes(text));

    private static void Refused(string reason, byte[] packed)
    {
        var refusal = Assert.Throws<StartupException>(() => PolicyBundle.Read(packed, null));
        Assert.Equal(StartupError.PolicyLoadFailed, refusal.Error);
        Assert.Contains(reason, refusal.Detail, StringComparison.Ordinal);
    }
}
