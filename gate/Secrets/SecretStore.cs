using System.Diagnostics.CodeAnalysis;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Secrets;

/// <summary>What became of reading the secrets anew.</summary>
/// <param name="Changed">Whether other values are in force than before.</param>
/// <param name="Problem">Why the file was refused, so that the earlier values stay in force; null when it was not.</param>
/// <param name="FileDigest">SHA-256 of the encrypted file in force; null without one.</param>
internal sealed record SecretReload(bool Changed, SecretProblem? Problem, Sha256Digest? FileDigest);

/// <summary>
/// The gate's secrets, from a SOPS file. When that file or the key changes, the new values take the place of the old ones at once and as a
/// whole; a file that cannot be opened changes nothing, and says so.
/// </summary>
internal sealed class SecretStore : ISecretSource, IDisposable
{
    private readonly SecretsConfig _config;
    private readonly GateLog _log;
    private readonly Lock _loading = new();
    private SecretGeneration? _current;
    private SecretReload _last = new(false, null, null);
    private FileStamp _secretsSeen;
    private FileStamp _keySeen;

    private SecretStore(SecretsConfig config, GateLog log) => (_config, _log) = (config, log);

    /// <inheritdoc/>
    public SecretRedactor Redactor { get; } = new();

    /// <summary>Whether a file is configured.</summary>
    internal bool IsConfigured => _config.SopsSecretsFile is not null;

    /// <summary>What became of the last reading.</summary>
    internal SecretReload Last => Volatile.Read(ref _last);

    /// <summary>The names in force, in ordinal order.</summary>
    internal IReadOnlyList<string> Names => Volatile.Read(ref _current)?.Names ?? [];

    /// <summary>Opens the configured secrets; without a file there are none.</summary>
    /// <exception cref="StartupException"><see cref="StartupError.SecretsLoadFailed"/>: the file cannot be opened.</exception>
    internal static SecretStore Open(SecretsConfig config, GateLog log)
    {
        var store = new SecretStore(config, log);
        if (config.SopsSecretsFile is not null && store.Reload().Problem is { } problem)
        {
            throw new StartupException(StartupError.SecretsLoadFailed, $"{problem.Code}: {problem.Detail}", problem.Remedy);
        }

        return store;
    }

    /// <inheritdoc/>
    public bool TryOpen(string name, [NotNullWhen(true)] out SecretLease? lease)
    {
        while (Volatile.Read(ref _current) is { } generation)
        {
            if (generation.TryOpen(name, out lease))
            {
                return true;
            }

            // Unless it was rotated away meanwhile, it has no such name.
            if (generation == Volatile.Read(ref _current))
            {
                break;
            }
        }

        lease = null;
        return false;
    }

    /// <inheritdoc/>
    public SecretHold Hold()
    {
        while (Volatile.Read(ref _current) is { } generation)
        {
            if (generation.TryShare())
            {
                return new SecretHold(generation);
            }
        }

        return new SecretHold(null);
    }

    /// <summary>Reads the file again. One reading at a time; the file, or the sops program, is waited for.</summary>
    internal SecretReload Reload()
    {
        if (!IsConfigured)
        {
            return Last;
        }

        lock (_loading)
        {
            // Looked at before the reading: what changes meanwhile is read again.
            _secretsSeen = FileStamp.At(_config.SopsSecretsFile!);
            _keySeen = _config.SopsKeyFile is { } key ? FileStamp.At(key) : default;
            using var opened = OpenedSecrets.TryOpen(_config, out var problem);
            var reload = opened is null ? new SecretReload(false, problem, Last.FileDigest) : PutInForce(opened);
            Volatile.Write(ref _last, reload);
            return reload;
        }
    }

    /// <summary>Reads the file again if it, or the key, is another than at the last reading.</summary>
    /// <returns>What became of it; null when nothing has changed.</returns>
    internal SecretReload? ReloadIfChanged()
    {
        if (!IsConfigured)
        {
            return null;
        }

        lock (_loading)
        {
            var isSame = FileStamp.At(_config.SopsSecretsFile!) == _secretsSeen && (_config.SopsKeyFile is not { } key || FileStamp.At(key) == _keySeen);
            return isSame ? null : Reload();
        }
    }

    /// <summary>Ends the values in force; leases that are still held keep theirs.</summary>
    public void Dispose() => Interlocked.Exchange(ref _current, null)?.Release();

    private SecretReload PutInForce(OpenedSecrets opened)
    {
        var digest = Sha256Digest.Of(opened.Text);
        if (digest == Last.FileDigest && Volatile.Read(ref _current) is not null)
        {
            return new SecretReload(false, null, digest);
        }

        foreach (var name in opened.Values.TooShort)
        {
            _log.Warn("secret_too_short", $"the secret '{PlainText.Clean(name, 128)}' has fewer than {SecretValues.MinimumLength} bytes and is not offered to any action");
        }

        // The redactor first, so that no value is ever handed out that it does not know.
        var generation = opened.Values.ToGeneration();
        Redactor.Add(generation);
        Interlocked.Exchange(ref _current, generation)?.Release();
        _log.Info("secrets_in_force", $"{generation.Names.Count} secrets, file {digest}");
        return new SecretReload(true, null, digest);
    }
}
