import Definition

/// What was read of a file, and the text itself, for what is found once its neighbours are known.
package struct SourceFile<Content: Sendable>: Sendable {
    package let value: Content
    /// How diagnostics name it.
    package let file: String
    package let text: String

    package init(_ value: Content, file: String, text: String) {
        self.value = value
        self.file = file
        self.text = text
    }
}
