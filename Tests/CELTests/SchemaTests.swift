import Testing
import Values

@Suite struct SchemaTests {
    static let order: Value = [
        "type": "object", "required": ["orderId", "visitAt"], "additionalProperties": false,
        "properties": [
            "orderId": ["type": "string", "minLength": 1, "maxLength": 8, "pattern": "^o-[0-9]+$"],
            "visitAt": ["type": "string", "format": "date-time"],
            "price": ["type": "integer", "default": 0, "minimum": 0, "multipleOf": 5],
            "rate": ["type": ["number", "null"], "exclusiveMaximum": 1],
            "tags": [
                "type": "array", "items": ["enum": ["new", "large"]], "maxItems": 3,
                "uniqueItems": true, "default": [],
            ],
        ],
    ]

    func violations(_ value: Value, _ schema: Value = Self.order) throws -> [String] {
        switch try Schema(parsing: schema).decode(value) {
        case .valid: []
        case .invalid(let violations): violations.map(\.description)
        }
    }

    @Test func fillsDefaultsAndGivesNumbersTheirKind() throws {
        let result = try Schema(parsing: Self.order).decode([
            "orderId": "o-1", "visitAt": "2026-11-21T09:30:00Z", "price": 100.0, "rate": 0,
        ])
        #expect(
            result
                == .valid([
                    "orderId": "o-1", "visitAt": "2026-11-21T09:30:00Z", "price": 100, "rate": 0.0,
                    "tags": [],
                ]))
    }

    @Test func namesEveryViolation() throws {
        #expect(
            try violations([
                "orderId": "order-one-two", "price": -3, "rate": 1.0,
                "tags": ["new", "new", "big", 1],
                "prize": 1,
            ]) == [
                "/orderId must have at most 8 characters, not 13", "/price must be at least 0",
                "/price must be a multiple of 5", "/rate must be less than 1",
                "/tags must have at most 3 elements, not 4",
                "/tags/2 must be one of \"new\", \"large\"",
                "/tags/3 must be one of \"new\", \"large\"",
                "/tags/1 occurs twice", "/visitAt is required",
                "/prize is not allowed; did you mean 'price'?",
            ])
        #expect(try violations("x") == ["must be object, not string"])
        #expect(try violations(1.5, ["type": "integer"]) == ["must be integer, not number"])
        #expect(try violations(nil, ["type": ["string", "null"]]) == [])
        #expect(try violations(1, ["const": 1.0]) == [])
        #expect(try violations([1, 1.0], ["uniqueItems": true]) == ["/1 occurs twice"])
        #expect(
            try violations(["a": 1], ["additionalProperties": ["type": "string"]]) == [
                "/a must be string, not integer"
            ])
        #expect(try violations(1, false) == ["is not allowed"])
        #expect(try violations(["x": 1], ["properties": ["y": [:]]]) == [])
    }

    @Test(arguments: [
        ("date-time", "2026-11-21T09:30:00Z", "2026-11-21"), ("date", "2024-02-29", "2023-02-29"),
        ("duration", "P1D", "1 day"), ("email", "a.b@example.org", "a@b@c"),
        ("uri", "https://example.org/x", "example.org"),
    ])
    func formatsAreChecked(format: String, good: String, bad: String) throws {
        #expect(try violations(.string(good), ["format": .string(format)]).isEmpty)
        #expect(try violations(.string(bad), ["format": .string(format)]).count == 1)
    }

    @Test(
        arguments: [
            (["requird": ["a"]], "/requird: unknown keyword 'requird'; did you mean 'required'?"),
            (["properties": ["a": ["type": "int"]]], "/properties/a/type: unknown type 'int'"),
            (["type": "strng"], "/type: unknown type 'strng'; did you mean 'string'?"),
            (["pattern": "("], "/pattern: bad pattern: a missing ')' at character 2"),
            (["minLength": -1], "/minLength: an integer from 0 is expected"),
            (
                ["type": "string", "default": 1],
                "/default: the default breaks the schema: must be string, not integer"
            ),
            (
                ["format": "datetime"],
                "/format: unknown format 'datetime'; did you mean 'date-time'?"
            ),
            ("string", "a schema is a map, not a string"),
        ] as [(Value, String)])
    func badSchemasAreRefused(schema: Value, message: String) {
        let error = #expect(throws: SchemaError.self) { try Schema(parsing: schema) }
        #expect(error?.description == message)
    }

    @Test func answersWhatFormsAsk() throws {
        let schema = try Schema(parsing: Self.order)
        #expect(schema.propertyNames == ["orderId", "visitAt", "price", "rate", "tags"])
        #expect(schema.property("price")?.declaredDefault == 0)
        #expect(schema.property("rate")?.declaredDefault == nil as Value?)
        #expect(Schema.any.propertyNames == nil)
        #expect(schema.isRequired("orderId") && !schema.isRequired("price"))
        #expect(!schema.allowsOtherProperties)
        #expect(Schema.any.decode(["a": .uint(1)]) == .valid(["a": 1]))
    }

    @Test func decodingTwiceChangesNothing() throws {
        let schema = try Schema(parsing: Self.order)
        let value: Value = ["orderId": "o-1", "visitAt": "2026-11-21T09:30:00Z", "price": 5.0]
        guard case .valid(let once) = schema.decode(value) else {
            Issue.record("the value is valid")
            return
        }
        #expect(schema.decode(once) == .valid(once))
        #expect(try JSON.parse(JSON.encode(once)) == once)
    }
}
