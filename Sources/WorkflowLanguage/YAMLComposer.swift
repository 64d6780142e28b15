import Statechart
import Values
import Yams

/// Text to nodes. Yams gives structure and marks; what scalars mean is decided here, and so is
/// what is refused.
struct YAMLComposer {
    static let maximumBytes = 256 << 10
    static let maximumDepth = 64
    /// Duplicate keys reported in one file.
    private static let maximumRepairs = 20

    private(set) var source: SourceText
    let file: String
    private(set) var diagnostics: [Diagnostic] = []

    init(source: SourceText, file: String) {
        self.source = source
        self.file = file
    }

    /// nil when the text is no document that could be read on.
    mutating func compose() -> YAMLNode? {
        guard checkCharacters(), checkAliases() else { return nil }
        guard let root = load() else { return nil }
        return convert(root, depth: 0)
    }

    mutating func report(
        _ code: Diagnostic.Code, _ message: String, at location: SourceLocation, length: Int = 1
    ) {
        guard diagnostics.count < Reader.maximumDiagnostics else { return }
        diagnostics.append(
            Diagnostic(
                severity: .error, code: code, message: message, file: file, location: location,
                length: length))
    }

    private mutating func load() -> Node? {
        for _ in 0...Self.maximumRepairs {
            do {
                let parser = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else {
                    report(.yamlEmpty, "the file is empty", at: SourceLocation(line: 1, column: 1))
                    return nil
                }
                return root
            } catch let error as YamlError {
                guard repair(error) else { return nil }
            } catch {
                report(.yamlSyntax, "\(error)", at: SourceLocation(line: 1, column: 1))
                return nil
            }
        }
        return nil
    }

    /// Reports the error; whether the text was changed so that reading can go on.
    private mutating func repair(_ error: YamlError) -> Bool {
        switch error {
        case .duplicatedKeysInMapping(let names, let context):
            return removeDuplicate(of: names.first ?? "", firstAt: SourceLocation(context.mark))
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            let text = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
            report(.yamlSyntax, "this is not YAML: \(text)", at: SourceLocation(mark))
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                report(
                    .yamlDocuments, "a file holds one document; move this one to a file of its own",
                    at: SourceLocation(mark))
            } else {
                report(
                    .yamlAlias, "aliases are refused; write the value out", at: SourceLocation(mark)
                )
            }
        case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            report(
                .yamlSyntax, "this is not YAML: \(error)", at: SourceLocation(line: 1, column: 1))
        }
        return false
    }

    private mutating func removeDuplicate(of name: String, firstAt first: SourceLocation) -> Bool {
        guard let second = source.repetition(of: name, firstAt: first) else {
            report(
                .yamlDuplicateKey, "'\(name)' stands more than once in this map; keep one",
                at: first, length: name.unicodeScalars.count)
            return false
        }
        report(
            .yamlDuplicateKey,
            "'\(name)' stands twice in this map, first in line \(first.line); keep one",
            at: second.location, length: second.count)
        let blank = SourceText.blank(number: diagnostics.count)
        source = source.replacing(at: second.location, count: second.count, with: blank)
        return true
    }
}

extension SourceLocation {
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
