using System.Collections.Frozen;

namespace LatchGate.Learned;

/// <summary>
/// Names below which anybody can register, so that no list entry may stand for them. Not the whole Public Suffix List, which changes
/// weekly: its common second-level pattern under country codes, and the hosting services that agents meet.
/// </summary>
internal static class PublicSuffixes
{
    // Under a two-letter code, these second labels are registries nearly everywhere (co.uk, com.au, or.jp …).
    private static readonly FrozenSet<string> Registries = FrozenSet.ToFrozenSet(
        ["ac", "asn", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "id", "info", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch"],
        StringComparer.Ordinal);

    private static readonly FrozenSet<string> Hosting = FrozenSet.ToFrozenSet(
        [
            "amazonaws.com", "appspot.com", "azureedge.net", "azurestaticapps.net", "azurewebsites.net", "blob.core.windows.net", "blogspot.com",
            "cdn77-ssl.net", "cloudapp.azure.com", "cloudapp.net", "cloudfront.net", "cloudfunctions.net", "core.windows.net", "deno.dev",
            "digitaloceanspaces.com", "elasticbeanstalk.com", "execute-api.us-east-1.amazonaws.com", "fastly.net", "firebaseapp.com",
            "firebaseio.com", "fly.dev", "fly.io", "gitbook.io", "github.dev", "github.io", "githubusercontent.com", "gitlab.io", "glitch.me",
            "herokuapp.com", "hf.space", "loca.lt", "my.canva.site", "myshopify.com", "netlify.app", "ngrok-free.app", "ngrok-free.dev",
            "ngrok.app", "ngrok.dev", "ngrok.io", "on-aws.com", "ondigitalocean.app", "onrender.com", "pages.dev", "pythonanywhere.com",
            "r2.dev", "railway.app", "readthedocs.io", "repl.co", "replit.app", "replit.dev", "run.app", "s3.amazonaws.com", "serveo.net",
            "sharepoint.com", "sourceforge.io", "streamlit.app", "supabase.co", "surge.sh", "trafficmanager.net", "trycloudflare.com",
            "up.railway.app", "vercel.app", "web.app", "web.core.windows.net", "webflow.io", "windows.net", "wixsite.com", "wordpress.com",
            "workers.dev",
        ],
        StringComparer.Ordinal);

    /// <summary>Whether <paramref name="name"/>, lower case without a last dot, is such a name.</summary>
    internal static bool Contains(string name)
    {
        var dot = name.IndexOf('.');
        return dot < 0
            || Hosting.Contains(name)
            || (name.Length - dot == 3 && Registries.Contains(name[..dot]))
            || IsRegionalBucket(name);
    }

    // s3.eu-central-1.amazonaws.com, s3-eu-west-1.amazonaws.com, execute-api.… and lambda-url.…: one such name for each region.
    private static bool IsRegionalBucket(string name) =>
        (name.EndsWith(".amazonaws.com", StringComparison.Ordinal) || name.EndsWith(".on.aws", StringComparison.Ordinal))
        && (name.StartsWith("s3", StringComparison.Ordinal) || name.StartsWith("execute-api.", StringComparison.Ordinal)
            || name.StartsWith("lambda-url.", StringComparison.Ordinal) || name.StartsWith("elb.", StringComparison.Ordinal));
}
