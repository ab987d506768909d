using System.Runtime.InteropServices;

namespace LatchGate.Cli;

/// <summary>Keeps the terminal from showing what is typed, until disposed; does nothing where input is no terminal.</summary>
internal sealed unsafe partial class HiddenInput : IDisposable
{
    private const string Library = "libc.so.6";
    private const int StandardInput = 0;
    private const int AfterFlush = 2;
    private const uint Echo = 0x8;
    private const uint EchoNewLine = 0x40;

    // struct termios has 60 bytes; c_lflag is its fourth field of four bytes.
    private const int SizeOfTermios = 64;
    private const int LocalFlags = 3;

    private readonly uint[] _before = new uint[SizeOfTermios / sizeof(uint)];
    private readonly bool _isTerminal;
    private readonly PosixSignalRegistration? _interrupt;

    internal HiddenInput()
    {
        fixed (uint* state = _before)
        {
            _isTerminal = GetAttributes(StandardInput, state) == 0;
        }

        if (_isTerminal)
        {
            // Ctrl-C keeps its effect, but not with a silent terminal left behind.
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Restore());
            var hidden = (uint[])_before.Clone();
            hidden[LocalFlags] = (hidden[LocalFlags] & ~Echo) | EchoNewLine;
            Set(hidden);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Restore();
        _interrupt?.Dispose();
    }

    private static void Set(uint[] state)
    {
        fixed (uint* bytes = state)
        {
            _ = SetAttributes(StandardInput, AfterFlush, bytes);
        }
    }

    private void Restore()
    {
        if (_isTerminal)
        {
            Set(_before);
        }
    }

    [LibraryImport(Library, EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int descriptor, uint* state);

    [LibraryImport(Library, EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int descriptor, int when, uint* state);
}
