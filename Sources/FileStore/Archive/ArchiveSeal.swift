import Encryption
import Execution
import Foundation
import Values

/// A line of an archive that is sealed: `{"name": "loan/7", "sealed": "…"}`, with the whole plain line in base64. The chain
/// is of plain lines, so that another key changes nothing of it.
struct ArchiveSeal: Sendable {
    private static let start = Array("{\"name\":\"".utf8)
    private static let middle = Array(",\"sealed\":\"".utf8)
    private static let end = Array("\"}".utf8)

    let keys: KeyRing

    private static func place(_ name: [UInt8]) -> SealedPlace {
        SealedPlace("archive", String(decoding: name, as: UTF8.self))
    }

    /// - Parameter line: with its line feed.
    func sealed(_ line: [UInt8]) -> [UInt8] {
        guard keys.current != nil, let name = Self.name(of: line[...]) else { return line }
        let bytes = keys.seal(Array(line.dropLast()), at: Self.place(name))
        return Self.start.dropLast() + name + Self.middle
            + Array(Data(bytes).base64EncodedString().utf8) + Self.end + [UInt8(ascii: "\n")]
    }

    /// - Parameter line: without its line feed.
    func opened(
        _ line: ArraySlice<UInt8>, _ path: String
    ) throws(StoreError) -> ArraySlice<UInt8> {
        guard let name = Self.name(of: line), let bytes = Self.sealedBytes(of: line, name) else {
            return line
        }
        do throws(KeyProblem) {
            return try keys.open(bytes, at: Self.place(name))[...]
        } catch {
            let reason = "\(path): the line of \(String(decoding: name, as: UTF8.self)): \(error)"
            throw SealedHeader(bytes).map { keys.key($0.key) == nil } ?? false
                ? .keyMissing(reason) : .corrupt(reason)
        }
    }

    /// With which key; nil: with none.
    static func key(of line: ArraySlice<UInt8>) -> String? {
        name(of: line).flatMap { sealedBytes(of: line, $0) }.flatMap { SealedHeader($0)?.key }
    }

    /// The name as it is written, with its quotes.
    private static func name(of line: ArraySlice<UInt8>) -> [UInt8]? {
        guard line.starts(with: start) else { return nil }
        var place = line.startIndex + start.count
        while place < line.endIndex, line[place] != UInt8(ascii: "\"") {
            place += line[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < line.endIndex else { return nil }
        return Array(line[(line.startIndex + start.count - 1)...place])
    }

    /// nil: it is not sealed.
    private static func sealedBytes(of line: ArraySlice<UInt8>, _ name: [UInt8]) -> [UInt8]? {
        let rest = line.dropFirst(start.count - 1 + name.count)
        guard rest.starts(with: middle), rest.suffix(end.count).elementsEqual(end) else {
            return nil
        }
        let text = rest.dropFirst(middle.count).dropLast(end.count)
        return Data(base64Encoded: Data(text)).map { Array($0) }
    }
}
