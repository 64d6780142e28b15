import Values

/// How far an archive of a workflow goes: kept in the database, so that lines that are cut off its end are missed.
package struct ArchiveMark: Sendable, Hashable, ValueCodable {
    /// The name of the file.
    @ExactText package private(set) var file: String
    /// Of its last line.
    @ExactText package private(set) var chain: String

    package init(file: String, chain: String) {
        self.file = file
        self.chain = chain
    }

    package var encoded: Value { ["file": .string(file), "chain": .string(chain)] }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(file: try fields.string("file"), chain: try fields.string("chain"))
    }
}
