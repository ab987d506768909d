namespace LatchGate.Cli.Client;

/// <summary>Ids that may stand in a path: <c>[A-Za-z0-9][A-Za-z0-9._-]{0,255}</c> (reference/wire.md §9.1).</summary>
internal static class ResourceId
{
    internal static bool IsValid(string id) =>
        id.Length is > 0 and <= 256 && char.IsAsciiLetterOrDigit(id[0]) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <exception cref="ArgumentException">It is no such id.</exception>
    internal static string Checked(string id) => IsValid(id) ? id : throw new ArgumentException($"'{id}' is not an id.", nameof(id));
}
