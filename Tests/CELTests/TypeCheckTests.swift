import CEL
import Testing
import Values

/// What the checker says of expressions over declared data, as people read it.
@Suite struct TypeCheckTests {
    private static let environment = TypeEnvironment([
        (
            "input",
            .object(
                ObjectType([
                    .init("name", .string), .init("count", .int), .init("rate", .double),
                    .init("at", .timestamp), .init("wait", .duration), .init("isOpen", .bool),
                    .init("kind", .choice(["home", "office"])),
                    .init("note", .nullable(.string)),
                    .init("items", .list(.object(ObjectType([.init("price", .int)])))),
                    .init("extra", .dyn),
                ]))
        )
    ])

    private func typed(_ source: String) throws -> TypedExpression {
        try Expression(parsing: source).typed(in: Self.environment)
    }

    @Test(arguments: [
        ("input.rate == 0", "bool"), ("input.count == 1.5", "bool"),
        ("input.rate in [1, 2]", "bool"),
        ("input.isOpen ? input.at : input.wait", "dyn"), ("input.count + 1", "int"),
        ("input.rate * 2.0", "double"),
        ("input.at + input.wait", "timestamp"), ("input.at - input.at", "duration"),
        ("input.items.map(i, i.price).sum()", "int"), ("input.items[0].price > 3", "bool"),
        ("input.items.filter(i, i.price > 1).size()", "int"), ("input.extra.anything", "dyn"),
        ("input.?note.orValue('-')", "string or null"), ("input.isOpen ? 1 : null", "int or null"),
        ("input.count > input.rate", "bool"), ("input.kind == 'home'", "bool"),
        ("cel.bind(x, input.name, x + x)", "string"), ("{'a': input.count}", "map(string, int)"),
        ("'price' in input.items[0]", "bool"), ("input.items.first().?price", "optional_type(int)"),
    ])
    func deduces(_ source: String, _ type: String) throws {
        let expression = try typed(source)
        #expect(expression.findings.isEmpty, "\(expression.findings)")
        #expect(expression.type.description == type)
    }

    @Test(arguments: [
        ("input.count + input.name", "there is no int + string; write string(input.count)"),
        ("input.count + input.rate", "there is no int + double; write double(input.count)"),
        (
            "input.wait * input.count",
            "there is no duration * int; a duration is added to and subtracted only: compute its "
                + "seconds, and write duration(string(…) + 's')"
        ),
        ("input.nmae", "input has no member 'nmae'; did you mean 'name'?"),
        ("input.items.all(i, i.prce > 1)", "i has no member 'prce'; did you mean 'price'?"),
        ("input.name.first", "input.name is a string, which has no members such as 'first'"),
        ("input.count == '3'", "an int is never equal to a string; write int('3')"),
        (
            "input.kind == 'hose'",
            "'hose' is none of the values that there are: 'home', 'office'; did you mean 'home'?"
        ),
        (
            "input.kind in ['home', 'cellar']",
            "'cellar' is none of the values that there are: 'home', 'office'"
        ),
        ("input.count && true", "'&&' needs a bool, and input.count is an int"),
        ("!input.name", "'!' needs a bool, and input.name is a string"),
        (
            "input.items > 3",
            "'>' needs values that have an order, and input.items is a list(object)"
        ),
        (
            "input.at < input.name",
            "'<' compares values of one kind, and here a timestamp with a string; write "
                + "timestamp(input.name)"
        ),
        ("input.name.startsWith(3)", "'startsWith' takes (string, string), not (string, int)"),
        (
            "input.isOpen ? input.count : input.name",
            "one side of '?' is an int, the other a string; make them one kind, or write dyn(…) "
                + "around one where both are meant"
        ),
        ("input.count.map(x, x)", "'map' goes through a list or a map, and input.count is an int"),
        ("nobody.name", "there is no 'nobody' here"),
    ])
    func refuses(_ source: String, _ message: String) throws {
        let findings = try typed(source).findings
        #expect(findings.map(\.message) == [message])
        #expect(findings.allSatisfy { $0.kind != .mayBeNull && $0.length > 0 })
    }

    /// Whoever asked first is not warned, wherever in the expression that was.
    @Test(arguments: [
        ("input.note.size() > 3", true), ("input.note + 'x'", true),
        ("input.note != null && input.note.size() > 3", false),
        ("input.note.size() > 3 && input.note != null", false),
        ("input.note == null || input.note.size() > 3", false),
        ("input.note != null ? input.note + 'x' : ''", false),
        ("input.note == null ? input.note + 'x' : ''", true),
        ("input.note == 'x'", false), ("[input.note].exists(n, n == 'x')", false),
        ("!(input.note == null) && input.note.size() > 3", false),
    ])
    func warnsOfNull(_ source: String, _ isWarned: Bool) throws {
        let findings = try typed(source).findings
        #expect(findings.map(\.kind) == (isWarned ? [.mayBeNull] : []))
    }
}
