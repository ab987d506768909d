namespace LatchGate.Http;

/// <summary>What <see cref="QueryReader.Read"/> found.</summary>
public enum QueryToken
{
    /// <summary>A parameter; name and value are set.</summary>
    Parameter,

    /// <summary>There are no more.</summary>
    End,

    /// <summary>A name or value does not decode; the request is bad.</summary>
    Malformed,
}

/// <summary>
/// Reads the parameters of a query in order: <c>query = pair *( "&amp;" pair ); pair = name [ "=" value ]</c>. Empty pairs are skipped; a name
/// without an equals sign has an empty value. What a repeated name means is for the caller to say.
/// </summary>
/// <param name="query">The query as sent, without its question mark.</param>
public ref struct QueryReader(ReadOnlySpan<byte> query)
{
    private ReadOnlySpan<byte> _rest = query;

    /// <summary>Reads the next parameter.</summary>
    public QueryToken Read(out string name, out string value)
    {
        name = value = "";
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf((byte)'&');
            var pair = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (pair.IsEmpty)
            {
                continue;
            }

            var equals = pair.IndexOf((byte)'=');
            var rawName = equals < 0 ? pair : pair[..equals];
            var rawValue = equals < 0 ? default : pair[(equals + 1)..];
            if (!PercentDecoding.TryDecodeForm(rawName, out var decodedName) || !PercentDecoding.TryDecodeForm(rawValue, out var decodedValue))
            {
                return QueryToken.Malformed;
            }

            name = decodedName;
            value = decodedValue;
            return QueryToken.Parameter;
        }

        return QueryToken.End;
    }
}
