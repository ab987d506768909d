using System.Text;
using LatchGate.Config.Toml;

namespace LatchGate.Tests.Config;

public sealed class TomlDocumentTests
{
    private static TomlTable Parse(string text) =>
        TomlDocument.TryParse(Encoding.UTF8.GetBytes(text), out var root, out var error) ? root : throw new InvalidOperationException($"{error.Position}: {error.Message}");

    private static TomlError Refuse(string text) => Refuse(Encoding.UTF8.GetBytes(text));

    private static TomlError Refuse(byte[] text)
    {
        Assert.False(TomlDocument.TryParse(text, out _, out var error));
        return error;
    }

    [Fact]
    public void Entries_keep_the_order_and_the_positions_of_the_file()
    {
        var root = Parse("b = 1\n[t]\n  'kö' = [\"x\",\n 2.5]");
        Assert.Equal(["b", "t"], root.Entries.Select(e => e.Key));
        Assert.True(root.TryGet("t", out var table));
        var key = ((TomlTable)table).Entries[0];
        Assert.Equal("kö", key.Key);
        Assert.Equal(new TomlPosition(3, 3), key.KeyPosition);
        var array = Assert.IsType<TomlArray>(key.Value);
        Assert.Equal(new TomlPosition(3, 10), array.Position);
        Assert.Equal(new TomlFloat(2.5, new TomlPosition(4, 2)), array.Items[1]);
    }

    [Theory]
    [InlineData("a = 1\na = 2", 2, 1, "'a' is already defined")]
    [InlineData("[a]\n[a]", 2, 2, "'a' is already defined")]
    [InlineData("a.b = 1\n[a]", 2, 2, "'a' is already defined")]
    [InlineData("a = {}\n[a.b]", 2, 2, "'a' is already defined, and a header cannot add to it")]
    [InlineData("[a.b]\n[a]\nb.c = 1", 3, 1, "'b' is already defined, and a dotted key cannot add to it")]
    [InlineData("a = []\n[[a]]", 2, 3, "'a' is already defined, and not as an array of tables")]
    [InlineData("x = 9223372036854775808", 1, 5, "the integer does not fit in 64 bits")]
    [InlineData("x = 2025-02-29", 1, 5, "this is no value: strings need quotes, and numbers and dates must be written as TOML 1.0 says")]
    [InlineData("é = \"", 1, 1, "a key is missing here")]
    [InlineData("\"é\" = \"", 1, 8, "the string is not closed on its line")]
    public void An_error_says_where_and_what(string text, int line, int column, string message) =>
        Assert.Equal(new TomlError(new TomlPosition(line, column), message), Refuse(text));

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_at_their_place() =>
        Assert.Equal(new TomlPosition(2, 4), Refuse([.. "a=1\nb=\""u8, 0xC0, 0xAF, .. "\""u8]).Position);

    [Fact]
    public void Nesting_is_allowed_to_the_limit_and_refused_beyond_it()
    {
        static string Nested(int arrays) => "a = " + new string('[', arrays) + new string(']', arrays);
        Parse(Nested(TomlDocument.MaxDepth - 1));
        Assert.StartsWith("more than 100 levels", Refuse(Nested(TomlDocument.MaxDepth)).Message);
        Assert.StartsWith("more than 100 levels", Refuse(Nested(1_000_000)).Message);
        Assert.StartsWith("more than 100 levels", Refuse(string.Join('.', Enumerable.Repeat("a", 100_000)) + " = 1").Message);
        Assert.StartsWith("more than 100 levels", Refuse($"[{string.Join('.', Enumerable.Repeat("a", 100_000))}]").Message);
    }

    [Fact]
    public void A_table_may_follow_the_tables_below_it_once()
    {
        var root = Parse("[a.b]\nx = 1\n[a]\ny = 2\n[[a.c]]\n[[a.c]]\nz = 3");
        Assert.True(root.TryGet("a", out var a));
        Assert.Equal(["b", "y", "c"], ((TomlTable)a).Entries.Select(e => e.Key));
        Assert.True(((TomlTable)a).TryGet("c", out var c));
        Assert.Equal(2, ((TomlArray)c).Items.Length);
    }

    [Fact]
    public void Dates_are_kept_as_text_in_RFC_3339_form()
    {
        var root = Parse("a = 1979-05-27 07:32:00z");
        Assert.Equal(new TomlDate(TomlDateKind.OffsetDateTime, "1979-05-27T07:32:00Z", new TomlPosition(1, 5)), root.Entries[0].Value);
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_or_point_outside_the_text()
    {
        var seed = Encoding.UTF8.GetBytes(
            """"""
            # comment é
            a.b = [1, 0x2F, -3.5e+1, true, inf, "\u00e9\n", 'x']
            [t."q".'l']
            d = {x = 1979-05-27T07:32:00.5-07:00, y.z = 07:32:00}
            [[t.arr]]
            m = """
            line \
              more """""
            n = '''
            raw'''
            """""");
        Assert.True(TomlDocument.TryParse(seed, out _, out var error), error?.ToString());
        var random = new Random(1);
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = seed.ToList();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes.RemoveAt(at);
                        break;
                    case 1:
                        bytes.Insert(at, seed[random.Next(seed.Length)]);
                        break;
                    default:
                        bytes[at] = (byte)random.Next(256);
                        break;
                }
            }

            if (TomlDocument.TryParse([.. bytes], out _, out error))
            {
                accepted++;
                continue;
            }

            refused++;
            Assert.InRange(error.Position.Line, 1, bytes.Count(b => b == '\n') + 1);
            Assert.InRange(error.Position.Column, 1, bytes.Count + 1);
        }

        Assert.True(accepted > 1000 && refused > 1000, $"{accepted} accepted, {refused} refused");
    }
}
