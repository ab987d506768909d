namespace LatchGate.Webhooks;

/// <summary>What a receiver wants to read (reference/ops.md §5.3).</summary>
public enum WebhookFormat
{
    /// <summary>The envelope itself.</summary>
    Generic,

    /// <summary>A message of Slack: text and blocks.</summary>
    Slack,

    /// <summary>A message of a Teams workflow: an Adaptive Card.</summary>
    Teams,

    /// <summary>A message of Discord: content and an embed.</summary>
    Discord,

    /// <summary>An event of PagerDuty's Events API v2.</summary>
    PagerDuty,
}

/// <summary>The words of <see cref="WebhookFormat"/>.</summary>
public static class WebhookFormats
{
    /// <summary>The lower-case name.</summary>
    public static string ToWire(this WebhookFormat format) => format switch
    {
        WebhookFormat.Generic => "generic",
        WebhookFormat.Slack => "slack",
        WebhookFormat.Teams => "teams",
        WebhookFormat.Discord => "discord",
        WebhookFormat.PagerDuty => "pagerduty",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format."),
    };

    /// <summary>Reads a word; false when it names no format.</summary>
    public static bool TryParse(string word, out WebhookFormat format)
    {
        for (format = WebhookFormat.Generic; format <= WebhookFormat.PagerDuty; format++)
        {
            if (format.ToWire() == word)
            {
                return true;
            }
        }

        return false;
    }
}
