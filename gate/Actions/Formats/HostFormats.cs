using System;

namespace LatchGate.Actions.Formats;

/// <summary>Host names and addresses.</summary>
internal static class HostFormats
{
    private const int MostBytes = 253;
    private const int MostLabelBytes = 63;

    /// <summary>RFC 1123 §2.1: labels of letters, digits and inner hyphens; a label that begins with <c>xn--</c> is an A-label.</summary>
    public static bool IsHostname(ReadOnlySpan<byte> text) => AreLabels(text, international: false);

    /// <summary>Labels that are not empty, joined by dots; with <paramref name="international"/>, bytes above ASCII are letters.</summary>
    public static bool AreLabels(ReadOnlySpan<byte> text, bool international)
    {
        if (text.Length > MostBytes)
        {
            return false;
        }

        while (true)
        {
            var dot = text.IndexOf((byte)'.');
            if (!IsLabel(dot < 0 ? text : text.Slice(0, dot), international))
            {
                return false;
            }

            if (dot < 0)
            {
                return true;
            }

            text = text.Slice(dot + 1);
        }
    }

    /// <summary>Four numbers to 255, without leading zeros.</summary>
    public static bool IsIpv4(ReadOnlySpan<byte> text)
    {
        for (var part = 0; part < 4; part++)
        {
            var length = 0;
            var number = 0;
            while (length < text.Length && length < 4 && Ascii.IsDigit(text[length]))
            {
                number = (number * 10) + text[length++] - '0';
            }

            if (length is 0 or > 3 || number > 255 || (length > 1 && text[0] == '0'))
            {
                return false;
            }

            text = text.Slice(length);
            if (part < 3)
            {
                if (text.IsEmpty || text[0] != '.')
                {
                    return false;
                }

                text = text.Slice(1);
            }
        }

        return text.IsEmpty;
    }

    /// <summary>RFC 4291 §2.2: eight groups, one run of zeros as <c>::</c>, the last two groups perhaps as IPv4.</summary>
    public static bool IsIpv6(ReadOnlySpan<byte> text)
    {
        var groups = 0;
        var run = false;
        if (text.StartsWith("::"u8))
        {
            run = true;
            text = text.Slice(2);
        }

        while (!text.IsEmpty)
        {
            var length = 0;
            while (length < text.Length && Ascii.IsHex(text[length]))
            {
                length++;
            }

            if (length < text.Length && text[length] == '.')
            {
                groups += 2;
                return IsIpv4(text) && (run ? groups < 8 : groups == 8);
            }

            if (length is 0 or > 4)
            {
                return false;
            }

            groups++;
            text = text.Slice(length);
            if (text.IsEmpty)
            {
                break;
            }

            if (text.StartsWith("::"u8))
            {
                if (run)
                {
                    return false;
                }

                run = true;
                text = text.Slice(2);
            }
            else if (text.Length > 1 && text[0] == ':')
            {
                text = text.Slice(1);
            }
            else
            {
                return false;
            }
        }

        return run ? groups < 8 : groups == 8;
    }

    private static bool IsLabel(ReadOnlySpan<byte> label, bool international)
    {
        if (label.Length is 0 or > MostLabelBytes || label[0] == '-' || label[label.Length - 1] == '-')
        {
            return false;
        }

        foreach (var octet in label)
        {
            if (!(Ascii.IsLetterOrDigit(octet) || octet == '-' || (international && octet >= 0x80)))
            {
                return false;
            }
        }

        // RFC 5890 §2.3.1: two hyphens there are reserved, and xn is the one use of it.
        return label.Length < 4 || label[2] != '-' || label[3] != '-' || ALabel.IsValid(label);
    }
}
