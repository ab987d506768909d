using System.Text;
using LatchGate.Policy.Rego;
using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Tests.Policy;

/// <summary>Calls one built-in by name.</summary>
internal static class BuiltinCalls
{
    /// <summary>Calls it with arguments in JSON.</summary>
    internal static RegoValue? Call(string name, params string[] json) => Call(name, Array.ConvertAll(json, Value));

    internal static RegoValue? Call(string name, params RegoValue[] args) => Call(new Evaluation(EvaluationLimits.Default), name, args);

    internal static RegoValue? Call(Evaluation evaluation, string name, params RegoValue[] args)
    {
        var builtin = BuiltinTable.Find(name);
        Assert.True(builtin is not null, name);
        return builtin(args, evaluation);
    }

    internal static RegoValue Value(string json) => RegoJson.Parse(Encoding.UTF8.GetBytes(json));

    internal static RegoString Text(string text) => new(text);
}
