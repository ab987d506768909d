using System.Runtime.InteropServices;

namespace LatchGate.Crypto;

/// <summary>
/// The few functions of OpenSSL 3's libcrypto that the base library does not offer. The published binary has the library linked in
/// already, for the base library's own use.
/// </summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "crypto";

    /// <summary><c>EVP_CTRL_AEAD_SET_IVLEN</c>.</summary>
    internal const int SetNonceLength = 0x9;

    /// <summary><c>EVP_CTRL_AEAD_GET_TAG</c>.</summary>
    internal const int GetTag = 0x10;

    /// <summary><c>EVP_CTRL_AEAD_SET_TAG</c>.</summary>
    internal const int SetTag = 0x11;

    [LibraryImport(Library, EntryPoint = "EVP_aes_256_gcm")]
    internal static partial void* Aes256Gcm();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial void* NewContext();

    /// <summary>Wipes and frees a context.</summary>
    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void FreeContext(void* context);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    internal static partial int Control(void* context, int type, int number, void* value);

    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex")]
    internal static partial int Begin(void* context, void* cipher, void* engine, byte* key, byte* nonce, int encrypt);

    [LibraryImport(Library, EntryPoint = "EVP_CipherUpdate")]
    internal static partial int Update(void* context, byte* output, int* written, byte* input, int length);

    [LibraryImport(Library, EntryPoint = "EVP_CipherFinal_ex")]
    internal static partial int Finish(void* context, byte* output, int* written);
}
