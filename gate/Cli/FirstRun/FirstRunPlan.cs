using System.Globalization;
using LatchGate.Cli.Presets;
using LatchGate.Config;
using LatchGate.Identity;

namespace LatchGate.Cli.FirstRun;

/// <summary>A principal that gets the preset's grant.</summary>
/// <param name="name">As policy and receipts have it.</param>
/// <param name="userId">The user of this machine who it is; null for one that is mapped later.</param>
internal sealed class FirstRunPrincipal(string name, uint? userId)
{
    internal string Name { get; } = name;

    internal uint? UserId { get; } = userId;
}

/// <summary>What the files of a first run are made of, besides keys.</summary>
/// <param name="selection">The actions and who gets which.</param>
/// <param name="principals">Who has an entry of its own; not empty.</param>
/// <param name="policyVersion">The data's <c>policy_version</c>.</param>
internal sealed class FirstRunPlan(
    PresetSelection selection, IReadOnlyList<FirstRunPrincipal> principals, string policyVersion = FirstRunPlan.FirstVersion)
{
    internal const string FirstVersion = "v1";

    internal PresetSelection Selection { get; } = selection;

    internal IReadOnlyList<FirstRunPrincipal> Principals { get; } = principals;

    internal string PolicyVersion { get; } = policyVersion;

    /// <summary>The same under another version of the data.</summary>
    internal FirstRunPlan Under(string version) => new(Selection, Principals, version);

    /// <summary>The selection for the user who runs the command.</summary>
    internal static FirstRunPlan ForUser(PresetSelection selection, ConfigEnvironment environment) =>
        new(selection, [new FirstRunPrincipal(FirstRunSetup.PrincipalOf(environment), environment.UserId)]);

    /// <summary>
    /// The selection for named principals: <c>NAME</c> or <c>NAME=UID</c>. The first without a uid is the user who runs the command.
    /// </summary>
    /// <exception cref="CliException">One is not a principal, or two are one.</exception>
    internal static FirstRunPlan For(PresetSelection selection, IReadOnlyList<string> named, ConfigEnvironment environment)
    {
        if (named.Count == 0)
        {
            return ForUser(selection, environment);
        }

        var principals = new List<FirstRunPrincipal>();
        var own = string.Create(CultureInfo.InvariantCulture, $"={environment.UserId}");
        var isUserTaken = named.Any(text => text.EndsWith(own, StringComparison.Ordinal));
        foreach (var text in named)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? text : text[..equals];
            uint? user = null;
            if (equals >= 0)
            {
                user = uint.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number != uint.MaxValue
                    ? number
                    : throw CliException.Usage($"'{text}' does not end in a uid.", "Write --principal agent:ci=1001.");
            }
            else if (!isUserTaken)
            {
                (user, isUserTaken) = (environment.UserId, true);
            }

            if (!PrincipalName.IsWellFormed(name)
                || name.StartsWith("uid:", StringComparison.Ordinal) || name.StartsWith("dev:", StringComparison.Ordinal))
            {
                throw CliException.Usage(
                    $"'{name}' is not a principal's name.", "Use 1 to 253 of A-Z a-z 0-9 . _ : @ / -, not beginning with uid: or dev:.");
            }

            if (user is not null && principals.Exists(other => other.UserId == user))
            {
                throw CliException.Usage($"uid {user} is given to two principals.", "A user is one principal.");
            }

            principals.Add(new FirstRunPrincipal(name, user));
        }

        return new FirstRunPlan(selection, principals);
    }
}
