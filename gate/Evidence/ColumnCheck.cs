using System.Text;
using System.Text.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Compares a row's text columns with the members of its canonical text, which the chain or a signature covers: an edited column
/// would answer a query differently from the evidence.
/// </summary>
/// <param name="row">The row, at its first columns the ones to compare.</param>
/// <param name="members">For each of these columns, the member that must hold the same text; in column order.</param>
internal ref struct ColumnCheck(Statement row, ReadOnlySpan<string> members)
{
    private readonly ReadOnlySpan<string> _members = members;
    private int _seen;

    /// <summary>The first column that differs; null when none does.</summary>
    internal string? Different { get; private set; }

    /// <summary>Compares the column of a member, if there is one. The reader stands on the member's value.</summary>
    internal void Check(ReadOnlySpan<byte> name, ref Utf8JsonReader reader)
    {
        for (var i = 0; i < _members.Length; i++)
        {
            if (!Ascii.Equals(name, _members[i]))
            {
                continue;
            }

            _seen++;
            var same = reader.TokenType == JsonTokenType.Null ? row.IsNull(i)
                : reader.TokenType == JsonTokenType.String && !row.IsNull(i) && reader.ValueTextEquals(row.Bytes(i));
            if (!same)
            {
                Different ??= _members[i];
            }

            return;
        }
    }

    /// <summary>Compares the columns with the top-level members of <paramref name="body"/>; all must be there.</summary>
    internal bool Holds(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueSpan;
                reader.Read();
                Check(name, ref reader);
                reader.Skip();
            }
        }

        return IsComplete && Different is null;
    }

    /// <summary>Whether every column's member was there.</summary>
    internal readonly bool IsComplete => _seen == _members.Length;
}
