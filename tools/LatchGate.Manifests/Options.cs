namespace LatchGate.Manifests;

/// <summary>A command line.</summary>
internal sealed class Options
{
    /// <summary><c>lint</c>, <c>lock</c> or <c>schema</c>.</summary>
    public required string Command { get; init; }

    /// <summary>A directory or a file.</summary>
    public string Path { get; private set; } = "";

    /// <summary><c>text</c> or <c>sarif</c>.</summary>
    public string Format { get; private set; } = "text";

    /// <summary>The lists of provider modules; none for the repository's.</summary>
    public List<string> Modules { get; } = [];

    /// <summary>Ids whose version is entered anew.</summary>
    public List<string> Amend { get; } = [];

    /// <summary>Whether nothing is written.</summary>
    public bool IsCheck { get; private set; }

    /// <summary>Reads the arguments; null when they are wrong.</summary>
    public static Options? Parse(string[] arguments)
    {
        if (arguments is not [("lint" or "lock" or "schema") and var command, ..])
        {
            return null;
        }

        var options = new Options { Command = command };
        for (var i = 1; i < arguments.Length; i++)
        {
            var next = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--format" when next is "text" or "sarif" && command == "lint":
                    options.Format = arguments[++i];
                    break;
                case "--modules" when next is not null:
                    options.Modules.Add(arguments[++i]);
                    break;
                case "--amend" when next is not null && command == "lock":
                    options.Amend.Add(arguments[++i]);
                    break;
                case "--check" when command == "lock":
                    options.IsCheck = true;
                    break;
                case var path when path.Length > 0 && path[0] != '-' && options.Path.Length == 0 && command != "schema":
                    options.Path = path;
                    break;
                default:
                    return null;
            }
        }

        return (command == "schema") == (options.Path.Length == 0) ? options : null;
    }
}
