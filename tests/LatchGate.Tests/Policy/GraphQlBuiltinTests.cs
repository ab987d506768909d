using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.BuiltinCalls;

namespace LatchGate.Tests.Policy;

/// <summary>GraphQL validation by the examples of its specification (October 2021 edition, §5).</summary>
public sealed class GraphQlBuiltinTests
{
    // The schema of §5, with the types that its examples add.
    private const string Schema = """
        type Query { dog: Dog arguments: Arguments findDog(complex: ComplexInput): Dog booleanList(booleanListArg: [Boolean!]): Boolean catOrDog: CatOrDog pet: Pet human: Human }
        enum DogCommand { SIT, DOWN, HEEL }
        type Dog implements Pet {
          name: String! nickname: String barkVolume: Int
          doesKnowCommand(dogCommand: DogCommand!): Boolean!
          isHouseTrained(atOtherHomes: Boolean): Boolean!
          owner: Human
        }
        interface Sentient { name: String! }
        interface Pet { name: String! }
        type Alien implements Sentient { name: String! homePlanet: String }
        type Human implements Sentient { name: String! pets: [Pet!] }
        enum CatCommand { JUMP }
        type Cat implements Pet { name: String! nickname: String doesKnowCommand(catCommand: CatCommand!): Boolean! meowVolume: Int }
        union CatOrDog = Cat | Dog
        union DogOrHuman = Dog | Human
        union HumanOrAlien = Human | Alien
        type Arguments {
          multipleRequirements(x: Int!, y: Int!): Int!
          booleanArgField(booleanArg: Boolean): Boolean
          floatArgField(floatArg: Float): Float
          intArgField(intArg: Int): Int
          nonNullBooleanArgField(nonNullBooleanArg: Boolean!): Boolean!
          booleanListArgField(booleanListArg: [Boolean]!): [Boolean]
          optionalNonNullBooleanArgField(optionalBooleanArg: Boolean! = false): Boolean!
        }
        input ComplexInput { name: String, owner: String }
        type Subscription { newMessage: Message disallowedSecondRootField: Boolean }
        type Message { body: String sender: String }
        """;

    [Theory]
    [InlineData("query getDogName { dog { name } } query getOwnerName { dog { owner { name } } }")]
    [InlineData("subscription sub { newMessage { body sender } }")]
    [InlineData("subscription sub { ...newMessageFields } fragment newMessageFields on Subscription { newMessage { body sender } }")]
    [InlineData("{ dog { ...f } } fragment f on Dog { name otherName: name }")]
    [InlineData("{ dog { ...f } } fragment f on Dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: SIT) }")]
    [InlineData("{ pet { ... on Dog { volume: barkVolume } ... on Cat { volume: meowVolume } } }")]
    [InlineData("{ arguments { multipleRequirements(y: 1, x: 2) } }")]
    [InlineData("{ arguments { booleanArgField optionalNonNullBooleanArgField floatArgField(floatArg: 1) } }")]
    [InlineData("{ dog { ...fragmentOne } } fragment fragmentOne on Dog { ... @include(if: true) { name } }")]
    [InlineData("{ findDog(complex: { name: \"Fido\" }) { name } }")]
    [InlineData("{ booleanList(booleanListArg: true) }")]
    [InlineData("query q($b: Boolean = true) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $b) } }")]
    [InlineData("query q($b: Boolean) { arguments { optionalNonNullBooleanArgField(optionalBooleanArg: $b) } }")]
    [InlineData("{ catOrDog { ... on Pet { name } ... on Dog { barkVolume } __typename } }")]
    [InlineData("{ __schema { types { name kind } } __type(name: \"Dog\") { fields(includeDeprecated: true) { name } } }")]
    public void What_the_specification_shows_as_valid_is_valid(string query)
    {
        Assert.Equal(RegoBoolean.True, Call("graphql.is_valid", Text(query), Text(Schema)));
    }

    [Theory]
    [InlineData("§5.2.1.1", "query getName { dog { name } } query getName { dog { owner { name } } }")]
    [InlineData("§5.2.2.1", "{ dog { name } } query getName { dog { owner { name } } }")]
    [InlineData("§5.2.3.1", "subscription sub { newMessage { body } disallowedSecondRootField }")]
    [InlineData("§5.2.3.1", "subscription sub { __typename }")]
    [InlineData("§5.3.1", "{ dog { ...f } } fragment f on Dog { meowVolume }")]
    [InlineData("§5.3.1", "{ pet { nickname } }")]
    [InlineData("§5.3.1", "{ catOrDog { name } }")]
    [InlineData("§5.3.2", "{ dog { name: nickname name } }")]
    [InlineData("§5.3.2", "{ dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: HEEL) } }")]
    [InlineData("§5.3.2", "query q($c: DogCommand!) { dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: $c) } }")]
    [InlineData("§5.3.2", "{ pet { ... on Dog { someValue: nickname } ... on Cat { someValue: meowVolume } } }")]
    [InlineData("§5.3.2", "{ dog { ...a ...b } } fragment a on Dog { x: name } fragment b on Dog { x: nickname }")]
    [InlineData("§5.3.3", "{ dog { barkVolume { sinceWhen } } }")]
    [InlineData("§5.3.3", "{ human }")]
    [InlineData("§5.4.1", "{ dog { doesKnowCommand(command: CLEAN_UP_HOUSE) } }")]
    [InlineData("§5.4.1", "{ dog { name @include(unless: false) } }")]
    [InlineData("§5.4.2", "{ arguments { intArgField(intArg: 1, intArg: 2) } }")]
    [InlineData("§5.4.2.1", "{ arguments { nonNullBooleanArgField } }")]
    [InlineData("§5.4.2.1", "{ arguments { nonNullBooleanArgField(nonNullBooleanArg: null) } }")]
    [InlineData("§5.5.1.1", "{ dog { ...f } } fragment f on Dog { name } fragment f on Dog { nickname }")]
    [InlineData("§5.5.1.2", "{ dog { ... on NotInSchema { name } } }")]
    [InlineData("§5.5.1.3", "{ dog { name { ... on Boolean { x } } } }")]
    [InlineData("§5.5.1.4", "{ dog { name } } fragment unused on Dog { name }")]
    [InlineData("§5.5.2.1", "{ dog { ...undefinedFragment } }")]
    [InlineData("§5.5.2.2", "{ dog { ...a } } fragment a on Dog { name ...b } fragment b on Dog { barkVolume ...a }")]
    [InlineData("§5.5.2.2", "{ dog { ...d } } fragment d on Dog { name owner { ...o } } fragment o on Human { name pets { ...d } }")]
    [InlineData("§5.5.2.3", "{ dog { ... on Cat { meowVolume } } }")]
    [InlineData("§5.5.2.3", "{ human { ... on Pet { name } } }")]
    [InlineData("§5.6.1", "{ arguments { intArgField(intArg: \"123\") } }")]
    [InlineData("§5.6.1", "{ arguments { intArgField(intArg: 2147483648) } }")]
    [InlineData("§5.6.2", "{ findDog(complex: { favoriteCookieFlavor: \"Bacon\" }) { name } }")]
    [InlineData("§5.6.3", "{ findDog(complex: { name: \"a\", name: \"b\" }) { name } }")]
    [InlineData("§5.7.1", "{ dog { name @unknown } }")]
    [InlineData("§5.7.2", "query @skip(if: true) { dog { name } }")]
    [InlineData("§5.7.3", "{ dog { name @skip(if: true) @skip(if: false) } }")]
    [InlineData("§5.8.1", "query q($a: Boolean, $a: Boolean) { dog { isHouseTrained(atOtherHomes: $a) } }")]
    [InlineData("§5.8.2", "query q($a: Cat) { dog { name } }")]
    [InlineData("§5.8.3", "{ dog { isHouseTrained(atOtherHomes: $a) } }")]
    [InlineData("§5.8.3", "query q { dog { ...f } } fragment f on Dog { isHouseTrained(atOtherHomes: $a) }")]
    [InlineData("§5.8.4", "query q($a: Boolean) { dog { name } }")]
    [InlineData("§5.8.5", "query q($a: Int) { arguments { booleanArgField(booleanArg: $a) } }")]
    [InlineData("§5.8.5", "query q($a: [Boolean]) { arguments { booleanArgField(booleanArg: $a) } }")]
    [InlineData("§5.8.5", "query q($a: Boolean) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $a) } }")]
    [InlineData("§5.8.5", "query q($a: [Boolean]) { booleanList(booleanListArg: $a) }")]
    public void What_the_specification_shows_as_invalid_is_refused(string section, string query)
    {
        Assert.True(RegoBoolean.False.Equals(Call("graphql.is_valid", Text(query), Text(Schema))), section);
    }

    [Theory]
    [InlineData("type A { a: Missing }")]
    [InlineData("type A { a: I } input I { a: Int }")]
    [InlineData("input I { a: A } type A { a: Int }")]
    [InlineData("interface N { id: ID! } type A implements N { id: ID }")]
    [InlineData("interface N { f(a: Int): Int } type A implements N { f(a: Int, b: Int!): Int }")]
    [InlineData("type A { a: Int a: String }")]
    [InlineData("type A { a: Int } type A { b: Int }")]
    [InlineData("type A { __a: Int }")]
    [InlineData("enum E { true }")]
    [InlineData("union U = E enum E { A }")]
    [InlineData("directive @d(a: Int @d) on ARGUMENT_DEFINITION")]
    [InlineData("type A { a: Int @deprecated @deprecated }")]
    [InlineData("schema { query: A } schema { query: A } type A { a: Int }")]
    [InlineData("extend type String { a: Int }")]
    public void A_schema_that_contradicts_itself_is_refused(string schema)
    {
        Assert.Equal(RegoBoolean.False, Call("graphql.schema_is_valid", Text(schema)));
    }

    [Fact]
    public void A_tree_is_as_good_as_its_text()
    {
        var (query, schema) = (Call("graphql.parse_query", Text("{ dog { name } }"))!, Call("graphql.parse_schema", Text(Schema))!);

        Assert.Equal(new RegoArray([query, schema]), Call("graphql.parse", query, schema));
        Assert.Equal(RegoBoolean.False, Call("graphql.is_valid", Value("""{"Operations":[{"Operation":"query","SelectionSet":[5]}]}"""), schema));
        Assert.Equal(RegoBoolean.False, Call("graphql.is_valid", Value("""{"Operations":[{"Operation":"query","SelectionSet":[{"Alias":"dog"}]}]}"""), schema));
    }
}
