using System.Linq;
using System.Text.RegularExpressions;

namespace LatchGate.Generators.Model;

/// <summary>The formats of single values.</summary>
internal static class Formats
{
    public static readonly Regex ActionId = Of("^[A-Za-z0-9_-]{1,128}$");
    public static readonly Regex Version = Of(@"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,32})?$");
    public static readonly Regex Label = Of("^[a-z][a-z0-9_-]{0,63}$");
    public static readonly Regex ModuleName = Of("^[a-z][a-z0-9_]{0,63}$");
    public static readonly Regex RuleName = Of("^[a-z0-9._-]{1,64}$");
    public static readonly Regex HeaderName = Of("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$");
    public static readonly Regex Variable = Of("^[A-Za-z_][A-Za-z0-9_-]{0,63}$");
    public static readonly Regex SecretName = Of("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$");
    public static readonly Regex JsonPointer = Of("^(/([^~/]|~[01])*)+$");

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public static bool IsHex(string text) => text.Length == 64 && text.All(static c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    // \z and not $: a text that ends in a line feed must not pass.
    private static Regex Of(string pattern) => new(pattern.Substring(0, pattern.Length - 1) + @"\z", RegexOptions.CultureInvariant);
}
