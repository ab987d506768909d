using LatchGate.HostIo.Files;
using LatchGate.Sandbox;

namespace LatchGate.HostIo;

/// <summary>All that one execution's guest can ask of the host: <c>io/http</c>, <c>io/log</c>, and <c>io/fs</c> where its action has files.</summary>
/// <param name="http">Answers <c>io/http</c> and <c>io/log</c>.</param>
/// <param name="files">Answers <c>io/fs</c>; null for an action without files.</param>
internal sealed class HostCalls(HttpHostCalls http, FileHostCalls? files) : IHostCalls
{
    /// <inheritdoc/>
    public ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation) =>
        import == HostImports.Fs && files is not null
            ? ValueTask.FromResult(files.Call(request, cancellation))
            : http.CallAsync(import, request, cancellation);
}
