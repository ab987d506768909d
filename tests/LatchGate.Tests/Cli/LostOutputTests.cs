namespace LatchGate.Tests.Cli;

public sealed class LostOutputTests : IDisposable
{
    private readonly CliHarness _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("--help")]
    [InlineData("version")]
    [InlineData("version", "--json")]
    [InlineData("actions")]
    [InlineData("call", "--json")]
    [InlineData("status", "--json")]
    public async Task A_result_that_cannot_be_written_is_told_and_is_no_defect(params string[] arguments)
    {
        using var disk = new StreamWriter(new FullDisk());
        _cli.OtherOutput = disk;
        Assert.Equal(1, await _cli.RunAsync(arguments));
        Assert.EndsWith("✗ The result cannot be written to standard output: The disk is full.\n", _cli.Error);
        Assert.DoesNotContain("defect", _cli.Error);
    }

    [Fact]
    public async Task Standard_output_that_is_closed_is_told_by_its_cause()
    {
        using var closed = new StreamWriter(new FullDisk(new UnauthorizedAccessException("Access denied.", new IOException("Bad file descriptor."))));
        _cli.OtherOutput = closed;
        Assert.Equal(1, await _cli.RunAsync("version"));
        Assert.Equal("✗ The result cannot be written to standard output: Bad file descriptor.\n", _cli.Error);
    }

    [Fact]
    public async Task Messages_that_cannot_be_written_change_neither_result_nor_exit_code()
    {
        using var disk = new StreamWriter(new FullDisk());
        _cli.OtherError = disk;
        Assert.Equal(64, await _cli.RunAsync("nothing"));
        Assert.Equal(1, await _cli.RunAsync("status"));
        Assert.Equal(0, await _cli.RunAsync("version"));
        Assert.NotEqual("", _cli.Output);
    }

    private sealed class FullDisk(Exception? failure = null) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw failure ?? new IOException("The disk is full.");

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
