namespace LatchGate.Secrets;

/// <summary>Why secrets could not be read or written. The code is the snake_case name.</summary>
internal enum SecretFault
{
    /// <summary>No secrets file is configured.</summary>
    SecretsNotConfigured,

    /// <summary>There is no secrets file at its path.</summary>
    SecretsFileMissing,

    /// <summary>The secrets file is a link, is no regular file, or could have been written by somebody else.</summary>
    SecretsFileUnsafe,

    /// <summary>The secrets file cannot be read, or is larger than 1 MiB.</summary>
    SecretsFileUnreadable,

    /// <summary>The file's name ends in none of .json, .yaml, .yml and .env.</summary>
    SecretsFormatUnknown,

    /// <summary>The file is not JSON, YAML or dotenv of the kind that SOPS writes.</summary>
    SecretsFileInvalid,

    /// <summary>Two entries of the file have one name, or there are more than 4096.</summary>
    SecretNameAmbiguous,

    /// <summary>The file has no <c>sops</c> metadata: it was never encrypted.</summary>
    SopsMetadataMissing,

    /// <summary>The metadata lack a field, or hold one that says nothing.</summary>
    SopsMetadataInvalid,

    /// <summary>The key file does not exist.</summary>
    KeyFileMissing,

    /// <summary>The key file is a link, belongs to another user, or others may use it.</summary>
    KeyFileUnsafe,

    /// <summary>The key file holds no X25519 identity of age.</summary>
    KeyFileInvalid,

    /// <summary>No age identity is configured.</summary>
    AgeIdentityMissing,

    /// <summary>The file is not encrypted for any of the identities.</summary>
    AgeNoMatch,

    /// <summary>The wrapped data key was changed.</summary>
    DataKeyDamaged,

    /// <summary>A value was changed, or moved to another name.</summary>
    SecretDamaged,

    /// <summary>The file as a whole was changed: its MAC is wrong.</summary>
    MacMismatch,

    /// <summary>Only the sops program can open the file, and <c>sops_binary</c> names none.</summary>
    SopsBinaryNeeded,

    /// <summary>The sops program could not be started, or ended with an error.</summary>
    SopsBinaryFailed,

    /// <summary>The sops program did not end in time.</summary>
    SopsBinaryTimeout,

    /// <summary>What is asked is done by the sops program only.</summary>
    NotSupported,

    /// <summary>The name cannot be one of a secret.</summary>
    SecretNameInvalid,

    /// <summary>The value is too short, too long, or holds a NUL.</summary>
    SecretValueInvalid,

    /// <summary>There is no secret of that name.</summary>
    SecretMissing,
}
