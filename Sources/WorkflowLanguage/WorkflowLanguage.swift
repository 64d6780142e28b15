import Definition

// The workflow language: YAML text to values that Pawl runs, or to diagnostics that say what to do.
//
// Theory of operation. `YAMLComposer` turns text into `YAMLNode`s, which know where they stand and
// what YAML 1.2's core schema makes of them; whatever could surprise a reader (anchors, tags,
// merge keys, duplicate keys) is refused there. A `Reader` turns nodes into plain values and
// collects every diagnostic on the way, so that one run reports all that is wrong with a file.
// Three parsers stand on it: `WorkflowParser` first draws the `Outline` of the states (names,
// parents, order), because a transition may name a state that comes later, then compiles each
// state against it, then lints the finished chart; `AdapterParser` and `ScenarioParser` read flat
// documents. What needs more than one file (tasks, child workflows, errors' names) is looked at by
// `check`. A file with an error has no value; warnings do not take the value away.

package enum WorkflowLanguage {
    /// - Parameters:
    ///   - text: one `workflow.yaml`, at most 256 KiB.
    ///   - file: how diagnostics name it.
    package static func parseWorkflow(_ text: String, file: String) -> Parsed<WorkflowDefinition> {
        parseWorkflow(text, file, beside: nil)
    }

    /// One that a database has, since it was taken once. What the language has learned to find since is not held against it: instances
    /// run on it.
    package static func parseStoredWorkflow(
        _ text: String, file: String
    ) -> Parsed<WorkflowDefinition> {
        parseWorkflow(text, file, beside: nil, isStored: true)
    }

    /// As `parseStoredWorkflow`.
    package static func parseStoredAdapter(
        _ text: String, file: String
    ) -> Parsed<AdapterManifest> {
        parseAdapter(text, file, isStored: true)
    }

    /// What is found in a workflow only by who knows its neighbours.
    static func findings(
        in source: SourceFile<WorkflowDefinition>, beside neighbours: Neighbours
    ) -> [Diagnostic] {
        let alone = parseWorkflow(source.text, file: source.file).diagnostics
        return parseWorkflow(source.text, source.file, beside: neighbours).diagnostics.filter {
            !alone.contains($0)
        }
    }

    private static func parseWorkflow(
        _ text: String, _ file: String, beside neighbours: Neighbours?, isStored: Bool = false
    ) -> Parsed<WorkflowDefinition> {
        parse(text, file, isStored: isStored) { node, reader in
            var parser = WorkflowParser(reader: reader, beside: neighbours)
            let definition = parser.parse(node)
            reader = parser.reader
            return definition
        }
    }

    /// - Parameter text: one `adapter.yaml`, at most 256 KiB.
    package static func parseAdapter(_ text: String, file: String) -> Parsed<AdapterManifest> {
        parseAdapter(text, file, isStored: false)
    }

    private static func parseAdapter(
        _ text: String, _ file: String, isStored: Bool
    ) -> Parsed<AdapterManifest> {
        parse(text, file, isStored: isStored) { node, reader in
            var parser = AdapterParser(reader: reader)
            let manifest = parser.parse(node)
            reader = parser.reader
            return manifest
        }
    }

    /// - Parameters:
    ///   - text: one file of a `scenarios` folder, at most 256 KiB.
    ///   - neighbours: what it is held against; nil: it is read by itself.
    package static func parseScenario(
        _ text: String, file: String, beside neighbours: Neighbours? = nil
    ) -> Parsed<Scenario> {
        parse(text, file) { node, reader in
            var parser = ScenarioParser(reader: reader, beside: neighbours)
            let scenario = parser.parse(node)
            reader = parser.reader
            return scenario
        }
    }

    /// Any document, with what the language refuses everywhere refused: settings, for one.
    package static func parseDocument(_ text: String, file: String) -> Parsed<YAMLNode> {
        parse(text, file) { node, _ in node }
    }

    static func parse<T>(
        _ text: String, _ file: String, isStored: Bool = false,
        _ read: (YAMLNode, inout Reader) -> T?
    ) -> Parsed<T> {
        if let diagnostic = YAMLComposer.sizeProblem(text, file) {
            return Parsed(value: nil, diagnostics: [diagnostic])
        }
        let source = SourceText(text)
        var composer = YAMLComposer(source: source, file: file)
        guard let node = composer.compose() else {
            return Parsed(value: nil, diagnostics: composer.diagnostics.inOrder)
        }
        var reader = Reader(
            source: source, file: file, diagnostics: composer.diagnostics, isStored: isStored)
        let value = read(node, &reader)
        return Parsed(
            value: reader.hasErrors ? nil : value, diagnostics: reader.diagnostics.inOrder)
    }
}

/// What came of a file: a value unless there were errors, and everything that is to be said about
/// it in the order of the text.
package struct Parsed<T: Sendable>: Sendable {
    package let value: T?
    package let diagnostics: [Diagnostic]

    package init(value: T?, diagnostics: [Diagnostic]) {
        self.value = value
        self.diagnostics = diagnostics
    }

    package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}
