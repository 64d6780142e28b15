import Access
import Execution
import Glibc
import Synchronization
import Values

/// Claims in a small file beside the database. Its first line is what is being decided: instance and work, zeros
/// for nothing. The second is JSON that only a start after a death, and the end of a suspicion, change. It is
/// written through the page cache and never flushed; where it cannot be written or read, nothing is parked.
package final class ClaimFile: ClaimLog {
    /// Deaths over the same work, which was never decided in between, after which its instance is parked.
    package static let limit = 3

    fileprivate struct Claim: Hashable {
        let instance: InstanceID
        let work: UInt64

        static let none = Claim(instance: InstanceID(0), work: 0)
    }

    fileprivate struct Parked {
        let deaths: Int
        /// Starts that opened an incident about it, or died before they had.
        var tellings: Int
    }

    fileprivate struct State {
        /// Another program gets another chance.
        let program: String
        var claim = Claim.none
        /// Claims over which the process died, and how often.
        var suspects: [Claim: Int] = [:]
        var parked: [InstanceID: Parked] = [:]
    }

    private let file: Descriptor
    private let state: Mutex<State>

    /// Counts the death that the file tells of.
    /// - Parameter directory: a data folder that this process holds the lock of.
    /// - Parameter program: what is running, to the build.
    package init(directory: String, program: String) {
        file = PrivateFiles.open("\(directory)/pawl.claims", O_RDWR | O_CREAT)
        var state = State(program: program, contents: Self.contents(of: file))
        state.countDeath()
        Self.write(state.text, to: file)
        self.state = Mutex(state)
    }

    package var parked: Set<InstanceID> { state.withLock { Set<InstanceID>($0.parked.keys) } }

    package func claim(_ id: InstanceID, work: UInt64) {
        replace(with: Claim(instance: id, work: work))
    }

    package func release() { replace(with: .none) }

    package func takeUntold() -> [(id: InstanceID, deaths: Int)] {
        state.withLock { state in
            let untold = state.parked.filter { $0.value.tellings < Self.limit }
            for id in untold.keys { state.parked[id]?.tellings += 1 }
            if !untold.isEmpty { Self.write(state.text, to: file) }
            return untold.map { (id: $0.key, deaths: $0.value.deaths) }.sorted { $0.id < $1.id }
        }
    }

    /// The claim before it was decided, and the process lives.
    private func replace(with claim: Claim) {
        state.withLock { state in
            guard claim != state.claim else { return }
            let wasSuspect = state.suspects.removeValue(forKey: state.claim) != nil
            state.claim = claim
            Self.write(wasSuspect ? state.text : claim.line, to: file, whole: wasSuspect)
        }
    }

    // MARK: The file

    private static func write(_ text: String, to file: Descriptor, whole: Bool = true) {
        var text = text
        let count = text.withUTF8 { pwrite(file.number, $0.baseAddress, $0.count, 0) }
        if whole, count > 0 { _ = ftruncate(file.number, off_t(count)) }
    }

    private static func contents(of file: Descriptor) -> String {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = buffer.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, $0.count, 0)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

extension ClaimFile.Claim {
    /// Of one length, so that it is overwritten in place.
    fileprivate var line: String {
        UInt64(clamping: instance.rawValue).padded(to: 20) + " " + work.padded(to: 20) + "\n"
    }

    fileprivate init?(line: Substring) {
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return nil }
        self.init(instance: InstanceID(Int64(clamping: numbers[0])), work: numbers[1])
    }
}

extension ClaimFile.State {
    /// Nothing is known when another program wrote the file, or it cannot be read.
    fileprivate init(program: String, contents: String) {
        self.program = program
        let lines = contents.split(separator: "\n")
        guard lines.count == 2, let claim = ClaimFile.Claim(line: lines[0]),
            let value = try? JSON.parse(String(lines[1])),
            value["program"]?.stringValue == program
        else { return }
        self.claim = claim
        for entry in value["suspects"]?.listValue ?? [] {
            let line = entry["claim"]?.stringValue ?? ""
            guard let claim = ClaimFile.Claim(line: line[...]) else { continue }
            suspects[claim] = entry["deaths"]?.intValue.map { Int($0) } ?? 1
        }
        for entry in value["parked"]?.listValue ?? [] {
            guard let id = entry["instance"]?.intValue else { continue }
            parked[InstanceID(id)] = ClaimFile.Parked(
                deaths: entry["deaths"]?.intValue.map { Int($0) } ?? ClaimFile.limit,
                tellings: entry["tellings"]?.intValue.map { Int($0) } ?? 0)
        }
    }

    fileprivate mutating func countDeath() {
        guard claim != .none else { return }
        let deaths = suspects.removeValue(forKey: claim).map { $0 + 1 } ?? 1
        if deaths < ClaimFile.limit {
            suspects[claim] = deaths
        } else {
            parked[claim.instance] = ClaimFile.Parked(deaths: deaths, tellings: 0)
        }
        claim = .none
    }

    fileprivate var text: String {
        let suspects = suspects.map { claim, deaths -> Value in
            ["claim": .string(String(claim.line.dropLast())), "deaths": .int(Int64(deaths))]
        }
        let parked = parked.map { id, entry -> Value in
            [
                "instance": .int(id.rawValue), "deaths": .int(Int64(entry.deaths)),
                "tellings": .int(Int64(entry.tellings)),
            ]
        }
        let value: Value = [
            "program": .string(program), "suspects": .list(suspects), "parked": .list(parked),
        ]
        return claim.line + JSON.string(value) + "\n"
    }
}
