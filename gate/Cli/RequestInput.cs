using System.Buffers;
using System.Text.Json;

namespace LatchGate.Cli;

/// <summary>
/// An action's request from the command line: <c>key=value</c> for strings, <c>key:=json</c> for anything else, or a whole JSON
/// document from a file.
/// </summary>
internal static class RequestInput
{
    // The gate takes 1 MiB; more need not be sent.
    private const int LargestInput = 1024 * 1024;

    /// <exception cref="CliException">A parameter is malformed or given twice, or the input is not JSON.</exception>
    internal static ReadOnlyMemory<byte> Read(IReadOnlyList<string> parameters, string? input, CliServices services) =>
        input switch
        {
            null => FromParameters(parameters),
            _ when parameters.Count > 0 => throw CliException.Usage("Give either key=value parameters or --input, not both."),
            "-" => FromStream(services.Input(), "standard input"),
            _ => FromFile(Path.GetFullPath(input, services.Environment.CurrentDirectory)),
        };

    private static ReadOnlyMemory<byte> FromParameters(IReadOnlyList<string> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var parameter in parameters)
            {
                var equals = parameter.IndexOf('=', StringComparison.Ordinal);
                var isJson = equals > 0 && parameter[equals - 1] == ':';
                var key = equals < 0 ? "" : parameter[..(isJson ? equals - 1 : equals)];
                if (key.Length == 0)
                {
                    throw CliException.Usage($"'{parameter}' is not a parameter.", "Write key=value for a string, or key:=json for a number, boolean, list or object.");
                }

                if (!seen.Add(key))
                {
                    throw CliException.Usage($"The parameter '{key}' is given twice.");
                }

                json.WritePropertyName(key);
                if (isJson)
                {
                    WriteJson(json, key, parameter[(equals + 1)..]);
                }
                else
                {
                    json.WriteStringValue(parameter.AsSpan(equals + 1));
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteJson(Utf8JsonWriter json, string key, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            document.RootElement.WriteTo(json);
        }
        catch (JsonException e)
        {
            throw new CliException(ExitCode.Usage, "usage", $"The value of '{key}:=' is not JSON: {e.Message}", $"For a string write {key}=value.", e);
        }
    }

    private static ReadOnlyMemory<byte> FromFile(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return FromStream(stream, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, "usage", $"{file} cannot be read: {e.Message}", null, e);
        }
    }

    private static ReadOnlyMemory<byte> FromStream(Stream stream, string name)
    {
        var bytes = new byte[LargestInput + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > LargestInput)
        {
            throw CliException.Usage($"{name} is larger than {LargestInput} bytes.");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return bytes.AsMemory(0, length);
        }
        catch (JsonException e)
        {
            throw new CliException(ExitCode.Usage, "usage", $"{name} is not JSON: {e.Message}", null, e);
        }
    }
}
