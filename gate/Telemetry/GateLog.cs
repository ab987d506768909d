using System.Buffers;
using System.Text.Json;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Telemetry;

/// <summary>The gate's log: one JSON object a line on standard error. Never holds a secret, a URL path or a body.</summary>
internal sealed class GateLog(TextWriter output, LogLevel least, TimeProvider time)
{
    private readonly Lock _lock = new();

    internal void Debug(string code, string message) => Write(LogLevel.Debug, code, message);

    internal void Info(string code, string message) => Write(LogLevel.Info, code, message);

    internal void Warn(string code, string message) => Write(LogLevel.Warn, code, message);

    internal void Error(string code, string message) => Write(LogLevel.Error, code, message);

    /// <summary>An exception that nothing else answers for: its type, message and stack, on one line.</summary>
    internal void Unexpected(Exception exception) => Write(LogLevel.Error, "unexpected", exception.ToString());

    /// <summary>A line that a guest wrote; it is JSON already, and is kept as a string so that it cannot pose as the gate's own.</summary>
    internal void Guest(ReadOnlySpan<byte> line)
    {
        if (least <= LogLevel.Debug)
        {
            Write(LogLevel.Debug, "guest", System.Text.Encoding.UTF8.GetString(line));
        }
    }

    private void Write(LogLevel level, string code, string message)
    {
        if (level < least)
        {
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, JsonOutput.Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, WireTime.Format(time.GetUtcNow()));
            json.WriteString("level"u8, level switch
            {
                LogLevel.Debug => "debug",
                LogLevel.Info => "info",
                LogLevel.Warn => "warn",
                _ => "error",
            });
            json.WriteString("event"u8, code);
            json.WriteString("message"u8, message);
            json.WriteEndObject();
        }

        var text = System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
        lock (_lock)
        {
            output.WriteLine(text);
        }
    }
}
