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

/// Content that was put, as a schema speaks of it.
@Suite struct AttachmentSchemaTests {
    private static let hash = String(repeating: "a1", count: 32)
    private static let photo: Value = [
        "sha256": .string(hash), "name": "photo.jpg", "type": "image/jpeg", "size": 7,
    ]

    private func changed(_ name: String, _ value: Value?) -> Value {
        var map = Self.photo.mapValue ?? ValueMap()
        map[name] = value
        return .map(map)
    }

    private func violations(
        _ value: Value, _ schema: Value = ["format": "attachment"]
    ) throws -> [String] {
        switch try Schema(parsing: schema).decode(value) {
        case .valid: []
        case .invalid(let violations): violations.map(\.description)
        }
    }

    @Test func anAttachmentIsItsHashNameTypeAndSize() throws {
        #expect(try violations(Self.photo) == [])
        #expect(try violations("photo.jpg") == ["must be object, not string"])
        #expect(try violations(nil, ["format": "attachment", "type": ["object", "null"]]) == [])
        #expect(try violations(changed("size", nil)) == ["/size is required"])
        #expect(try violations(changed("size", 0)) == ["/size must be at least 1"])
        #expect(
            try violations(changed("sha256", "../../etc/passwd")) == [
                "/sha256 must match ^[0-9a-f]{64}$"
            ])
        #expect(try violations(changed("path", "/etc")) == ["/path is not allowed"])
        #expect(try violations(changed("type", "image/svg+xml")).count == 1)
    }

    @Test func aFieldSaysWhichTypesItTakes() throws {
        let pdf: Value = ["format": "attachment", "contentMediaType": "application/pdf"]
        #expect(
            try violations(Self.photo, pdf) == ["/type must be \"application/pdf\""])
        for wrong: Value in [
            ["format": "attachment", "contentMediaType": "image/svg+xml"],
            ["format": "attachment", "type": "string"],
            ["format": "attachment", "properties": ["a": true]],
            ["type": "string", "contentMediaType": "application/pdf"],
        ] {
            #expect(throws: SchemaError.self) { try Schema(parsing: wrong) }
        }
    }

    @Test(arguments: [
        "photo.jpg", "caf\u{e9}.jpg", "Отчёт №7.pdf", "报告.pdf", "a b (2).txt",
        String(repeating: "n", count: 200),
    ])
    func aNameMayBeInAnyScript(name: String) { #expect(FileName.admits(name)) }

    @Test(arguments: [
        "", " ", ".", "..", "a/b", "a\\b", "C:b", "a\0", "a\n", "a\u{202e}gpj", "a\u{2066}b",
        "a\u{200f}b", "a\u{2028}b", "a\u{ff0f}b", "\u{feff}a", String(repeating: "n", count: 201),
    ])
    func aNameIsNoPathAndHidesNothing(name: String) { #expect(!FileName.admits(name)) }

    @Test func attachmentsAreFoundWhereTheSchemaSaysSo() throws {
        let schema = try Schema(parsing: [
            "type": "object",
            "properties": [
                "a/b": ["format": "attachment"],
                "list": ["type": "array", "items": ["format": "attachment"]],
                "open": ["type": "object"],
            ],
            "additionalProperties": [
                "type": "object", "properties": ["p": ["format": "attachment"]],
            ],
        ])
        let found = schema.attachments(in: [
            "a/b": Self.photo, "list": [Self.photo, Self.photo], "open": ["p": Self.photo],
            "other": ["p": Self.photo],
        ])
        #expect(found.map(\.pointer) == ["/a~1b", "/list/0", "/list/1", "/other/p"])
        #expect(found.first?.attachment.value == Self.photo)
        let order = try Schema(parsing: SchemaTests.order)
        #expect(!order.mayHoldAttachments)
    }

    @Test func theFirstBytesTellTheType() {
        func admits(_ type: MediaType, _ text: String) -> Bool {
            type.admits(beginning: Array(text.utf8))
        }
        #expect(admits(.pdf, "%PDF-1.7 …"))
        #expect(MediaType.jpeg.admits(beginning: [0xFF, 0xD8, 0xFF, 0xE0]))
        #expect(MediaType.png.admits(beginning: [0x89, 80, 78, 71, 13, 10, 26, 10]))
        #expect(admits(.webp, "RIFF....WEBPVP8 "))
        #expect(admits(.heic, "....ftypheic"))
        #expect(admits(.text, "Dear all,\n\tgrüße"))
        for text in [
            "%PDF-1.7", "<svg onload=x>", "\u{feff} <!DOCTYPE html>", "<?xml version", "a\0b",
        ] {
            #expect(!admits(.text, text))
            #expect(!admits(.png, text))
        }
        // A character that the cut goes through is none that is wrong.
        let cut = Array("grüße".utf8.prefix(3))
        #expect(MediaType.text.admits(beginning: cut))
        #expect(!MediaType.text.admits(beginning: cut, isWhole: true))
    }

    @Test func aWordThatIsNearlySensitiveIsNotLeftAlone() throws {
        #expect(throws: Never.self) { try Schema(parsing: ["x-widget": "slider"]) }
        let error = #expect(throws: SchemaError.self) {
            try Schema(parsing: ["x-sensitve": true])
        }
        #expect(error?.message.contains("did you mean 'x-sensitive'?") == true)
    }

    @Test func whoseAMemberIsIsSaidByNameOrForAll() throws {
        for mark: Value in [true, false, "client", ["client", "worker"]] {
            #expect(throws: Never.self) { try Schema(parsing: ["x-personal": mark]) }
        }
        for mark: Value in [1, [], [1], .null, [:]] {
            #expect(throws: SchemaError.self) { try Schema(parsing: ["x-personal": mark]) }
        }
        #expect(throws: SchemaError.self) { try Schema(parsing: ["x-persnal": true]) }
    }
}
