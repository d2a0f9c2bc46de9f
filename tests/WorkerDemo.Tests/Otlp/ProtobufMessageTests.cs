namespace WorkerDemo.Tests.Otlp;

/// <summary>The reader, on bytes from the protocol's own documentation and on bytes that are not right.</summary>
public class ProtobufMessageTests
{
    [Fact]
    public void Read_ExamplesOfTheEncodingGuide()
    {
        Assert.Equal(150, Message("089601").Integer(1));
        Assert.Equal("testing", Message("120774657374696e67").Text(2));
        Assert.Equal(150, Message("1a03089601").Message(3).Integer(1));
    }

    [Fact]
    public void Read_FixedNegativeAndRepeatedFields()
    {
        var message = Message("21000000000000F83F" + "08FFFFFFFFFFFFFFFFFF01" + "352A000000" + "2A020801" + "2A020802" + "3A10" + "000000000000F03F" + "0000000000000040");

        Assert.Equal(1.5, message.Double(4));
        Assert.Equal(-1, message.Integer(1));
        Assert.Equal(42, message.Integer(6));
        Assert.Equal([1, 2], message.Messages(5).Select(repeated => repeated.Integer(1)));
        Assert.Equal("0802", message.Hex(5));
        Assert.Equal([1.0, 2.0], message.Doubles(7));
    }

    [Fact]
    public void Read_FieldLeftOut_IsItsDefault()
    {
        var message = Message("");

        Assert.Equal((false, 0, "", 0.0, ""), (message.Has(1), message.Integer(1), message.Text(1), message.Double(1), message.Hex(1)));
        Assert.False(message.Message(1).Has(1));
        Assert.Empty(message.Messages(1));
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("1205")]
    [InlineData("2100")]
    [InlineData("0B")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("12FFFFFFFF0F")]
    public void Read_WhatIsNoMessage_IsRefused(string bytes)
    {
        Assert.Throws<InvalidDataException>(() => Message(bytes));
    }

    private static ProtobufMessage Message(string bytes) => new(Convert.FromHexString(bytes));
}
