using System.Reflection;
using System.Runtime.CompilerServices;
using LatchGate.Api;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Api;

/// <summary>Every route of the gate: who is let in, where it is not found, and the table of docs/wire.md that names its test.</summary>
public sealed class RouteTableTests(LiveGate gate) : IClassFixture<LiveGate>
{
    // Nothing is proved where there is nothing to prove with; these answer to anybody, or to whom the socket identifies.
    private static readonly string[] Open =
    [
        "/v1/leases", "/v1/actions", "/v1/actions/{id}", "/v1/actions/{id}/schema/request", "/v1/openapi.json", "/v1/tools", "/.well-known/jwks.json", "/healthz", "/readyz",
    ];

    public static TheoryData<string, string, int> Routes()
    {
        var data = new TheoryData<string, string, int>();
        foreach (var route in Table())
        {
            data.Add(route.Method, route.Pattern, (int)route.Surface);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_route_answers_on_its_sockets_alone_and_lets_nobody_in_who_proves_nothing(string method, string pattern, int surface)
    {
        // No action and no record has this name, so nothing is found by accident.
        var path = pattern.Replace("{id}", "01990f6e-0000-7000-8000-000000000000", StringComparison.Ordinal);
        foreach (var (socket, side) in new[] { (gate.ClientSocket, Surface.Client), (gate.AdminSocket, Surface.Admin) })
        {
            using var nobody = gate.Wire(socket);
            var answer = await nobody.SendAsync(method, path);
            if (((Surface)surface & side) == 0 && !Table().Any(r => (r.Surface & side) != 0 && r.Pattern == pattern))
            {
                Assert.Equal((404, ""), (answer.Status, answer.Content));
            }
            else if (((Surface)surface & side) != 0 && !Open.Contains(pattern))
            {
                answer.Refused(401, "missing_auth_header");
                (await nobody.SendAsync(method, path, authorization: "DPoP forged", proof: "e30.e30.AA")).Refused(401, answerOf(side, pattern));
            }
            else if (((Surface)surface & side) != 0)
            {
                Assert.True(answer.Status != 404 || answer.Content.Length > 0, "there is no such route");
            }
        }

        // An agent's door looks at the lease first, an operator's at the proof.
        static string answerOf(Surface side, string pattern) =>
            pattern is "/v1/actions/{id}/execute" or "/v1/approvals/{id}/poll" || side == Surface.Client ? "invalid_lease" : "invalid_operator_token";
    }

    [Fact]
    public async Task A_method_that_a_path_lacks_is_405_and_the_answer_lists_those_it_has()
    {
        using var nobody = gate.Wire(gate.AdminSocket);
        foreach (var path in Table().Where(r => (r.Surface & Surface.Admin) != 0).GroupBy(r => r.Pattern))
        {
            var answer = await nobody.SendAsync("PATCH", path.Key.Replace("{id}", "01990f6e-0000-7000-8000-000000000000", StringComparison.Ordinal));
            Assert.Equal((405, ""), (answer.Status, answer.Content));
            Assert.Subset(answer.Allow.ToHashSet(), path.Select(r => r.Method).ToHashSet());
        }
    }

    [Fact]
    public void The_document_names_each_route_and_a_test_that_exists()
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "wire.md"));
        var start = Array.IndexOf(page, "## Routes and their tests");
        Assert.True(start >= 0);
        var rows = page.Skip(start + 1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => Array.ConvertAll(line.Split('|', StringSplitOptions.RemoveEmptyEntries), cell => cell.Trim().Trim('`'))).ToArray();
        Assert.Equal(
            Table().Select(r => $"{r.Method} {r.Pattern} {Sockets(r.Surface)}").Order(StringComparer.Ordinal),
            rows.Select(row => $"{row[0]} {row[1]}").Order(StringComparer.Ordinal));
        Assert.All(rows, row =>
        {
            var dot = row[2].LastIndexOf('.');
            var type = typeof(RouteTableTests).Assembly.GetTypes().SingleOrDefault(t => t.Name == row[2][..dot]);
            Assert.True(type?.GetMethod(row[2][(dot + 1)..]) is not null, $"{row[0]}: there is no test {row[2]}");
        });
    }

    private static string Sockets(Surface surface) => surface switch { Surface.Both => "A, O", Surface.Client => "A", Surface.Metrics => "M", _ => "O" };

    // The table needs endpoints to point to; none is called.
    private static Route[] Table()
    {
        var constructor = Assert.Single(typeof(GateEndpoints).GetConstructors(BindingFlags.Public | BindingFlags.Instance));
        var endpoints = constructor.GetParameters().Select(p => RuntimeHelpers.GetUninitializedObject(p.ParameterType)).ToArray();
        return GateRoutes.Of((GateEndpoints)constructor.Invoke(endpoints));
    }
}
