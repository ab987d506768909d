using System.Text;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Tests.Actions;

public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("1", "1", 0)]
    [InlineData("1.0", "1", 0)]
    [InlineData("1e2", "100", 0)]
    [InlineData("0.1e1", "1", 0)]
    [InlineData("-0.0", "0", 0)]
    [InlineData("0e5", "0", 0)]
    [InlineData("2", "10", -1)]
    [InlineData("-2", "-10", 1)]
    [InlineData("-1", "1", -1)]
    [InlineData("0", "-1", 1)]
    [InlineData("1.05", "1.5", -1)]
    [InlineData("10.01", "10.1", -1)]
    [InlineData("123.456", "123.4560", 0)]
    [InlineData("9007199254740993", "9007199254740992", 1)]
    [InlineData("0.1", "0.10000000000000000000000000000000000000001", -1)]
    [InlineData("1e400", "1e399", 1)]
    [InlineData("1e-400", "0", 1)]
    [InlineData("1e99999999999999999999", "2", 1)]
    [InlineData("-1e99999999999999999999", "2", -1)]
    [InlineData("1e-99999999999999999999", "2", -1)]
    [InlineData("100", "1e2", 0)]
    [InlineData("1000000000000000000000000000000", "1e30", 0)]
    public void Numbers_compare_by_their_exact_value(string left, string right, int order)
    {
        Assert.Equal(order, JsonNumber.Compare(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right)));
        Assert.Equal(-order, JsonNumber.Compare(Encoding.UTF8.GetBytes(right), Encoding.UTF8.GetBytes(left)));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("1.0", true)]
    [InlineData("1.50e1", true)]
    [InlineData("0.0", true)]
    [InlineData("0e-9", true)]
    [InlineData("100e-2", true)]
    [InlineData("1e400", true)]
    [InlineData("1.5", false)]
    [InlineData("1e-1", false)]
    [InlineData("100e-3", false)]
    public void An_integer_is_known_however_it_is_written(string number, bool integer) =>
        Assert.Equal(integer, JsonNumber.IsInteger(JsonDocument.Parse(number).RootElement));

    [Theory]
    [InlineData("10", "5", true)]
    [InlineData("10", "3", false)]
    [InlineData("0.3", "0.1", true)]
    [InlineData("0.0075", "0.0001", true)]
    [InlineData("0.00751", "0.0001", false)]
    [InlineData("4.5", "1.5", true)]
    [InlineData("35", "1.5", false)]
    [InlineData("-6", "3", true)]
    [InlineData("0", "7", true)]
    [InlineData("1e308", "0.5", true)]
    [InlineData("1e1000000000", "7", false)]
    [InlineData("7e1000000000", "7", true)]
    [InlineData("1", "10", false)]
    [InlineData("123456789012345678901234567890", "10", true)]
    [InlineData("99.99", "0.01", true)]
    [InlineData("1.1e-7", "1e-8", true)]
    public void A_multiple_is_found_by_exact_arithmetic(string number, string divisor, bool multiple) =>
        Assert.Equal(multiple, JsonNumber.IsMultipleOf(Encoding.UTF8.GetBytes(number), Encoding.UTF8.GetBytes(divisor)));
}
