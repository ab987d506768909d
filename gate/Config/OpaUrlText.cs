namespace LatchGate.Config;

/// <summary>Reads <c>opa_url</c>: <c>http://HOST[:PORT]</c>, <c>https://HOST[:PORT]</c> or <c>unix:///ABSOLUTE/PATH</c>.</summary>
internal static class OpaUrlText
{
    // sun_path has 108 bytes, the last of which is NUL (unix(7)).
    private const int LongestSocketPath = 107;

    internal static Uri? Read(ConfigValue<string>? text)
    {
        if (text is not { } given)
        {
            return null;
        }

        var isPlain = true;
        foreach (var c in given.Value)
        {
            isPlain &= c is > ' ' and < '\u007f' and not ('?' or '#' or '@' or '\\' or '%');
        }

        var isGood = isPlain && Uri.TryCreate(given.Value, UriKind.Absolute, out var url) && url.Scheme switch
        {
            "http" or "https" => url.Host.Length > 0 && url.AbsolutePath == "/",
            "unix" => url.Host.Length == 0 && given.Value.StartsWith("unix:///", StringComparison.Ordinal) && url.LocalPath.Length is > 1 and <= LongestSocketPath,
            _ => false,
        };
        return isGood
            ? new Uri(given.Value)
            : throw given.Refuse("is not the address of an OPA", "Give \"http://127.0.0.1:8181\", an https address without path, or \"unix:///run/opa.sock\".");
    }
}
