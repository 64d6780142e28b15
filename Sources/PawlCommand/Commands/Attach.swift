import ArgumentParser
import Foundation
import Server
import Values

struct Attach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a file into the server's keeping, and print what refers to it.",
        discussion: """
            Give what is printed to an event, an input or a form where its schema says `format: attachment`. There, \
            proof=@proof.pdf does both: pawl send loan/7 proof.sent proof=@proof.pdf --as client/ana. \
            Only who put a file may refer to it. What nothing refers to is removed after a day.
            """)

    @Argument(help: "The file.")
    var file: String

    @Option(help: "What it is; else its name and its first bytes tell.")
    var type: String?

    @Option(help: "What it is to be called; else as the file is.")
    var name: String?

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let reference = try await FileToAttach(file, name: name, type: type).put(options.client)
        Terminal.printExactly(JSON.string(reference))
    }
}

/// A file of this machine on its way into the server's keeping.
struct FileToAttach {
    private let file: String
    private let name: String?
    private let type: String?

    init(_ file: String, name: String? = nil, type: String? = nil) {
        self.file = file
        self.name = name
        self.type = type
    }

    /// - Returns: what refers to it.
    func put(_ client: APIClient) async throws(Failure) -> Value {
        let called = name ?? file.split(separator: "/").last.map(String.init) ?? file
        guard FileName.admits(called) else {
            throw Failure(
                status: 64, "\"\(called)\" is no name of a file",
                fix: "say how it is to be called: `pawl attach --name`")
        }
        let bytes = try content()
        var type = type
        if type == nil { type = try kind(of: bytes, called).rawValue }
        let put = try await client.put("/v1/attachments", bytes, type: type ?? "")
        return [
            "sha256": put["sha256"] ?? .null, "name": .string(FileName.composed(called)),
            "type": put["type"] ?? .null, "size": put["size"] ?? .null,
        ]
    }

    /// A pipe or a device has no end, or none that comes by itself.
    private func content() throws(Failure) -> [UInt8] {
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw Failure(
                status: 3, "\(file) is \(isFolder ? "a folder" : "no regular file")",
                fix: "name a file; what comes from a program is written to one first")
        }
        guard let handle = FileHandle(forReadingAtPath: file),
            let data = try? handle.readToEnd() ?? Data()
        else {
            throw Failure(status: 3, "\(file) cannot be read", fix: "name a file")
        }
        return [UInt8](data)
    }

    private func kind(of bytes: [UInt8], _ called: String) throws(Failure) -> MediaType {
        let beginning = Array(bytes.prefix(MediaType.prefixLength))
        let known = MediaType.allCases.filter { $0.admits(beginning: beginning) }
        if let named = MediaType(fileName: called), known.contains(named) { return named }
        guard let kind = known.first else {
            let names = MediaType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(
                status: 1, "\(file) is of no kind that is taken: \(names)",
                fix: "turn it into one of them")
        }
        return kind
    }
}
